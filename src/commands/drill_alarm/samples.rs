//! AWS Backup's events as it documents them (developer guide, "Monitoring AWS Backup events"), for proving the rule and the chain behind it: pure.

use serde_json::{Value, json};

use crate::account::context::Context;
use crate::model::region::Region;

/// An event, and what it tells.
pub(crate) struct Sample {
    pub(crate) what: String,
    pub(crate) event: Value,
}

/// One event of each kind and ending that the region's validator has to be told of, in the secondary
/// those that the other regions forward too.
pub(crate) fn all(context: &Context, region: &Region) -> Vec<Sample> {
    let vault = context.settings.vault_in(region);
    let (name, arn) = (context.names.vault(&vault), context.names.vault_arn(&vault));
    let of = |kind: &str, member: &str, ending: &str, detail: Value| {
        sample(context, region, (kind, member, ending), detail)
    };
    let mut samples = Vec::new();
    for ending in ["FAILED", "ABORTED", "EXPIRED", "PARTIAL", "COMPLETED"] {
        let backup =
            json!({"backupVaultName": name, "backupVaultArn": arn, "statusMessage": "\"\""});
        samples.push(of("Backup Job", "state", ending, backup));
    }
    for ending in ["FAILED", "PARTIAL", "COMPLETED"] {
        let copy = json!({"sourceBackupVaultArn": arn, "destinationRecoveryPointArn": {}});
        samples.push(of("Copy Job", "state", ending, copy));
    }
    samples.extend(forwarded(context, region));
    let regions = &context.settings.regions;
    if *region == regions.secondary {
        for other in regions.without_alarms() {
            let forwarded = forwarded(context, other).into_iter();
            samples.extend(forwarded.map(|Sample { what, event }| {
                let what = format!("{what} of {other}");
                Sample { what, event }
            }));
        }
    }
    samples
}

/// What can happen where jobs only write copies to, one event of each.
pub(crate) fn forwarded(context: &Context, region: &Region) -> Vec<Sample> {
    let vault = context.settings.vault_in(region);
    let (name, arn) = (context.names.vault(&vault), context.names.vault_arn(&vault));
    let of = |kind: &str, member: &str, ending: &str, detail: Value| {
        sample(context, region, (kind, member, ending), detail)
    };
    let mut samples = Vec::new();
    // The documented event of a failed restore names no vault.
    samples.push(of("Restore Job", "status", "FAILED", json!({"resourceType": "EBS"})));
    samples.push(of("Restore Job", "status", "ABORTED", json!({"backupVaultArn": arn})));
    samples.push(of("Backup Vault", "state", "DELETED", json!({"backupVaultName": name})));
    let locked = json!({"backupVaultName": name, "isLocked": "true"});
    samples.push(of("Backup Vault", "state", "MODIFIED", locked));
    let deleted = json!({"backupVaultName": name, "backupVaultArn": arn});
    samples.push(of("Recovery Point", "status", "DELETING", deleted));
    let opted = json!({"ResourceTypeOptInPreference": {"Aurora": false}});
    samples.push(of("Region Setting", "state", "MODIFIED", opted));
    samples
}

fn sample(
    context: &Context,
    region: &Region,
    (kind, member, ending): (&str, &str, &str),
    mut detail: Value,
) -> Sample {
    detail[member] = ending.into();
    Sample { what: format!("{kind} {ending}"), event: event(context, region, kind, &detail) }
}

/// The event that a drill hands to the validator: a failed job of a resource that does not exist.
pub(crate) fn drill(context: &Context, region: &Region, id: &str) -> Value {
    let vault = context.settings.vault_in(region);
    let (account, partition) = (&context.names.account, context.names.partition);
    let mut event = event(
        context,
        region,
        "Backup Job",
        &json!({
            "backupJobId": id,
            "backupVaultArn": context.names.vault_arn(&vault),
            "backupVaultName": context.names.vault(&vault),
            "resourceArn": format!("arn:{partition}:ec2:{region}:{account}:volume/vol-00000000000000000"),
            "resourceType": "EBS",
            "state": "FAILED",
            "statusMessage": "\"This is a drill of mrbackup.\"",
        }),
    );
    event["mrbackup-drill"] = id.into();
    event
}

fn event(context: &Context, region: &Region, kind: &str, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": format!("{kind} State Change"),
        "source": "aws.backup",
        "account": context.names.account,
        "time": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": region,
        "resources": [],
        "detail": detail,
    })
}
