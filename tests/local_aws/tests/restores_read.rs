//! What a restore reads of a region first, of the services themselves, in their own wire forms.

use super::refused;
use super::restores::{Lost, WEST};
use local_aws::{AwsError, Fault, TestAccount, Via};
use serde_json::{Value, json};

/// Reads as the program would.
#[track_caller]
fn read(lost: &Lost, service: &str, operation: &str, arguments: Value) -> Value {
    lost.send(service, operation, arguments).expect("a description")
}

/// The texts of a member of each of a list.
fn each<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|item| item[member].as_str()).collect()
}

#[test]
fn a_region_has_a_default_network_of_its_own() {
    let lost = Lost::new();
    let filter =
        |name: &str, value: &str| json!({ "Filters": [{ "Name": name, "Values": [value] }] });
    let vpcs = read(&lost, "ec2", "describe_vpcs", filter("is-default", "true"));
    let vpc = vpcs["Vpcs"][0]["VpcId"].as_str().expect("a default VPC").to_owned();
    let subnets = read(&lost, "ec2", "describe_subnets", filter("vpc-id", &vpc));
    let zones = each(&subnets["Subnets"], "AvailabilityZone");
    assert_eq!(zones, ["us-west-2a", "us-west-2b", "us-west-2c"]);
    assert_eq!(subnets["Subnets"][0]["MapPublicIpOnLaunch"], true);
    let groups = read(&lost, "ec2", "describe_security_groups", filter("vpc-id", &vpc));
    assert_eq!(each(&groups["SecurityGroups"], "GroupName"), ["default"]);
    let zones = read(&lost, "ec2", "describe_availability_zones", filter("state", "available"));
    assert_eq!(zones["AvailabilityZones"].as_array().map(Vec::len), Some(3));
    let east = lost.aws.call("ec2", "us-east-1", "describe_vpcs", json!({}));
    assert_ne!(east["Vpcs"][0]["VpcId"], vpc);
    assert_eq!(read(&lost, "ec2", "describe_key_pairs", json!({}))["KeyPairs"], json!([]));
}

#[test]
fn a_zone_offers_types_and_classes_until_it_does_not() {
    let lost = Lost::new();
    let offers = |kind: &str| {
        let filters = json!([{ "Name": "instance-type", "Values": ["t3.micro"] }]);
        let arguments = json!({ "LocationType": kind, "Filters": filters });
        read(&lost, "ec2", "describe_instance_type_offerings", arguments)["InstanceTypeOfferings"]
            .clone()
    };
    assert_eq!(each(&offers("region"), "Location"), [WEST]);
    lost.aws.offer_not(WEST, "t3.micro", Some("us-west-2a"));
    let zones = offers("availability-zone");
    assert_eq!(each(&zones, "Location"), ["us-west-2b", "us-west-2c"]);
    let class = json!({ "Engine": "postgres", "DBInstanceClass": "db.t3.medium" });
    let options = || {
        let options = read(&lost, "rds", "describe_orderable_db_instance_options", class.clone());
        let options = options["OrderableDBInstanceOptions"].as_array().cloned();
        options.unwrap_or_default()
    };
    assert_eq!(options()[0]["AvailabilityZones"].as_array().map(Vec::len), Some(3));
    lost.aws.offer_not(WEST, "db.t3.medium", None);
    assert_eq!(options(), [] as [Value; 0]);
}

#[test]
fn a_point_s_image_or_snapshot_is_described_where_it_lies() {
    let lost = Lost::new();
    let key = lost.aws.put_key(WEST);
    let put = |kind: &str, name: &str| {
        let source = lost.aws.restore_source("us-east-1", kind, name);
        let point = json!({ "ResourceArn": source, "ResourceType": kind, "KmsKeyId": key });
        lost.aws.put_restorable_points(WEST, "va", vec![point]).remove(0)
    };
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let image = json!({ "ImageIds": [last(&put("EC2", "i-1"))] });
    let image = read(&lost, "ec2", "describe_images", image);
    let device = &image["Images"][0]["BlockDeviceMappings"][0];
    assert_eq!(
        (&device["DeviceName"], &device["Ebs"]["Encrypted"]),
        (&json!("/dev/xvda"), &json!(true))
    );
    let snapshot = json!({ "SnapshotIds": [last(&put("EBS", "vol-1"))] });
    let snapshot = read(&lost, "ec2", "describe_snapshots", snapshot);
    assert_eq!(snapshot["Snapshots"][0]["KmsKeyId"], key);
    let id = |arn: &str| arn.splitn(7, ':').last().unwrap_or_default().to_owned();
    let database = put("RDS", "orders");
    let snapshot = json!({ "DBSnapshotIdentifier": id(&database) });
    let snapshot = read(&lost, "rds", "describe_db_snapshots", snapshot);
    let snapshot = &snapshot["DBSnapshots"][0];
    assert_eq!(
        (&snapshot["DBSnapshotArn"], &snapshot["Engine"], &snapshot["SnapshotType"]),
        (&json!(database), &json!("postgres"), &json!("awsbackup"))
    );
    let cluster = put("Neptune", "graph");
    let snapshot = json!({ "DBClusterSnapshotIdentifier": id(&cluster) });
    let snapshot = read(&lost, "rds", "describe_db_cluster_snapshots", snapshot);
    assert_eq!(snapshot["DBClusterSnapshots"][0]["Engine"], "neptune");
}

#[test]
fn keys_and_quotas_are_the_region_s() {
    let lost = Lost::new();
    let describe = |key: &str| lost.send("kms", "describe_key", json!({ "KeyId": key }));
    let key = describe("alias/aws/ebs").expect("a key of AWS's")["KeyMetadata"].clone();
    assert_eq!((&key["KeyManager"], &key["Enabled"]), (&json!("AWS"), &json!(true)));
    // None before the first file system of the region (unverified).
    refused(describe("alias/aws/elasticfilesystem"), 400, "NotFoundException", "");
    lost.aws.call("efs", WEST, "create_file_system", json!({ "CreationToken": "first" }));
    describe("alias/aws/elasticfilesystem").expect("a key of AWS's");
    let mine = lost.aws.put_key(WEST);
    lost.aws.disable_key(WEST, &mine);
    assert_eq!(describe(&mine).expect("a key")["KeyMetadata"]["KeyState"], "Disabled");
    let quota = |code: &str| {
        let arguments = json!({ "ServiceCode": "ec2", "QuotaCode": code });
        lost.send("service-quotas", "get_service_quota", arguments)
    };
    lost.aws.set_quota(WEST, "L-1216C47A", 5.0);
    assert_eq!(quota("L-1216C47A").expect("a quota")["Quota"]["Value"], 5.0);
    refused(quota("L-00000000"), 400, "NoSuchResourceException", "");
}

#[test]
fn a_bucket_says_where_it_is_and_what_it_keeps() {
    let lost = Lost::new();
    let name = |part: &str| format!("{part}-{}", lost.aws.id());
    lost.aws.put_bucket(WEST, &name("west"), true);
    lost.aws.put_bucket("us-east-1", &name("east"), false);
    let ask = |operation: &str, bucket: &str| {
        lost.send("s3", operation, json!({ "Bucket": name(bucket) }))
    };
    ask("head_bucket", "west").expect("a bucket");
    assert_eq!(ask("get_bucket_versioning", "west").expect("it")["Status"], "Enabled");
    assert_eq!(ask("get_bucket_location", "west").expect("it")["LocationConstraint"], WEST);
    let ownership = ask("get_bucket_ownership_controls", "west").expect("it");
    assert_eq!(
        ownership["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced"
    );
    let missing: AwsError = ask("head_bucket", "none").expect_err("there is none");
    assert_eq!(missing.status, 404);
    refused(ask("get_bucket_versioning", "none"), 404, "NoSuchBucket", "");
    // botocore asks again where it is sent to.
    lost.aws.clear_log();
    ask("head_bucket", "east").expect("it is in another region");
    let log = lost.aws.log();
    let asked: Vec<_> = log.iter().map(|call| (call.name(), call.status)).collect();
    let at = |region: &str, status| (format!("s3.HeadBucket {region}"), Some(status));
    assert_eq!(asked, [at(WEST, 301), at("us-east-1", 200)]);
}

#[test]
fn what_a_restore_leaves_to_do_can_be_done() {
    let lost = Lost::new();
    let (subnet, _) = lost.network(WEST);
    let map = json!({ "dbClusterIdentifier": "shop", "engine": "aurora-postgresql" });
    let cluster = lost.restored("Aurora", "shop", map);
    let writer = json!({
        "DBInstanceIdentifier": "shop-1", "DBClusterIdentifier": "shop", "Engine": "aurora-postgresql",
        "DBInstanceClass": "db.r6g.large",
    });
    lost.aws.offer_not(WEST, "db.r5.large", None);
    let mut other = writer.clone();
    other["DBInstanceClass"] = "db.r5.large".into();
    let answer = lost.send("rds", "create_db_instance", other);
    refused(answer, 400, "InvalidParameterCombination", "db.r5.large");
    lost.send("rds", "create_db_instance", writer).expect("a writer");
    for (kind, name, engine) in [("DocumentDB", "docs", "docdb"), ("Neptune", "graph", "neptune")] {
        let map = json!({ "dbClusterIdentifier": name, "engine": engine });
        let cluster = lost.restored(kind, name, map);
        let member = json!({
            "DBInstanceIdentifier": format!("{name}-1"), "DBClusterIdentifier": name, "Engine": engine,
            "DBInstanceClass": "db.r6g.large",
        });
        lost.send("rds", "create_db_instance", member).expect("a writer");
        let made = lost.aws.inventory()["restored"][WEST].clone();
        assert_eq!(made[&cluster]["members"], json!([format!("{name}-1")]));
    }
    let files = json!({
        "newFileSystem": "true", "CreationToken": "mrb-1", "Encrypted": "false",
        "PerformanceMode": "generalPurpose", "file-system-id": "fs-1",
    });
    let files = lost.restored("EFS", "fs-1", files);
    let id = files.rsplit('/').next().unwrap_or_default();
    let target = json!({ "FileSystemId": id, "SubnetId": subnet });
    lost.send("efs", "create_mount_target", target).expect("a mount target");
    let targets = read(&lost, "efs", "describe_mount_targets", json!({ "FileSystemId": id }));
    assert_eq!(each(&targets["MountTargets"], "SubnetId"), [subnet.as_str()]);
    let made = lost.aws.inventory()["restored"][WEST].clone();
    assert_eq!(made[&cluster]["members"], json!(["shop-1"]));
    assert_eq!(made[&files]["mount targets"], json!([subnet]));
    for (operation, list) in [
        ("describe_db_parameter_groups", "DBParameterGroups"),
        ("describe_db_cluster_parameter_groups", "DBClusterParameterGroups"),
        ("describe_db_subnet_groups", "DBSubnetGroups"),
    ] {
        assert_eq!(read(&lost, "rds", operation, json!({}))[list], json!([]), "{operation}");
    }
}

#[test]
fn tags_go_onto_what_was_restored_and_off_again() {
    let lost = Lost::new();
    let volume = lost.restored("EBS", "vol-1", json!({ "availabilityZone": "us-west-2a" }));
    let table = lost.restored("DynamoDB", "users", json!({ "targetTableName": "users" }));
    let database = lost.restored("RDS", "orders", json!({ "DBInstanceIdentifier": "orders" }));
    let (subnet, _) = lost.network(WEST);
    let map = json!({ "InstanceType": "t3.micro", "SubnetId": subnet });
    let instance = lost.restored("EC2", "i-1", map);
    let bucket = format!("tagged-{}", lost.aws.id());
    lost.aws.put_bucket(WEST, &bucket, true);
    let map = json!({ "DestinationBucketName": bucket, "EncryptionType": "SSE-S3" });
    let bucket = lost.restored("S3", "invoices", map);
    let mut arns = [volume, table, database, instance, bucket];
    arns.sort();
    let send = |operation: &str, arguments: Value| {
        read(&lost, "resourcegroupstaggingapi", operation, arguments)
    };
    let tags =
        json!({ "ResourceARNList": arns, "Tags": { "mrbackup:recovered-from": "x", "a": "b" } });
    assert_eq!(send("tag_resources", tags)["FailedResourcesMap"], json!({}));
    let found = || {
        let filter = json!({ "TagFilters": [{ "Key": "mrbackup:recovered-from" }] });
        let found = send("get_resources", filter)["ResourceTagMappingList"].clone();
        let mut arns: Vec<String> =
            each(&found, "ResourceARN").into_iter().map(str::to_owned).collect();
        arns.sort();
        arns
    };
    assert_eq!(found(), arns);
    let keys = json!({ "ResourceARNList": arns, "TagKeys": ["mrbackup:recovered-from"] });
    assert_eq!(send("untag_resources", keys)["FailedResourcesMap"], json!({}));
    assert_eq!(found(), [""; 0]);
    let gone = lost.aws.arn("ec2", WEST, "volume/vol-0");
    let tags = json!({ "ResourceARNList": [gone], "Tags": { "a": "b" } });
    assert!(send("tag_resources", tags)["FailedResourcesMap"][gone].is_object());
}

/// Each service says "slow down" and "you may not" in its own way.
#[test]
fn each_service_has_its_own_errors() {
    let aws = TestAccount::new();
    let calls = [
        ("ec2", "ec2", "describe_vpcs", json!({}), "RequestLimitExceeded"),
        ("rds", "rds", "describe_db_instances", json!({}), "Throttling"),
        ("efs", "elasticfilesystem", "describe_file_systems", json!({}), "ThrottlingException"),
        ("dynamodb", "dynamodb", "list_tables", json!({}), "ThrottlingException"),
        ("kms", "kms", "describe_key", json!({ "KeyId": "alias/aws/ebs" }), "ThrottlingException"),
        ("s3", "s3", "get_bucket_versioning", json!({ "Bucket": "none-1" }), "SlowDown"),
        (
            "service-quotas",
            "servicequotas",
            "get_service_quota",
            json!({ "ServiceCode": "ec2", "QuotaCode": "L-1216C47A" }),
            "TooManyRequestsException",
        ),
    ];
    for (service, signed, operation, arguments, slow) in calls {
        let send = || aws.try_call(Via::Program, service, WEST, operation, arguments.clone());
        let throttled = aws.fault(Fault::throttle().service(signed));
        let error = send().expect_err("it is throttled");
        assert_eq!((error.code.as_str(), throttled.fired()), (slow, 1), "{service}: {error}");
        aws.clear_faults();
        let denied = Fault::error(403, "AccessDenied", "you & I <may> not").service(signed);
        aws.fault(denied);
        let error = refused(send(), 403, "AccessDenied", "");
        assert!(error.message.contains("you & I <may> not"), "{service}: {error}");
        aws.clear_faults();
    }
}
