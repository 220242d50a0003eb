//! What the tests share: the program and an account to run it against, deployments, backups, and what reports say.

mod backups;
mod cases;
mod deployment;
mod fixtures;
mod given;
mod outcome;
mod report;
mod run;
mod same_account;
pub(crate) mod schema;

pub(crate) use backups::{
    DAY, DELETE, HOUR, fresh_everywhere, long_deployed, point, point_in, point_of_plan, points,
    seen, two_points, volume, with_points,
};
pub(crate) use cases::for_each_case;
pub(crate) use deployment::{
    ALERT_REGIONS, FORWARD_ROLE, FORWARD_RULE, HOOK, JOBS_RULE, PRIMARY, REGIONS, RESTORE_TESTS,
    SAMPLE, SECONDARY, SELECT_TAGS, SERVICE_ROLE, TERTIARY, TOPIC, UP, VALIDATOR, VALIDATOR_ROLE,
    VAULT, WATCHDOG, deployed, deployed_and_confirmed, deployed_with_choices, deployed_with_email,
    deployed_with_recovery_alarms, deployed_with_restore_tests, deployed_without_alerts,
    parts_of_a_deployment, parts_of_a_tertiary, sample_but_for, with_choices,
};
pub(crate) use given::{GIVEN_ROLE, GIVEN_TOPIC, GIVEN_VAULT, deployed_with_given, trust};
pub(crate) use outcome::Outcome;
pub(crate) use report::{Report, Row};
pub(crate) use run::{Aws, Running, account, account_numbered};
pub(crate) use same_account::{canonical, difference};
