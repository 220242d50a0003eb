//! `recovery_alarms`: from flag, variable, file and record; regions without alarms are refused.

use super::alarms;
use crate::support::{Aws, PRIMARY, SAMPLE, SECONDARY, TERTIARY, UP, account, sample_but_for};

const REFUSED: &str = "recovery alarms notify the topic of their own region: us-east-1 and us-west-2 have one, eu-west-1 has none";

/// The rows about it, each with its origin.
#[track_caller]
fn shown(aws: &Aws, arguments: &[&str]) -> Vec<(String, String)> {
    let json = aws.mrbackup(["config", "show", "-o", "json"].iter().chain(arguments)).success();
    let rows = json.json()["settings"].as_array().unwrap().clone().into_iter();
    let rows = rows.filter(|row| row["setting"] == "alerts.recovery_alarms");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["value"]), text(&row["origin"]))).collect()
}

fn row(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn a_region_without_alarms_is_refused_before_anything_is_written() {
    let aws = account();
    let flag = aws.mrbackup(UP.into_iter().chain(["--recovery-alarms", TERTIARY])).code(2);
    flag.stderr_has(format!("error: --recovery-alarms {TERTIARY}: {REFUSED}"));
    let set = ["--set", "alerts.recovery_alarms=[\"eu-west-1\"]"];
    let set = aws.mrbackup(UP.into_iter().chain(set)).code(2);
    set.stderr_has(REFUSED);
    let env = aws.command().args(UP).env("MRBACKUP_RECOVERY_ALARMS", TERTIARY).run().code(2);
    env.stderr_has(REFUSED);
    let text = sample_but_for(&[("recovery_alarms = []", "recovery_alarms = [\"eu-west-1\"]")]);
    let file = aws.file("mrbackup.toml", &text);
    let file = aws.mrbackup(["up", "--config", &file]).code(2);
    file.stderr_has(REFUSED);
    file.stderr_has("recovery_alarms = [\"eu-west-1\"]");
    let none = aws.mrbackup(UP.into_iter().chain(["--recovery-alarms", "us-west"])).code(2);
    none.stderr_has("--recovery-alarms: ");
    aws.assert_nothing_written();
}

#[test]
fn flag_variable_file_and_record_name_regions() {
    let aws = account();
    let up = &UP[1..];
    assert_eq!(shown(&aws, up), [row("none", "default")]);
    let flag = [up, &["--recovery-alarms", SECONDARY]].concat();
    assert_eq!(shown(&aws, &flag), [row(SECONDARY, "flag")]);
    let commas = [up, &["--recovery-alarms", "us-west-2,us-east-1"]].concat();
    assert_eq!(shown(&aws, &commas), [row(PRIMARY, "flag"), row(SECONDARY, "flag")]);
    let set = [up, &["--set", "alerts.recovery_alarms=[\"us-west-2\"]"]].concat();
    assert_eq!(shown(&aws, &set), [row(SECONDARY, "flag")]);
    let env = aws.command().args(["config", "show"]).args(up);
    let env = env.env("MRBACKUP_RECOVERY_ALARMS", "us-west-2,us-east-1").run().success();
    env.stdout_has_row("alerts.recovery_alarms environment us-west-2");
    let text = sample_but_for(&[("recovery_alarms = []", "recovery_alarms = [\"us-west-2\"]")]);
    let file = aws.file("mrbackup.toml", &text);
    assert_eq!(shown(&aws, &["--config", &file]), [row(SECONDARY, "file")]);
    let both = ["--config", &file, "--recovery-alarms", PRIMARY];
    assert_eq!(shown(&aws, &both), [row(PRIMARY, "flag"), row(SECONDARY, "file")]);
    aws.mrbackup(["up", "--config", &file]).success();
    assert_eq!(alarms(&aws, SECONDARY).len(), 2);
    assert_eq!(shown(&aws, &["--no-config"]), [row(SECONDARY, "recorded")]);
    let written = aws.mrbackup(["config", "init", "--stdout", "--no-config"]).success();
    written.stdout_has("recovery_alarms = [\"us-west-2\"]");
    // A file that does not name them takes them off, which protects less.
    let file = aws.file("mrbackup.toml", SAMPLE);
    aws.mrbackup(["up", "--config", &file]).code(1).stderr_has("--allow-less-protection");
    let flag_and_set =
        ["plan", "--recovery-alarms", SECONDARY, "--set", "alerts.recovery_alarms=[]"];
    aws.mrbackup(flag_and_set).code(2).stderr_has("are about the same setting: give one");
}
