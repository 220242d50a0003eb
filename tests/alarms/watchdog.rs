//! The watchdog as deployed: run by its schedule against an account that is well or not, and what people get to read.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use local_aws::{Fault, Inbox, Message, NotRun};
use serde_json::{Value, json};

use crate::support::{
    Aws, PRIMARY, REGIONS, SECONDARY, SELECT_TAGS, TERTIARY, TOPIC, UP, VAULT, WATCHDOG, account,
    deployed,
};

const HOUR: Duration = Duration::from_hours(1);

/// A deployment that is well: one volume with fresh points in three regions, one subscriber who has confirmed, and a
/// watchdog that has looked once.
struct Watched {
    aws: Aws,
    volume: String,
    /// On the topic of the second region, and of the first.
    inbox: Inbox,
    other: Inbox,
}

impl Watched {
    fn new() -> Self {
        let aws = account();
        aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
        let [other, inbox] = [PRIMARY, SECONDARY].map(|region| {
            aws.confirm_email(region, "ops@example.com");
            aws.inbox(region, TOPIC)
        });
        let volume = aws.arn("ec2", PRIMARY, "volume/vol-1");
        aws.put_tagged_resource(PRIMARY, &volume, &SELECT_TAGS);
        let watched = Self { aws, volume, inbox, other };
        for region in REGIONS {
            watched.put_point(region, 10);
        }
        watched.is_silent();
        // CloudWatch says of each alarm that it is judged from now on.
        let subjects = watched.take(1);
        assert_eq!(subjects, [ok("findings")]);
        watched
    }

    fn put_point(&self, region: &str, hours: u64) -> String {
        let point = json!({ "ResourceArn": self.volume, "CreationDate": ago(hours) });
        self.aws.put_recovery_point(region, VAULT, point)
    }

    /// The vaults were made long ago, so that backups were due by now.
    fn age(&self) {
        for region in REGIONS {
            let mut answer = self.aws.call("backup", region, "list_backup_vaults", json!({}));
            for vault in answer["BackupVaultList"].as_array_mut().expect("a list") {
                vault["CreationDate"] = ago(1000).into();
            }
            let reply = Fault::reply(200, "application/json", &answer.to_string());
            self.aws.fault(reply.on("backup", "ListBackupVaults").region(region).in_functions());
        }
    }

    /// An hour later its schedule runs the watchdog, which comes to its end.
    #[track_caller]
    fn tick(&self) -> Value {
        self.aws.advance(HOUR);
        match self.aws.run_schedule(SECONDARY, WATCHDOG) {
            Ok(answer) => answer,
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    fn is_silent(&self) {
        let answer = self.tick();
        assert_eq!(answer, json!({ "outcome": "silent", "findings": 0, "unknown": [] }));
    }

    /// Takes this many messages, and asserts that no more have come to either topic.
    #[track_caller]
    fn take(&self, count: usize) -> Vec<String> {
        assert_eq!(subjects(&self.other.take(0)), [""; 0]);
        let mut subjects = subjects(&self.inbox.take(count));
        subjects.sort();
        subjects
    }

    /// What is wrong is told once by the watchdog and once by `CloudWatch`, and `CloudWatch` tells when it is over.
    #[track_caller]
    fn is_told_once(&self, finding: &str, mend: impl FnOnce()) {
        let answer = self.tick();
        assert_eq!((&answer["outcome"], &answer["findings"]), (&json!("told"), &json!(1)));
        let ours = format!("mrbackup default: 1 finding: {finding}");
        assert_eq!(self.take(2), [alarm("findings"), ours]);
        for _ in 0..2 {
            let answer = self.tick();
            assert_eq!((&answer["outcome"], &answer["findings"]), (&json!("silent"), &json!(1)));
        }
        assert_eq!(self.take(0), [""; 0], "it is told once");
        let status = self.aws.mrbackup(["status"]).code(3);
        status.stdout_has("alarm mrbackup-default-findings is on");
        mend();
        self.is_silent();
        assert_eq!(self.take(1), [ok("findings")]);
        self.is_silent();
        assert_eq!(self.take(0), [""; 0], "its end is told once");
    }
}

fn subjects(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.subject.clone()).collect()
}

fn alarm(name: &str) -> String {
    format!(r#"ALARM: "mrbackup-default-{name}" in {SECONDARY}"#)
}

fn ok(name: &str) -> String {
    format!(r#"OK: "mrbackup-default-{name}" in {SECONDARY}"#)
}

fn ago(hours: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()) - hours * 3600
}

#[test]
fn what_is_fresh_is_silence() {
    let watched = Watched::new();
    watched.age();
    for _ in 0..3 {
        watched.is_silent();
    }
    assert_eq!(watched.take(0), [""; 0]);
    watched.aws.mrbackup(["status"]).success();
}

#[test]
fn a_late_copy_is_told_once_and_once_that_it_is_over() {
    let watched = Watched::new();
    watched.age();
    let late = watched.aws.arn("ec2", PRIMARY, "volume/vol-2");
    watched.aws.put_tagged_resource(PRIMARY, &late, &SELECT_TAGS);
    let put = |region: &str, hours: u64| {
        let point = json!({ "ResourceArn": late, "CreationDate": ago(hours) });
        watched.aws.put_recovery_point(region, VAULT, point);
    };
    put(PRIMARY, 10);
    put(TERTIARY, 100);
    put(SECONDARY, 50);
    watched.is_told_once("1 late in us-west-2", || put(SECONDARY, 1));
}

#[test]
fn a_copy_that_never_came_is_told_once_and_once_that_it_is_over() {
    let watched = Watched::new();
    watched.age();
    let never = watched.aws.arn("ec2", PRIMARY, "volume/vol-2");
    watched.aws.put_tagged_resource(PRIMARY, &never, &SELECT_TAGS);
    let put = |region: &str, hours: u64| {
        let point = json!({ "ResourceArn": never, "CreationDate": ago(hours) });
        watched.aws.put_recovery_point(region, VAULT, point);
    };
    put(PRIMARY, 10);
    put(PRIMARY, 100);
    put(SECONDARY, 10);
    // Due in the second region since its backup of four days ago, in the third not before a week.
    watched.is_silent();
    put(PRIMARY, 200);
    watched.is_told_once("1 never in eu-west-1", || put(TERTIARY, 1));
}

/// Tagged and not backed up yet, and gone or untagged since.
#[test]
fn the_pending_and_the_retired_are_silence() {
    let watched = Watched::new();
    let pending = watched.aws.arn("ec2", PRIMARY, "volume/vol-2");
    watched.aws.put_tagged_resource(PRIMARY, &pending, &SELECT_TAGS);
    watched.is_silent();
    watched.age();
    // The plan runs, if not for this one.
    let plans = watched.aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let plan = plans["BackupPlansList"][0]["BackupPlanId"].clone();
    let job = json!({ "BackupVaultName": VAULT, "CreationDate": ago(10), "CreatedBy": { "BackupPlanId": plan } });
    watched.aws.put_backup_job(PRIMARY, job);
    watched.is_silent();
    let retired = watched.aws.arn("ec2", PRIMARY, "volume/vol-3");
    for region in REGIONS {
        let point = json!({ "ResourceArn": retired, "CreationDate": ago(300) });
        watched.aws.put_recovery_point(region, VAULT, point);
    }
    watched.is_silent();
    watched.aws.put_tagged_resource(PRIMARY, &retired, &[("Environment", "Test")]);
    watched.is_silent();
    assert_eq!(watched.take(0), [""; 0]);
}

#[test]
fn a_vault_that_is_gone_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    let vault = json!({ "BackupVaultName": VAULT });
    let points =
        watched.aws.call("backup", TERTIARY, "list_recovery_points_by_backup_vault", vault.clone());
    let point = &points["RecoveryPoints"][0]["RecoveryPointArn"];
    let point = json!({ "BackupVaultName": VAULT, "RecoveryPointArn": point });
    watched.aws.call("backup", TERTIARY, "delete_recovery_point", point);
    watched.aws.call("backup", TERTIARY, "delete_backup_vault", vault);
    watched.is_told_once("1 vault gone in eu-west-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}

#[test]
fn a_plan_that_is_gone_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    let (plan, selection) = plan(&watched.aws);
    let selection = json!({ "BackupPlanId": plan, "SelectionId": selection });
    watched.aws.call("backup", PRIMARY, "delete_backup_selection", selection);
    watched.aws.call("backup", PRIMARY, "delete_backup_plan", json!({ "BackupPlanId": plan }));
    watched.is_told_once("1 plan gone in us-east-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}

#[test]
fn a_selection_that_is_gone_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    let (plan, selection) = plan(&watched.aws);
    let selection = json!({ "BackupPlanId": plan, "SelectionId": selection });
    watched.aws.call("backup", PRIMARY, "delete_backup_selection", selection);
    watched.is_told_once("1 selection gone in us-east-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}

/// The ids of the plan and of its selection.
fn plan(aws: &Aws) -> (Value, Value) {
    let plans = aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let plan = plans["BackupPlansList"][0]["BackupPlanId"].clone();
    let list =
        aws.call("backup", PRIMARY, "list_backup_selections", json!({ "BackupPlanId": plan }));
    (plan, list["BackupSelectionsList"][0]["SelectionId"].clone())
}

/// The primary is away, and IAM and STS with it: the second region stands on its own.
#[test]
fn a_primary_that_is_unreachable_three_times_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    let away = [
        Fault::reset().region(PRIMARY).in_functions(),
        Fault::reset().service("iam").in_functions(),
        Fault::reset().service("sts").in_functions(),
    ]
    .map(|fault| watched.aws.fault(fault));
    for _ in 0..2 {
        let answer = watched.tick();
        let unknown = json!({ "outcome": "silent", "findings": 0, "unknown": [PRIMARY] });
        assert_eq!(answer, unknown);
    }
    assert_eq!(watched.take(0), [""; 0], "it may be back the next time");
    let answer = watched.tick();
    assert_eq!(answer, json!({ "outcome": "told", "findings": 1, "unknown": [PRIMARY] }));
    let ours = "mrbackup default: 1 finding: 1 unreachable in us-east-1".to_owned();
    assert_eq!(watched.take(2), [alarm("findings"), ours]);
    watched.tick();
    assert_eq!(watched.take(0), [""; 0]);
    assert!(away[0].fired() > 0);
    assert_eq!((away[1].fired(), away[2].fired()), (0, 0), "it needs neither IAM nor STS");
    watched.aws.clear_faults();
    watched.is_silent();
    assert_eq!(watched.take(1), [ok("findings")]);
}

#[test]
fn a_watchdog_that_does_not_run_is_told_once_and_once_that_it_runs_again() {
    let watched = Watched::new();
    for _ in 0..2 {
        watched.is_silent();
    }
    watched.aws.call("events", SECONDARY, "disable_rule", json!({ "Name": WATCHDOG }));
    let Err(NotRun::Refused(why)) = watched.aws.run_schedule(SECONDARY, WATCHDOG) else {
        panic!("it is disabled");
    };
    assert!(why.contains("DISABLED"), "{why}");
    watched.aws.advance(6 * HOUR);
    assert_eq!(watched.take(1), [alarm("heartbeat")]);
    watched.aws.advance(6 * HOUR);
    assert_eq!(watched.take(0), [""; 0]);
    let status = watched.aws.mrbackup(["status"]).code(3);
    status.stdout_has("alarm mrbackup-default-heartbeat is on");
    watched.aws.mrbackup(["up"]).success();
    watched.is_silent();
    assert_eq!(watched.take(1), [ok("heartbeat")]);
}

/// Nothing has beaten yet when the alarm is made: until the first run nobody is told that none came.
#[test]
fn a_fresh_deployment_raises_no_alarm() {
    let aws = deployed();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    for _ in 0..3 {
        aws.advance(HOUR);
        aws.run_schedule(SECONDARY, WATCHDOG).unwrap_or_else(|error| panic!("{error}"));
    }
    let told = subjects(&inbox.take(1));
    assert!(told.iter().all(|subject| subject.starts_with("OK: ")), "{told:?}");
}

/// A watchdog whose code raises is told by Lambda itself, once a run.
#[test]
fn a_watchdog_that_raises_is_told_by_its_destination() {
    let watched = Watched::new();
    let denied = Fault::error(400, "ValidationError", "no metrics today");
    watched.aws.fault(denied.on("monitoring", "PutMetricData").in_functions());
    watched.aws.advance(HOUR);
    let Err(NotRun::Failed(error)) = watched.aws.run_schedule(SECONDARY, WATCHDOG) else {
        panic!("it cannot put its metrics");
    };
    assert!(error.to_string().contains("no metrics today"), "{error}");
    let messages = watched.inbox.take(1);
    assert_eq!(messages.len(), 1, "{messages:?}");
    let record: Value = serde_json::from_str(&messages[0].body).expect("Lambda's record");
    assert_eq!(record["requestPayload"]["schema"], "mrbackup.watchdog/1");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
}

#[test]
fn a_lost_subscriber_is_told_through_the_other_topic() {
    let watched = Watched::new();
    let topic = json!({ "TopicArn": watched.aws.arn("sns", SECONDARY, TOPIC) });
    let list = watched.aws.call("sns", SECONDARY, "list_subscriptions_by_topic", topic);
    let subscriptions = list["Subscriptions"].as_array().expect("a list");
    let ops = subscriptions.iter().find(|each| each["Endpoint"] == "ops@example.com");
    let arn = json!({ "SubscriptionArn": ops.expect("subscribed")["SubscriptionArn"] });
    watched.aws.call("sns", SECONDARY, "unsubscribe", arn);
    let answer = watched.tick();
    assert_eq!(answer["outcome"], "told");
    let told = subjects(&watched.other.take(1));
    let ours = "mrbackup default: 2 findings: 1 subscriber lost in us-west-2, 1 nobody confirmed in us-west-2";
    assert_eq!(told, [ours]);
    assert_eq!(watched.take(1), [alarm("findings")]);
    watched.aws.mrbackup(["up"]).success();
    watched.aws.confirm_email(SECONDARY, "ops@example.com");
    watched.is_silent();
    assert_eq!(watched.take(1), [ok("findings")]);
}

/// Rust and Python make the same digest of the same plan: a fresh deployment's watchdog finds no change in it.
#[test]
fn a_plan_of_any_shape_is_as_recorded() {
    let regions =
        "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n";
    let rule = |name: &str, more: &str| {
        format!("\n[[rules]]\nname = \"{name}\"\nstart_window_minutes = 60\n{more}")
    };
    let copy =
        |region: &str, more: &str| format!("[[rules.copies]]\nregion = \"{region}\"\n{more}");
    let at = |hour: u8| format!("schedule = \"cron(0 {hour} ? * * *)\"\n");
    // Each region has to be copied to by some rule.
    let copies = copy("us-west-2", "") + &copy("eu-west-1", "delete_after_days = 400\n");
    let of = |name: &str, more: &str| rule(name, more) + &copies;
    let cold = "cold_after_days = 30\ndelete_after_days = 400\n";
    let monthly = "schedule = \"cron(0 5 1 * ? *)\"\n";
    let shapes = [
        ("utc", of("utc", &(at(1) + "timezone = \"UTC\"\ndelete_after_days = 35\n"))),
        ("elsewhere", of("zone", &(at(1) + "timezone = \"Europe/Berlin\"\n"))),
        ("for-ever", of("a", &at(1))),
        ("continuous", of("pitr", &(at(1) + "continuous = true\ndelete_after_days = 35\n"))),
        (
            "archive",
            rule("archive", &format!("{monthly}archive = true\n{cold}"))
                + &copy("us-west-2", cold)
                + &copy("eu-west-1", cold),
        ),
        (
            "windows",
            of("z", &(at(1) + "completion_window_minutes = 600\n")) + &rule("A.b_c-1", &at(12)),
        ),
    ];
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("watchdog");
    fs::create_dir_all(&directory).unwrap();
    for (name, rules) in shapes {
        let file = directory.join(format!("{name}.toml"));
        fs::write(&file, format!("{regions}{rules}")).unwrap();
        let aws = account();
        let arguments = ["up", "--allow-gaps", "--config", file.to_str().unwrap()];
        aws.mrbackup(arguments).success();
        let answer = aws.run_schedule(SECONDARY, WATCHDOG);
        let silent = json!({ "outcome": "silent", "findings": 0, "unknown": [] });
        assert_eq!(answer, Ok(silent), "{name}");
    }
}

/// An edit of the plan that `up` did not make is found, as any other.
#[test]
fn a_plan_that_was_edited_is_told_once_and_once_that_it_is_mended() {
    let watched = Watched::new();
    let (id, _) = plan(&watched.aws);
    let answer =
        watched.aws.call("backup", PRIMARY, "get_backup_plan", json!({ "BackupPlanId": id }));
    let mut document = answer["BackupPlan"].clone();
    for rule in document["Rules"].as_array_mut().expect("rules") {
        rule.as_object_mut().expect("a rule").remove("RuleId");
        rule["ScheduleExpressionTimezone"] = "Europe/Berlin".into();
    }
    let update = json!({ "BackupPlanId": id, "BackupPlan": document });
    watched.aws.call("backup", PRIMARY, "update_backup_plan", update);
    watched.is_told_once("1 plan changed in us-east-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}

/// A queue of the user's own is told by either region.
#[test]
fn a_queue_is_told_of_alarms_by_notify() {
    let aws = account();
    let queue = aws.call("sqs", SECONDARY, "create_queue", json!({ "QueueName": "alarms" }));
    let arn = aws.arn("sqs", SECONDARY, "alarms");
    let up = aws.mrbackup(UP.into_iter().chain(["--notify", &arn])).success();
    assert!(!up.stdout.contains("confirmed"), "a queue needs no confirmation: {up:?}");
    aws.mrbackup(["status"]).success();
    aws.emit(PRIMARY, &aws.sample("backup-failed"));
    let mirrored = aws.sample("backup-failed").to_string().replace(PRIMARY, SECONDARY);
    aws.emit(SECONDARY, &serde_json::from_str(&mirrored).unwrap());
    for region in [PRIMARY, SECONDARY] {
        aws.await_function_log(region, "mrbackup-default-validator", 1);
    }
    let mut told = Vec::new();
    while told.len() < 3 {
        let question = json!({ "QueueUrl": queue["QueueUrl"], "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20 });
        let answer = aws.call("sqs", SECONDARY, "receive_message", question);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        assert!(!messages.is_empty(), "no more than {told:?}");
        told.extend(messages.iter().map(|message| {
            let envelope: Value =
                serde_json::from_str(message["Body"].as_str().unwrap()).expect("SNS's envelope");
            envelope["Subject"].as_str().unwrap_or_default().to_owned()
        }));
    }
    told.sort();
    let subject = |region: &str| format!("mrbackup default: backup job FAILED in {region} (EBS)");
    assert_eq!(told, [ok("heartbeat"), subject(PRIMARY), subject(SECONDARY)]);
    aws.mrbackup(["down"]).success();
}
