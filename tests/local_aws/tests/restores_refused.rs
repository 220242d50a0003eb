//! Restores that fail or are refused. Each names the fact that it rests on: restore-facts sections 2, 3, 5 and 6, which
//! have AWS's pages.

use super::refused;
use super::restores::{Lost, WEST, with};
use local_aws::Fault;
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
    lost.aws.lose_objects(WEST, &name("west"));
    let map = json!({ "DestinationBucketName": name("west"), "EncryptionType": "SSE-S3" });
    let job = lost.restore("S3", "invoices", map);
    assert_eq!(job["Status"], "COMPLETED");
    assert_eq!(job["StatusMessage"], "One or more objects failed to be restored.");
}

/// Section 5: the job fails if tags are to be copied where AWS cannot; RDS copies its snapshot's whatever the flag says.
#[test]
fn tags_are_copied_where_aws_copies_them() {
    let lost = Lost::new();
    let put = |kind: &str, name: &str| {
        let source = lost.aws.restore_source("us-east-1", kind, name);
        let point = json!({ "ResourceArn": source, "ResourceType": kind, "SourceTags": { "team": "shop" } });
        lost.aws.put_restorable_points(WEST, "va", vec![point]).remove(0)
    };
    let copies = json!({ "CopySourceTagsToRestoredResource": true });
    let table = put("DynamoDB", "users");
    let id = lost.start_with(&table, json!({ "targetTableName": "users" }), copies.clone());
    let job = lost.job(&id.expect("a job"));
    assert_eq!(job["Status"], "FAILED");
    let zone = json!({ "availabilityZone": "us-west-2a" });
    lost.start_with(&put("EBS", "vol-1"), zone.clone(), copies).expect("a valid map");
    lost.start(&put("EBS", "vol-2"), zone).expect("a valid map");
    let database = json!({ "DBInstanceIdentifier": "orders" });
    lost.start(&put("RDS", "orders"), database).expect("a valid map");
    let found = lost.send("resourcegroupstaggingapi", "get_resources", json!({})).expect("a list");
    let found = found["ResourceTagMappingList"].as_array().expect("a list").clone();
    let tagged = found.iter().filter(|each| each["Tags"][0]["Key"] == "team");
    let arns: Vec<&str> = tagged.filter_map(|each| each["ResourceARN"].as_str()).collect();
    assert_eq!(arns.len(), 2, "{found:?}");
    assert!(arns.iter().any(|arn| arn.ends_with(":db:orders")), "{arns:?}");
}

/// Section 7 on cold points; section 6 on jobs of RDS; section 10 on jobs that pend.
#[test]
fn jobs_can_pend_fail_and_take_hours() {
    let lost = Lost::new();
    let zone = json!({ "availabilityZone": "us-west-2a" });
    let cold = lost.aws.put_recovery_point(WEST, "va", json!({ "StorageClass": "COLD" }));
    let cold = lost.start(&cold, zone.clone()).expect("a valid map");
    lost.aws.keep_restores_pending(true);
    let pending = lost.start(&lost.point("EBS", "vol-1"), zone.clone()).expect("a valid map");
    lost.aws.keep_restores_pending(false);
    for _ in 0..3 {
        assert_eq!(lost.job(&cold)["Status"], "RUNNING");
        assert_eq!(lost.job(&pending)["Status"], "PENDING");
    }
    lost.aws.end_jobs(WEST);
    assert_eq!(lost.job(&cold)["Status"], "COMPLETED");
    assert_eq!(lost.job(&pending)["Status"], "COMPLETED");
    lost.aws.fail_jobs("vol-2", "Internal failure");
    let id = lost.start(&lost.point("EBS", "vol-2"), zone).expect("a valid map");
    assert_eq!(lost.job(&id)["StatusMessage"], "Internal failure");
}

/// Section 8: the primary's calls and IAM's hang, and the copies' region answers.
#[test]
fn the_primary_and_iam_can_hang() {
    let lost = Lost::new();
    let point = lost.point("EBS", "vol-1");
    let east = lost.aws.fault(Fault::hold_before().region("us-east-1"));
    let iam = lost.aws.fault(Fault::hold_before().service("iam"));
    lost.start(&point, json!({ "availabilityZone": "us-west-2a" })).expect("a valid map");
    assert_eq!((east.fired(), iam.fired()), (0, 0));
}
