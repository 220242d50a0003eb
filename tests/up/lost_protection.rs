//! What a change takes away: said resource by resource, and refused whatever state the record is in.

use std::fs;
use std::path::PathBuf;

use local_aws::Fault;
use serde_json::json;

use crate::life_cycle::{UP, deployed};
use crate::support::harness::{Aws, account};

const SELECTED: [(&str, &str); 2] = [("Environment", "Production"), ("BackupEnabled", "true")];

fn file(aws: &Aws, text: &str) -> String {
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("lost-protection").join(aws.id());
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("mrbackup.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const REGIONS: &str = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\n\
                       tertiary = \"eu-west-1\"\n";

/// A volume with these tags, in the primary.
fn volume(aws: &Aws, id: &str, tags: &[(&str, &str)]) -> String {
    let arn = aws.arn("ec2", "us-east-1", &format!("volume/{id}"));
    aws.put_tagged_resource("us-east-1", &arn, tags);
    arn
}

#[test]
fn the_resources_that_lose_their_plan_are_named() {
    let aws = deployed();
    let stays = volume(&aws, "vol-stays", &[SELECTED[0], SELECTED[1], ("Team", "a")]);
    let goes = volume(&aws, "vol-goes", &SELECTED);
    let never = volume(&aws, "vol-never", &SELECTED[..1]);
    let text = format!(
        "{REGIONS}[select_tags]\nEnvironment = \"Production\"\nBackupEnabled = \"true\"\nTeam = \"a\"\n"
    );
    let config = file(&aws, &text);
    aws.clear_log();
    let refused = aws.mrbackup(["up", "--config", &config]).code(1);
    assert!(refused.stderr.contains("1 resource in us-east-1 loses its plan:"), "{refused:?}");
    assert!(refused.stderr.contains(&format!("{goes} (EBS)")), "{refused:?}");
    assert!(!refused.stderr.contains(&stays) && !refused.stderr.contains(&never), "{refused:?}");
    assert!(aws.writes().is_empty());

    let plan = aws.mrbackup(["plan", "--config", &config]).success();
    assert!(plan.stdout.contains(&goes), "{plan:?}");
    let json = aws.mrbackup(["plan", "-o", "json", "--config", &config]).success().json();
    assert_eq!(json["unprotected"]["resources"], json!([{"arn": goes, "type": "EBS"}]));

    // With another primary all of them go.
    let moved = REGIONS.replace("us-east-1", "us-east-2");
    let config = file(&aws, &moved);
    let refused = aws.mrbackup(["up", "--config", &config]).code(1);
    assert!(refused.stderr.contains("2 resources in us-east-1 lose their plan:"), "{refused:?}");
}

#[test]
fn more_than_a_person_reads_are_counted_and_all_of_them_are_in_the_document() {
    let aws = deployed();
    for n in 0..130 {
        volume(&aws, &format!("vol-{n:03}"), &SELECTED);
    }
    let moved = file(&aws, &REGIONS.replace("us-east-1", "us-east-2"));
    let refused = aws.mrbackup(["up", "--config", &moved]).code(1);
    assert!(refused.stderr.contains("130 resources in us-east-1"), "{refused:?}");
    assert!(refused.stderr.contains("and 110 more"), "{refused:?}");
    let json = aws.mrbackup(["plan", "-o", "json", "--config", &moved]).success().json();
    assert_eq!(json["unprotected"]["resources"].as_array().unwrap().len(), 130);
}

#[test]
fn what_cannot_be_read_is_said_and_refused_all_the_same() {
    let aws = deployed();
    aws.fault(
        Fault::error(400, "AccessDeniedException", "not allowed").on("tagging", "GetResources"),
    );
    let moved = file(&aws, &REGIONS.replace("us-east-1", "us-east-2"));
    let refused = aws.mrbackup(["up", "--config", &moved]).code(1);
    assert!(refused.stderr.contains("lose their plan cannot be read"), "{refused:?}");
    assert!(aws.mrbackup(["plan", "--config", &moved]).success().stdout.contains("cannot be read"));
}

/// A role and vaults whose record nobody can read: the plan in force is what can be lost.
fn tear(aws: &Aws) {
    let role = json!({"RoleName": "mrbackup-default-AWSBackupServiceRole",
        "Tags": [{"Key": "mrbackup:spec:0", "Value": "torn"}]});
    aws.call("iam", "us-east-1", "tag_role", role);
    for region in ["us-east-1", "us-west-2", "eu-west-1"] {
        let arn = aws.arn("backup", region, "backup-vault:mrbackup-default");
        let tags = json!({"ResourceArn": arn, "Tags": {"mrbackup:spec:0": "torn"}});
        aws.call("backup", region, "tag_resource", tags);
    }
}

#[test]
fn less_protection_is_refused_without_a_record_too() {
    let aws = deployed();
    tear(&aws);
    aws.clear_log();
    let without_tertiary = ["up", "--primary", "us-east-1", "--secondary", "us-west-2"];
    let refused = aws.mrbackup(without_tertiary).code(1);
    assert!(refused.stderr.contains("eu-west-1 is dropped"), "{refused:?}");
    let moved =
        ["up", "--primary", "us-east-2", "--secondary", "us-west-2", "--tertiary", "eu-west-1"];
    let refused = aws.mrbackup(moved).code(1);
    assert!(refused.stderr.contains("the primary region moves from us-east-1"), "{refused:?}");
    let text = format!("{REGIONS}[select_tags]\nEnvironment = \"Staging\"\n");
    let refused = aws.mrbackup(["up", "--config", &file(&aws, &text)]).code(1);
    assert!(refused.stderr.contains("need the tag Environment=Staging"), "{refused:?}");
    assert!(aws.writes().is_empty());
    // The same settings lose nothing.
    aws.mrbackup(UP).success();
    aws.mrbackup(["status"]).success();
}

#[test]
fn a_schedule_that_ends_is_less_protection() {
    let aws = account();
    let text = |schedule: &str| {
        format!(
            "{REGIONS}[[rules]]\nname = \"daily\"\nschedule = \"{schedule}\"\ndelete_after_days = 30\n\
             [[rules.copies]]\nregion = \"us-west-2\"\ndelete_after_days = 30\n\
             [[rules.copies]]\nregion = \"eu-west-1\"\ndelete_after_days = 30\n"
        )
    };
    aws.mrbackup(["up", "--config", &file(&aws, &text("cron(0 2 ? * * *)"))]).success();
    let ends = file(&aws, &text("cron(0 2 ? * * 2090)"));
    let refused = aws.mrbackup(["up", "--config", &ends]).code(1);
    let said = "rule daily runs for the last time on 2090-12-31, without end before";
    assert!(refused.stderr.contains(said), "{refused:?}");
}

#[test]
fn utc_by_its_short_name_is_no_difference() {
    let aws = account();
    let text = format!(
        "{REGIONS}[[rules]]\nname = \"daily\"\nschedule = \"cron(0 2 ? * * *)\"\ntimezone = \"UTC\"\n\
         delete_after_days = 30\n\
         [[rules.copies]]\nregion = \"us-west-2\"\ndelete_after_days = 30\n\
         [[rules.copies]]\nregion = \"eu-west-1\"\ndelete_after_days = 30\n"
    );
    let config = file(&aws, &text);
    aws.mrbackup(["up", "--config", &config]).success();
    aws.mrbackup(["plan", "--exit-code", "--config", &config]).success();
    aws.mrbackup(["status"]).success();
}

/// A copy of a continuous backup is a snapshot, which may be kept longer, and cold.
#[test]
fn copies_of_continuous_backups_may_go_cold() {
    let aws = account();
    let text = format!(
        "{REGIONS}[[rules]]\nname = \"daily\"\nschedule = \"cron(0 2 ? * * *)\"\ncontinuous = true\n\
         delete_after_days = 35\n\
         [[rules.copies]]\nregion = \"us-west-2\"\ncold_after_days = 30\ndelete_after_days = 365\n\
         [[rules.copies]]\nregion = \"eu-west-1\"\ndelete_after_days = 365\n"
    );
    let config = file(&aws, &text);
    aws.mrbackup(["up", "--config", &config]).success();
    aws.mrbackup(["plan", "--exit-code", "--config", &config]).success();
}
