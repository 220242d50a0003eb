//! The deployment that most tests begin with: what makes it, what its parts are called, and how many there are.

use std::sync::OnceLock;

use serde_json::Value;

use super::run::{Aws, account};

pub(crate) const PRIMARY: &str = "us-east-1";
pub(crate) const SECONDARY: &str = "us-west-2";
pub(crate) const TERTIARY: &str = "eu-west-1";
/// All regions of the deployment.
pub(crate) const REGIONS: [&str; 3] = [PRIMARY, SECONDARY, TERTIARY];
/// Those that raise alarms.
pub(crate) const ALERT_REGIONS: [&str; 2] = [PRIMARY, SECONDARY];

pub(crate) const UP: [&str; 7] =
    ["up", "--primary", PRIMARY, "--secondary", SECONDARY, "--tertiary", TERTIARY];

/// What switches on all kinds of resources that are off by default.
const CHOICES: [&str; 10] = [
    "--recovery-alarms",
    SECONDARY,
    "--set",
    "alerts.dashboard=true",
    "--set",
    "alerts.delivery_log=true",
    "--notify",
    HOOK,
    RESTORE_TESTS[0],
    RESTORE_TESTS[1],
];
/// A subscriber whose deliveries SNS logs.
pub(crate) const HOOK: &str = "https://alarms.example.com/hook";

/// [`UP`] with all that can be chosen.
pub(crate) fn with_choices() -> Vec<&'static str> {
    UP.into_iter().chain(CHOICES).collect()
}

/// In each region.
pub(crate) const VAULT: &str = "mrbackup-default";
pub(crate) const SERVICE_ROLE: &str = "mrbackup-default-AWSBackupServiceRole";
/// A function in each region that raises alarms.
pub(crate) const VALIDATOR: &str = "mrbackup-default-validator";
/// That of the primary region.
pub(crate) const VALIDATOR_ROLE: &str = "mrbackup-default-validator-us-east-1";
/// What hands AWS Backup's events to the validator.
pub(crate) const JOBS_RULE: &str = "mrbackup-default-jobs";
/// What hands the tertiary's events to the secondary.
pub(crate) const FORWARD_RULE: &str = "mrbackup-default-forward";
/// With which EventBridge does so.
pub(crate) const FORWARD_ROLE: &str = "mrbackup-default-forward-eu-west-1";
pub(crate) const TOPIC: &str = "mrbackup-default-alerts";
/// A function in the secondary region, and its schedule.
pub(crate) const WATCHDOG: &str = "mrbackup-default-watchdog";

/// What a resource carries to be backed up.
pub(crate) const SELECT_TAGS: [(&str, &str); 2] =
    [("Environment", "Production"), ("BackupEnabled", "true")];

/// A file that says what [`UP`] says.
pub(crate) const SAMPLE: &str = include_str!("../../examples/mrbackup.toml");

/// The sample with the first of each of these texts replaced.
#[track_caller]
pub(crate) fn sample_but_for(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SAMPLE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "not in the sample: {old}");
        text.replacen(old, new, 1)
    })
}

/// An account with the deployment.
#[track_caller]
pub(crate) fn deployed() -> Aws {
    let aws = account();
    aws.mrbackup(UP).success();
    aws
}

/// The same where it is intended that nobody is told.
#[track_caller]
pub(crate) fn deployed_without_alerts() -> Aws {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--alerts", "none"])).success();
    aws
}

/// The same with the alarms on what a dry run of a recovery publishes, in the secondary.
#[track_caller]
pub(crate) fn deployed_with_recovery_alarms() -> Aws {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--recovery-alarms", SECONDARY])).success();
    aws
}

/// The same with AWS Backup's own restore tests, in the secondary.
#[track_caller]
pub(crate) fn deployed_with_restore_tests() -> Aws {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(RESTORE_TESTS)).success();
    aws
}

/// AWS Backup's own restore tests, in the secondary.
pub(crate) const RESTORE_TESTS: [&str; 2] = ["--set", "restore_test.regions=[\"us-west-2\"]"];

/// The same with all that can be chosen.
#[track_caller]
pub(crate) fn deployed_with_choices() -> Aws {
    let aws = account();
    aws.mrbackup(with_choices()).success();
    aws.confirm(HOOK);
    aws
}

/// The same with one subscriber, who has not confirmed yet.
#[track_caller]
pub(crate) fn deployed_with_email(address: &str) -> Aws {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--email", address])).success();
    aws
}

/// The same with one subscriber, who has confirmed in each region.
#[track_caller]
pub(crate) fn deployed_and_confirmed(address: &str) -> Aws {
    let aws = deployed_with_email(address);
    for region in ALERT_REGIONS {
        aws.confirm_email(region, address);
    }
    aws
}

/// How many parts the deployment of [`UP`] has, by what an account then holds.
pub(crate) fn parts_of_a_deployment() -> usize {
    static PARTS: OnceLock<usize> = OnceLock::new();
    *PARTS.get_or_init(|| deployed().parts())
}

/// How many of them are the tertiary's: the others are there without it too.
pub(crate) fn parts_of_a_tertiary() -> usize {
    static PARTS: OnceLock<usize> = OnceLock::new();
    *PARTS.get_or_init(|| {
        let aws = account();
        let without = UP.split(|argument| *argument == "--tertiary").next().unwrap_or_default();
        aws.mrbackup(without).success();
        parts_of_a_deployment() - aws.parts()
    })
}

impl Aws {
    /// How many parts of deployments the account holds. They are counted in AWS, not in what the program says.
    ///
    /// All lists of the inventory count, and what hangs on one thing but is a part of its own. The subscribers of a
    /// topic are one part.
    #[track_caller]
    pub(crate) fn parts(&self) -> usize {
        let inventory = self.inventory();
        let regions = inventory["regions"].as_object().into_iter().flat_map(|map| map.values());
        let services = regions.flat_map(|region| region.as_object().unwrap().values());
        let everywhere = [&inventory["iam"], &inventory["cloudwatch"]];
        let lists = services.chain(everywhere).filter_map(Value::as_object);
        lists.flat_map(|lists| lists.values()).flat_map(items).map(with_children).sum()
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// One for the thing, and one for each part that hangs on it.
fn with_children(thing: &Value) -> usize {
    let many = [&thing["Selections"], &thing["Targets"], &thing["Policy"]["Statement"]];
    let one = [&thing["EventInvokeConfig"], &thing["Subscriptions"]];
    1 + many.map(|children| items(children).len()).iter().sum::<usize>()
        + one.iter().filter(|child| !child.is_null()).count()
}
