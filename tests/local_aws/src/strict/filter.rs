//! The filters of AWS Backup's lists.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;

use super::Case;

/// Where a thing has a value: the members on the way to it.
type Place = &'static [&'static str];

/// Each filter that asks for one value, and where the thing has it.
const EQUAL: [(&str, Place); 14] = [
    ("ByAccountId", &["AccountId"]),
    ("ByBackupPlanId", &["CreatedBy", "BackupPlanId"]),
    ("ByBackupVaultName", &["BackupVaultName"]),
    ("ByDestinationVaultArn", &["DestinationBackupVaultArn"]),
    ("ByMessageCategory", &["MessageCategory"]),
    ("ByParentJobId", &["ParentJobId"]),
    ("ByParentRecoveryPointArn", &["ParentRecoveryPointArn"]),
    ("ByResourceArn", &["ResourceArn"]),
    ("ByResourceType", &["ResourceType"]),
    ("ByRestoreTestingPlanArn", &["CreatedBy", "RestoreTestingPlanArn"]),
    ("BySourceRecoveryPointArn", &["SourceRecoveryPointArn"]),
    ("ByState", &["State"]),
    ("ByStatus", &["Status"]),
    ("ResourceArn", &["SourceResourceArn"]),
];

const CREATION: Place = &["CreationDate"];

/// Each filter by time: after, before, and the time that counts.
const TIMES: [(&str, &str, Place); 3] = [
    ("ByCreatedAfter", "ByCreatedBefore", CREATION),
    ("ByCompleteAfter", "ByCompleteBefore", &["CompletionDate"]),
    (
        "ByRecoveryPointCreationDateAfter",
        "ByRecoveryPointCreationDateBefore",
        &["RecoveryPointCreationDate"],
    ),
];

/// The filters of one request, read once for all that they are held against.
pub(crate) struct Filter<'a> {
    equal: Vec<(Place, &'a str)>,
    /// Between which times, both exclusive.
    times: Vec<(Place, f64, f64)>,
}

impl<'a> Filter<'a> {
    pub(crate) fn of(case: Case<'a>) -> Self {
        let time = |member: &str| {
            let text = case.request.text(member);
            DateTime::from_str(text, Format::DateTime).ok().map(|time| time.as_secs_f64())
        };
        let equal = EQUAL.iter().map(|(member, place)| (*place, case.request.text(member)));
        let times = TIMES.iter().filter_map(|(after, before, place)| {
            let (after, before) = (time(after), time(before));
            after.or(before)?;
            Some((*place, after.unwrap_or(f64::MIN), before.unwrap_or(f64::MAX)))
        });
        Self {
            equal: equal.filter(|(_, value)| !value.is_empty()).collect(),
            times: times.collect(),
        }
    }

    /// Whether they may let through what was created then: a quick look before the thorough one.
    pub(crate) fn may_want(&self, created: f64) -> bool {
        self.times.first().is_none_or(|(place, after, before)| {
            *place != CREATION || (created > *after && created < *before)
        })
    }

    /// Whether they let the thing through.
    pub(crate) fn wants(&self, item: &Value) -> bool {
        let at = |place: Place| place.iter().try_fold(item, |item, member| item.get(member));
        self.equal.iter().all(|(place, value)| at(place).is_some_and(|there| there == value))
            && self.times.iter().all(|(place, after, before)| {
                at(place).and_then(Value::as_f64).is_some_and(|at| at > *after && at < *before)
            })
    }
}
