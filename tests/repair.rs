//! `repair`: what it copies, and what it leaves.

use local_aws::now;
use serde_json::json;

use crate::support::{HOUR, REGIONS, long_deployed, point, volume};

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
    dry.stdout_starts_with("✘ default: 2 copies to make, 2 left out.\n✘ ");
    dry.stdout_has(format!(
        "✘ {cold}: not copied to us-west-2 and eu-west-1: its newest point is in cold "
    ));
    dry.stdout_has_row("us-west-2 secondary 1 1").stdout_has_row("eu-west-1 tertiary 1 1");
    dry.stdout_has("Each of them: mrbackup repair --dry-run --all\n").stdout_lacks(&late);
    let dry = aws.mrbackup(["repair", "--dry-run", "--all"]).code(3);
    // AWS's number for a volume, which is the same each time; a sum of it would be nothing.
    dry.stdout_has(", of 1.0 GiB provisioned, to be copied\n").stdout_lacks("2.0 GiB");
    dry.stdout_has(format!("+ {late} → us-west-2  backup of 2"));
    assert!(aws.copy_jobs("us-east-1").is_empty());
    let repair = aws.mrbackup(["repair"]).code(3);
    repair.stdout_starts_with("✘ default: 2 copies started, 2 left out.\n");
    repair.stdout_has("not copied to us-west-2 and eu-west-1: its newest point is in cold storage");
    repair.stdout_has("The copies continue by themselves. Check at any time: mrbackup status\n");
    let jobs = aws.copy_jobs("us-east-1");
    assert_eq!(jobs.len(), 2, "{repair:?}");
    assert!(jobs.iter().all(|job| job["SourceRecoveryPointArn"] == newest.as_str()), "{jobs:?}");
    let status = aws.mrbackup(["status", "-o", "json"]).report();
    assert_eq!(status.backups_in("us-west-2")["fresh"], 1);
    let again = aws.mrbackup(["repair"]).code(3);
    again.stdout_has("✘ default: nothing can be copied now, 2 left out.\n");
}

#[test]
fn many_points_of_a_resource_want_the_deployments_name() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    point(&aws, "us-east-1", &resource, 30, &json!({}));
    point(&aws, "us-east-1", &resource, 5, &json!({}));
    let refused = aws.mrbackup(["repair", "--since", "2020-01-01"]).code(1);
    refused.stderr_has("nothing was copied: these are 4 copies\n").stderr_lacks("GiB");
    assert!(aws.copy_jobs("us-east-1").is_empty());
    aws.mrbackup(["repair", "--since", "2020-01-01", "--confirm", "default"]).success();
    assert_eq!(aws.copy_jobs("us-east-1").len(), 4);
}

/// The reason was that of the point that was looked at last, and a point that was copied already took it away.
#[test]
fn of_all_points_from_a_day_on_each_reason_is_told_with_how_many_it_is_of() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    let archived = json!({"Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 100}});
    point(&aws, "us-east-1", &resource, 40, &archived);
    let copied = json!({"CreationDate": now() - 50 * HOUR, "CompletionDate": now() - 50 * HOUR});
    for region in REGIONS {
        point(&aws, region, &resource, 50, &copied);
    }
    let since = ["repair", "--since", "2020-01-01", "--confirm", "default"];
    let cold = aws.mrbackup(since).code(3);
    cold.stdout_has(format!(
        "✘ {resource}: not copied to us-west-2 and eu-west-1: of its 2 recovery points from then on 1 is in cold \
         storage, from where nothing can be copied\n"
    ));
    assert!(aws.copy_jobs("us-east-1").is_empty());
    let half = volume(&aws, "vol-half");
    point(&aws, "us-east-1", &half, 5, &json!({"Status": "PARTIAL"}));
    let none = aws.mrbackup(since).code(3);
    none.stdout_has(format!(
        "{half}: not copied to us-west-2 and eu-west-1: the primary holds no good recovery point from then on that can"
    ));
}

#[test]
fn that_nothing_is_to_be_copied_has_its_reason() {
    let aws = long_deployed(30);
    let nothing = |arguments: &[&str], reason: &str| {
        let repair = aws.mrbackup(arguments).success();
        repair.stdout_has(format!("✔ default: nothing to repair: {reason}.\n"));
    };
    nothing(&["repair"], "no resource has the tags");
    let resource = volume(&aws, "vol-1");
    let at = now() - 5 * HOUR;
    for region in REGIONS {
        let members = json!({"CreationDate": at, "CompletionDate": at});
        point(&aws, region, &resource, 5, &members);
    }
    nothing(&["repair"], "every resource has its fresh copies");
    let since = "every good recovery point from then on is copied already";
    nothing(&["repair", "--since", "2020-01-01"], since);
}
