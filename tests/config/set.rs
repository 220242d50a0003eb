//! `--set`: one setting of what the file or the record says, through every check of the file.

use serde_json::{Value, json};

use crate::support::{Aws, Outcome, SAMPLE, account, deployed, for_each_case, sample_but_for};

const REGIONS: [&str; 6] =
    ["--primary", "us-east-1", "--secondary", "us-west-2", "--tertiary", "eu-west-1"];

/// `config show -o json` with these arguments, each row as `setting = value (origin)`.
#[track_caller]
fn shown(aws: &Aws, arguments: &[&str]) -> Vec<String> {
    let show = ["config", "show", "-o", "json"];
    let json = aws.mrbackup(show.iter().chain(arguments)).success().json();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let row = |row: &Value| {
        format!("{} = {} ({})", text(row, "setting"), text(row, "value"), text(row, "origin"))
    };
    json["settings"].as_array().unwrap().iter().map(row).collect()
}

/// The rows of which only one side has them.
fn differing(before: &[String], after: &[String]) -> (Vec<String>, Vec<String>) {
    let only = |of: &[String], other: &[String]| -> Vec<String> {
        of.iter().filter(|row| !other.contains(row)).cloned().collect()
    };
    (only(before, after), only(after, before))
}

#[track_caller]
fn lifecycle(aws: &Aws, rule: usize) -> Value {
    let plans = aws.call("backup", "us-east-1", "list_backup_plans", json!({}));
    let id = json!({"BackupPlanId": plans["BackupPlansList"][0]["BackupPlanId"]});
    aws.call("backup", "us-east-1", "get_backup_plan", id)["BackupPlan"]["Rules"][rule]["Lifecycle"]
        .clone()
}

#[test]
fn one_thing_of_what_is_recorded_changes() {
    let aws = deployed();
    let set = ["--set", "rules.daily.delete_after_days=400"];
    let (old, new) = differing(&shown(&aws, &[]), &shown(&aws, &set));
    assert_eq!(old, ["rules.daily.delete_after_days = 365 (recorded)"]);
    assert_eq!(new, ["rules.daily.delete_after_days = 400 (flag)"]);
    let plan = aws.mrbackup(["plan"].iter().chain(&set)).success();
    assert!(plan.stdout.contains("365 → 400"), "{plan:?}");
    aws.mrbackup(["up"].iter().chain(&set)).success();
    assert_eq!(lifecycle(&aws, 0)["DeleteAfterDays"], 400);
    assert_eq!(lifecycle(&aws, 1)["DeleteAfterDays"], 2555);
    let (old, new) = differing(&shown(&aws, &set), &shown(&aws, &[]));
    assert_eq!(
        (old.len(), &*new),
        (1, &["rules.daily.delete_after_days = 400 (recorded)".to_owned()][..])
    );
    aws.mrbackup(["plan", "--exit-code"]).success();
}

#[test]
fn less_protection_is_refused_as_with_any_change() {
    let aws = deployed();
    aws.clear_log();
    let set = ["up", "--set", "rules.daily.delete_after_days=200"];
    let refused = aws.mrbackup(set).code(1);
    assert!(refused.stderr.contains("--allow-less-protection"), "{refused:?}");
    assert!(aws.writes().is_empty());
    aws.mrbackup(set.iter().chain(&["--allow-less-protection"])).success();
    assert_eq!(lifecycle(&aws, 0)["DeleteAfterDays"], 200);
}

#[test]
fn every_kind_of_setting_can_be_set_over_file_record_and_defaults() {
    let aws = account();
    let path = aws.file("mrbackup.toml", SAMPLE);
    let sets: &[(&str, &str)] = &[
        ("expected_account=none", "expected_account = none"),
        (
            "permissions_boundary=arn:aws:iam::111122223333:policy/b",
            "permissions_boundary = arn:aws:iam::111122223333:policy/b",
        ),
        ("select_tags.\"cost.center\"=42", "select_tags.\"cost.center\" = 42"),
        ("tags={Team=\"a\", Unit='b'}", "tags.Unit = b"),
        ("alerts.email=[\"a@example.com\"]", "alerts.email = a@example.com"),
        ("alerts.required=false", "alerts.required = false"),
        ("alerts.watchdog_minutes=30", "alerts.watchdog_minutes = 30"),
        ("freshness.allowance_hours=24", "freshness.allowance_hours = 24"),
        ("freshness.allowance_hours_by_type.S3=48", "freshness.allowance_hours_by_type.S3 = 48"),
        ("recovery.rto_minutes=120", "recovery.rto_minutes = 120"),
        ("recovery.rto_minutes_by_type.S3=240", "recovery.rto_minutes_by_type.S3 = 240"),
        (
            "kms_keys.us-west-2=arn:aws:kms:us-west-2:111122223333:key/1",
            "kms_keys.us-west-2 = arn:aws:kms:us-west-2:111122223333:key/1",
        ),
        (
            "rules.weekly.schedule=cron(0 5 ? * SUN *)",
            "rules.weekly.schedule = cron(0 5 ? * SUN *)",
        ),
        ("rules.daily.cold_after_days=never", "rules.daily.cold_after_days = never"),
        (
            "rules.daily.recovery_point_tags.BackupType=Nightly",
            "rules.daily.recovery_point_tags.BackupType = Nightly",
        ),
        (
            "rules.weekly.copies.us-west-2.delete_after_days=500",
            "rules.weekly.copies.us-west-2.delete_after_days = 500",
        ),
    ];
    let typed = sets.iter().flat_map(|(set, _)| ["--set", set]);
    let typed: Vec<&str> = typed.collect();
    let with_file = [&["--config", &path], &typed[..]].concat();
    let with_none = [&["--no-config"], &REGIONS[..], &typed[..]].concat();
    let in_file = shown(&aws, &with_file);
    let over_defaults = shown(&aws, &with_none);
    for (_, row) in sets {
        let row = format!("{row} (flag)");
        assert!(in_file.contains(&row), "{row}: {in_file:#?}");
        assert!(over_defaults.contains(&row), "{row}: {over_defaults:#?}");
    }
}

/// What was wrong, the options, and what is said.
const WRONG: &[(&str, &[&str], &str)] = &[
    ("no value", &["rules.daily.delete_after_days"], "give it as KEY=VALUE, such as"),
    (
        "a slip of the pen",
        &["rules.daily.delete_after_day=400"],
        "did you mean rules.daily.delete_after_days?",
    ),
    ("a table", &["rules.daily=400"], "that is a table: name one of its settings"),
    (
        "no rule",
        &["rules.dialy.delete_after_days=400"],
        "there is no rule dialy; there are: daily, weekly",
    ),
    (
        "no copy",
        &["rules.daily.copies.eu-west-1.delete_after_days=400"],
        "there is no copy to eu-west-1; there are: us-west-2",
    ),
    (
        "wrong type",
        &["rules.daily.delete_after_days=soon"],
        "--set rules.daily.delete_after_days=soon: invalid type: string \"soon\", expected i64",
    ),
    (
        "out of range",
        &["alerts.watchdog_minutes=2"],
        "--set alerts.watchdog_minutes=2: watchdog_minutes can be 5 to 1440 (a day)",
    ),
    (
        "too short for cold storage",
        &["rules.daily.delete_after_days=60"],
        "--set rules.daily.delete_after_days=60: delete_after_days must be at least cold_after_days + 90 = 120 (rule daily)",
    ),
    (
        "what stands elsewhere",
        &["rules.daily.cold_after_days=300"],
        "--set rules.daily.cold_after_days=300: delete_after_days must be at least cold_after_days + 90 = 390 (rule daily)",
    ),
    (
        "the second of two",
        &["rules.weekly.timezone=UTC", "rules.daily.schedule=x"],
        "--set rules.daily.schedule=x: ",
    ),
    (
        "no region",
        &["regions.secondary=us-west-9"],
        "--set regions.secondary=us-west-9: \"us-west-9\" is not a region",
    ),
    (
        "two equal regions",
        &["regions.secondary=us-east-1"],
        "primary and secondary are both us-east-1",
    ),
    ("twice", &["tags.A=1", "tags.A=2"], "--set tags.A=2: it is set twice"),
    ("a tag that AWS keeps", &["tags.\"aws:x\"=1"], "keys that begin with aws: are AWS's own"),
    ("the name", &["name=other"], "the option --name names the deployment"),
    ("no list", &["alerts.email=[a@example.com]"], "the value is no TOML"),
    ("no address", &["alerts.email=[\"a\"]"], "--set alerts.email=[\"a\"]: "),
];

/// A plan with the regions from the environment, which `--set` beats.
#[track_caller]
fn plan(aws: &Aws, base: &[&str], sets: &[&str]) -> Outcome {
    let run =
        aws.command().env("MRBACKUP_PRIMARY", "us-east-1").env("MRBACKUP_TERTIARY", "eu-west-1");
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    let line = ["plan", "--offline"].iter().chain(base).copied().chain(sets);
    run.env("MRBACKUP_SECONDARY", "us-west-2").args(line).run()
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_option_and_before_anything_is_called() {
    let aws = account();
    let path = aws.file("mrbackup.toml", SAMPLE);
    for_each_case(WRONG, |(_, sets, words)| {
        for base in [&["--config", &path][..], &["--no-config"]] {
            let outcome = plan(&aws, base, sets).code(2);
            assert!(outcome.stderr.contains(words), "{base:?}: {outcome:?}");
        }
        assert!(aws.log().is_empty());
    });
}

#[test]
fn what_is_wrong_in_the_file_itself_is_said_with_its_line() {
    let aws = account();
    let path = aws.file(
        "mrbackup.toml",
        &sample_but_for(&[("watchdog_minutes = 60", "watchdog_minutes = 2")]),
    );
    let outcome = plan(&aws, &["--config", &path], &["alerts.log_retention_days=30"]).code(2);
    assert!(
        outcome.stderr.contains("mrbackup.toml:") && outcome.stderr.contains('^'),
        "{outcome:?}"
    );
    // And what is set in its place is right.
    plan(&aws, &["--config", &path], &["alerts.watchdog_minutes=30"]).success();
}

#[test]
fn an_option_of_its_own_beside_it_is_refused_and_a_variable_gives_way() {
    let aws = account();
    for (option, value, set) in [
        ("--primary", "us-east-1", "regions.primary=us-east-1"),
        ("--copy-to", "ap-south-1", "regions.copy_to=[]"),
        ("--drop-region", "ap-south-1", "regions.copy_to=[]"),
        ("--email", "a@example.com", "alerts.email=[]"),
        ("--alerts", "none", "alerts.required=true"),
        ("--kms-key-arn", "arn:aws:kms:us-east-1:111122223333:key/1", "kms_keys.us-east-1=x"),
        (
            "--permissions-boundary",
            "arn:aws:iam::111122223333:policy/b",
            "permissions_boundary=none",
        ),
    ] {
        let outcome = plan(&aws, &[option, value], &[set]).code(2);
        let words = format!("{option} and --set {set} are about the same setting: give one");
        assert!(outcome.stderr.contains(&words), "{outcome:?}");
    }
    let run =
        aws.command().env("MRBACKUP_PRIMARY", "eu-west-3").env("MRBACKUP_SECONDARY", "eu-west-2");
    let run = run
        .args(["config", "show", "--no-config", "-o", "json", "--set", "regions.primary=eu-west-1"])
        .run();
    let json = run.success().json();
    let value = |setting: &str| {
        let rows = json["settings"].as_array().unwrap();
        let row = rows.iter().find(|row| row["setting"] == setting).unwrap();
        format!("{} {}", row["value"].as_str().unwrap(), row["origin"].as_str().unwrap())
    };
    assert_eq!(value("regions.primary"), "eu-west-1 flag");
    assert_eq!(value("regions.secondary"), "eu-west-2 environment");
}

#[test]
fn a_first_up_may_have_its_regions_from_it() {
    let aws = account();
    let sets = ["--set", "regions.primary=eu-west-1", "--set", "regions.secondary=eu-north-1"];
    aws.mrbackup(["up"].iter().chain(&sets)).success();
    let rows = shown(&aws, &[]);
    assert!(rows.contains(&"regions.secondary = eu-north-1 (recorded)".to_owned()), "{rows:#?}");
    // And another region later: its rules follow.
    let more = ["up", "--set", "regions.copy_to=[\"eu-west-3\"]"];
    aws.mrbackup(more).success();
    let rows = shown(&aws, &[]);
    let copy = "rules.daily.copies.eu-west-3.delete_after_days = 365 (recorded)".to_owned();
    assert!(rows.contains(&copy), "{rows:#?}");
}

#[test]
fn a_list_of_subscribers_is_replaced_only_where_it_is_known() {
    let aws = account();
    let up =
        ["up", "--primary", "us-east-1", "--secondary", "us-west-2", "--email", "a@example.com"];
    aws.mrbackup(up).success();
    let one = aws.mrbackup(["plan", "--set", "alerts.email=[\"b@example.com\"]"]).code(2);
    assert!(one.stderr.contains("--remove-email"), "{one:?}");
    let both = ["--set", "alerts.email=[\"b@example.com\"]", "--set", "alerts.notify=[]"];
    let rows = shown(&aws, &both);
    assert!(rows.contains(&"alerts.email = b@example.com (flag)".to_owned()), "{rows:#?}");
    assert!(rows.contains(&"alerts.notify = none (flag)".to_owned()), "{rows:#?}");
}

#[test]
fn the_account_is_guarded_without_a_file_too() {
    let aws = account();
    let other = ["up", "--set", "expected_account=999988887777"];
    let outcome = aws.mrbackup(other.iter().chain(&REGIONS)).code(2);
    assert!(
        outcome.stderr.contains("--set expected_account=999988887777: this is account"),
        "{outcome:?}"
    );
    assert!(aws.writes().is_empty());
}

/// What `config show` has is what `--set` takes: set to what it is, nothing changes.
#[test]
fn every_row_that_is_shown_can_be_set() {
    let aws = account();
    let much = sample_but_for(&[
        ("email = [] ", "email = [\"ops@example.com\"] "),
        ("# CostCenter = \"1234\"", "\"cost.center\" = \"a b\""),
        ("# S3 = 48 ", "S3 = 48 "),
    ]);
    let path = aws.file("mrbackup.toml", &much);
    let values = |arguments: &[&str]| -> Vec<String> {
        let rows = shown(&aws, &[&["--config", &path], arguments].concat()).into_iter();
        rows.map(|row| row.rsplit_once(" (").unwrap().0.to_owned()).collect()
    };
    let as_is = values(&[]);
    assert!(as_is.contains(&"tags.\"cost.center\" = a b".to_owned()), "{as_is:#?}");
    // The name has an option of its own, and which runtime the functions have is no one's choice.
    let settable =
        as_is.iter().filter(|row| !row.starts_with("name = ") && !row.starts_with("runtime = "));
    let sets: Vec<String> = settable.map(|row| row.replacen(" = ", "=", 1)).collect();
    let all: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    assert_eq!(values(&all), as_is);
}
