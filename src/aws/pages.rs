//! Lists to their end: each page is a call of its own, with all that a call has.
//!
//! By hand, because the SDK's paginators end without an error when a token repeats: a list cut
//! short reads as "absent", and that makes twins.

use std::collections::HashSet;
use std::error::Error;
use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::Caller;
use crate::failure::{CallSite, Failure};

impl Caller {
    /// Reads a list of `things` to its end.
    ///
    /// `send` asks for the page of a token, and `take` takes the items and the next page's token
    /// out of an answer.
    ///
    /// # Errors
    /// Any page that fails fails the whole list, and so does a token that AWS gives twice.
    pub(crate) async fn pages<T, O, E, F>(
        &self,
        things: &str,
        site: CallSite,
        send: impl Fn(Option<String>) -> F,
        take: impl Fn(O) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, Failure>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let mut all = Vec::new();
        let keep = |page| {
            let (items, next) = take(page);
            all.extend(items);
            next
        };
        self.each_page(things, site, send, keep).await?;
        Ok(all)
    }

    /// The same for a list of IAM's, of which `take` takes the items, `IsTruncated` and the marker:
    /// only `IsTruncated` says whether there is more, whatever marker comes with the answer.
    pub(crate) async fn iam_pages<T, O, E, F>(
        &self,
        things: &str,
        site: CallSite,
        send: impl Fn(Option<String>) -> F,
        take: impl Fn(O) -> (Vec<T>, bool, Option<String>),
    ) -> Result<Vec<T>, Failure>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let take = |page| {
            let (items, is_truncated, marker) = take(page);
            (items, marker.filter(|_| is_truncated))
        };
        self.pages(things, site, send, take).await
    }

    /// Hands each page to `take`, which answers with the next page's token, and keeps none: for
    /// lists that are too long to be held whole.
    ///
    /// # Errors
    /// As [`Caller::pages`]; the pages before have been handed on.
    pub(crate) async fn each_page<O, E, F>(
        &self,
        things: &str,
        site: CallSite,
        send: impl Fn(Option<String>) -> F,
        mut take: impl FnMut(O) -> Option<String>,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let mut seen = HashSet::new();
        let mut token = None;
        loop {
            let page = self.call(site.clone(), || send(token.clone())).await?;
            let Some(next) = take(page).filter(|next| !next.is_empty()) else { return Ok(()) };
            if !seen.insert(next.clone()) {
                return Err(Failure::failed(
                    format!(
                        "the list of {things} does not end: AWS gave the same page token twice"
                    ),
                    "run the same command again",
                ));
            }
            token = Some(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use aws_sdk_iam::operation::list_roles::{ListRolesError, ListRolesOutput};
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;

    use super::*;
    use crate::terminal::interrupt::Interrupt;
    use crate::terminal::progress::Progress;

    fn caller() -> Caller {
        Caller::new(Interrupt::never(), Progress::silent())
    }

    fn site() -> CallSite {
        CallSite::global("test:List", "")
    }

    #[tokio::test]
    async fn a_repeated_page_token_is_an_error_and_an_empty_page_is_not_the_end() {
        type Next = fn(Option<String>) -> (Vec<u32>, Option<&'static str>);
        type Answer = Result<
            (Vec<u32>, Option<&'static str>),
            SdkError<GetCallerIdentityError, HttpResponse>,
        >;
        let list = |next: Next| async move {
            let send = |token| ready(Answer::Ok(next(token)));
            let take = |(items, token): (Vec<u32>, Option<&str>)| (items, token.map(str::to_owned));
            caller().pages("things", site(), send, take).await
        };
        let good = list(|token| match token.as_deref() {
            None => (vec![1], Some("a")),
            Some("a") => (vec![], Some("b")),
            _ => (vec![2], None),
        });
        assert_eq!(good.await.unwrap(), [1, 2]);
        let endless = list(|_| (vec![1], Some("a"))).await;
        let words = endless.unwrap_err().to_string();
        assert_eq!(words, "the list of things does not end: AWS gave the same page token twice");
    }

    #[tokio::test]
    async fn a_list_of_iams_ends_where_it_is_not_truncated_whatever_marker_it_has() {
        let list = |truncated: &'static [bool]| async move {
            let asked = std::cell::RefCell::new(Vec::new());
            let send = |marker: Option<String>| {
                let mut asked = asked.borrow_mut();
                let page = ListRolesOutput::builder().is_truncated(truncated[asked.len()]);
                let page = page.marker(format!("m{}", asked.len())).set_roles(Some(Vec::new()));
                asked.push(marker.unwrap_or_default());
                ready(Result::<_, SdkError<ListRolesError, HttpResponse>>::Ok(
                    page.build().unwrap(),
                ))
            };
            let take = |page: ListRolesOutput| (page.roles, page.is_truncated, page.marker);
            caller().iam_pages("roles", site(), send, take).await.unwrap();
            asked.into_inner()
        };
        assert_eq!(list(&[false]).await, [""]);
        assert_eq!(list(&[true, true, false]).await, ["", "m0", "m1"]);
    }
}
