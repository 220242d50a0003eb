//! Restores that fail or are refused. Each names the fact that it rests on: restore-facts sections 2, 3, 5 and 6, which
//! have AWS's pages.

use super::refused;
use super::restores::{Lost, WEST, with};
use serde_json::{Value, json};

/// Restores, and asserts that the job fails with this text.
#[track_caller]
fn fails(lost: &Lost, kind: &str, name: &str, map: Value, text: &str) {
    let job = lost.restore(kind, name, map);
    assert_eq!(job["Status"], "FAILED", "{job}");
    let message = job["StatusMessage"].as_str().unwrap_or_default();
    assert!(message.contains(text), "{message}");
    assert!(job["CreatedResourceArn"].is_null(), "{job}");
}

/// Developer guide, the pages of each type: a map has the keys of its type, and those it needs.
#[test]
fn a_map_with_unknown_or_missing_keys_is_refused() {
    let lost = Lost::new();
    let refuse = |kind: &str, map: Value, text: &str| {
        let point = lost.point(kind, "thing-1");
        refused(
            lost.start(&point, map).map(Value::from),
            400,
            "InvalidParameterValueException",
            text,
        );
    };
    refuse("EBS", json!({ "availabilityZone": "us-west-2a", "volumeId": "vol-1" }), "volumeId");
    refuse("EBS", json!({ "encrypted": "true" }), "availabilityZone");
    refuse("RDS", json!({ "DBInstanceClass": "db.t3.medium" }), "DBInstanceIdentifier");
    refuse("Aurora", json!({ "dbClusterIdentifier": "shop" }), "engine");
    refuse(
        "DynamoDB",
        json!({ "targetTableName": "a", "originalTableName": "b" }),
        "originalTableName",
    );
    refuse("S3", json!({ "EncryptionType": "SSE-S3" }), "DestinationBucketName");
    refuse("EFS", json!({ "newFileSystem": "true", "Encrypted": "false" }), "file-system-id");
    // users' issue: DSQL returns it and rejects it.
    refuse("DSQL", json!({ "cluster_id": "a" }), "cluster_id");
    assert_eq!(lost.aws.restore_jobs(WEST), [] as [Value; 0]);
}

/// Section 6: the trust policy, or a role that is deleted.
#[test]
fn a_role_that_is_not_there_is_refused() {
    let lost = Lost::new();
    let point = lost.point("EBS", "vol-1");
    let role = json!({ "IamRoleArn": format!("arn:aws:iam::{}:role/none", lost.aws.id()) });
    let answer = lost.start_with(&point, json!({ "availabilityZone": "us-west-2a" }), role);
    let text = "cannot be assumed by AWS Backup";
    refused(answer.map(Value::from), 400, "InvalidParameterValueException", text);
    let other = json!({ "ResourceType": "RDS" });
    let answer = lost.start_with(&point, json!({ "availabilityZone": "us-west-2a" }), other);
    refused(answer.map(Value::from), 400, "InvalidParameterValueException", "does not match");
}

/// Developer guide, restoring-efs: a vault's policy may deny `backup:StartRestoreJob`. Section 2.7: a point that is not
/// complete is none to restore.
#[test]
fn a_denied_or_expired_point_is_refused() {
    let lost = Lost::new();
    let zone = json!({ "availabilityZone": "us-west-2a" });
    let expired = lost.aws.put_recovery_point(WEST, "va", json!({ "Status": "EXPIRED" }));
    let answer = lost.start(&expired, zone.clone()).map(Value::from);
    refused(answer, 400, "InvalidRequestException", "EXPIRED");
    let none = "arn:aws:ec2:us-west-2::snapshot/snap-0";
    let answer = lost.start(none, zone.clone()).map(Value::from);
    refused(answer, 400, "ResourceNotFoundException", none);
    let point = lost.point("EBS", "vol-1");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": ["backup:StartRestoreJob"], "Resource": "*",
        }],
    });
    let put = json!({ "BackupVaultName": "va", "Policy": policy.to_string() });
    lost.aws.call("backup", WEST, "put_backup_vault_access_policy", put);
    let answer = lost.start(&point, zone).map(Value::from);
    refused(answer, 403, "AccessDeniedException", "Insufficient privileges");
}

/// Section 2.1 and 6: maps passed through fail, of whatever type.
#[test]
fn the_source_s_own_map_never_restores() {
    let lost = Lost::new();
    for (kind, name) in [
        ("EBS", "vol-1"),
        ("EC2", "i-1"),
        ("RDS", "orders"),
        ("Aurora", "shop"),
        ("DocumentDB", "docs"),
        ("DynamoDB", "users"),
        ("EFS", "fs-1"),
        ("S3", "invoices"),
        ("FSx", "fs-2"),
    ] {
        let point = lost.point(kind, name);
        let get = json!({ "BackupVaultName": "va", "RecoveryPointArn": point });
        let map = lost.send("backup", "get_recovery_point_restore_metadata", get);
        let map = map.expect("a point")["RestoreMetadata"].clone();
        if let Ok(id) = lost.start(&point, map) {
            assert_eq!(lost.job(&id)["Status"], "FAILED", "{kind}");
        }
    }
    assert!(lost.aws.inventory()["restored"].is_null());
}

/// Section 3 (EC2), and 6 for the texts.
#[test]
fn what_an_instance_cannot_have_fails_its_job() {
    let lost = Lost::new();
    let (subnet, group) = lost.network(WEST);
    let (foreign, foreign_group) = lost.network("us-east-1");
    let try_with = |more: Value, text: &str| {
        let map = with(
            json!({ "InstanceType": "t3.micro", "SubnetId": subnet, "SecurityGroupIds": json!([group]).to_string() }),
            more,
        );
        fails(&lost, "EC2", "i-1", map, text);
    };
    try_with(json!({ "SubnetId": foreign }), "does not exist");
    try_with(json!({ "SecurityGroupIds": json!([foreign_group]).to_string() }), "does not exist");
    try_with(json!({ "SecurityGroupIds": group }), "no list");
    let interfaces = json!([{ "networkInterfaceId": "eni-1" }]).to_string();
    try_with(json!({ "NetworkInterfaces": interfaces }), "The associatePublicIPAddress parameter");
    try_with(json!({ "IamInstanceProfileName": "app" }), "does not permit attaching a new");
    try_with(json!({ "KeyName": "none" }), "key pair 'none' does not exist");
    let placement = json!({ "AvailabilityZone": "us-east-1a" }).to_string();
    try_with(json!({ "Placement": placement }), "Invalid availability zone");
    try_with(json!({ "CpuOptions": "{\"CoreCount\":1}" }), "not supported");
    try_with(json!({ "InstanceType": "p9.huge" }), "not supported in your requested");
    lost.aws.offer_not(WEST, "t3.micro", None);
    try_with(json!({}), "not supported in your requested");
    lost.aws.use_up_capacity(WEST, "us-west-2a");
    try_with(json!({ "InstanceType": "t3.small" }), "InsufficientInstanceCapacity");
}

/// Section 3 and 6: "No default VPC for this user", "No default subnet detected in VPC".
#[test]
fn without_a_default_vpc_a_network_must_be_named() {
    let lost = Lost::new();
    lost.aws.take_default_vpc(WEST);
    fails(
        &lost,
        "EC2",
        "i-1",
        json!({ "InstanceType": "t3.micro" }),
        "No default VPC for this user.",
    );
    let map = json!({ "DBInstanceIdentifier": "orders" });
    fails(&lost, "RDS", "orders", map, "No default subnet detected in VPC.");
    let map = json!({ "dbClusterIdentifier": "shop", "engine": "aurora-postgresql" });
    fails(&lost, "Aurora", "shop", map, "No default subnet detected in VPC.");
    let vpcs = lost.send("ec2", "describe_vpcs", json!({})).expect("a list");
    assert_eq!(vpcs["Vpcs"], json!([]));
}

/// Section 6: "No subnets found for the default VPC", "is a shared VPC".
#[test]
fn a_default_vpc_can_lack_subnets_or_be_another_account_s() {
    let lost = Lost::new();
    lost.aws.share_default_vpc(WEST);
    let map = json!({ "DBInstanceIdentifier": "orders" });
    fails(&lost, "RDS", "orders", map, "is a shared VPC, please explicitly provide");
    let (_, group) = lost.network(WEST);
    let groups = json!([group]).to_string();
    let map = json!({ "DBInstanceIdentifier": "orders", "VpcSecurityGroupIds": groups });
    lost.restored("RDS", "orders", map);
    lost.aws.take_default_subnets(WEST);
    let map = json!({ "InstanceType": "t3.micro" });
    fails(&lost, "EC2", "i-1", map, "No subnets found for the default VPC [vpc-");
}

/// Section 3 (EC2): without another key in `BlockDeviceMappings` a restore across regions might fail.
#[test]
fn a_device_needs_a_key_that_is_there() {
    let lost = Lost::new();
    let (here, there) = (lost.aws.put_key(WEST), lost.aws.put_key("us-east-1"));
    let source = lost.aws.restore_source("us-east-1", "EC2", "i-1");
    let point = json!({ "ResourceArn": source, "KmsKeyId": there });
    let point = lost.aws.put_restorable_points(WEST, "va", vec![point]).remove(0);
    let status = |ebs: Value| {
        let mappings = json!([{ "DeviceName": "/dev/xvda", "Ebs": ebs }]).to_string();
        let map = json!({ "InstanceType": "t3.micro", "BlockDeviceMappings": mappings });
        let job = lost.job(&lost.start(&point, map).expect("a valid map"));
        (job["Status"].clone(), job["StatusMessage"].clone())
    };
    let (failed, text) = status(json!({ "Encrypted": true }));
    assert_eq!(failed, "FAILED");
    assert!(text.as_str().is_some_and(|text| text.contains("Given key ID is not accessible")));
    assert_eq!(status(json!({ "SnapshotId": "snap-1" })).0, "FAILED");
    let (ended, text) = status(json!({ "Encrypted": true, "KmsKeyId": here }));
    assert_eq!(ended, "COMPLETED", "{text}");
}

/// Section 3 (RDS) and 6.
#[test]
fn what_a_database_cannot_have_fails_its_job() {
    let lost = Lost::new();
    let aws = &lost.aws;
    aws.put_db_subnet_group(WEST, "one", 1);
    aws.put_db_subnet_group(WEST, "two", 2);
    let try_with = |more: Value, text: &str| {
        let map = with(json!({ "DBInstanceIdentifier": "orders" }), more);
        fails(&lost, "RDS", "orders", map, text);
    };
    try_with(json!({ "DBSnapshotIdentifier": "awsbackup:job-1" }), "dbsnapshotidentifier");
    try_with(json!({ "InformationalOnly:EngineVersion": "15" }), "informationalonly");
    try_with(json!({ "DBSubnetGroupName": "none" }), "does not exist");
    try_with(json!({ "DBSubnetGroupName": "one" }), "coverage requirement");
    try_with(
        json!({ "MultiAZ": "true", "AvailabilityZone": "us-west-2a" }),
        "not valid for Multi-AZ",
    );
    try_with(json!({ "AvailabilityZone": "us-east-1a" }), "Invalid availability zone");
    try_with(json!({ "DBParameterGroupName": "orders-parameters" }), "DBParameterGroup not found");
    try_with(json!({ "OptionGroupName": "orders-options" }), "OptionGroupName");
    let foreign = aws.put_key("us-east-1");
    try_with(json!({ "KmsKeyId": foreign }), "Access denied to KMS key.");
    lost.restored(
        "RDS",
        "orders",
        json!({ "DBInstanceIdentifier": "orders", "DBSubnetGroupName": "two" }),
    );
    try_with(json!({}), "already exists");
    let map = json!({ "dbClusterIdentifier": "orders", "engine": "aurora-postgresql" });
    fails(&lost, "Aurora", "orders", map, "already exists");
    let map = json!({ "dbClusterIdentifier": "docs", "engine": "aurora-mysql" });
    fails(&lost, "DocumentDB", "docs", map, "engine");
}

/// Section 3 (`DynamoDB`, EFS, EBS) and 6 on keys.
#[test]
fn a_name_or_a_key_that_cannot_be_fails_its_job() {
    let lost = Lost::new();
    let table =
        |more: Value| with(json!({ "targetTableName": "users", "encryptionType": "KMS" }), more);
    let (here, there) = (lost.aws.put_key(WEST), lost.aws.put_key("us-east-1"));
    fails(
        &lost,
        "DynamoDB",
        "users",
        table(json!({ "kmsMasterKeyArn": there })),
        "Access denied to KMS key.",
    );
    lost.aws.disable_key(WEST, &here);
    let disabled = "does not exist, is not enabled";
    fails(&lost, "DynamoDB", "users", table(json!({ "kmsMasterKeyArn": here })), disabled);
    let volume = json!({ "availabilityZone": "us-west-2a", "encrypted": "true", "kmsKeyId": here });
    fails(&lost, "EBS", "vol-1", volume, disabled);
    fails(&lost, "EBS", "vol-1", json!({ "availabilityZone": "us-east-1a" }), "does not exist");
    lost.restored("DynamoDB", "users", table(json!({})));
    fails(&lost, "DynamoDB", "users", table(json!({})), "Table already exists: users");
}

/// Section 3 (S3) and 6.
#[test]
fn what_a_bucket_cannot_take_fails_its_job() {
    let lost = Lost::new();
    let name = |part: &str| format!("{part}-{}", lost.aws.id());
    let try_with = |bucket: &str, more: Value, text: &str| {
        let map =
            with(json!({ "DestinationBucketName": bucket, "EncryptionType": "SSE-S3" }), more);
        fails(&lost, "S3", "invoices", map, text);
    };
    try_with(&name("none"), json!({}), "does not exist");
    lost.aws.put_bucket(WEST, &name("plain"), false);
    try_with(&name("plain"), json!({}), "Versioning");
    lost.aws.put_bucket("us-east-1", &name("east"), true);
    try_with(&name("east"), json!({}), "not in the Region");
    lost.aws.put_bucket(WEST, &name("west"), true);
    try_with(&name("west"), json!({ "RestoreACLs": "TRUE" }), "Access Control Lists");
    for (which, status, text) in [
        ("some", "COMPLETED", "One or more objects failed to be restored from arn:"),
        ("none", "COMPLETED", "There are no objects that match the restore request for arn:"),
        ("all", "FAILED", "No objects were restored from arn:"),
    ] {
        lost.aws.lose_objects(WEST, &name("west"), which);
        let map = json!({ "DestinationBucketName": name("west"), "EncryptionType": "SSE-S3" });
        let job = lost.restore("S3", "invoices", map);
        let message = job["StatusMessage"].as_str().unwrap_or_default();
        assert!(job["Status"] == status && message.starts_with(text), "{job}");
    }
}
