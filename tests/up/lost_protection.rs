//! What a change takes away: said resource by resource, and refused whatever state the record is in.

use local_aws::Fault;
use serde_json::json;

use crate::support::{
    Aws, SAMPLE, SELECT_TAGS, UP, account, deployed, deployed_with_recovery_alarms, sample_but_for,
};

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
    let stays = volume(&aws, "vol-stays", &[SELECT_TAGS[0], SELECT_TAGS[1], ("Team", "a")]);
    let goes = volume(&aws, "vol-goes", &SELECT_TAGS);
    let never = volume(&aws, "vol-never", &SELECT_TAGS[..1]);
    let text = format!(
        "{REGIONS}[select_tags]\nEnvironment = \"Production\"\nBackupEnabled = \"true\"\nTeam = \"a\"\n"
    );
    let config = aws.file("mrbackup.toml", &text);
    aws.clear_log();
    let refused = aws.mrbackup(["up", "--config", &config]).code(1);
    refused.stderr_has("1 resource in us-east-1 will no longer be backed up:");
    refused.stderr_has(format!("{goes} (EBS)"));
    assert!(!refused.stderr.contains(&stays) && !refused.stderr.contains(&never), "{refused:?}");
    aws.assert_nothing_written();

    let plan = aws.mrbackup(["plan", "--config", &config]).code(3);
    plan.stdout_has(&goes);
    let json = aws.mrbackup(["plan", "-o", "json", "--config", &config]).code(3).json();
    assert_eq!(json["unprotected"]["resources"], json!([{"resource": goes, "type": "EBS"}]));

    // With another primary all of them go.
    let moved = REGIONS.replace("us-east-1", "us-east-2");
    let config = aws.file("mrbackup.toml", &moved);
    let refused = aws.mrbackup(["up", "--config", &config]).code(1);
    refused.stderr_has("2 resources in us-east-1 will no longer be backed up:");
}

#[test]
fn more_than_a_person_reads_are_counted_and_all_of_them_are_in_the_document() {
    let aws = deployed();
    for n in 0..130 {
        volume(&aws, &format!("vol-{n:03}"), &SELECT_TAGS);
    }
    let moved = aws.file("mrbackup.toml", &REGIONS.replace("us-east-1", "us-east-2"));
    let refused = aws.mrbackup(["up", "--config", &moved]).code(1);
    refused.stderr_has("130 resources in us-east-1");
    refused.stderr_has("and 110 more");
    let json = aws.mrbackup(["plan", "-o", "json", "--config", &moved]).code(3).json();
    assert_eq!(json["unprotected"]["resources"].as_array().unwrap().len(), 130);
}

#[test]
fn what_cannot_be_read_is_said_and_refused_all_the_same() {
    let aws = deployed();
    aws.fault(
        Fault::error(400, "AccessDeniedException", "not allowed").on("tagging", "GetResources"),
    );
    let moved = aws.file("mrbackup.toml", &REGIONS.replace("us-east-1", "us-east-2"));
    let refused = aws.mrbackup(["up", "--config", &moved]).code(1);
    refused.stderr_has("will no longer be backed up is unknown");
    assert!(aws.mrbackup(["plan", "--config", &moved]).code(3).stdout.contains("is unknown"));
}

/// A role and vaults whose record nobody can read: the plan in force is what can be lost.
fn tear(aws: &Aws) {
    let role = json!({"RoleName": "mrbackup-default-AWSBackupServiceRole",
        "Tags": [{"Key": "mrbackup:spec:0", "Value": "torn"}]});
    aws.call("iam", "us-east-1", "tag_role", role);
    for region in ["us-east-1", "us-west-2", "eu-west-1"] {
        let arn = aws.vault_arn(region);
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
    refused.stderr_has("eu-west-1 is dropped");
    let moved =
        ["up", "--primary", "us-east-2", "--secondary", "us-west-2", "--tertiary", "eu-west-1"];
    let refused = aws.mrbackup(moved).code(1);
    refused.stderr_has("the primary region moves from us-east-1");
    let text = format!("{REGIONS}[select_tags]\nEnvironment = \"Staging\"\n");
    let refused = aws.mrbackup(["up", "--config", &aws.file("mrbackup.toml", &text)]).code(1);
    refused.stderr_has("need the tag Environment=Staging");
    aws.assert_nothing_written();
    // The same settings lose nothing.
    aws.mrbackup(UP).success();
    aws.mrbackup(["status"]).all_as_recorded();
}

/// Nobody knows who asked for them: they are looked for in the regions that the torn record still names.
#[test]
fn recovery_alarms_of_a_torn_record_are_not_forgotten() {
    let aws = deployed_with_recovery_alarms();
    tear(&aws);
    aws.mrbackup(UP).code(1).stderr_has("us-west-2 has no recovery alarms from now on");
    let same = UP.into_iter().chain(["--recovery-alarms", "us-west-2"]);
    aws.mrbackup(same.clone().chain(["--dry-run"])).success();
    aws.mrbackup(UP.into_iter().chain(["--allow-less-protection"])).success();
    let alarms = aws.call("cloudwatch", "us-west-2", "describe_alarms", json!({}));
    assert!(!alarms.to_string().contains("mrbackup-default-recovery"), "{alarms}");
    aws.assert_at_rest();
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
    aws.mrbackup(["up", "--config", &aws.file("mrbackup.toml", &text("cron(0 2 ? * * *)"))])
        .success();
    let ends = aws.file("mrbackup.toml", &text("cron(0 2 ? * * 2090)"));
    let refused = aws.mrbackup(["up", "--config", &ends]).code(1);
    let said = "rule daily runs for the last time on 2090-12-31, without end before";
    refused.stderr_has(said);
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
    let config = aws.file("mrbackup.toml", &text);
    aws.mrbackup(["up", "--config", &config]).success();
    aws.mrbackup(["plan", "--exit-code", "--config", &config]).success();
    aws.mrbackup(["status"]).all_as_recorded();
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
    let config = aws.file("mrbackup.toml", &text);
    aws.mrbackup(["up", "--config", &config]).success();
    aws.mrbackup(["plan", "--exit-code", "--config", &config]).success();
}

/// A file that does not mention what is in force takes it off: never in passing.
#[test]
fn a_file_that_leaves_out_keys_or_the_watchdogs_period_is_refused() {
    let aws = account();
    let key = |id: &str| format!("arn:aws:kms:us-west-2:{}:key/{id}", aws.id());
    let often = sample_but_for(&[("watchdog_minutes = 60", "watchdog_minutes = 15")]);
    let often = aws.file("often/mrbackup.toml", &often);
    let keys = ["--kms-key-arn", &key("vault"), "--topic-key-arn", &key("topic")];
    aws.mrbackup(["up", "--config", &often].into_iter().chain(keys)).success();
    aws.clear_log();
    let bare = aws.file("bare/mrbackup.toml", SAMPLE);
    let refused = aws.mrbackup(["up", "--config", &bare]).code(1);
    for line in [
        format!(
            "backups in us-west-2 are encrypted with AWS's own key from now on, with {} before",
            key("vault")
        ),
        format!("alarms in us-west-2 are no longer encrypted with {}", key("topic")),
        "the watchdog looks every 60 minutes, every 15 before".to_owned(),
    ] {
        refused.stderr_has(line);
    }
    aws.assert_nothing_written();
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["up", "--config", &bare, "--allow-less-protection"]).success();
}

/// What is late is told later with a longer allowance.
#[test]
fn a_longer_allowance_is_less_protection() {
    let aws = account();
    let file = |name: &str, changes: &[(&str, &str)]| aws.file(name, &sample_but_for(changes));
    let short = [("allowance_hours = 12 ", "allowance_hours = 6 "), ("# S3 = 48 ", "S3 = 12 ")];
    let short = file("short/mrbackup.toml", &short);
    aws.mrbackup(["up", "--config", &short]).success();
    let long = file("long/mrbackup.toml", &[("# S3 = 48 ", "S3 = 48 ")]);
    let refused = aws.mrbackup(["up", "--config", &long]).code(1);
    let late = "beyond their start window before they are late";
    for (of, hours) in [("", "12 h"), (" of S3", "48 h")] {
        refused.stderr_has(format!("backups and copies{of} may take {hours} {late}"));
    }
    aws.mrbackup(["up", "--config", &long, "--allow-less-protection"]).success();
    aws.mrbackup(["up", "--config", &short]).success();
}

/// Who owns a key can make everything unreadable that it encrypts.
#[test]
fn a_key_of_another_account_is_refused_unless_said() {
    let aws = account();
    for option in ["--kms-key-arn", "--topic-key-arn"] {
        let aws = account();
        let key = "arn:aws:kms:us-west-2:999999999999:key/1234abcd";
        let up = || UP.into_iter().chain([option, key]);
        let refused = aws.mrbackup(up()).code(1);
        refused.stderr_has(format!("{key}, and this is account {}", aws.id()));
        let plan = ["plan"].into_iter().chain(up().skip(1));
        aws.mrbackup(plan).code(3).stdout_has("add --allow-foreign-keys");
        aws.assert_nothing_written();
        aws.mrbackup(up().chain(["--allow-foreign-keys"])).success();
        // What was said once stands in the record.
        aws.mrbackup(["up"]).success();
    }
    let boundary = "arn:aws:iam::999999999999:policy/boundary";
    let refused = aws.mrbackup(UP.into_iter().chain(["--permissions-boundary", boundary])).code(2);
    refused.stderr_has("is of account 999999999999, and the roles are of");
}
