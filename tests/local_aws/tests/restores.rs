//! Restores: what points say, how jobs go, and what they make.

use local_aws::{AwsError, Fault, TestAccount, Via};
use serde_json::{Value, json};

use super::{refused, role};

pub(crate) const WEST: &str = "us-west-2";

/// The first object with the members of the second.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}

/// An account with a vault in the west, and a role that restores.
pub(crate) struct Lost {
    pub(crate) aws: TestAccount,
    role: String,
}

impl Lost {
    pub(crate) fn new() -> Self {
        let aws = TestAccount::new();
        aws.call("backup", WEST, "create_backup_vault", json!({ "BackupVaultName": "va" }));
        let role = role(&aws, "mrbackup", "backup.amazonaws.com");
        Self { aws, role }
    }

    #[track_caller]
    pub(crate) fn send(
        &self,
        service: &str,
        operation: &str,
        arguments: Value,
    ) -> Result<Value, AwsError> {
        self.aws.try_call(Via::Program, service, WEST, operation, arguments)
    }

    pub(crate) fn point(&self, kind: &str, name: &str) -> String {
        self.aws.put_restorable_point(WEST, "va", kind, name)
    }

    #[track_caller]
    pub(crate) fn start_with(
        &self,
        point: &str,
        map: Value,
        more: Value,
    ) -> Result<String, AwsError> {
        let mut arguments = json!({ "RecoveryPointArn": point, "IamRoleArn": self.role });
        arguments["Metadata"] = map;
        let answer = self.send("backup", "start_restore_job", with(arguments, more))?;
        Ok(answer["RestoreJobId"].as_str().expect("jobs have ids").to_owned())
    }

    #[track_caller]
    pub(crate) fn start(&self, point: &str, map: Value) -> Result<String, AwsError> {
        self.start_with(point, map, json!({}))
    }

    #[track_caller]
    pub(crate) fn job(&self, id: &str) -> Value {
        self.send("backup", "describe_restore_job", json!({ "RestoreJobId": id })).expect("a job")
    }

    /// Restores, and returns the job.
    #[track_caller]
    pub(crate) fn restore(&self, kind: &str, name: &str, map: Value) -> Value {
        let id = self.start(&self.point(kind, name), map).expect("a valid map");
        self.job(&id)
    }

    /// Restores, and returns the ARN of what was made.
    #[track_caller]
    pub(crate) fn restored(&self, kind: &str, name: &str, map: Value) -> String {
        let job = self.restore(kind, name, map);
        assert_eq!(job["Status"], "COMPLETED", "{job}");
        job["CreatedResourceArn"].as_str().expect("an ARN").to_owned()
    }

    /// The first default subnet, and the default group.
    pub(crate) fn network(&self, region: &str) -> (String, String) {
        let first = |operation: &str, list: &str, member: &str| {
            let answer = self.aws.call("ec2", region, operation, json!({}));
            answer[list][0][member].as_str().expect("a default network").to_owned()
        };
        (
            first("describe_subnets", "Subnets", "SubnetId"),
            first("describe_security_groups", "SecurityGroups", "GroupId"),
        )
    }
}

#[test]
fn a_point_says_what_its_source_was_in_its_own_region() {
    let lost = Lost::new();
    let (subnet, group) = lost.network("us-east-1");
    assert_ne!(lost.network(WEST), (subnet.clone(), group));
    let point = lost.point("EC2", "i-0123456789abcdef0");
    let get = |point: &str| {
        let arguments = json!({ "BackupVaultName": "va", "RecoveryPointArn": point });
        lost.send("backup", "get_recovery_point_restore_metadata", arguments)
    };
    let found = get(&point).expect("a point");
    assert_eq!(found["ResourceType"], "EC2");
    assert_eq!(found["RestoreMetadata"]["SubnetId"], subnet);
    let given = lost.aws.put_recovery_point(WEST, "va", json!({ "RestoreMetadata": { "a": "b" } }));
    assert_eq!(get(&given).expect("a point")["RestoreMetadata"], json!({ "a": "b" }));
    let of_database =
        get(&lost.point("RDS", "orders")).expect("a point")["RestoreMetadata"].clone();
    assert!(
        of_database["DBSnapshotIdentifier"]
            .as_str()
            .is_some_and(|id| id.starts_with("awsbackup:copyjob-"))
    );
    assert!(
        of_database["InformationalOnly:KmsKeyId"]
            .as_str()
            .is_some_and(|key| key.contains("us-east-1"))
    );
    refused(get("arn:aws:ec2:us-west-2::image/ami-1"), 400, "ResourceNotFoundException", "");
}

#[test]
fn a_job_goes_from_pending_to_completed_and_makes_one_thing() {
    let lost = Lost::new();
    lost.aws.slow_jobs(3);
    let point = lost.point("EBS", "vol-1");
    let map = json!({ "availabilityZone": "us-west-2b", "volumeType": "gp3" });
    let token = json!({ "IdempotencyToken": "one" });
    let id = lost.start_with(&point, map.clone(), token.clone()).expect("a valid map");
    assert_eq!(lost.start_with(&point, map.clone(), token.clone()).expect("the same"), id);
    let metadata = lost.send("backup", "get_restore_job_metadata", json!({ "RestoreJobId": id }));
    assert_eq!(metadata.expect("a job")["Metadata"], map);
    let statuses: Vec<Value> = (0..4).map(|_| lost.job(&id)["Status"].clone()).collect();
    assert_eq!(statuses, ["PENDING", "RUNNING", "RUNNING", "COMPLETED"]);
    let job = lost.job(&id);
    assert_eq!((&job["ResourceType"], &job["IsParent"]), (&json!("EBS"), &json!(false)));
    let volumes = lost.send("ec2", "describe_volumes", json!({})).expect("a list");
    assert_eq!(volumes["Volumes"].as_array().map(Vec::len), Some(1));
    assert_eq!(volumes["Volumes"][0]["AvailabilityZone"], "us-west-2b");
    assert_eq!(lost.aws.restore_requests().len(), 2);
    assert_eq!(lost.aws.restore_jobs(WEST)[0]["Metadata"], map);
    lost.aws.forget_restore_tokens();
    assert_ne!(lost.start_with(&point, map, token).expect("a new one"), id);
}

#[test]
fn a_lost_answer_is_no_second_volume() {
    let lost = Lost::new();
    let point = lost.point("EBS", "vol-1");
    let start = || {
        let map = json!({ "availabilityZone": "us-west-2a" });
        lost.start_with(&point, map, json!({ "IdempotencyToken": "one" }))
    };
    let fault = lost.aws.fault(Fault::cut().on("backup", "StartRestoreJob").nth(1));
    start().expect_err("the answer is lost");
    assert_eq!(fault.fired(), 1);
    start().expect("the same job");
    assert_eq!(lost.aws.restore_jobs(WEST).len(), 1);
    let volumes = lost.send("ec2", "describe_volumes", json!({})).expect("a list");
    assert_eq!(volumes["Volumes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn lists_are_filtered_and_paged() {
    let lost = Lost::new();
    let map = json!({ "targetTableName": "users", "encryptionType": "Default" });
    lost.restored("DynamoDB", "users", map.clone());
    lost.restore("DynamoDB", "users", map);
    let map = json!({ "availabilityZone": "us-west-2a" });
    lost.restored("EBS", "vol-1", map);
    let list = |filter: Value| {
        let answer = lost.send("backup", "list_restore_jobs", filter).expect("a list");
        answer["RestoreJobs"].as_array().map(Vec::len)
    };
    assert_eq!(list(json!({})), Some(3));
    assert_eq!(list(json!({ "ByStatus": "FAILED" })), Some(1));
    assert_eq!(list(json!({ "ByResourceType": "EBS" })), Some(1));
    assert_eq!(list(json!({ "MaxResults": 2 })), Some(2));
    assert_eq!(list(json!({ "ByCreatedAfter": "2999-01-01T00:00:00Z" })), Some(0));
    assert_eq!(list(json!({ "ByCompleteBefore": "2999-01-01T00:00:00Z" })), Some(3));
    let source = json!({ "ResourceArn": lost.aws.restore_source("us-east-1", "EBS", "vol-1") });
    let answer = lost.send("backup", "list_restore_jobs_by_protected_resource", source);
    assert_eq!(answer.expect("a list")["RestoreJobs"].as_array().map(Vec::len), Some(1));
}

#[test]
fn each_type_is_made_where_its_service_describes_it() {
    let lost = Lost::new();
    let (aws, (subnet, group)) = (&lost.aws, lost.network(WEST));
    let key = aws.put_key(WEST);
    let map = json!({
        "InstanceType": "t3.micro", "SubnetId": subnet, "SecurityGroupIds": json!([group]).to_string(),
    });
    let instance = lost.restored("EC2", "i-0123456789abcdef0", map);
    let bucket = format!("restored-{}", aws.id());
    aws.put_bucket(WEST, &bucket, true);
    let to_bucket = json!({ "DestinationBucketName": bucket, "EncryptionType": "SSE-S3" });
    lost.restored("S3", "invoices", to_bucket);
    let database = lost.restored("RDS", "orders", json!({ "DBInstanceIdentifier": "orders" }));
    let cluster = json!({ "dbClusterIdentifier": "shop", "engine": "aurora-postgresql" });
    let cluster = lost.restored("Aurora", "shop", cluster);
    let documents = json!({ "dbClusterIdentifier": "docs", "engine": "docdb" });
    lost.restored("DocumentDB", "docs", documents);
    let files = lost.restored(
        "EFS",
        "fs-1",
        json!({
            "newFileSystem": "true", "CreationToken": "mrb-1", "Encrypted": "true", "KmsKeyId": key,
            "PerformanceMode": "generalPurpose", "file-system-id": "fs-1",
        }),
    );
    let table = json!({ "targetTableName": "users", "encryptionType": "Default" });
    lost.restored("DynamoDB", "users", table);
    let read = |service: &str, operation: &str, arguments: Value| {
        lost.send(service, operation, arguments).expect("a description")
    };
    let found = read("ec2", "describe_instances", json!({}));
    let found = &found["Reservations"][0]["Instances"][0];
    assert!(instance.ends_with(found["InstanceId"].as_str().expect("an id")));
    assert_eq!(found["SubnetId"], subnet);
    let found = read("rds", "describe_db_instances", json!({ "DBInstanceIdentifier": "orders" }));
    assert_eq!(found["DBInstances"][0]["DBInstanceArn"], database);
    let found = read("rds", "describe_db_clusters", json!({ "DBClusterIdentifier": "shop" }));
    assert_eq!(found["DBClusters"][0]["DBClusterArn"], cluster);
    assert_eq!(found["DBClusters"][0]["DBClusterMembers"], json!([]));
    let found = read("efs", "describe_file_systems", json!({ "CreationToken": "mrb-1" }));
    assert_eq!(found["FileSystems"][0]["FileSystemArn"], files);
    assert_eq!(found["FileSystems"][0]["NumberOfMountTargets"], 0);
    assert_eq!(read("dynamodb", "list_tables", json!({}))["TableNames"], json!(["users"]));
    let inventory = aws.inventory();
    let made = inventory["restored"][WEST].as_object().expect("what was made");
    assert_eq!(made.len(), 7, "{made:?}");
    assert_eq!(made[&format!("arn:aws:s3:::{bucket}")]["objects"], json!(["object-0", "object-1"]));
    aws.delete_restored(WEST, &database);
    assert_eq!(aws.inventory()["restored"][WEST].as_object().map(serde_json::Map::len), Some(6));
}
