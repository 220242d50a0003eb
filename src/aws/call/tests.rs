//! Each way in which a call can end, in paused time.

use std::cell::Cell;

use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;
use crate::aws::unconnected;
use crate::model::region::Region;

type Answer<T> = Result<T, SdkError<GetCallerIdentityError, HttpResponse>>;

fn refusal<T>(code: &str, message: &str, status: u16) -> Answer<T> {
    let meta = ErrorMetadata::builder().code(code).message(message).build();
    let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    Err(SdkError::service_error(GetCallerIdentityError::generic(meta), response))
}

fn lost<T>() -> Answer<T> {
    Err(SdkError::timeout_error("the answer never came"))
}

fn not_sent<T>() -> Answer<T> {
    let refused = std::io::Error::other("tcp connect: Connection refused");
    Err(SdkError::dispatch_failure(ConnectorError::io(refused.into())))
}

fn caller() -> Caller {
    Caller::new(Interrupt::never(), Progress::silent())
}

fn site() -> CallSite {
    CallSite::global("test:Create", "thing")
}

/// Sends the answers in order and says how often it was asked.
async fn create(
    answers: Vec<Answer<Option<u32>>>,
    looks: Vec<Result<Option<u32>, Failure>>,
) -> (Result<u32, Failure>, usize) {
    let answers = std::cell::RefCell::new(answers.into_iter());
    let looks = std::cell::RefCell::new(looks.into_iter());
    let sent = Cell::new(0);
    let result = caller()
        .create(
            &unconnected().region(&Region::parse("us-east-1").unwrap()),
            site(),
            |_| {
                sent.set(sent.get() + 1);
                std::future::ready(answers.borrow_mut().next().unwrap())
            },
            |made| made,
            || std::future::ready(looks.borrow_mut().next().unwrap_or(Ok(None))),
        )
        .await;
    (result, sent.get())
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_not_sent_again() {
    let (result, sent) = create(vec![lost()], vec![Ok(Some(7))]).await;
    assert_eq!((result.unwrap(), sent), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_an_id_is_unknown() {
    let (result, sent) = create(vec![Ok(None)], vec![Ok(None), Ok(Some(7))]).await;
    assert_eq!((result.unwrap(), sent), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn what_was_not_made_is_sent_again() {
    let (result, sent) = create(vec![lost(), Ok(Some(8))], vec![]).await;
    assert_eq!((result.unwrap(), sent), (8, 2));
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_is_a_question_of_whose_it_is() {
    let exists = || refusal("AlreadyExistsException", "exists", 400);
    let (result, sent) = create(vec![exists()], vec![Ok(Some(9))]).await;
    assert_eq!((result.unwrap(), sent), (9, 1));
    let foreign = Err(Failure::refused("not ours", ""));
    let (result, _) = create(vec![exists()], vec![foreign]).await;
    assert_eq!(result.unwrap_err().to_string(), "not ours");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_cannot_be_assumed_is_waited_for_two_minutes() {
    let lag = "IAM Role r cannot be assumed by AWS Backup";
    let refused = || refusal("InvalidParameterValueException", lag, 400);
    let (result, sent) = create(vec![refused(), refused(), Ok(Some(1))], vec![]).await;
    assert_eq!((result.unwrap(), sent), (1, 3));

    let begun = Instant::now();
    let (result, _) = create((0..1000).map(|_| refused()).collect(), vec![]).await;
    assert!(result.unwrap_err().to_string().contains("cannot be assumed"));
    assert!((120..125).contains(&begun.elapsed().as_secs()));
}

/// A lost answer, a clean 5xx, and a request that never left.
#[tokio::test(start_paused = true)]
async fn a_creating_call_is_looked_for_each_time_and_sent_until_the_deadline() {
    let failed = |n| match n % 3 {
        0 => refusal("InternalFailure", "internal", 500),
        1 => not_sent(),
        _ => lost(),
    };
    let (result, sent) = create((0..8).map(failed).chain([Ok(Some(1))]).collect(), vec![]).await;
    assert_eq!((result.unwrap(), sent), (1, 9));

    let begun = Instant::now();
    let (result, _) = create((0..1000).map(failed).collect(), vec![]).await;
    assert!(result.is_err());
    assert!((90..95).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_name_that_stays_taken_is_sent_three_times() {
    let exists = || refusal("AlreadyExistsException", "exists", 400);
    let (result, sent) = create(vec![exists(), exists(), exists()], vec![]).await;
    assert!(result.unwrap_err().to_string().contains("exists"));
    assert_eq!(sent, 3);
}

/// Calls with what each attempt answers; the answer, how often it was sent, and how long it took.
async fn call(
    caller: &Caller,
    site: CallSite,
    answer: impl Fn(u32) -> Answer<()>,
) -> (Result<(), Failure>, u32, Duration) {
    let (sent, begun) = (Cell::new(0), Instant::now());
    let send = || {
        sent.set(sent.get() + 1);
        std::future::ready(answer(sent.get()))
    };
    let result = caller.call(site, send).await;
    (result, sent.get(), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_for_ever_ends_at_the_deadline_with_all_that_is_known() {
    let throttled = |_| refusal("ThrottlingException", "Rate exceeded", 400);
    let site = || CallSite::new("sns:Publish", &Region::parse("us-west-2").unwrap(), "t");
    let (result, sent, took) = call(&caller(), site(), throttled).await;
    assert_eq!(took.as_secs(), 90);
    assert!((10..60).contains(&sent), "{sent}");
    assert_eq!(
        result.unwrap_err().to_string(),
        format!(
            "us-west-2: sns:Publish on t failed: ThrottlingException: AWS keeps refusing sns:Publish in us-west-2 (throttled), {sent} times in 90 s: Rate exceeded"
        )
    );
    let short = caller().with_call_timeout(Duration::from_secs(7));
    let (_, _, took) = call(&short, site(), throttled).await;
    assert_eq!(took.as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_put_that_fails_in_each_way_is_tried_until_it_is_done() {
    let answers = |n| match n {
        1..4 => lost(),
        4..8 => refusal("InternalFailure", "internal", 500),
        8..12 => not_sent(),
        12..14 => refusal("ThrottlingException", "Rate exceeded", 400),
        _ => Ok(()),
    };
    let (result, sent, took) = call(&caller(), site(), answers).await;
    result.unwrap();
    assert_eq!(sent, 14);
    assert!(took < Duration::from_secs(90), "{took:?}");
}

/// The deadline counts from the first failure, and not from what had to spread before.
#[tokio::test(start_paused = true)]
async fn the_deadline_counts_from_the_first_failure() {
    let lag = "IAM Role r cannot be assumed by AWS Backup";
    let answers = |n| match n {
        1..230 => refusal("InvalidParameterValueException", lag, 400),
        230..233 => lost(),
        _ => Ok(()),
    };
    let (result, _, took) = call(&caller(), site(), answers).await;
    result.unwrap();
    assert!(took > Duration::from_secs(90), "{took:?}");
}

/// A region that is down holds a command up once, for each service, and one that was there is waited for.
#[tokio::test(start_paused = true)]
async fn a_read_waits_longer_for_who_has_answered_before() {
    let (caller, site) = (caller(), || CallSite::global("test:List", ""));
    let (result, sent, took) = call(&caller, site(), |_| lost()).await;
    assert!(result.is_err());
    assert!(sent > 2, "{sent}");
    assert_eq!(took.as_secs(), 3);
    let (result, sent, _) = call(&caller, site(), |_| lost()).await;
    assert!(result.is_err());
    assert_eq!(sent, 1);

    call(&caller, site(), |_| refusal("AccessDenied", "no", 403)).await.0.unwrap_err();
    let (result, _, took) = call(&caller, site(), |_| not_sent()).await;
    assert!(result.is_err());
    assert_eq!(took.as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn the_users_number_of_attempts_is_an_upper_limit() {
    let mut caller = caller();
    caller.patience.attempts = Some(4);
    for answer in [lost, not_sent, || refusal("ThrottlingException", "Rate exceeded", 400)] {
        let (result, sent, _) = call(&caller, site(), |_| answer()).await;
        assert!(result.is_err());
        assert_eq!(sent, 4);
    }
}

/// A service that was given up says so to every later call at once.
#[tokio::test(start_paused = true)]
async fn what_hangs_is_not_tried_again_where_it_was_given_up() {
    let caller = caller().only_reading();
    let begun = Instant::now();
    for _ in 0..2 {
        let never = || std::future::pending::<Answer<()>>();
        let result = caller.call(CallSite::global("test:List", ""), never).await;
        assert!(result.unwrap_err().to_string().contains("no answer for 15 s"));
    }
    assert_eq!(begun.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_is_made_once() {
    let calls = Cell::new(0);
    let result = caller()
        .call(site(), || {
            calls.set(calls.get() + 1);
            std::future::ready(refusal::<()>("AccessDenied", "no", 403))
        })
        .await;
    assert!(result.unwrap_err().is_denied());
    assert_eq!(calls.get(), 1);
}
