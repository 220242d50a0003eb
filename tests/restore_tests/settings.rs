//! `[restore_test]`: what is refused with its reason, and where each value comes from and goes to.

use super::{NETWORK, assert_network, overrides, plans};
use crate::support::{RESTORE_TESTS, SECONDARY, TERTIARY, UP, account, sample_but_for};

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_written() {
    let aws = account();
    for (set, why) in [
        ("regions=[\"eu-north-1\"]", "eu-north-1 is no region of this deployment"),
        ("types=[\"EKS\"]", "EKS is no type that mrbackup has tested: Aurora, DocumentDB"),
        ("types=[]", "name a type that is to be tested"),
        ("schedule=\"rate(1 day)\"", "cron("),
        ("window_days=366", "window_days can be 0 to 365 (a year)"),
        ("start_window_hours=0", "start_window_hours can be 1 to 168 (a week)"),
        ("validation_hours=1", "validation_hours can be 2 to 168 (a week)"),
    ] {
        let set = format!("restore_test.{set}");
        let refused = aws.mrbackup(UP.into_iter().chain(["--set", &set])).code(2);
        refused.stderr_has(why);
    }
    aws.assert_nothing_written();
}

/// Developer guide, "Feature availability by AWS Region".
#[test]
fn partitions_without_restore_testing_are_refused_with_the_reason() {
    let aws = account();
    for (primary, secondary, partition) in [
        ("cn-north-1", "cn-northwest-1", "aws-cn"),
        ("us-gov-west-1", "us-gov-east-1", "aws-us-gov"),
    ] {
        let set = format!("restore_test.regions=[\"{secondary}\"]");
        let up = ["up", "--primary", primary, "--secondary", secondary, "--set", &set];
        let refused = aws.mrbackup(up).code(2);
        refused.stderr_has(format!("AWS Backup has no restore testing in partition {partition}"));
    }
    aws.assert_nothing_written();
}

/// Weekly copies: in seven days there may be none.
#[test]
fn a_window_shorter_than_the_copies_rhythm_is_refused_with_both() {
    let aws = account();
    let regions = "restore_test.regions=[\"us-west-2\", \"eu-west-1\"]";
    let with = |days: &'static str| {
        UP.into_iter().chain(["--set", regions, "--set", days]).collect::<Vec<_>>()
    };
    let refused = aws.mrbackup(with("restore_test.window_days=7")).code(2);
    refused.stderr_has("window_days is 7");
    refused.stderr_has("eu-west-1 may be 8 days old");
    aws.assert_nothing_written();
    aws.mrbackup(with("restore_test.window_days=8")).success();
    let window = &plans(&aws, TERTIARY)[0]["RecoveryPointSelection"]["SelectionWindowDays"];
    assert_eq!(*window, 8);
    // A change of the rules asks for a longer one.
    let later = ["up", "--set", "rules.weekly.schedule=cron(0 3 1 * ? *)"];
    let refused = aws.mrbackup(later.into_iter().chain(["--allow-less-protection"])).code(2);
    refused.stderr_has("window_days is 8");
}

#[test]
fn each_value_reaches_aws() {
    let aws = account();
    let text = sample_but_for(&[
        ("regions = [] ", "regions = [\"us-west-2\"] "),
        ("schedule = \"cron(0 6 1 * ? *)\"", "schedule = \"cron(30 7 ? * SUN *)\""),
        ("types = [\"DynamoDB\", \"EBS\", \"EFS\", \"S3\"]", "types = [\"EC2\", \"RDS\"]"),
        ("window_days = 0 ", "window_days = 14 "),
        ("start_window_hours = 24", "start_window_hours = 6"),
        ("validation_hours = 2 ", "validation_hours = 12 "),
        ("# At most ten rules, with at most five copies each.\n", NETWORK),
    ]);
    let file = aws.file("mrbackup.toml", &text);
    aws.mrbackup(["up", "--config", &file]).success();
    let plan = &plans(&aws, SECONDARY)[0];
    assert_eq!(plan["ScheduleExpression"], "cron(30 7 ? * SUN *)");
    assert_eq!(plan["StartWindowHours"], 6);
    assert_eq!(plan["RecoveryPointSelection"]["SelectionWindowDays"], 14);
    assert_eq!(plan["Selections"][0]["ValidationWindowHours"], 12);
    assert_network(&aws);
    // The record has them, so that nothing differs without the file, and another setting leaves them.
    aws.assert_at_rest();
    aws.mrbackup(["plan", "--exit-code", "--config", &file]).success();
    aws.mrbackup(["up", "--set", "restore_test.validation_hours=13"]).success();
    assert_network(&aws);
    let written = aws.mrbackup(["config", "init", "--stdout", "--no-config"]).success();
    written.stdout_has("regions = [\"us-west-2\"]");
    written.stdout_has("db_subnet_group = \"databases\"");
    let written = aws.file("mrbackup.toml", &written.stdout);
    aws.mrbackup(["plan", "--exit-code", "--config", &written]).success();
}

/// What tests take is what the file says of restores; a file that says nothing of them takes it off.
#[test]
fn overrides_follow_the_table_of_restores() {
    let aws = account();
    let types = ("types = [\"DynamoDB\", \"EBS\", \"EFS\", \"S3\"]", "types = [\"EC2\", \"RDS\"]");
    let regions = ("regions = [] ", "regions = [\"us-west-2\"] ");
    let network = ("# At most ten rules, with at most five copies each.\n", NETWORK);
    let file = aws.file("mrbackup.toml", &sample_but_for(&[types, regions, network]));
    aws.mrbackup(["up", "--config", &file]).success();
    assert_network(&aws);
    let file = aws.file("mrbackup.toml", &sample_but_for(&[types, regions]));
    aws.mrbackup(["up", "--config", &file]).success();
    assert!(overrides(&aws, "EC2").is_null());
    aws.assert_at_rest();
}

#[test]
fn show_has_each_with_its_origin() {
    let aws = account();
    let show = ["config", "show"].into_iter().chain(UP[1..].iter().copied()).chain(RESTORE_TESTS);
    let shown = aws.mrbackup(show).success();
    shown.stdout_has_row("restore_test.regions flag us-west-2");
    shown.stdout_has_row("restore_test.schedule default cron(0 6 1 * ? *)");
    shown.stdout_has_row("restore_test.window_days default 0");
}
