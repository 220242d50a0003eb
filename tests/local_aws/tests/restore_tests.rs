//! Restore tests as they run: which points they take, what they make, say and delete, and the verdicts on them.

use local_aws::{AwsError, now};
use serde_json::{Value, json};

use super::refused;
use super::restores::{Lost, WEST, with};

const DAY: u64 = 86_400;

/// An account whose plan tests volumes, in the west.
fn tested(kinds: &[&str]) -> Lost {
    let lost = Lost::new();
    lost.create_plan(json!({})).expect("a valid plan");
    for kind in kinds {
        let window = json!({ "ValidationWindowHours": 2 });
        lost.create_selection(kind, window).expect("a valid selection");
    }
    lost
}

impl Lost {
    fn point_with(&self, kind: &str, name: &str, more: Value) -> String {
        let source = self.aws.restore_source("us-east-1", kind, name);
        let point = with(json!({ "ResourceArn": source, "ResourceType": kind }), more);
        self.aws.put_restorable_points(WEST, "va", vec![point]).remove(0)
    }

    /// Runs the plan, and returns its jobs.
    #[track_caller]
    fn run(&self) -> Vec<Value> {
        self.aws.run_restore_tests(WEST).iter().map(|id| self.job(id)).collect()
    }

    fn judge(&self, job: &Value, status: &str) -> Result<Value, AwsError> {
        let verdict = json!({
            "RestoreJobId": job["RestoreJobId"], "ValidationStatus": status,
            "ValidationStatusMessage": "as expected",
        });
        self.send("backup", "put_restore_validation_result", verdict)
    }
}

#[test]
fn a_run_restores_each_type_and_names_what_it_makes() {
    let kinds = ["EBS", "EC2", "RDS", "Aurora", "DynamoDB", "EFS", "S3"];
    let lost = tested(&kinds);
    for (kind, name) in kinds.iter().zip(["vol-1", "i-1", "db", "shop", "users", "fs-1", "bucket"])
    {
        lost.point(kind, name);
    }
    let jobs = lost.run();
    assert_eq!(jobs.len(), kinds.len());
    for job in &jobs {
        assert_eq!(job["Status"], "COMPLETED", "{job}");
        assert!(job["CreatedBy"]["RestoreTestingPlanArn"].is_string(), "{job}");
    }
    let plan = jobs[0]["CreatedBy"]["RestoreTestingPlanArn"].clone();
    let list = json!({ "ByRestoreTestingPlanArn": plan });
    let list = lost.send("backup", "list_restore_jobs", list).expect("a list");
    assert_eq!(list["RestoreJobs"].as_array().map(Vec::len), Some(kinds.len()));
    let inventory = lost.aws.inventory();
    let made = inventory["restored"][WEST].as_object().expect("things").clone();
    assert_eq!(made.len(), kinds.len());
    for (arn, thing) in made {
        let marked = arn.contains("awsbackup-restore-test-")
            || thing["tags"]["awsbackup-restore-test"].is_string();
        assert!(marked, "{arn} {thing}");
    }
    assert_eq!(lost.aws.violations(), [] as [&str; 0]);
}

/// Developer guide, "Recovery point determination".
#[test]
fn a_resource_without_an_eligible_point_gets_no_job() {
    let lost = Lost::new();
    lost.create_plan(json!({})).expect("a valid plan");
    let conditions =
        json!({ "StringEquals": [{ "Key": "aws:ResourceTag/team", "Value": "shop" }] });
    lost.create_selection("EBS", json!({ "ProtectedResourceConditions": conditions }))
        .expect("valid");
    lost.create_selection("DynamoDB", json!({ "ProtectedResourceConditions": conditions }))
        .expect("valid");
    let tags = json!({ "SourceTags": { "team": "shop" } });
    let old = with(tags.clone(), json!({ "CreationDate": now() - 9 * DAY }));
    lost.point_with("EBS", "vol-old", old.clone());
    lost.point_with("EBS", "vol-expired", with(tags.clone(), json!({ "Status": "EXPIRED" })));
    lost.point_with("EBS", "vol-other", json!({ "SourceTags": { "team": "wiki" } }));
    // A copy of a table has the tags, and a point of DynamoDB's own has none.
    let basic = "arn:aws:dynamodb:us-west-2:111122223333:table/users/backup/01";
    lost.point_with("DynamoDB", "basic", with(tags.clone(), json!({ "RecoveryPointArn": basic })));
    lost.point_with(
        "EBS",
        "vol-retagged",
        with(old.clone(), json!({ "CreationDate": now() - DAY })),
    );
    let latest = json!({ "SourceTags": { "team": "wiki" } });
    lost.point_with("EBS", "vol-retagged", latest);
    lost.point_with("EBS", "vol-good", tags.clone());
    lost.point_with("EBS", "vol-good", with(old, json!({ "CreationDate": now() - DAY })));
    let jobs = lost.run();
    let sources: Vec<&str> =
        jobs.iter().filter_map(|job| job["SourceResourceArn"].as_str()).collect();
    let good = lost.aws.restore_source("us-east-1", "EBS", "vol-good");
    assert_eq!(sources, [good], "one point of the one volume");
}

#[test]
fn overrides_take_the_place_of_what_is_inferred() {
    let lost = Lost::new();
    lost.create_plan(json!({})).expect("a valid plan");
    let point = lost.point("EBS", "vol-1");
    let ask = json!({ "BackupVaultName": "va", "RecoveryPointArn": point });
    let inferred = lost.send("backup", "get_restore_testing_inferred_metadata", ask);
    let inferred = inferred.expect("a point")["InferredMetadata"].clone();
    assert_eq!(inferred, json!({ "availabilityZone": "us-west-2a", "encrypted": "true" }));
    // Keys are not case sensitive.
    let overrides = json!({ "AVAILABILITYZONE": "us-west-2b", "volumeType": "gp3" });
    lost.create_selection("EBS", json!({ "RestoreMetadataOverrides": overrides })).expect("valid");
    lost.run();
    let map = lost.aws.restore_jobs(WEST)[0]["Metadata"].clone();
    let wanted =
        json!({ "AVAILABILITYZONE": "us-west-2b", "encrypted": "true", "volumeType": "gp3" });
    assert_eq!(map, wanted);
}

/// Developer guide, "Restore testing inferred metadata": an instance needs a default VPC, or a subnet.
#[test]
fn without_a_default_vpc_the_test_of_an_instance_fails() {
    let lost = tested(&["EC2"]);
    lost.point("EC2", "i-1");
    lost.aws.take_default_vpc(WEST);
    let job = lost.run().remove(0);
    assert_eq!(job["Status"], "FAILED");
    let text = job["StatusMessage"].as_str().unwrap_or_default();
    assert!(text.starts_with("No default VPC"), "{text}");
}

#[test]
fn a_verdict_cannot_be_changed_and_lets_the_thing_go() {
    let lost = tested(&["EBS"]);
    lost.point("EBS", "vol-1");
    let job = lost.run().remove(0);
    lost.judge(&job, "SUCCESSFUL").expect("a first verdict");
    refused(lost.judge(&job, "FAILED"), 400, "InvalidRequestException", "cannot be changed");
    let id = job["RestoreJobId"].as_str().expect("an id").to_owned();
    let judged = lost.job(&id);
    assert_eq!(judged["ValidationStatus"], "SUCCESSFUL");
    assert_eq!(judged["ValidationStatusMessage"], "as expected");
    assert_eq!(judged["DeletionStatus"], "DELETING");
    lost.aws.delete_test_restores(WEST);
    assert_eq!(lost.job(&id)["DeletionStatus"], "SUCCESSFUL");
    assert!(lost.aws.inventory()["restored"].is_null());
    let none = json!({ "RestoreJobId": "none" });
    refused(lost.judge(&none, "FAILED"), 400, "ResourceNotFoundException", "none");
    let zone = json!({ "availabilityZone": "us-west-2a" });
    let own = lost.restore("EBS", "vol-2", zone);
    refused(lost.judge(&own, "FAILED"), 400, "InvalidRequestException", "testing plan");
}

#[test]
fn deletions_can_fail_and_windows_can_pass() {
    let lost = tested(&["EBS", "S3"]);
    lost.point("EBS", "vol-1");
    lost.point("S3", "bucket");
    lost.run();
    lost.aws.keep_test_restores("s3:::awsbackup", "The bucket is not empty");
    lost.aws.delete_test_restores(WEST);
    let jobs = lost.aws.restore_jobs(WEST);
    let of = |kind: &str| jobs.iter().find(|job| job["ResourceType"] == kind).expect("a job");
    assert_eq!(of("EBS")["DeletionStatus"], "SUCCESSFUL");
    assert_eq!(of("EBS")["ValidationStatus"], "TIMED_OUT");
    assert_eq!(of("S3")["DeletionStatus"], "FAILED");
    assert_eq!(of("S3")["DeletionStatusMessage"], "The bucket is not empty");
}

/// Developer guide, "Monitoring AWS Backup events": the event of a test's job names its plan.
#[test]
fn events_of_tests_reach_rules() {
    let lost = tested(&["EBS"]);
    lost.point("EBS", "vol-1");
    lost.point("EBS", "vol-broken");
    lost.aws.fail_jobs("vol-broken", "Access denied to KMS key");
    let queue = json!({ "QueueName": "heard" });
    let queue = lost.aws.call("sqs", WEST, "create_queue", queue)["QueueUrl"].clone();
    let pattern = json!({
        "source": ["aws.backup"],
        "detail-type": ["Restore Job State Change"],
        "detail": { "restoreTestingPlanArn": [{ "wildcard": "*mrbackup_default-*" }] },
    });
    let rule = json!({ "Name": "tests", "EventPattern": pattern.to_string() });
    lost.aws.call("events", WEST, "put_rule", rule);
    let target = json!({ "Id": "1", "Arn": lost.aws.arn("sqs", WEST, "heard") });
    let targets = json!({ "Rule": "tests", "Targets": [target] });
    lost.aws.call("events", WEST, "put_targets", targets);
    lost.run();
    let receive = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 5 });
    let messages = lost.aws.call("sqs", WEST, "receive_message", receive);
    let messages = messages["Messages"].as_array().cloned().unwrap_or_default();
    let details = messages.iter().map(|message| -> Value {
        let event = message["Body"].as_str().unwrap_or_default();
        serde_json::from_str::<Value>(event).expect("JSON")["detail"].clone()
    });
    let details: Vec<Value> = details.collect();
    assert_eq!(details.len(), 2, "{details:?}");
    let of = |status: &str| details.iter().find(|one| one["status"] == status).expect("an event");
    let (good, bad) = (of("COMPLETED"), of("FAILED"));
    assert!(good["createdResourceArn"].is_string() && good["backupVaultArn"].is_string());
    assert!(bad["createdResourceArn"].is_null() && bad["backupVaultArn"].is_null());
    assert_eq!(bad["statusMessage"], "Access denied to KMS key");
}
