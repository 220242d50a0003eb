//! Plan and selection as the watchdog looks at them.

use serde_json::json;

use super::Watched;
use crate::support::{SECONDARY, WATCHDOG, account};

#[test]
fn a_plan_that_is_gone_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    watched.aws.delete_plan();
    watched.is_told_once("1 plan gone in us-east-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}

#[test]
fn a_selection_that_is_gone_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    watched.aws.delete_selection();
    watched.is_told_once("1 selection gone in us-east-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}

/// Rust and Python make the same digest of the same plan: a fresh deployment's watchdog finds no change in it.
#[test]
fn a_plan_of_any_shape_is_as_recorded() {
    let regions =
        "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n";
    let rule = |name: &str, more: &str| {
        format!("\n[[rules]]\nname = \"{name}\"\nstart_window_minutes = 60\n{more}")
    };
    let copy =
        |region: &str, more: &str| format!("[[rules.copies]]\nregion = \"{region}\"\n{more}");
    let at = |hour: u8| format!("schedule = \"cron(0 {hour} ? * * *)\"\n");
    // Each region has to be copied to by some rule.
    let copies = copy("us-west-2", "") + &copy("eu-west-1", "delete_after_days = 400\n");
    let of = |name: &str, more: &str| rule(name, more) + &copies;
    let cold = "cold_after_days = 30\ndelete_after_days = 400\n";
    let monthly = "schedule = \"cron(0 5 1 * ? *)\"\n";
    let shapes = [
        ("utc", of("utc", &(at(1) + "timezone = \"UTC\"\ndelete_after_days = 35\n"))),
        ("elsewhere", of("zone", &(at(1) + "timezone = \"Europe/Berlin\"\n"))),
        ("for-ever", of("a", &at(1))),
        ("continuous", of("pitr", &(at(1) + "continuous = true\ndelete_after_days = 35\n"))),
        (
            "archive",
            rule("archive", &format!("{monthly}archive = true\n{cold}"))
                + &copy("us-west-2", cold)
                + &copy("eu-west-1", cold),
        ),
        (
            "windows",
            of("z", &(at(1) + "completion_window_minutes = 600\n")) + &rule("A.b_c-1", &at(12)),
        ),
    ];
    for (name, rules) in shapes {
        let aws = account();
        let file = aws.file("mrbackup.toml", &format!("{regions}{rules}"));
        let arguments = ["up", "--allow-gaps", "--config", &file];
        aws.mrbackup(arguments).success();
        let answer = aws.run_schedule(SECONDARY, WATCHDOG);
        let silent = json!({ "outcome": "silent", "findings": 0, "unknown": [] });
        assert_eq!(answer, Ok(silent), "{name}");
    }
}

/// An edit of the plan that `up` did not make is found, as any other.
#[test]
fn a_plan_that_was_edited_is_told_once_and_once_that_it_is_mended() {
    let watched = Watched::new();
    watched.aws.edit_plan(|document| {
        for rule in document["Rules"].as_array_mut().expect("rules") {
            rule["ScheduleExpressionTimezone"] = "Europe/Berlin".into();
        }
    });
    watched.is_told_once("1 plan changed in us-east-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}
