//! Several plans in one deployment: what AWS has of them, what is judged, changed and removed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use local_aws::now;

use crate::faults::killed::kill_around;
use crate::support::{
    Aws, DAY, PRIMARY, REGIONS, SECONDARY, SERVICE_ROLE, TERTIARY, VAULT, account, point,
};

macro_rules! one_plan {
    () => {
        r#"
[select_tags]
Backup = "yes"

[[rules]]
name = "weekly"
schedule = "cron(0 3 ? * SUN *)"
delete_after_days = 365
copies = [{ region = "us-west-2", delete_after_days = 90 }, { region = "eu-west-1", delete_after_days = 90 }]
"#
    };
}

/// One plan for all.
const ONE: &str = one_plan!();

/// The same at the top, and the most critical in a plan of its own.
const CLASSES: &str = concat!(
    one_plan!(),
    r#"
[[plans]]
name = "gold"

[[plans.rules]]
name = "daily"
schedule = "cron(0 2 ? * * *)"
start_window_minutes = 60
delete_after_days = 400
copies = [{ region = "us-west-2", delete_after_days = 400 }, { region = "eu-west-1", delete_after_days = 400 }]

[classes]
tag = "Criticality"
values = { high = "gold", critical = "gold" }
"#
);

/// No plan at the top: each selects by itself.
const APART: &str = r#"
[[plans]]
name = "databases"
select_tags = { Backup = "yes", Kind = "database" }

[[plans.rules]]
name = "daily"
delete_after_days = 35
copies = [{ region = "us-west-2" }, { region = "eu-west-1" }]

[[plans]]
name = "files"

[[plans.selections]]
name = "buckets"
types = ["S3"]
tags = { Backup = "yes" }

[[plans.rules]]
name = "daily"
continuous = true
delete_after_days = 7
"#;

/// The path of a file with these plans.
fn file(aws: &Aws, plans: &str) -> String {
    aws.file_in_three_regions(plans)
}

fn up<'a>(config: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["up", "--alerts", "none", "--config", config], more].concat()
}

/// A deployment with these plans.
#[track_caller]
fn with(plans: &str) -> Aws {
    let aws = account();
    aws.mrbackup(up(&file(&aws, plans), &[])).success();
    aws
}

/// What AWS has of each plan: the document, and its selections' documents.
#[track_caller]
fn found(aws: &Aws) -> BTreeMap<String, (Value, Vec<Value>)> {
    let listed = aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let mut found = BTreeMap::new();
    for plan in listed["BackupPlansList"].as_array().unwrap() {
        let id = json!({"BackupPlanId": plan["BackupPlanId"]});
        let document = aws.call("backup", PRIMARY, "get_backup_plan", id.clone());
        let selections = aws.call("backup", PRIMARY, "list_backup_selections", id);
        let whole = |one: &Value| {
            let id =
                json!({"BackupPlanId": plan["BackupPlanId"], "SelectionId": one["SelectionId"]});
            aws.call("backup", PRIMARY, "get_backup_selection", id)["BackupSelection"].clone()
        };
        let selections = selections["BackupSelectionsList"].as_array().unwrap();
        let name = plan["BackupPlanName"].as_str().unwrap().to_owned();
        let both = (document["BackupPlan"].clone(), selections.iter().map(whole).collect());
        assert!(found.insert(name.clone(), both).is_none(), "two plans are called {name}");
    }
    found
}

/// The plans that AWS takes a resource into.
fn plans_of(aws: &Aws, arn: &str, tags: &Value) -> Vec<String> {
    let takes = |(_, selections): &(Value, Vec<Value>)| {
        selections.iter().any(|one| local_aws::selects(one, arn, tags))
    };
    found(aws).into_iter().filter(|(_, plan)| takes(plan)).map(|(name, _)| name).collect()
}

fn rules(plan: &Value) -> Vec<&str> {
    plan["Rules"].as_array().unwrap().iter().filter_map(|rule| rule["RuleName"].as_str()).collect()
}

/// A table with the select tag and these.
fn table(aws: &Aws, name: &str, tags: &[(&str, &str)]) -> String {
    let arn = aws.arn("dynamodb", PRIMARY, &format!("table/{name}"));
    aws.put_tagged_resource(PRIMARY, &arn, &[&[("Backup", "yes")], tags].concat());
    arn
}

#[test]
fn each_class_is_in_its_own_plan_and_a_second_run_changes_nothing() {
    let aws = with(CLASSES);
    let plans = found(&aws);
    assert_eq!(plans.keys().collect::<Vec<_>>(), ["mrbackup-default", "mrbackup-default_gold"]);
    assert_eq!(rules(&plans["mrbackup-default"].0), ["weekly"]);
    assert_eq!(rules(&plans["mrbackup-default_gold"].0), ["daily"]);
    let arn = "arn:aws:s3:::acme";
    for (criticality, expected) in [
        (Some("high"), "mrbackup-default_gold"),
        (Some("critical"), "mrbackup-default_gold"),
        (Some("low"), "mrbackup-default"),
        (None, "mrbackup-default"),
    ] {
        let mut tags = json!({"Backup": "yes"});
        if let Some(value) = criticality {
            tags["Criticality"] = json!(value);
        }
        assert_eq!(plans_of(&aws, arn, &tags), [expected], "{criticality:?}");
    }
    assert_eq!(plans_of(&aws, arn, &json!({"Criticality": "high"})), [""; 0]);
    aws.clear_log();
    aws.mrbackup(up(&file(&aws, CLASSES), &[])).success();
    aws.assert_nothing_written();
    aws.mrbackup(["down"]).success();
    assert!(found(&aws).is_empty());
}

#[test]
fn plans_without_one_at_the_top_select_by_themselves() {
    let aws = with(APART);
    let plans = found(&aws);
    let names: Vec<&String> = plans.keys().collect();
    assert_eq!(names, ["mrbackup-default_databases", "mrbackup-default_files"]);
    let files = &plans["mrbackup-default_files"];
    assert_eq!(files.0["Rules"][0]["EnableContinuousBackup"], json!(true));
    let database = json!({"Backup": "yes", "Kind": "database"});
    let table = format!("arn:aws:dynamodb:us-east-1:{}:table/a", aws.id());
    assert_eq!(plans_of(&aws, &table, &database), ["mrbackup-default_databases"]);
    let both = plans_of(&aws, "arn:aws:s3:::a", &database);
    assert_eq!(both, ["mrbackup-default_databases", "mrbackup-default_files"]);
    let tags = [("Backup", "yes"), ("Kind", "database")];
    aws.put_tagged_resource(PRIMARY, "arn:aws:s3:::a", &tags);
    let status = aws.mrbackup(["status", "-o", "json", "--config", &file(&aws, APART)]).json();
    assert_eq!(status["backups"]["in_several_plans"], json!(["arn:aws:s3:::a"]), "{status}");
    aws.mrbackup(["status"]).stdout_has("1 resource is in more than one plan");
}

#[test]
fn each_resource_is_held_to_what_its_plan_promises() {
    let aws = with(CLASSES);
    let orders = table(&aws, "orders", &[("Criticality", "high")]);
    let archive = table(&aws, "archive", &[]);
    aws.vaults_made(now() - 90 * DAY);
    for region in REGIONS {
        for resource in [&orders, &archive] {
            point(&aws, region, resource, 50, &json!({}));
        }
    }
    let status = aws.mrbackup(["status", "-o", "json"]).code(3).json();
    let rows = status["backups"]["plans"].as_array().unwrap();
    let counts: Vec<(&str, &str, u64, u64)> = rows
        .iter()
        .map(|row| {
            let number = |name: &str| row[name].as_u64().unwrap();
            let text = |name: &str| row[name].as_str().unwrap();
            (text("plan"), text("region"), number("resources"), number("not_fresh"))
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("main", PRIMARY, 1, 0),
            ("main", SECONDARY, 1, 0),
            ("main", TERTIARY, 1, 0),
            ("gold", PRIMARY, 1, 1),
            ("gold", SECONDARY, 1, 1),
            ("gold", TERTIARY, 1, 1),
        ]
    );
    assert_eq!(
        (&rows[0]["retention_days"], &rows[3]["retention_days"]),
        (&json!(365), &json!(400))
    );
    // What is copied again is kept as its plan keeps it.
    point(&aws, PRIMARY, &orders, 5, &json!({}));
    aws.mrbackup(["repair"]).success().stdout_has("2 copies started");
    let log = aws.log();
    let jobs = log.iter().filter(|call| call.request.operation == "StartCopyJob");
    let days: Vec<Value> =
        jobs.map(|call| call.request.input["Lifecycle"]["DeleteAfterDays"].clone()).collect();
    assert_eq!(days, [json!(400), json!(400)]);
}

#[test]
fn from_one_plan_to_classes_and_back_nothing_is_without_a_plan_in_between() {
    let aws = with(ONE);
    let classes = file(&aws, CLASSES);
    aws.clear_log();
    aws.mrbackup(up(&classes, &[])).success();
    let position = |operation: &str| {
        let log = aws.log();
        let at = log.iter().rposition(|call| call.request.operation == operation);
        let first = log.iter().position(|call| call.request.operation == operation);
        (first.unwrap(), at.unwrap())
    };
    assert!(position("CreateBackupSelection").1 < position("DeleteBackupSelection").0);
    aws.assert_at_rest();
    let one = file(&aws, ONE);
    let refused = aws.mrbackup(up(&one, &[])).code(1);
    refused.stderr_has("rule gold/daily is removed, and with it its backups and copies");
    refused.stderr_has(
        "can move from plan gold to main, which keeps them 365 days in us-east-1, 400 days before",
    );
    aws.clear_log();
    aws.mrbackup(up(&one, &["--allow-less-protection"])).success();
    assert!(position("CreateBackupSelection").1 < position("DeleteBackupSelection").0);
    assert_eq!(found(&aws).keys().collect::<Vec<_>>(), ["mrbackup-default"]);
    aws.clear_log();
    aws.mrbackup(up(&one, &[])).success();
    aws.assert_nothing_written();
}

#[test]
fn a_plan_that_is_gone_or_edited_is_named_and_made_again() {
    let aws = with(CLASSES);
    let before = found(&aws);
    let listed = aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let gold = listed["BackupPlansList"].as_array().unwrap().iter();
    let mut gold = gold.filter(|plan| plan["BackupPlanName"] == "mrbackup-default_gold");
    let id = json!({"BackupPlanId": gold.next().unwrap()["BackupPlanId"]});
    let selections = aws.call("backup", PRIMARY, "list_backup_selections", id.clone());
    for one in selections["BackupSelectionsList"].as_array().unwrap() {
        let mut selection = id.clone();
        selection["SelectionId"] = one["SelectionId"].clone();
        aws.call("backup", PRIMARY, "delete_backup_selection", selection);
    }
    aws.call("backup", PRIMARY, "delete_backup_plan", id);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("mrbackup-default_gold");
    let plan = aws.mrbackup(["plan", "--config", &file(&aws, CLASSES)]).success();
    plan.stdout_has("Plan for default: 2 to create");
    aws.mrbackup(up(&file(&aws, CLASSES), &[])).success();
    let names = |all: &BTreeMap<String, (Value, Vec<Value>)>| -> Vec<(String, Vec<String>)> {
        let name = |one: &Value| one["SelectionName"].to_string();
        let of_plan = |(plan, (_, selections)): (&String, &(Value, Vec<Value>))| {
            let mut names: Vec<String> = selections.iter().map(name).collect();
            names.sort();
            (plan.clone(), names)
        };
        all.iter().map(of_plan).collect()
    };
    assert_eq!(names(&found(&aws)), names(&before));
    aws.clear_log();
    aws.mrbackup(up(&file(&aws, CLASSES), &[])).success();
    aws.assert_nothing_written();
}

#[test]
fn killed_on_the_way_to_other_plans_the_next_up_gets_there() {
    let to_classes = ["CreateBackupPlan", "CreateBackupSelection", "DeleteBackupSelection"];
    let to_one = ["CreateBackupSelection", "DeleteBackupSelection", "DeleteBackupPlan"];
    let both = ["mrbackup-default", "mrbackup-default_gold"];
    for (from, to, operations, expected) in
        [(ONE, CLASSES, to_classes, &both[..]), (CLASSES, ONE, to_one, &both[..1])]
    {
        for operation in operations {
            let aws = with(from);
            let config = file(&aws, to);
            let to = up(&config, &["--allow-less-protection"]);
            kill_around(&aws, &to, ("backup", operation), 1);
            aws.mrbackup(&to).success();
            assert_eq!(found(&aws).keys().collect::<Vec<_>>(), expected, "{operation}");
            aws.clear_log();
            aws.mrbackup(&to).success();
            aws.assert_nothing_written();
        }
    }
}

#[test]
fn a_record_that_cannot_be_read_leaves_no_plan_behind() {
    let aws = with(CLASSES);
    let torn = json!({"Key": "mrbackup:spec:0", "Value": "1/0.1.0/9-ffff/999/00000000/AAAA"});
    let tags = json!({"RoleName": SERVICE_ROLE, "Tags": [torn]});
    aws.call("iam", PRIMARY, "tag_role", tags);
    for region in REGIONS {
        let arn = aws.arn("backup", region, &format!("backup-vault:{VAULT}"));
        let untag = json!({"ResourceArn": arn, "TagKeyList": ["mrbackup:spec:0"]});
        aws.call("backup", region, "untag_resource", untag);
    }
    let one = file(&aws, ONE);
    let refused = aws.mrbackup(up(&one, &[])).code(1);
    refused.stderr_has("rule gold/daily is removed");
    aws.mrbackup(up(&one, &["--allow-less-protection"])).success();
    assert_eq!(found(&aws).keys().collect::<Vec<_>>(), ["mrbackup-default"]);
}

#[test]
fn without_a_role_and_a_record_every_plan_is_found_and_removed() {
    let aws = with(CLASSES);
    aws.delete_role(SERVICE_ROLE);
    for region in REGIONS {
        aws.delete_vault(region);
    }
    aws.mrbackup(["status", "--region", PRIMARY]).code(3).stdout_has("mrbackup-default_gold");
    aws.mrbackup(["down", "--region", PRIMARY, "--region", SECONDARY]).success();
    assert!(found(&aws).is_empty());
}

#[test]
fn what_is_shown_is_read_again_and_set_in_a_plan() {
    let aws = with(CLASSES);
    let shown = aws.mrbackup(["config", "show", "--config", &file(&aws, CLASSES)]).success();
    shown.stdout_has_row("plans.gold.rules.daily.delete_after_days file 400");
    shown.stdout_has_row("classes.values.high file gold");
    let text = aws.mrbackup(["config", "init", "-"]).success().stdout;
    let config = aws.file("again/mrbackup.toml", &text);
    aws.clear_log();
    aws.mrbackup(["up", "--config", &config]).success();
    aws.assert_nothing_written();
    let set = "plans.gold.rules.daily.delete_after_days=500";
    aws.mrbackup(["up", "--config", &config, "--set", set]).success();
    let gold = &found(&aws)["mrbackup-default_gold"].0;
    assert_eq!(gold["Rules"][0]["Lifecycle"]["DeleteAfterDays"], json!(500));
    let other = "plans.silver.rules.daily.delete_after_days=500";
    let refused = aws.mrbackup(["plan", "--config", &config, "--set", other]).code(2);
    refused.stderr_has("there is no plan silver; there are: gold");
}

#[test]
fn what_backs_up_nothing_or_aws_refuses_is_refused_with_its_line() {
    let aws = account();
    let plan = |more: &str| {
        format!(
            "[[plans]]\nname = \"gold\"\n{more}\n[[plans.rules]]\nname = \"daily\"\ncopies = [{{ region = \"us-west-2\" }}, {{ region = \"eu-west-1\" }}]\n"
        )
    };
    let selecting = plan("select_tags = { A = \"b\" }");
    let tier = "[classes]\ntag = \"Tier\"\n";
    for (text, said) in [
        (plan(""), "plan gold selects nothing: give it select_tags or [[plans.selections]]"),
        (
            "[[plans]]\nname = \"gold\"\nselect_tags = { A = \"b\" }\n".to_owned(),
            "plan gold needs at least one rule",
        ),
        (format!("{selecting}{selecting}"), "two plans have the name gold"),
        (selecting.replace("gold", "main"), "main is the plan of the [[rules]] at the top"),
        (selecting.replace("gold", "a_b"), "a plan's name has 1 to 20 letters, digits and -"),
        (format!("[select_tags]\nA = \"b\"\n{selecting}"), "nothing backs up what this selects"),
        (format!("{tier}values = {{ a = \"gold\" }}\n"), "there are no [[plans]] to divide among"),
        (
            format!("{selecting}{tier}values = {{ a = \"other\" }}\n"),
            "there is no plan other; there are: gold",
        ),
        (
            format!("{selecting}{tier}values = {{ a = \"gold\" }}\n"),
            "name the plan of what has no Tier, or another value, in otherwise",
        ),
        (format!("{selecting}{tier}"), "name the plan of each value"),
        (
            format!(
                "[select_tags]\nTier = \"b\"\n{selecting}{tier}values = {{ a = \"gold\" }}\notherwise = \"gold\"\n"
            ),
            "selects by Tier already",
        ),
        (format!("{selecting}[classes]\nvalues = {{ a = \"gold\" }}\n"), "name the key of the tag"),
    ] {
        let config = file(&aws, &text);
        aws.mrbackup(["plan", "--offline", "--config", &config]).code(2).stderr_has(said);
    }
    assert!(aws.log().is_empty());
}
