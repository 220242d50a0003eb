//! What AWS Backup infers for a restore that is a test, by type, and what may be put in its place.

use serde_json::{Map, Value, json};

use crate::backup_store::Point;
use crate::restores::testing::MARK;

/// The types that restore testing takes.
pub(crate) const TYPES: [&str; 10] =
    ["Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS", "S3"];

/// The map of a test (developer guide, "Restore testing inferred metadata"). `id` makes its names unlike all others.
pub(crate) fn of(point: &Point, region: &str, id: &str) -> Map<String, Value> {
    let name = format!("{MARK}-{}", id.rsplit('-').next().unwrap_or_default());
    let source = &point.restore_metadata;
    let map = match point.text("ResourceType") {
        "EBS" => json!({ "availabilityZone": format!("{region}a"), "encrypted": "true" }),
        "EC2" => json!({
            "instanceType": source["InstanceType"],
            "disableApiTermination": "false",
            "requireImdsV2": "true",
        }),
        "DynamoDB" => json!({
            "targetTableName": name,
            "encryptionType": "Default",
            "deletionProtection": "false",
        }),
        "EFS" => json!({
            "newFileSystem": "true",
            "encrypted": "true",
            "kmsKeyId": "alias/aws/elasticfilesystem",
            "performanceMode": "generalPurpose",
            "creationToken": name,
            "file-system-id": source["file-system-id"],
        }),
        "S3" => json!({
            "newBucket": "true",
            "destinationBucketName": name,
            "encrypted": "true",
            "encryptionType": "SSE-S3",
        }),
        "RDS" => json!({
            "dbInstanceIdentifier": name,
            "deletionProtection": "false",
            "multiAz": "false",
            "publiclyAccessible": "false",
        }),
        "Aurora" | "DocumentDB" | "Neptune" => json!({
            "availabilityZones": json!([format!("{region}a"), format!("{region}b")]).to_string(),
            "dbClusterIdentifier": name,
            "engine": source["Engine"],
        }),
        _ => json!({}),
    };
    let members = map.as_object().cloned().unwrap_or_default();
    members.into_iter().filter(|(_, value)| value.is_string()).collect()
}

/// The keys that a type's overrides may have, without regard to case (the same page).
pub(crate) fn overridable(kind: &str) -> &'static str {
    match kind {
        "DynamoDB" => "encryptionType kmsMasterKeyArn",
        "EBS" => "availabilityZone iops kmsKeyId throughput volumeSize volumeType",
        "EC2" => "iamInstanceProfileName instanceType requireImdsV2 securityGroupIds subnetId",
        "EFS" => "kmsKeyId performanceMode",
        "FSx" => {
            "activeDirectoryId automaticBackupRetentionDays dailyAutomaticBackupStartTime kmsKeyId \
             lustreConfiguration ontapConfiguration openZfsConfiguration securityGroupIds \
             storageType storageVirtualMachineId subnetIds vpcId weeklyMaintenanceStartTime \
             windowsConfiguration"
        }
        "RDS" => {
            "allocatedStorage autoMinorVersionUpgrade availabilityZone dbInstanceClass dbName \
             dbParameterGroupName dbSubnetGroupName domain enableIamDatabaseAuthentication engine \
             iops licenseModel multiAz optionGroupName port storageType vpcSecurityGroupIds"
        }
        "Aurora" | "DocumentDB" | "Neptune" => {
            "backtrackWindow databaseName dbClusterParameterGroupName dbSubnetGroupName \
             enableCloudwatchLogsExports enableIamDatabaseAuthentication engineMode engineVersion \
             kmsKeyId optionGroupName port scalingConfiguration vpcSecurityGroupIds"
        }
        "S3" => "encryptionType kmsKey restoreAcls",
        _ => "",
    }
}
