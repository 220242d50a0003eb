//! What restore testing plans and selections are to be: pure, from settings, to AWS's types and back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_backup::types::{
    KeyValue, ProtectedResourceConditions, RestoreTestingPlanForCreate, RestoreTestingPlanForGet,
    RestoreTestingPlanForUpdate, RestoreTestingRecoveryPointSelection,
    RestoreTestingRecoveryPointSelectionAlgorithm, RestoreTestingRecoveryPointType,
    RestoreTestingSelectionForCreate, RestoreTestingSelectionForGet,
    RestoreTestingSelectionForUpdate,
};
use serde::Serialize;
use serde_json::json;

use crate::account::context::Context;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::{Settings, TestOverrides};
use crate::protection::restore_tests::window_days;

/// Over the months each age is tried, and not only the youngest.
const ALGORITHM: RestoreTestingRecoveryPointSelectionAlgorithm =
    RestoreTestingRecoveryPointSelectionAlgorithm::RandomWithinWindow;
const TIMEZONE: &str = "Etc/UTC";
/// What the key of a condition on a tag begins with. The model's text says that a key cannot begin with `aws:`; AWS's own
/// examples, Terraform's and those of every user have this form, and the API takes it. The tags are those of the
/// recovery point (developer guide, "Recovery point determination"): a backup of `DynamoDB` without advanced features has
/// none, a copy has.
const CONDITION: &str = "aws:ResourceTag/";

/// A region's restore testing plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct PlanContent {
    schedule: String,
    timezone: String,
    start_window_hours: i32,
    algorithm: String,
    include_vaults: BTreeSet<String>,
    exclude_vaults: BTreeSet<String>,
    recovery_point_types: BTreeSet<String>,
    selection_window_days: i32,
}

impl PlanContent {
    pub(super) fn wanted(context: &Context, region: &Region) -> Self {
        let Context { settings, names, .. } = context;
        let test = &settings.restore_test;
        let vault = names.vault_arn(&settings.vault_in(region));
        Self {
            schedule: test.schedule.clone(),
            timezone: TIMEZONE.to_owned(),
            start_window_hours: narrow(test.start_window_hours),
            algorithm: ALGORITHM.as_str().to_owned(),
            include_vaults: BTreeSet::from([vault]),
            exclude_vaults: BTreeSet::new(),
            recovery_point_types: point_types(settings, region),
            selection_window_days: narrow(window_days(settings, region)),
        }
    }

    pub(super) fn from_aws(plan: &RestoreTestingPlanForGet) -> Self {
        let choice = plan.recovery_point_selection.as_ref();
        let list = |list: fn(&RestoreTestingRecoveryPointSelection) -> &[String]| {
            choice.map(|choice| list(choice).iter().cloned().collect()).unwrap_or_default()
        };
        let types = choice.iter().flat_map(|choice| choice.recovery_point_types());
        let algorithm = choice.and_then(|choice| choice.algorithm.as_ref());
        Self {
            schedule: plan.schedule_expression.clone(),
            timezone: plan.schedule_expression_timezone.clone().unwrap_or(TIMEZONE.to_owned()),
            start_window_hours: plan.start_window_hours,
            algorithm: algorithm.map(|one| one.as_str().to_owned()).unwrap_or_default(),
            include_vaults: list(RestoreTestingRecoveryPointSelection::include_vaults),
            exclude_vaults: list(RestoreTestingRecoveryPointSelection::exclude_vaults),
            recovery_point_types: types.map(|one| one.as_str().to_owned()).collect(),
            selection_window_days: choice.map_or(0, |choice| choice.selection_window_days),
        }
    }

    fn choice(&self) -> RestoreTestingRecoveryPointSelection {
        let types = self.recovery_point_types.iter();
        let types = types.map(|one| RestoreTestingRecoveryPointType::from(one.as_str()));
        RestoreTestingRecoveryPointSelection::builder()
            .algorithm(self.algorithm.as_str().into())
            .set_include_vaults(Some(self.include_vaults.iter().cloned().collect()))
            .set_exclude_vaults(Some(self.exclude_vaults.iter().cloned().collect()))
            .set_recovery_point_types(Some(types.collect()))
            .selection_window_days(self.selection_window_days)
            .build()
    }

    /// # Errors
    /// Never: each member that AWS asks for is there.
    pub(super) fn to_aws(&self, name: &str) -> Result<RestoreTestingPlanForCreate, Failure> {
        RestoreTestingPlanForCreate::builder()
            .restore_testing_plan_name(name)
            .recovery_point_selection(self.choice())
            .schedule_expression(&self.schedule)
            .schedule_expression_timezone(&self.timezone)
            .start_window_hours(self.start_window_hours)
            .build()
            .map_err(incomplete)
    }

    pub(super) fn to_update(&self) -> RestoreTestingPlanForUpdate {
        RestoreTestingPlanForUpdate::builder()
            .recovery_point_selection(self.choice())
            .schedule_expression(&self.schedule)
            .schedule_expression_timezone(&self.timezone)
            .start_window_hours(self.start_window_hours)
            .build()
    }
}

/// A copy of a continuous backup is a snapshot (developer guide, "Copying continuous backups"): only the primary has
/// both, where a rule makes any.
fn point_types(settings: &Settings, region: &Region) -> BTreeSet<String> {
    let mut types = vec![RestoreTestingRecoveryPointType::Snapshot];
    let is_continuous = settings.all_rules().iter().any(|rule| rule.continuous);
    if is_continuous && *region == settings.regions.primary {
        types.push(RestoreTestingRecoveryPointType::Continuous);
    }
    types.iter().map(|one| one.as_str().to_owned()).collect()
}

/// A selection of a plan: the resources of one type, by the tags of their recovery points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct SelectionContent {
    pub(super) resource_type: String,
    role: String,
    resources: BTreeSet<String>,
    /// By operator, then by condition key; all have to hold.
    conditions: BTreeMap<&'static str, BTreeMap<String, String>>,
    /// Keys of AWS Backup's restore metadata.
    overrides: BTreeMap<String, String>,
    validation_hours: i32,
}

impl SelectionContent {
    pub(super) fn wanted(context: &Context, region: &Region, kind: &str) -> Self {
        let Context { settings, names, .. } = context;
        // Conditions are of equality alone and joined by AND: with selections of other forms every resource with a point in
        // our vault is tested, and only what our plan selects has one there.
        let tags = settings.only_select_tags().into_iter().flatten();
        let equals = tags.map(|(key, value)| (format!("{CONDITION}{key}"), value.clone()));
        let mut conditions: BTreeMap<_, BTreeMap<_, _>> =
            BTreeMap::from([("StringEquals", equals.collect())]);
        conditions.retain(|_, conditions| !conditions.is_empty());
        let said = settings.restore_test.overrides.get(region);
        Self {
            resource_type: kind.to_owned(),
            role: names.role_in_use(settings),
            resources: BTreeSet::from(["*".to_owned()]),
            conditions,
            overrides: said.map(|said| overrides(kind, said)).unwrap_or_default(),
            validation_hours: narrow(settings.restore_test.validation_hours),
        }
    }

    pub(super) fn from_aws(selection: &RestoreTestingSelectionForGet) -> Self {
        let mut conditions = BTreeMap::new();
        if let Some(found) = selection.protected_resource_conditions() {
            let equal = ("StringEquals", found.string_equals());
            let unequal = ("StringNotEquals", found.string_not_equals());
            for (operator, pairs) in [equal, unequal] {
                let pairs = pairs.iter().map(|pair| (pair.key.clone(), pair.value.clone()));
                let pairs: BTreeMap<String, String> = pairs.collect();
                if !pairs.is_empty() {
                    conditions.insert(operator, pairs);
                }
            }
        }
        let overrides = selection.restore_metadata_overrides().into_iter().flatten();
        let kind = &selection.protected_resource_type;
        Self {
            resource_type: kind.clone(),
            role: selection.iam_role_arn.clone(),
            resources: selection.protected_resource_arns().iter().cloned().collect(),
            conditions,
            overrides: overrides.map(|(key, text)| (spelled(key), text.clone())).collect(),
            validation_hours: selection.validation_window_hours,
        }
    }

    /// # Errors
    /// Never: each member that AWS asks for is there.
    pub(super) fn to_aws(&self, name: &str) -> Result<RestoreTestingSelectionForCreate, Failure> {
        RestoreTestingSelectionForCreate::builder()
            .restore_testing_selection_name(name)
            .protected_resource_type(&self.resource_type)
            .iam_role_arn(&self.role)
            .set_protected_resource_arns(Some(self.resources.iter().cloned().collect()))
            .protected_resource_conditions(self.conditions()?)
            .set_restore_metadata_overrides(Some(self.overrides()))
            .validation_window_hours(self.validation_hours)
            .build()
            .map_err(incomplete)
    }

    /// With the wildcard beside the conditions: a selection that somebody has given ARNs takes none without it (API
    /// reference, `UpdateRestoreTestingSelection`).
    ///
    /// # Errors
    /// Never: each member that AWS asks for is there.
    pub(super) fn to_update(&self) -> Result<RestoreTestingSelectionForUpdate, Failure> {
        Ok(RestoreTestingSelectionForUpdate::builder()
            .iam_role_arn(&self.role)
            .set_protected_resource_arns(Some(self.resources.iter().cloned().collect()))
            .protected_resource_conditions(self.conditions()?)
            .set_restore_metadata_overrides(Some(self.overrides()))
            .validation_window_hours(self.validation_hours)
            .build())
    }

    fn overrides(&self) -> HashMap<String, String> {
        self.overrides.clone().into_iter().collect()
    }

    /// Both lists, so that an update empties what others have filled.
    fn conditions(&self) -> Result<ProtectedResourceConditions, Failure> {
        let list = |operator| {
            let pairs = self.conditions.get(operator).into_iter().flatten();
            let pair = |(key, value): (&String, &String)| {
                KeyValue::builder().key(key).value(value).build().map_err(incomplete)
            };
            pairs.map(pair).collect::<Result<Vec<_>, _>>().map(Some)
        };
        Ok(ProtectedResourceConditions::builder()
            .set_string_equals(list("StringEquals")?)
            .set_string_not_equals(list("StringNotEquals")?)
            .build())
    }
}

/// The keys of overrides as AWS's page of inferred metadata writes them.
const KEYS: [&str; 9] = [
    "dbSubnetGroupName",
    "encryptionType",
    "kmsKey",
    "kmsKeyId",
    "kmsMasterKeyArn",
    "securityGroupIds",
    "subnetId",
    "vpcSecurityGroupIds",
    "iamInstanceProfileName",
];

/// A key as we write it: AWS takes them without regard to case.
fn spelled(key: &str) -> String {
    let known = KEYS.iter().find(|known| known.eq_ignore_ascii_case(key));
    known.map_or_else(|| key.to_owned(), |known| (*known).to_owned())
}

/// What a type's tests take of what the file says of restores into their region (developer guide, "Restore testing
/// inferred metadata"). Lists are JSON text.
fn overrides(kind: &str, said: &TestOverrides) -> BTreeMap<String, String> {
    let TestOverrides { subnet, security_groups, db_subnet_group, kms_key } = said;
    let groups = (!security_groups.is_empty()).then(|| json!(security_groups).to_string());
    let (subnet, database, key) = (subnet.clone(), db_subnet_group.clone(), kms_key.clone());
    let with_key = |value: &str| key.as_ref().map(|_| value.to_owned());
    let pairs: Vec<(&str, Option<String>)> = match kind {
        "DynamoDB" => vec![("encryptionType", with_key("KMS")), ("kmsMasterKeyArn", key.clone())],
        "EBS" | "EFS" => vec![("kmsKeyId", key)],
        "EC2" => vec![("subnetId", subnet), ("securityGroupIds", groups)],
        "RDS" => vec![("dbSubnetGroupName", database), ("vpcSecurityGroupIds", groups)],
        "Aurora" | "DocumentDB" | "Neptune" => vec![
            ("dbSubnetGroupName", database),
            ("vpcSecurityGroupIds", groups),
            ("kmsKeyId", key),
        ],
        "S3" => vec![("encryptionType", with_key("SSE-KMS")), ("kmsKey", key.clone())],
        _ => Vec::new(),
    };
    let pairs = pairs.into_iter();
    pairs.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// Hours and days of the table of settings, whose limits keep them small.
fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn incomplete(error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("a request lacks a member: {error}"), "report this")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_have_the_keys_of_their_type() {
        let text = |text: &str| Some(text.to_owned());
        let said = TestOverrides {
            subnet: text("subnet-1"),
            security_groups: vec!["sg-1".to_owned()],
            db_subnet_group: text("databases"),
            kms_key: text("arn:key"),
        };
        let keys = |kind| -> Vec<String> {
            overrides(kind, &said).iter().map(|(key, value)| format!("{key}={value}")).collect()
        };
        assert_eq!(keys("EC2"), [r#"securityGroupIds=["sg-1"]"#, "subnetId=subnet-1"]);
        assert_eq!(keys("RDS"), ["dbSubnetGroupName=databases", r#"vpcSecurityGroupIds=["sg-1"]"#]);
        assert_eq!(keys("Aurora").len(), 3);
        assert_eq!(keys("DynamoDB"), ["encryptionType=KMS", "kmsMasterKeyArn=arn:key"]);
        assert_eq!(keys("S3"), ["encryptionType=SSE-KMS", "kmsKey=arn:key"]);
        assert_eq!(keys("EBS"), ["kmsKeyId=arn:key"]);
        assert!(overrides("S3", &TestOverrides::default()).is_empty());
        assert_eq!(spelled("SUBNETID"), "subnetId");
    }
}
