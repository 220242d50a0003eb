//! Which of AWS Backup's events are the validator's to judge: pure.

use serde_json::{Value, json};

use crate::account::context::Context;
use crate::model::region::Region;

const ENDED: [&str; 5] = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL", "COMPLETED"];

/// The pattern of a region's rule.
///
/// Copy events come from the region that is copied from, and name the vault by its ARN only; events
/// of restore jobs say `status`. Events of the region's settings name no vault: they are everybody's.
/// Only the vault that is written to is watched: one that is left behind may go.
pub(crate) fn document(context: &Context, region: &Region) -> Value {
    let names = &context.names;
    let vault = context.settings.vault_in(region);
    let (name, arn) = (names.vault(&vault), names.vault_arn(&vault));
    json!({
        "source": ["aws.backup"],
        "$or": [
            {
                "detail-type": ["Backup Job State Change"],
                "detail": {"state": ENDED, "backupVaultName": [name]},
            },
            {
                "detail-type": ["Copy Job State Change"],
                "detail": {"state": ENDED, "sourceBackupVaultArn": [arn]},
            },
            {
                "detail-type": ["Restore Job State Change"],
                "detail": {"status": ["FAILED", "ABORTED"], "backupVaultArn": [arn]},
            },
            // AWS's documented event of a failed restore names no vault: the function looks it up.
            {
                "detail-type": ["Restore Job State Change"],
                "detail": {"status": ["FAILED", "ABORTED"], "backupVaultArn": [{"exists": false}]},
            },
            {
                "detail-type": ["Backup Vault State Change"],
                "detail": {"state": ["DELETED"], "backupVaultName": [name]},
            },
            {
                "detail-type": ["Backup Vault State Change"],
                "detail": {
                    "state": ["MODIFIED"],
                    "backupVaultName": [name],
                    "isLocked": [{"exists": true}],
                },
            },
            {"detail-type": ["Region Setting State Change"]},
        ],
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
    use crate::model::region::Partition;

    /// EventBridge's quota page allows 2048 characters, its API 4096.
    #[test]
    fn the_pattern_stays_below_the_quota() {
        let mut context = context();
        context.names = std::sync::Arc::new(Names {
            deployment: DeploymentName::parse(&"n".repeat(DeploymentName::MAX)).unwrap(),
            partition: Partition::GovCloud,
            ..(*context.names).clone()
        });
        let region = Region::parse("us-east-1").unwrap();
        let key = "arn:aws-us-gov:kms:us-east-1:111122223333:key/1".to_owned();
        let mut settings = (*context.settings).clone();
        settings.kms_keys.insert(region.clone(), key);
        context.settings = std::sync::Arc::new(settings);
        let pattern = document(&context, &region).to_string();
        assert!(pattern.len() < 2048, "{}: {pattern}", pattern.len());
    }

    #[test]
    fn alternatives_have_no_order() {
        let [a, b] = [json!({"state": ["A", "B"]}), json!({"state": ["B", "A"]})];
        assert_eq!(normal(a.clone()), normal(b));
        assert_ne!(normal(a), normal(json!({"state": ["A"]})));
    }
}
