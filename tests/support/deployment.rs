//! The deployment that most tests begin with: what makes it, and what its parts are called.

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

/// In each region.
pub(crate) const VAULT: &str = "mrbackup-default";
pub(crate) const SERVICE_ROLE: &str = "mrbackup-default-AWSBackupServiceRole";
/// A function in each region that raises alarms.
pub(crate) const VALIDATOR: &str = "mrbackup-default-validator";
/// That of the primary region.
pub(crate) const VALIDATOR_ROLE: &str = "mrbackup-default-validator-us-east-1";
/// What hands AWS Backup's events to the validator.
pub(crate) const JOBS_RULE: &str = "mrbackup-default-jobs";
pub(crate) const TOPIC: &str = "mrbackup-default-alerts";
/// A function in the secondary region, and its schedule.
pub(crate) const WATCHDOG: &str = "mrbackup-default-watchdog";

/// What a resource carries to be backed up.
pub(crate) const SELECT_TAGS: [(&str, &str); 2] =
    [("Environment", "Production"), ("BackupEnabled", "true")];

/// An account with the deployment.
#[track_caller]
pub(crate) fn deployed() -> Aws {
    let aws = account();
    aws.mrbackup(UP).success();
    aws
}

/// The same with one subscriber, who has not confirmed yet.
#[track_caller]
pub(crate) fn deployed_with_email(address: &str) -> Aws {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--email", address])).success();
    aws
}
