//! What `status` says of the backups that are there: fresh, late, never, and why.

use local_aws::{Fault, now};
use serde_json::json;

use crate::support::{
    Aws, DAY, HOUR, SELECT_TAGS, VAULT, account, deployed, fresh_everywhere, long_deployed, point,
    sample_but_for, seen, volume,
};

#[test]
fn a_resource_with_points_everywhere_is_fresh() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    let status = aws.mrbackup(["status"]).success();
    status.stdout_starts_with("✔ default: 1 of 1 resource has fresh backups in 3 regions.\n\n");
    for row in [
        "✔ us-east-1 primary 1/1 5 h 45 h",
        "✔ us-west-2 secondary 1/1 5 h 45 h",
        "✔ eu-west-1 tertiary 1/1 5 h 7 d 20 h",
    ] {
        status.stdout_has_row(row);
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
    text.stdout_has_row("region role fresh late never");
    text.stdout_has_row("✘ us-west-2 secondary 0/3 1 2");
}

/// AWS lists the jobs of 30 days. What is promised more seldom is due for as long as the primary has points of before.
#[test]
fn a_copy_that_is_made_once_a_month_and_never_was_is_never() {
    let aws = account();
    let monthly = [("cron(0 3 ? * SUN *)", "cron(0 3 1 * ? *)")];
    let file = aws.file("mrbackup.toml", &sample_but_for(&monthly));
    aws.mrbackup(["up", "--config", &file]).success();
    aws.vaults_made(now() - 100 * DAY);
    let resources = ["vol-1", "vol-2", "vol-3", "vol-4", "vol-5", "vol-6"];
    let resources = resources.map(|name| volume(&aws, name));
    for resource in &resources {
        for region in ["us-east-1", "us-west-2"] {
            point(&aws, region, resource, 5, &json!({}));
        }
        point(&aws, "us-east-1", resource, 60 * 24, &json!({}));
    }
    let new = volume(&aws, "vol-new");
    point(&aws, "us-east-1", &new, 5, &json!({}));
    point(&aws, "us-west-2", &new, 5, &json!({}));
    // By a look at each, and from the list of the whole vault.
    for asked in [&resources[..2], &resources[..]] {
        let asked: Vec<&str> = asked.iter().flat_map(|arn| ["--resource", arn.as_str()]).collect();
        let status = aws.mrbackup([&["status", "-o", "json"], &asked[..]].concat()).code(3);
        let third = status.report().backups_in("eu-west-1").clone();
        assert_eq!(
            (&third["never"], &third["pending"]),
            (&json!(asked.len() / 2), &json!(0)),
            "{status:?}"
        );
    }
    let status = aws.mrbackup(["status", "-o", "json"]).code(3);
    let third = status.report().backups_in("eu-west-1").clone();
    assert_eq!((&third["never"], &third["pending"]), (&json!(6), &json!(1)), "{status:?}");
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
    text.stdout_has(": pending in us-east-1 and us-west-2: first run ").stdout_lacks("never");
    text.stdout_has("1 resource retired");
    // A newer one of a drill does not change that.
    point(&aws, "us-west-2", &gone, 1, &json!({}));
    aws.mrbackup(["status"]).success().stdout_has("1 resource retired");
}

/// As `drill backup` of an untagged resource leaves one for a week: it was never protected, so it is not retired.
#[test]
fn what_was_backed_up_on_demand_alone_is_not_retired() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-kept"));
    let drilled = aws.arn("ec2", "us-east-1", "volume/vol-drilled");
    for region in ["us-east-1", "us-west-2"] {
        point(&aws, region, &drilled, 5, &json!({}));
    }
    let status = aws.mrbackup(["status", "-o", "json"]).success();
    let report = status.report();
    let counts = |region: &str| {
        let row = report.backups_in(region);
        (row["fresh"].clone(), row["retired"].clone(), row["on_demand"].clone())
    };
    assert_eq!(counts("us-east-1"), (json!(1), json!(0), json!(1)), "{status:?}");
    assert_eq!(counts("eu-west-1"), (json!(1), json!(0), json!(0)), "{status:?}");
    aws.mrbackup(["status"]).success().stdout_lacks("retired").stdout_lacks("on demand");
    let all = aws.mrbackup(["status", "--all"]).success();
    all.stdout_has("1 resource without the tags, backed up on demand only").stdout_lacks("retired");
}

/// A resource that AWS Backup leaves out while another one is backed up: the watchdog has seen it for so many hours.
fn left_out_for(hours: u64) -> (Aws, String) {
    let aws = long_deployed(30);
    let (other, left_out) = (volume(&aws, "vol-other"), volume(&aws, "vol-left-out"));
    fresh_everywhere(&aws, &other);
    seen(&aws, &left_out, hours);
    (aws, left_out)
}

#[test]
fn what_aws_backup_leaves_out_in_silence_is_never_once_the_watchdog_has_seen_it_for_long_enough() {
    let (aws, left_out) = left_out_for(20);
    let status = aws.mrbackup(["status"]).success();
    status
        .stdout_has(format!("! {left_out} (EBS): pending in us-east-1 and us-west-2: first run "));
    status.stdout_has("; it has waited since");
    let (aws, left_out) = left_out_for(60);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has_row("✘ us-west-2 secondary 1/2 1 - 5 h");
    status.stdout_has(format!(
        "✘ {left_out} (EBS): never in us-east-1 and us-west-2: no good recovery point, though it has had the tags since"
    ));
    // The week of the tertiary is not over.
    let status = aws.mrbackup(["status", "-o", "json"]).code(3);
    assert_eq!(status.report().backups_in("eu-west-1")["pending"], 1, "{status:?}");
}

/// The tagging API lists what was deleted for a while, and AWS Backup makes no job of it.
#[test]
fn what_has_no_job_while_others_are_backed_up_may_be_gone_and_how_to_see_is_told() {
    let aws = long_deployed(30);
    aws.selections_made(now() - 30 * DAY);
    let resources = ["vol-other", "vol-gone", "vol-failing"].map(|name| volume(&aws, name));
    let [other, gone, failing] = &resources;
    fresh_everywhere(&aws, other);
    for resource in [gone, failing] {
        point(&aws, "us-east-1", resource, 60, &json!({}));
        point(&aws, "us-west-2", resource, 60, &json!({}));
        point(&aws, "eu-west-1", resource, 60, &json!({}));
    }
    let cluster = "cluster-ABCD1234EFGH5678IJKL9012MN";
    let listed = aws.arn("rds", "us-east-1", &format!("cluster:{cluster}"));
    aws.put_tagged_resource("us-east-1", &listed, &SELECT_TAGS);
    seen(&aws, &listed, 300);
    let idle = aws.mrbackup(["status"]).code(3);
    assert!(!idle.stdout.contains("may be gone"), "the plan runs for nobody: {idle:?}");
    for resource in [other, failing] {
        aws.put_backup_job(
            "us-east-1",
            json!({
                "ResourceArn": resource, "BackupVaultName": VAULT, "CreationDate": now() - 5 * HOUR,
                "CreatedBy": {"BackupPlanId": aws.plan_id()},
            }),
        );
    }
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(
        "the newest good recovery point is 60 h old\n    it may be gone: there is no job of it, while others are \
         backed up. To see: aws ec2 describe-volumes --region us-east-1 --volume-ids vol-gone\n",
    );
    status.stdout_has(format!(
        "it may be gone, or be another name of a cluster that is listed by its own: there is no job of it, while \
         others are backed up. To see: aws rds describe-db-clusters --region us-east-1 --filters \
         Name=db-cluster-resource-id,Values={cluster}\n"
    ));
    status.stdout_has_times(2, "may be gone");
}

/// How long it waits is not known without the watchdog, and what AWS Backup did meanwhile is.
#[test]
fn what_was_passed_over_and_has_no_record_is_pending_and_says_since_when() {
    let aws = long_deployed(30);
    aws.selections_made(now() - 30 * DAY);
    let (other, left_out) = (volume(&aws, "vol-other"), volume(&aws, "vol-left-out"));
    fresh_everywhere(&aws, &other);
    aws.put_backup_job(
        "us-east-1",
        json!({
            "ResourceArn": other, "BackupVaultName": VAULT, "CreationDate": now() - 5 * HOUR,
            "CreatedBy": {"BackupPlanId": aws.plan_id()},
        }),
    );
    let status = aws.mrbackup(["status"]).success();
    status
        .stdout_has(format!("! {left_out} (EBS): pending in us-east-1 and us-west-2: first run "));
    status.stdout_has("; if it was tagged before ");
    status.stdout_has(", AWS Backup leaves it out: others were backed up");
}

#[test]
fn where_the_watchdogs_record_cannot_be_read_it_is_unknown_since_when_resources_wait() {
    let (aws, left_out) = left_out_for(20);
    let denied = Fault::error(403, "AccessDenied", "not allowed");
    let denied = aws.fault(denied.on("monitoring", "GetMetricData"));
    let status = aws.mrbackup(["status"]).code(3);
    assert!(denied.fired() > 0);
    let unknown = status.stdout.find("? Since when resources wait for a first backup is unknown: ");
    let pending = status.stdout.find(&left_out);
    assert!(unknown.is_some() && unknown < pending, "{status:?}");
    status.stdout_has_row("! us-west-2 secondary 1/2 1 5 h");
}

#[test]
fn a_continuous_backup_that_was_stopped_is_said_to_be_so_with_awss_reason() {
    let aws = long_deployed(30);
    let (bucket, volume) = (volume(&aws, "vol-1"), volume(&aws, "vol-2"));
    let stopped = json!({"Status": "STOPPED", "StatusMessage": "Versioning was turned off."});
    for resource in [&bucket, &volume] {
        point(&aws, "us-east-1", resource, 700, &stopped);
        point(&aws, "us-west-2", resource, 5, &json!({}));
        point(&aws, "eu-west-1", resource, 5, &json!({}));
    }
    point(&aws, "us-east-1", &volume, 80, &json!({}));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has_row("region role fresh late stopped");
    status.stdout_has_row("✘ us-east-1 primary 0/2 1 1");
    status.stdout_has(format!(
        "✘ {bucket} (EBS): stopped in us-east-1: Versioning was turned off.\n"
    ));
    status.stdout_has(format!(
        "✘ {volume} (EBS): late in us-east-1: the newest good recovery point is 3 d 8 h old; its continuous backup, begun "
    ));
    status.stdout_has(", is STOPPED: Versioning was turned off.");
    let status = aws.mrbackup(["status", "-o", "json"]).code(3);
    let first = status.report().backups_in("us-east-1").clone();
    assert_eq!((&first["stopped"], &first["never"]), (&json!(1), &json!(0)), "{status:?}");
}

/// A stack's points come with one for each of its parts, which have not the tags.
#[test]
fn the_parts_of_a_composite_are_not_retired_while_it_is_selected() {
    let aws = long_deployed(30);
    let stack = aws.arn("cloudformation", "us-east-1", "stack/web/1");
    aws.put_tagged_resource("us-east-1", &stack, &SELECT_TAGS);
    let part = aws.arn("ec2", "us-east-1", "volume/vol-part");
    let plan = json!({"BackupPlanId": aws.plan_id()});
    for region in ["us-east-1", "us-west-2", "eu-west-1"] {
        let composite = json!({"IsParent": true, "CreatedBy": plan});
        let composite = point(&aws, region, &stack, 5, &composite);
        let member = json!({"ParentRecoveryPointArn": composite, "CreatedBy": plan});
        point(&aws, region, &part, 5, &member);
    }
    let second = |aws: &Aws| {
        let status = aws.mrbackup(["status", "-o", "json"]);
        let second = status.report().backups_in("us-west-2").clone();
        (second["fresh"].clone(), second["retired"].clone())
    };
    assert_eq!(second(&aws), (json!(1), json!(0)));
    volume(&aws, "vol-other");
    aws.remove_tagged_resource("us-east-1", &stack);
    assert_eq!(second(&aws), (json!(0), json!(2)));
    // Where nobody says which resources there should be, the composite stands for its parts.
    let tagging = aws.fault(Fault::reset().service("tagging"));
    assert_eq!(second(&aws), (json!(1), json!(null)));
    assert!(tagging.fired() > 0);
}

#[test]
fn a_type_that_is_not_opted_in_is_never_and_says_why() {
    let aws = long_deployed(30);
    volume(&aws, "vol-1");
    let preference = json!({"ResourceTypeOptInPreference": {"EBS": false}});
    aws.call("backup", "us-east-1", "update_region_settings", preference);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(
        "(EBS): never in us-east-1, us-west-2 and eu-west-1: AWS Backup is not opted in to EBS",
    );
}

#[test]
fn a_region_that_cannot_be_read_is_unknown_and_said_first() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    let _down = aws.region_down("eu-west-1");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_starts_with("✘ default: eu-west-1 (tertiary) does not answer.\n");
    status.stdout_has(" resources in eu-west-1 are unknown\n");
    status.stdout_has_row("? eu-west-1 tertiary unknown").stdout_has_row("us-west-2 secondary 1/1");
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

/// AWS's console calls them "completed with issues".
#[test]
fn jobs_that_completed_with_issues_are_told_and_say_what_was_left_out() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    let issues = [
        json!({"StatusMessage": "Windows VSS Backup attempt failed", "MessageCategory": "VSS"}),
        json!({"MessageCategory": "AccessDenied"}),
        json!({"MessageCategory": "Success"}),
        json!({}),
    ];
    let source = aws.arn("backup", "us-east-1", &format!("backup-vault:{VAULT}"));
    for issue in issues {
        let mut backup = json!({
            "ResourceArn": resource, "State": "COMPLETED", "BackupVaultName": VAULT, "CompletionDate": now(),
        });
        let mut copy = json!({
            "ResourceArn": resource, "State": "COMPLETED", "CompletionDate": now(), "SourceBackupVaultArn": source,
            "DestinationBackupVaultArn": aws.arn("backup", "us-west-2", &format!("backup-vault:{VAULT}")),
        });
        for job in [&mut backup, &mut copy] {
            job.as_object_mut().unwrap().extend(issue.as_object().unwrap().clone());
        }
        aws.put_backup_job("us-east-1", backup);
        aws.put_copy_job("us-east-1", copy);
    }
    let status = aws.mrbackup(["status"]).success();
    for what in ["backup", "copy to us-west-2"] {
        for words in ["Windows VSS Backup attempt failed", "AccessDenied"] {
            status.stdout_has(format!("{what} COMPLETED with issues: {resource}: {words}"));
        }
    }
    status.stdout_has("4 jobs did not end well in the last week, 4 of them in the last day");
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
    let said = "late in us-west-2: the newest good recovery point is 60 h old\n    its last copy FAILED: the last\n";
    status.stdout_has(said);
    status.stdout_has_times(1, "its last");
}

#[test]
fn resources_of_other_regions_are_not_covered() {
    let aws = deployed();
    let arn = aws.arn("dynamodb", "us-west-2", "table/orders");
    aws.put_tagged_resource("us-west-2", &arn, &SELECT_TAGS);
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has("! 1 resource in us-west-2 not covered");
    status.stdout_has("mrbackup up --name us-west-2 --primary us-west-2");
    // Regions that the deployment has nothing in are only looked at when all is asked for.
    let stray = aws.arn("dynamodb", "eu-central-1", "table/orders");
    aws.put_tagged_resource("eu-central-1", &stray, &SELECT_TAGS);
    assert!(!aws.mrbackup(["status"]).stdout.contains("eu-central-1"));
    let all = aws.mrbackup(["status", "--all"]).all_as_recorded();
    all.stdout_has("! 1 resource in eu-central-1 not covered");
}

/// Silence about a region would say that nothing lies there uncovered.
#[test]
fn regions_whose_resources_cannot_be_read_are_named() {
    let aws = deployed();
    for region in ["us-west-2", "eu-west-1"] {
        let denied = Fault::error(403, "AccessDeniedException", "a policy forbids it");
        aws.fault(denied.on("tagging", "GetResources").region(region));
    }
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has(
        "! Whether resources with the tags are not covered is unknown (denied) in eu-west-1, us-west-2\n",
    );
    status.stdout_has_times(1, "a policy forbids it");
    let document = aws.mrbackup(["status", "-o", "json"]).json();
    let rows = document["backups"]["not_covered"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2, "{rows:?}");
    for row in rows {
        assert!(
            row["resources"].is_null() && row["error"]["code"] == "AccessDeniedException",
            "{row}"
        );
    }
}
