//! Settings of AWS Backup's own restore tests: where they run, how often, of which types, and what they take.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::region::{Partition, Region};
use crate::model::settings::Regions;

/// The types that AWS Backup tests and that need nothing of an account: neither a network nor a key. Those of
/// [`TYPES`] that are not among them are restored into a network, and an instance runs what its source runs.
const USUAL_TYPES: [&str; 4] = ["DynamoDB", "EBS", "EFS", "S3"];
/// The types that AWS Backup tests (API reference, `RestoreTestingSelectionForCreate`), but for `FSx`, whose file systems
/// each need what no setting has: a directory, a storage virtual machine.
pub(crate) const TYPES: [&str; 9] =
    ["Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "Neptune", "RDS", "S3"];
/// On the first of each month.
const SCHEDULE: &str = "cron(0 6 1 * ? *)";
/// AWS's own default.
const START_WINDOW_HOURS: i64 = 24;
/// Longer than an event may wait for the function that judges.
const VALIDATION_HOURS: i64 = 2;

/// Where and how copies are tested by restores. Off where it names no region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RestoreTest {
    /// The regions whose vaults are tested, each by a plan of its own.
    pub(crate) regions: BTreeSet<Region>,
    /// AWS cron of six fields, in UTC.
    pub(crate) schedule: String,
    /// By AWS Backup's names.
    pub(crate) types: BTreeSet<String>,
    /// How old a point may be that is tested, in days; 0 is as old as the calendar of the rules asks for.
    pub(crate) window_days: i64,
    /// Within how many hours AWS Backup starts a test.
    pub(crate) start_window_hours: i64,
    /// For how many hours what was restored waits for its verdict.
    pub(crate) validation_hours: i64,
    /// What the file's tables of restores say of these regions. They are of no other deployment's record, because a
    /// restore takes them from the file; a selection holds them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) overrides: BTreeMap<Region, TestOverrides>,
}

/// What tests in a region take in place of what AWS Backup infers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TestOverrides {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) db_subnet_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key: Option<String>,
}

impl Default for RestoreTest {
    fn default() -> Self {
        Self {
            regions: BTreeSet::new(),
            schedule: SCHEDULE.to_owned(),
            types: USUAL_TYPES.map(str::to_owned).into(),
            window_days: 0,
            start_window_hours: START_WINDOW_HOURS,
            validation_hours: VALIDATION_HOURS,
            overrides: BTreeMap::new(),
        }
    }
}

impl RestoreTest {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// The same for regions of which only these are left.
    pub(super) fn retain(&mut self, names: &[Region]) {
        self.regions.retain(|region| names.contains(region));
        self.overrides.retain(|region, _| names.contains(region));
    }
}

impl Regions {
    /// Refuses a region in which AWS Backup has no restore testing, or the deployment no vault (developer guide, "Feature
    /// availability by AWS Region").
    ///
    /// # Errors
    /// One sentence, with the reason.
    pub(crate) fn check_restore_test(&self, region: &Region) -> Result<(), String> {
        let partition = region.partition();
        if partition != Partition::Aws {
            return Err(format!(
                "AWS Backup has no restore testing in partition {partition}: {region} cannot be tested, leave it out of restore_test.regions"
            ));
        }
        let names = self.names();
        if names.contains(region) {
            return Ok(());
        }
        let names: Vec<&str> = names.iter().map(Region::as_str).collect();
        Err(format!(
            "{region} is no region of this deployment: a plan tests the vault of its own region, here {}",
            names.join(", ")
        ))
    }
}
