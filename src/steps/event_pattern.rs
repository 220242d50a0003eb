//! Which of AWS Backup's events are the validator's to judge: pure.

use serde_json::{Value, json};

use crate::account::context::Context;
use crate::model::region::Region;

const ENDED: [&str; 5] = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL", "COMPLETED"];

/// The statuses of a recovery point that is deleted.
///
/// The developer guide ("Monitoring AWS Backup events", recovery point events) lists COMPLETED,
/// PARTIAL, DELETING, EXPIRED, AVAILABLE, STOPPED and CREATING, with a sample of COMPLETED alone.
/// DELETED is not documented, but backup vendors' rules take it. One that is EXPIRED could not be
/// deleted: it is still there. Of `Recovery Point Change`, which `EventBridge`'s reference names
/// beside this type, nothing is documented; nor is what an event of a deletion leaves out of the
/// sample's members. One that names no vault is not heard: the watchdog counts the points.
const DELETED: [&str; 2] = ["DELETING", "DELETED"];

/// The pattern of a region's rule.
///
/// Copy events come from the region that is copied from, and name the vault by its ARN only; events
/// of restore jobs say `status`. Events of the region's settings name no vault: they are everybody's.
/// Only the vault that is written to is watched: one that is left behind may go.
pub(crate) fn document(context: &Context, region: &Region) -> Value {
    let vault = context.settings.vault_in(region);
    let (name, arn) = (context.names.vault(&vault), context.names.vault_arn(&vault));
    let mut alternatives = vec![
        json!({
            "detail-type": ["Backup Job State Change"],
            "detail": {"state": ENDED, "backupVaultName": [name]},
        }),
        json!({
            "detail-type": ["Copy Job State Change"],
            "detail": {"state": ENDED, "sourceBackupVaultArn": [arn]},
        }),
    ];
    alternatives.extend(of_any_vault(&name, &arn));
    alternatives.extend(of_tests(context, region));
    alternatives.extend(from_elsewhere(context, region));
    json!({"source": ["aws.backup"], "$or": alternatives})
}

/// The pattern of the rule that forwards: what can happen where jobs only write copies to, whose
/// events come from the region that is copied from.
pub(crate) fn forwarded(context: &Context, region: &Region) -> Value {
    let vault = context.settings.vault_in(region);
    let (name, arn) = (context.names.vault(&vault), context.names.vault_arn(&vault));
    json!({"source": ["aws.backup"], "$or": of_any_vault(&name, &arn)})
}

/// What can happen to a vault of ours in whatever region.
fn of_any_vault(name: &str, arn: &str) -> Vec<Value> {
    vec![
        json!({
            "detail-type": ["Restore Job State Change"],
            "detail": {"status": ["FAILED", "ABORTED"], "backupVaultArn": [arn]},
        }),
        // AWS's documented event of a failed restore names no vault: the function looks it up.
        json!({
            "detail-type": ["Restore Job State Change"],
            "detail": {"status": ["FAILED", "ABORTED"], "backupVaultArn": [{"exists": false}]},
        }),
        json!({
            "detail-type": ["Backup Vault State Change"],
            "detail": {"state": ["DELETED"], "backupVaultName": [name]},
        }),
        json!({
            "detail-type": ["Backup Vault State Change"],
            "detail": {
                "state": ["MODIFIED"],
                "backupVaultName": [name],
                "isLocked": [{"exists": true}],
            },
        }),
        json!({
            "detail-type": ["Recovery Point State Change"],
            "detail": {"status": DELETED, "backupVaultName": [name]},
        }),
        json!({"detail-type": ["Region Setting State Change"]}),
    ]
}

/// What AWS Backup's own tests have restored, to be judged: those that fail are heard as all restores are (developer
/// guide, "Restore testing validation").
fn of_tests(context: &Context, region: &Region) -> Option<Value> {
    let prefix = context.names.restore_testing_plan_arn_prefix(region);
    context.settings.restore_test.regions.contains(region).then(|| {
        json!({
            "detail-type": ["Restore Job State Change"],
            "detail": {"status": ["COMPLETED"], "restoreTestingPlanArn": [{"prefix": prefix}]},
        })
    })
}

/// What the secondary takes of regions that forward: their rules have chosen. A forwarded event keeps
/// the `region` that it is of (EventBridge user guide, "Sending and receiving events between AWS
/// Regions"), and a vault with a key of its own another name than the secondary's.
fn from_elsewhere(context: &Context, region: &Region) -> Option<Value> {
    let regions = &context.settings.regions;
    let forwarding: Vec<&Region> = regions.without_alarms().collect();
    (*region == regions.secondary && !forwarding.is_empty()).then(|| {
        json!({
            "detail-type": [
                "Backup Vault State Change",
                "Recovery Point State Change",
                "Restore Job State Change",
            ],
            "region": forwarding,
        })
    })
}

/// A pattern as it is compared: each of its lists is one of alternatives, in no order.
pub(super) fn normal(pattern: Value) -> Value {
    match pattern {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            items.into()
        }
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, normal(value))).collect()
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::context::tests::context;
    use crate::model::names::{DeploymentName, Names};
    use crate::model::region::{self, Partition};
    use crate::model::settings::Regions;

    /// EventBridge's quota page allows 2048 characters, its API 4096.
    #[test]
    fn the_patterns_stay_below_the_quota() {
        let mut context = context();
        context.names = std::sync::Arc::new(Names {
            deployment: DeploymentName::parse(&"n".repeat(DeploymentName::MAX)).unwrap(),
            partition: Partition::GovCloud,
            ..(*context.names).clone()
        });
        let mut settings = (*context.settings).clone();
        let secondary = settings.regions.secondary.clone();
        for region in settings.regions.names() {
            let key = format!("arn:aws-us-gov:kms:{region}:111122223333:key/1");
            settings.kms_keys.insert(region, key);
        }
        settings.restore_test.regions = settings.regions.names().into_iter().collect();
        // Twenty copy regions, of names that exist or may.
        settings.regions.copy_to = vec![region::longest(); 20];
        context.settings = std::sync::Arc::new(settings);
        let tertiary = Region::parse("eu-west-1").unwrap();
        for pattern in [document(&context, &secondary), forwarded(&context, &tertiary)] {
            let pattern = pattern.to_string();
            assert!(pattern.len() < 2048, "{}: {pattern}", pattern.len());
        }
    }

    #[test]
    fn only_the_secondary_takes_what_is_forwarded() {
        let mut context = context();
        let takes = |context: &Context, region: &Region| {
            document(context, region).to_string().contains("\"region\"")
        };
        let Regions { primary, secondary, .. } = context.settings.regions.clone();
        assert!(!takes(&context, &primary) && takes(&context, &secondary));
        let mut settings = (*context.settings).clone();
        settings.regions.tertiary = None;
        context.settings = std::sync::Arc::new(settings);
        assert!(!takes(&context, &secondary), "nobody forwards");
    }

    #[test]
    fn alternatives_have_no_order() {
        let [a, b] = [json!({"state": ["A", "B"]}), json!({"state": ["B", "A"]})];
        assert_eq!(normal(a.clone()), normal(b));
        assert_ne!(normal(a), normal(json!({"state": ["A"]})));
    }
}
