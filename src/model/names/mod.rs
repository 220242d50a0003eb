//! Every name, ARN and tag key: a pure function of deployment, kind, region and content, so that a killed run is found again.

mod given;
mod restored;

use std::fmt::{self, Write as _};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::lambda::Lambda;
use crate::model::receiver::Receiver;
use crate::model::region::{Partition, Region};
use crate::model::settings::{MAIN, VaultId};

pub(crate) use given::role_name;

/// The tag that makes a resource ours.
pub(crate) const DEPLOYMENT_TAG: &str = "mrbackup:deployment";
/// The random id of the deployment, which seeds every `CreatorRequestId`.
pub(crate) const ID_TAG: &str = "mrbackup:id";
/// On a function: the `RoleId` of the role that it was last saved with.
pub(crate) const ROLE_ID_TAG: &str = "mrbackup:role-id";
/// IAM path of our roles: they can be listed by it without knowing any name.
pub(crate) const ROLE_PATH: &str = "/mrbackup/";
/// Namespace of the watchdog's metrics.
pub(crate) const METRICS: &str = "mrbackup";
/// The name of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct DeploymentName(String);

impl Default for DeploymentName {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl DeploymentName {
    pub(crate) const MAX: usize = 20;

    /// Reads a deployment's name.
    ///
    /// # Errors
    /// One sentence with the allowed form and the length given.
    pub(crate) fn parse(typed: &str) -> Result<Self, String> {
        let ends_well = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = typed.as_bytes();
        let allowed = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        let fits = !bytes.is_empty() && bytes.len() <= Self::MAX && bytes.iter().all(allowed);
        if fits && ends_well(bytes.first()) && ends_well(bytes.last()) {
            return Ok(Self(typed.to_owned()));
        }
        Err(format!(
            "{typed:?} ({} characters) is not a deployment name: 1 to {} of a-z, 0-9 and -, \
             beginning and ending with a letter or digit",
            typed.chars().count(),
            Self::MAX
        ))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeploymentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The service role's name: the one name that is needed before the account is known.
///
/// It contains `AWSBackup` because the managed policy `AWSBackupFullAccess` lets its holders pass only such roles.
pub(crate) fn service_role(deployment: &DeploymentName) -> String {
    format!("mrbackup-{deployment}-AWSBackupServiceRole")
}

/// What the name of a plan begins with, whichever plan of its deployment it is: the name of that at the top.
pub(crate) fn plan_stem(name: &str) -> &str {
    name.split_once('_').map_or(name, |(stem, _)| stem)
}

/// Names and ARNs of a deployment in an account.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) deployment: DeploymentName,
    pub(crate) account: String,
    pub(crate) partition: Partition,
}

impl Names {
    fn arn(&self, service: &str, region: &Region, rest: &str) -> String {
        format!("arn:{}:{service}:{region}:{}:{rest}", self.partition, self.account)
    }

    fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role{ROLE_PATH}{name}", self.partition, self.account)
    }

    pub(crate) fn service_role(&self) -> String {
        service_role(&self.deployment)
    }

    pub(crate) fn service_role_arn(&self) -> String {
        self.role_arn(&self.service_role())
    }

    /// The managed policies of the service role.
    ///
    /// The two for S3 live outside `service-role/`; without them S3 buckets fail with
    /// "does not have permission to describe resource".
    pub(crate) fn service_role_policies(&self) -> Vec<String> {
        [
            "service-role/AWSBackupServiceRolePolicyForBackup",
            "service-role/AWSBackupServiceRolePolicyForRestores",
            "AWSBackupServiceRolePolicyForS3Backup",
            "AWSBackupServiceRolePolicyForS3Restore",
        ]
        .iter()
        .map(|name| format!("arn:{}:iam::aws:policy/{name}", self.partition))
        .collect()
    }

    /// A vault with a key of its own carries a hash of it, because AWS Backup cannot change the key
    /// of a vault: another key is another vault. No deployment's name has an underscore, so that it
    /// is no other deployment's vault either.
    pub(crate) fn vault(&self, vault: &VaultId) -> String {
        match (&vault.given, &vault.kms_key) {
            (Some(name), _) => name.clone(),
            (None, None) => format!("mrbackup-{}", self.deployment),
            (None, Some(key)) => format!("mrbackup-{}_{}", self.deployment, short_hash(key, 8)),
        }
    }

    /// Whether a vault of this name can be of this deployment, whatever its key is.
    pub(crate) fn may_be_our_vault(&self, name: &str) -> bool {
        let rest =
            name.strip_prefix("mrbackup-").and_then(|n| n.strip_prefix(self.deployment.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    }

    pub(crate) fn vault_arn(&self, vault: &VaultId) -> String {
        self.arn("backup", &vault.region, &format!("backup-vault:{}", self.vault(vault)))
    }

    /// The ARN of any vault by its name.
    pub(crate) fn named_vault_arn(&self, region: &Region, name: &str) -> String {
        self.arn("backup", region, &format!("backup-vault:{name}"))
    }

    /// The backup plan of this name in the settings. No deployment's name has an underscore, so that it is no other
    /// deployment's plan either.
    pub(crate) fn plan(&self, plan: &str) -> String {
        match plan {
            MAIN => format!("mrbackup-{}", self.deployment),
            plan => format!("mrbackup-{}_{plan}", self.deployment),
        }
    }

    /// What the settings call the plan that has this name at AWS; `None` where it is no plan of this deployment.
    pub(crate) fn plan_called<'a>(&self, name: &'a str) -> Option<&'a str> {
        let main = self.plan(MAIN);
        if name == main {
            return Some(MAIN);
        }
        name.strip_prefix(&main)?.strip_prefix('_')
    }

    pub(crate) fn plan_arn(&self, region: &Region, plan_id: &str) -> String {
        self.arn("backup", region, &format!("backup-plan:{plan_id}"))
    }

    /// A region's restore testing plan: AWS takes letters, digits and underscores there, at most 50, and no deployment's
    /// name has an underscore, so that no two deployments share one.
    pub(crate) fn restore_testing_plan(&self) -> String {
        format!("mrbackup_{}", self.deployment.as_str().replace('-', "_"))
    }

    /// What the plan's ARN begins with: AWS draws the id that follows.
    pub(crate) fn restore_testing_plan_arn_prefix(&self, region: &Region) -> String {
        let name = self.restore_testing_plan();
        self.arn("backup", region, &format!("restore-testing-plan:{name}-"))
    }

    pub(crate) fn topic(&self) -> String {
        format!("mrbackup-{}-alerts", self.deployment)
    }

    pub(crate) fn topic_arn(&self, region: &Region) -> String {
        self.arn("sns", region, &self.topic())
    }

    pub(crate) fn function(&self, lambda: Lambda) -> String {
        format!("mrbackup-{}-{lambda}", self.deployment)
    }

    pub(crate) fn function_arn(&self, lambda: Lambda, region: &Region) -> String {
        self.arn("lambda", region, &format!("function:{}", self.function(lambda)))
    }

    pub(crate) fn log_group(&self, lambda: Lambda) -> String {
        format!("/aws/lambda/{}", self.function(lambda))
    }

    /// Without the `:*` that `DescribeLogGroups` appends: the tagging calls refuse it.
    pub(crate) fn log_group_arn(&self, lambda: Lambda, region: &Region) -> String {
        self.named_log_group_arn(region, &self.log_group(lambda))
    }

    /// The ARN of any log group by its name.
    pub(crate) fn named_log_group_arn(&self, region: &Region, name: &str) -> String {
        self.arn("logs", region, &format!("log-group:{name}"))
    }

    /// IAM is global, and each region's function has a role of its own.
    pub(crate) fn function_role(&self, lambda: Lambda, region: &Region) -> String {
        format!("mrbackup-{}-{lambda}-{region}", self.deployment)
    }

    /// The role with which EventBridge forwards a region's events. Each region has its own.
    pub(crate) fn forwarding_role(&self, region: &Region) -> String {
        format!("{}-{region}", self.event_rule(Receiver::Secondary))
    }

    pub(crate) fn forwarding_role_arn(&self, region: &Region) -> String {
        self.role_arn(&self.forwarding_role(region))
    }

    /// The log group of what SNS delivers from a region's topic, or could not deliver. SNS has chosen the names (developer
    /// guide, "Prerequisites for configuring delivery status logging").
    pub(crate) fn delivery_log_group(&self, region: &Region, of_failures: bool) -> String {
        let end = if of_failures { "/Failure" } else { "" };
        format!("sns/{region}/{}/{}{end}", self.account, self.topic())
    }

    /// The role with which SNS writes to them, without its region.
    fn delivery_log(&self) -> String {
        format!("mrbackup-{}-delivery-log", self.deployment)
    }

    /// The role with which SNS logs what it delivers in a region. Each region has its own.
    pub(crate) fn delivery_log_role(&self, region: &Region) -> String {
        format!("{}-{region}", self.delivery_log())
    }

    pub(crate) fn delivery_log_role_arn(&self, region: &Region) -> String {
        self.role_arn(&self.delivery_log_role(region))
    }

    /// The region that a role's name has in it, if it is a role of this deployment's for one region.
    pub(crate) fn region_of_role(&self, name: &str) -> Option<Region> {
        let functions = [Lambda::Validator, Lambda::Watchdog].map(|lambda| self.function(lambda));
        let others = [self.event_rule(Receiver::Secondary), self.delivery_log()];
        let mut stems = functions.into_iter().chain(others);
        stems.find_map(|stem| {
            let rest = name.strip_prefix(stem.as_str())?;
            Region::parse(rest.strip_prefix('-')?).ok()
        })
    }

    pub(crate) fn function_role_arn(&self, lambda: Lambda, region: &Region) -> String {
        self.role_arn(&self.function_role(lambda, region))
    }

    /// The rule that invokes a function, on the ends of jobs or by the clock, or that forwards events.
    pub(crate) fn event_rule(&self, receiver: impl Into<Receiver>) -> String {
        match receiver.into() {
            Receiver::Function(Lambda::Validator) => format!("mrbackup-{}-jobs", self.deployment),
            Receiver::Function(Lambda::Watchdog) => self.function(Lambda::Watchdog),
            Receiver::Secondary => format!("mrbackup-{}-forward", self.deployment),
        }
    }

    pub(crate) fn event_rule_arn(&self, receiver: impl Into<Receiver>, region: &Region) -> String {
        self.arn("events", region, &format!("rule/{}", self.event_rule(receiver)))
    }

    /// The queue of what a rule could not deliver.
    pub(crate) fn dead_letter_queue(&self, receiver: impl Into<Receiver>) -> String {
        format!("{}-undelivered", self.event_rule(receiver))
    }

    pub(crate) fn dead_letter_queue_arn(
        &self,
        receiver: impl Into<Receiver>,
        region: &Region,
    ) -> String {
        self.arn("sqs", region, &self.dead_letter_queue(receiver))
    }

    /// The bus on which AWS's services send their events.
    pub(crate) fn default_event_bus_arn(&self, region: &Region) -> String {
        self.arn("events", region, "event-bus/default")
    }

    /// Statement id of a function's permission for its event rule.
    pub(crate) fn statement_id(&self, lambda: Lambda) -> String {
        self.event_rule(lambda)
    }

    pub(crate) fn alarm(&self, alarm: Alarm) -> String {
        format!("mrbackup-{}-{}", self.deployment, alarm.as_str())
    }

    pub(crate) fn alarm_arn(&self, alarm: Alarm, region: &Region) -> String {
        self.arn("cloudwatch", region, &format!("alarm:{}", self.alarm(alarm)))
    }

    /// Dashboards are of the whole account, so that the name tells of the region.
    pub(crate) fn dashboard(&self, region: &Region) -> String {
        format!("mrbackup-{}-{region}", self.deployment)
    }

    pub(crate) fn dashboard_arn(&self, region: &Region) -> String {
        let name = self.dashboard(region);
        format!("arn:{}:cloudwatch::{}:dashboard/{name}", self.partition, self.account)
    }
}

/// A CloudWatch alarm over what the watchdog measures, or a dry run of a recovery publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Alarm {
    /// The watchdog has found something.
    Findings,
    /// The watchdog does not run.
    Heartbeat,
    /// A dry run has found what could not be brought back.
    Recovery,
    /// No dry run publishes what it finds.
    RecoveryData,
}

impl Alarm {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Heartbeat => "heartbeat",
            Self::Recovery => "recovery",
            Self::RecoveryData => "recovery-data",
        }
    }
}

/// A selection's name carries a hash of its content, because AWS Backup cannot update one.
pub(crate) fn selection(label: &str, content: &str) -> String {
    format!("{label}-{}", short_hash(content, 8))
}

/// What a name of the form of ours begins with, before the hash, and a number where the plain name was taken.
pub(crate) fn selection_label(name: &str) -> Option<&str> {
    let is_hash = |hash: &str| hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let (before, last) = name.rsplit_once('-')?;
    let numbered =
        before.rsplit_once('-').filter(|(_, hash)| is_hash(hash) && last.parse::<u32>().is_ok());
    let label = numbered.map(|(label, _)| label).or_else(|| is_hash(last).then_some(before));
    label.filter(|label| !label.is_empty())
}

/// What tells a selection's name from those of others in the same plan: hash and number.
pub(crate) fn selection_hash(name: &str) -> &str {
    selection_label(name).map_or(name, |label| &name[label.len() + 1..])
}

/// The first `digits` hexadecimal digits of the SHA-256 of `content`.
pub(crate) fn short_hash(content: &str, digits: usize) -> String {
    let mut hash = hex(&Sha256::digest(content.as_bytes()));
    hash.truncate(digits);
    hash
}

/// A short keyed hash of an address: enough to tell a lost subscriber, and no address in a tag.
pub(crate) fn subscriber_hash(id: &str, address: &str) -> String {
    short_hash(&format!("{id}:{}", address.to_lowercase()), 12)
}

/// The command line that goes on with a deployment.
pub(crate) fn command(deployment: &str, command: &str) -> String {
    if deployment == "default" {
        format!("mrbackup {command}")
    } else {
        format!("mrbackup {command} --name {deployment}")
    }
}

/// Two lower-case digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
pub(crate) mod tests;
