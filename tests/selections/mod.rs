//! Selections beside the select tags: what AWS has of them, what is judged, changed, tagged and removed.

use serde_json::{Value, json};

use crate::support::{Aws, PRIMARY, SAMPLE, account, fresh_everywhere, volume};

/// Everything that a selection can say, in two of them.
const SELECTIONS: &str = r#"
[select_tags]
Environment = "Production"
BackupEnabled = "true"

[[selections]]
name = "databases"
types = ["DynamoDB", "RDS"]
any_tags = { Tier = ["gold", "silver"] }
not_tags = { Stage = ["test"] }

[[selections]]
name = "single"
resources = ["arn:aws:s3:::acme-*"]
not_resources = ["arn:aws:s3:::acme-logs"]
"#;

/// The path of a file with these selections.
fn file(aws: &Aws, selections: &str) -> String {
    aws.file_in_three_regions(selections)
}

/// A deployment with these selections.
#[track_caller]
fn selecting(selections: &str) -> Aws {
    let aws = account();
    let config = file(&aws, selections);
    aws.mrbackup(["up", "--alerts", "none", "--config", &config]).success();
    aws
}

/// A table with these tags.
fn table(aws: &Aws, name: &str, tags: &[(&str, &str)]) -> String {
    let arn = aws.arn("dynamodb", PRIMARY, &format!("table/{name}"));
    aws.put_tagged_resource(PRIMARY, &arn, tags);
    arn
}

/// AWS's documents of the plan's selections, by name.
#[track_caller]
fn documents(aws: &Aws) -> Vec<Value> {
    let plan = aws.plan_id();
    let whole = |listed: &Value| {
        let id = json!({"BackupPlanId": plan, "SelectionId": listed["SelectionId"]});
        aws.call("backup", PRIMARY, "get_backup_selection", id)["BackupSelection"].clone()
    };
    let mut documents: Vec<Value> = aws.selections().iter().map(whole).collect();
    documents.sort_by_key(|one| one["SelectionName"].as_str().map(str::to_owned));
    documents
}

fn labels(documents: &[Value]) -> Vec<&str> {
    let names = documents.iter().filter_map(|one| one["SelectionName"].as_str());
    names.map(|name| name.rsplit_once('-').unwrap().0).collect()
}

#[test]
fn each_selection_is_what_the_file_says_and_never_either_of_two() {
    let aws = selecting(SELECTIONS);
    let documents = documents(&aws);
    assert_eq!(labels(&documents), ["databases", "databases", "single", "tagged-resources"]);
    for document in &documents {
        assert!(document["ListOfTags"].as_array().is_none_or(Vec::is_empty), "{document}");
    }
    let tables = "arn:aws:dynamodb:*:*:table/*";
    assert_eq!(documents[0]["Resources"], json!([tables, "arn:aws:rds:*:*:db:*"]));
    assert_eq!(documents[2]["NotResources"], json!(["arn:aws:s3:::acme-logs"]));
    // Of each resource AWS's own evaluation is that of the file.
    let table = |name: &str| format!("arn:aws:dynamodb:us-east-1:{}:table/{name}", aws.id());
    for (arn, tags, selected) in [
        (table("a"), json!({"Tier": "gold"}), true),
        (table("a"), json!({"Tier": "silver", "Stage": "prod"}), true),
        (table("a"), json!({"Tier": "gold", "Stage": "test"}), false),
        (table("a"), json!({}), false),
        ("arn:aws:s3:::acme-1".to_owned(), json!({}), true),
        ("arn:aws:s3:::acme-logs".to_owned(), json!({}), false),
        ("arn:aws:s3:::x".to_owned(), json!({"Tier": "gold"}), false),
        (
            "arn:aws:s3:::x".to_owned(),
            json!({"Environment": "Production", "BackupEnabled": "true"}),
            true,
        ),
    ] {
        let is = documents.iter().any(|one| local_aws::selects(one, &arn, &tags));
        assert_eq!(is, selected, "{arn} {tags}");
    }
    let config = file(&aws, SELECTIONS);
    aws.clear_log();
    aws.mrbackup(["up", "--alerts", "none", "--config", &config]).success();
    aws.assert_nothing_written();
}

#[test]
fn without_select_tags_the_selections_alone_decide() {
    let selections = SELECTIONS.split_once("[[selections]]").unwrap().1;
    let aws = selecting(&format!("[[selections]]{selections}"));
    assert_eq!(labels(&documents(&aws)), ["databases", "databases", "single"]);
    let shown = aws.mrbackup([
        "config",
        "show",
        "--config",
        &file(&aws, &format!("[[selections]]{selections}")),
    ]);
    shown.success().stdout_has_row("select_tags default none");
}

#[test]
fn a_selection_that_is_gone_or_altered_is_named_and_made_again() {
    let aws = selecting(SELECTIONS);
    let before = documents(&aws);
    let listed = aws.selections();
    let is_single = |one: &&Value| one["SelectionName"] == before[2]["SelectionName"];
    let id = &listed.iter().find(is_single).unwrap()["SelectionId"];
    let single = json!({"BackupPlanId": aws.plan_id(), "SelectionId": id});
    aws.call("backup", PRIMARY, "delete_backup_selection", single);
    let config = file(&aws, SELECTIONS);
    let status = aws.mrbackup(["status", "--config", &config]).code(3);
    status.stdout_has("beside.single");
    aws.mrbackup(["up", "--config", &config]).success();
    assert_eq!(labels(&documents(&aws)), labels(&before));
}

#[test]
fn one_that_is_taken_out_of_the_file_is_lost_protection_with_its_resources() {
    let aws = selecting(SELECTIONS);
    let without = SELECTIONS.split_once("\n[[selections]]\nname = \"single\"").unwrap().0;
    let config = file(&aws, without);
    let refused = aws.mrbackup(["up", "--config", &config]).code(1);
    refused.stderr_has("which resources in us-east-1 will no longer be backed up is unknown: AWS lists none that never had a tag, and selection single takes those too");
    refused.stderr_has("selection single is removed: resources arn:aws:s3:::acme-* that no other takes are no longer backed up");
    aws.assert_at_rest();
    aws.mrbackup(["up", "--config", &config, "--allow-less-protection"]).success();
    assert_eq!(labels(&documents(&aws)), ["databases", "databases", "tagged-resources"]);
    aws.mrbackup(["down"]).success();
    let plans = aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    assert_eq!(plans["BackupPlansList"], json!([]));
}

#[test]
fn what_is_selected_is_judged_and_what_is_not_is_not() {
    let aws = selecting(SELECTIONS);
    let gold = table(&aws, "orders", &[("Tier", "gold")]);
    table(&aws, "test", &[("Tier", "gold"), ("Stage", "test")]);
    fresh_everywhere(&aws, &gold);
    let status = aws.mrbackup(["status", "-o", "json", "--config", &file(&aws, SELECTIONS)]).json();
    assert_eq!(status["backups"]["resources"], json!(1), "{status}");
    let text = aws.mrbackup(["status", "--config", &file(&aws, SELECTIONS)]).stdout;
    let note = "Resources that never had a tag are in no list of AWS: of those that selection single takes it is unknown whether they are backed up";
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(note), "{text}");
}

#[test]
fn tags_of_a_selection_are_put_on_what_it_can_take() {
    let aws = selecting(SELECTIONS);
    let orders = table(&aws, "orders", &[("Name", "orders")]);
    let test = table(&aws, "test", &[("Stage", "test")]);
    let volume = volume(&aws, "vol-1");
    let tag = ["tag", "--selection", "databases", "--all", &orders, &test, &volume];
    let outcome = aws.mrbackup(tag).code(3);
    outcome.stdout_has("selection databases takes resources of type DynamoDB, RDS");
    let tier = |arn: &str| {
        let found = aws.call(
            "resourcegroupstaggingapi",
            PRIMARY,
            "get_resources",
            json!({"ResourceARNList": [arn]}),
        );
        let tags =
            found["ResourceTagMappingList"][0]["Tags"].as_array().cloned().unwrap_or_default();
        tags.into_iter().find(|tag| tag["Key"] == "Tier").map(|tag| tag["Value"].clone())
    };
    assert_eq!(tier(&orders), Some(json!("gold")));
    assert_eq!((tier(&test), tier(&volume)), (None, None));
    aws.mrbackup(["tag", "--selection", "single", &orders])
        .code(1)
        .stderr_has("not by tags that can be put");
    aws.mrbackup(["tag", "--selection", "other", &orders]).code(1).stderr_has("no such selection");
}

#[test]
fn what_aws_would_refuse_is_refused_with_its_line() {
    let aws = account();
    let single = |text: &str| format!("[[selections]]\nname = \"a\"\n{text}\n");
    for (text, said) in [
        (single(""), "name what it selects"),
        (
            single("types = [\"DynamoDB\"]\nresources = [\"arn:aws:s3:::a\"]"),
            "name resources or types in a selection, not both",
        ),
        (single("types = [\"Neptune\"]"), "Neptune has ARNs like those of Aurora"),
        (single("types = [\"Dynamo\"]"), "Dynamo is no type of resource: Aurora"),
        (
            single("resources = [\"arn:aws:s3:::*-logs\"]"),
            "AWS Backup takes an asterisk at the end of an ARN alone",
        ),
        (
            single("resources = [\"arn:aws:dynamodb:eu-west-1:111122223333:table/a\"]"),
            "the plan selects in us-east-1 alone",
        ),
        (single("resources = [\"arn:aws-cn:s3:::a\"]"), "it is of partition aws-cn"),
        (single("tags = { Tier = [\"a\", \"b\"] }"), "any of several is any_tags"),
        (single("any_tags = { Tier = [] }"), "name at least one value"),
        (
            single(
                "any_tags = { T = [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"] }",
            ),
            "at most 10 selections with tags",
        ),
        (
            single("tags = { A = \"b\" }\n[[selections]]\nname = \"a\"\ntypes = [\"S3\"]"),
            "the selection a has that name",
        ),
        (
            "[[selections]]\nname = \"a b\"\ntypes = [\"S3\"]\n".to_owned(),
            "a selection's name has 1 to 36 letters",
        ),
        ("[[selections]]\ntypes = [\"S3\"]\n".to_owned(), "a selection needs a name"),
    ] {
        let config = file(&aws, &text);
        aws.mrbackup(["plan", "--offline", "--config", &config]).code(2).stderr_has(said);
    }
    assert!(aws.log().is_empty());
    assert!(SAMPLE.contains("[[selections]]"));
}
