//! What `status` says of the backups that are there, what `repair` copies, and what `tag` tags.

use local_aws::{Fault, now};
use serde_json::json;

use crate::support::{
    Aws, HOUR, SELECT_TAGS, VAULT, account, deployed, fresh_everywhere, long_deployed, point,
    volume,
};

#[test]
fn a_resource_with_points_everywhere_is_fresh() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    let status = aws.mrbackup(["status"]).success();
    for line in [
        "✔ 1 of 1 resource has a fresh backup in us-east-1; oldest 5 h",
        "✔ 1 of 1 resource has a fresh copy in us-west-2; oldest 5 h",
        "✔ 1 of 1 resource has a fresh copy in eu-west-1; oldest 5 h",
    ] {
        status.stdout_has(line);
    }
}

#[test]
fn only_a_good_point_of_the_promised_age_in_the_right_vault_is_fresh() {
    let aws = long_deployed(30);
    let late = volume(&aws, "vol-late");
    point(&aws, "us-west-2", &late, 60, &json!({}));
    let failed = volume(&aws, "vol-failed");
    for status in ["PARTIAL", "EXPIRED", "DELETING"] {
        point(&aws, "us-west-2", &failed, 5, &json!({"Status": status}));
    }
    let elsewhere = volume(&aws, "vol-elsewhere");
    let other = json!({"BackupVaultName": "theirs"});
    aws.call("backup", "us-west-2", "create_backup_vault", other);
    let members = json!({"ResourceArn": elsewhere, "CreationDate": now() - 5 * HOUR});
    aws.put_recovery_point("us-west-2", "theirs", members);
    for resource in [&late, &failed, &elsewhere] {
        point(&aws, "us-east-1", resource, 5, &json!({}));
        point(&aws, "us-east-1", resource, 80, &json!({}));
        aws.put_backup_job("us-east-1", json!({
            "ResourceArn": resource, "BackupVaultName": VAULT, "CreationDate": now() - 80 * HOUR,
        }));
    }
    let status = aws.mrbackup(["status", "-o", "json"]).code(3);
    let report = status.report();
    assert_eq!(report.backups_in("us-east-1")["fresh"], 3, "{status:?}");
    let second = report.backups_in("us-west-2");
    assert_eq!(
        (&second["fresh"], &second["late"], &second["never"]),
        (&json!(0), &json!(1), &json!(2)),
        "{status:?}"
    );
    let text = aws.mrbackup(["status"]).code(3);
    text.stdout_has("✘ 0 of 3 resources have a fresh copy in us-west-2, 1 late, 2 never");
}

#[test]
fn untagged_is_retired_and_just_tagged_is_pending() {
    let aws = long_deployed(30);
    let gone = volume(&aws, "vol-gone");
    fresh_everywhere(&aws, &gone);
    aws.remove_tagged_resource("us-east-1", &gone);
    let new = volume(&aws, "vol-new");
    let status = aws.mrbackup(["status", "-o", "json"]).success();
    let report = status.report();
    let second = report.backups_in("us-west-2");
    assert_eq!((&second["pending"], &second["retired"]), (&json!(1), &json!(1)), "{status:?}");
    assert_eq!(second["resources"][0]["resource"], new.as_str(), "{status:?}");
    let text = aws.mrbackup(["status"]).success();
    text.stdout_has("never, first run expected at");
    text.stdout_has("1 resource retired");
}

#[test]
fn a_type_that_is_not_opted_in_is_never_and_says_why() {
    let aws = long_deployed(30);
    volume(&aws, "vol-1");
    let preference = json!({"ResourceTypeOptInPreference": {"EBS": false}});
    aws.call("backup", "us-east-1", "update_region_settings", preference);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("never: AWS Backup is not opted in to EBS");
}

#[test]
fn a_region_that_cannot_be_read_is_unknown_and_said_first() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    let _down = aws.region_down("eu-west-1");
    let status = aws.mrbackup(["status"]).code(3);
    let at = |text: &str| status.stdout.find(text);
    let unknown = at("? eu-west-1 is unknown");
    let fresh = at("1 of 1 resource has a fresh copy in us-west-2");
    assert!(unknown.is_some() && unknown < fresh, "{status:?}");
}

#[test]
fn jobs_that_did_not_end_well_are_told_in_awss_words() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    aws.put_copy_job("us-east-1", json!({
        "ResourceArn": resource, "State": "FAILED", "StatusMessage": "Access denied", "CompletionDate": now(),
        "SourceBackupVaultArn": aws.arn("backup", "us-east-1", &format!("backup-vault:{VAULT}")),
        "DestinationBackupVaultArn": aws.arn("backup", "us-west-2", &format!("backup-vault:{VAULT}")),
    }));
    let status = aws.mrbackup(["status"]).success();
    let line = format!("copy to us-west-2 FAILED: {resource}: Access denied");
    status.stdout_has(&line);
    status.stdout_has("1 job did not end well in the last week, 1 of them in the last day");
}

#[test]
fn what_is_not_fresh_says_how_its_last_job_ended() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    point(&aws, "us-east-1", &resource, 5, &json!({}));
    point(&aws, "us-west-2", &resource, 60, &json!({}));
    point(&aws, "eu-west-1", &resource, 5, &json!({}));
    let source = aws.arn("backup", "us-east-1", &format!("backup-vault:{VAULT}"));
    for (age, message) in [(3, "the last"), (9, "one before")] {
        aws.put_copy_job("us-east-1", json!({
            "ResourceArn": resource, "State": "FAILED", "StatusMessage": message,
            "CompletionDate": now() - age * HOUR, "SourceBackupVaultArn": source,
            "DestinationBackupVaultArn": aws.arn("backup", "us-west-2", &format!("backup-vault:{VAULT}")),
        }));
    }
    let status = aws.mrbackup(["status"]).code(3);
    let said = "late, the newest good point is 60 h old\n      its last copy FAILED: the last\n";
    status.stdout_has(said);
    status.stdout_has_times(1, "its last");
}

#[test]
fn resources_of_other_regions_are_not_covered() {
    let aws = deployed();
    let arn = aws.arn("dynamodb", "us-west-2", "table/orders");
    aws.put_tagged_resource("us-west-2", &arn, &SELECT_TAGS);
    let status = aws.mrbackup(["status"]).success();
    status.stdout_has("! 1 resource in us-west-2 not covered");
    status.stdout_has("mrbackup up --name us-west-2 --primary us-west-2");
    // Regions that the deployment has nothing in are only looked at when all is asked for.
    let stray = aws.arn("dynamodb", "eu-central-1", "table/orders");
    aws.put_tagged_resource("eu-central-1", &stray, &SELECT_TAGS);
    assert!(!aws.mrbackup(["status"]).stdout.contains("eu-central-1"));
    let all = aws.mrbackup(["status", "--all"]).success();
    all.stdout_has("! 1 resource in eu-central-1 not covered");
}

#[test]
fn repair_copies_the_newest_good_point_and_leaves_what_is_not_worth_it() {
    let aws = long_deployed(30);
    let late = volume(&aws, "vol-late");
    point(&aws, "us-east-1", &late, 30, &json!({}));
    let newest = point(&aws, "us-east-1", &late, 5, &json!({}));
    let cold = volume(&aws, "vol-cold");
    let archived = json!({"Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 100}});
    point(&aws, "us-east-1", &cold, 40, &archived);
    let dry = aws.mrbackup(["repair", "--dry-run"]).code(3);
    dry.stdout_has("Would copy 2 copies, 2.0 GiB.");
    dry.stdout_has(format!("+ {late} → us-west-2  backup of 2"));
    assert!(aws.copy_jobs("us-east-1").is_empty());
    let repair = aws.mrbackup(["repair"]).code(3);
    repair.stdout_has("not copied: its newest point is in cold storage");
    let jobs = aws.copy_jobs("us-east-1");
    assert_eq!(jobs.len(), 2, "{repair:?}");
    assert!(jobs.iter().all(|job| job["SourceRecoveryPointArn"] == newest.as_str()), "{jobs:?}");
    let status = aws.mrbackup(["status", "-o", "json"]).report();
    assert_eq!(status.backups_in("us-west-2")["fresh"], 1);
    let again = aws.mrbackup(["repair"]).code(3);
    again.stdout_has("Found nothing that can be copied now.");
}

#[test]
fn many_points_of_a_resource_want_the_deployments_name() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    point(&aws, "us-east-1", &resource, 30, &json!({}));
    point(&aws, "us-east-1", &resource, 5, &json!({}));
    let refused = aws.mrbackup(["repair", "--since", "2020-01-01"]).code(1);
    refused.stderr_has("4 copies, 4.0 GiB in all");
    assert!(aws.copy_jobs("us-east-1").is_empty());
    aws.mrbackup(["repair", "--since", "2020-01-01", "--confirm", "default"]).success();
    assert_eq!(aws.copy_jobs("us-east-1").len(), 4);
}

#[test]
fn tag_puts_the_select_tags_on_what_it_can_and_says_what_it_cannot() {
    let aws = deployed();
    let table = aws.arn("dynamodb", "us-east-1", "table/orders");
    let disk = aws.arn("ec2", "us-east-1", "volume/vol-1");
    let database = aws.arn("rds", "us-east-1", "db:orders");
    let taken = aws.arn("ec2", "us-east-1", "volume/vol-2");
    for arn in [&table, &disk, &database] {
        aws.put_tagged_resource("us-east-1", arn, &[("Team", "x")]);
    }
    aws.put_tagged_resource("us-east-1", &taken, &[("Environment", "prod")]);
    let wrong = aws.arn("ec2", "us-east-1", "volume/vol-missing");
    let elsewhere = aws.arn("ec2", "eu-west-1", "volume/vol-3");
    let arns = [&table, &disk, &database, &taken, &wrong, &elsewhere].map(String::as_str);
    let tag = aws
        .mrbackup(["tag", "arn:aws:lambda:us-east-1:1:function:f"].into_iter().chain(arns))
        .code(3);
    for line in [
        format!("✔ {table}  tagged"),
        format!("✔ {disk}  tagged"),
        format!("✔ {database}  tagged"),
        format!("! {taken}  left alone: it carries Environment=prod"),
        format!("✘ {wrong}  failed"),
        format!("! {elsewhere}  left alone: it is in eu-west-1"),
        "Now tagged: 3 resources, 0 already, 4 not.".to_owned(),
    ] {
        tag.stdout_has(&line);
    }
    let status = aws.mrbackup(["status", "-o", "json"]).success().json();
    assert_eq!(status["backups"]["resources"], 3);
    let mistyped = aws.mrbackup(["tag", &taken, "--overwrite", "Environmnet"]).code(1);
    mistyped.stderr_has("its select tags are BackupEnabled, Environment");
    aws.mrbackup(["tag", &taken, "--overwrite", "Environment"]).success();
    aws.mrbackup(["untag", &table, &taken]).success();
    let missing = aws.mrbackup(["untag", &wrong]).code(3);
    missing.stdout_has(format!("✘ {wrong}  failed"));
    let status = aws.mrbackup(["status", "-o", "json"]).success().json();
    assert_eq!(status["backups"]["resources"], 2);
    let again = aws.mrbackup(["tag", &disk]).success();
    again.stdout_has("tagged already");
}

#[test]
fn list_shows_every_deployment_with_its_state_and_points() {
    let aws = deployed();
    let staging = ["up", "--name", "staging", "--primary", "us-east-1", "--secondary", "us-west-2"];
    aws.mrbackup(staging).success();
    let resource = volume(&aws, "vol-1");
    point(&aws, "us-west-2", &resource, 1, &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    let list = aws.mrbackup(["list"]).success();
    for line in [
        "default  kept  us-east-1, us-west-2, eu-west-1",
        "us-west-2 mrbackup-default: about 1 recovery point",
        "staging  ready  us-east-1, us-west-2",
    ] {
        list.stdout_has(line);
    }
    // Without IAM the vaults of a region tell.
    let _iam = aws.fault(Fault::reset().service("iam"));
    let list = aws.mrbackup(["list", "--region", "us-west-2"]);
    list.stdout_has("staging  ready");
    account().mrbackup(["list"]).code(3);
}

#[test]
fn with_iam_and_a_region_away_list_tells_what_the_others_say() {
    let aws = deployed();
    let _iam = aws.fault(Fault::reset().service("iam"));
    let _region = aws.region_down("us-east-1");
    let list = aws.command().env("AWS_REGION", "eu-west-1");
    let list = list.args(["list", "--region", "us-west-2", "--region", "us-east-1"]).run().code(3);
    list.stdout_has("? us-east-1 is unknown");
    list.stdout_has("default  ready  us-east-1, us-west-2, eu-west-1");
    let bare = aws.command().env("AWS_REGION", "us-east-1").args(["list"]).run().code(3);
    bare.stdout_has("default  ready  us-east-1, us-west-2, eu-west-1");
}

fn the_second_region_tells_what_its_vault_shows(aws: &Aws) {
    let status = aws.command().env("AWS_REGION", "us-west-2");
    let status = status.args(["status", "--region", "us-west-2"]).run().code(3);
    let said = "! 1 resource has a fresh copy in us-west-2; oldest 5 h; which others there should be is unknown";
    status.stdout_has(said);
    status.stdout_has("IAM cannot be read");
}

#[test]
fn with_the_primary_away_a_region_tells_what_its_vault_shows() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let _iam = aws.fault(Fault::reset().service("iam"));
    let _primary = aws.region_down("us-east-1");
    the_second_region_tells_what_its_vault_shows(&aws);
}

/// Nobody has told the program which region is still there.
#[test]
fn with_the_home_region_away_a_bare_status_finds_the_others() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let _iam = aws.fault(Fault::reset().service("iam"));
    let _sts = aws.fault(Fault::reset().service("sts").region("us-east-1"));
    let _home = aws.region_down("us-east-1");
    let status = aws.command().env("AWS_REGION", "us-east-1").args(["status"]).run().code(3);
    for region in ["us-west-2", "eu-west-1"] {
        let said = format!("! 1 resource has a fresh copy in {region}; oldest 5 h");
        status.stdout_has(&said);
    }
}

/// It takes every call and never answers, and so does IAM.
#[test]
fn with_a_primary_that_hangs_a_region_tells_what_its_vault_shows() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let primary = aws.fault(Fault::hold_before().region("us-east-1"));
    let _iam = aws.fault(Fault::hold_before().service("iam"));
    the_second_region_tells_what_its_vault_shows(&aws);
    assert!(primary.fired() > 0);
}
