//! From documents of every format, without a call.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::fresh;
use crate::support::{account, for_each_case};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint/documents")
}

fn document(name: &str) -> String {
    folder().join(name).to_str().unwrap().to_owned()
}

/// What is written of the healthy template, without comments.
const WRITTEN: &str = r#"name = "default"
[regions]
primary = "us-east-1"
secondary = "us-west-2"
copy_to = []
[select_tags]
backup = "true"
[[rules]]
name = "daily"
schedule = "cron(0 5 ? * * *)"
timezone = "Etc/UTC"
start_window_minutes = 60
completion_window_minutes = 10080
delete_after_days = 35
continuous = false
archive = false
recovery_point_tags = {}
[[rules.copies]]
region = "us-west-2"
delete_after_days = 35
"#;

/// The tables that a plan decides, without comments and blanks.
fn decided(text: &str) -> String {
    let mut kept = String::new();
    let mut is_decided = true;
    for line in text.lines() {
        let plain = line.split(" #").next().unwrap_or_default().trim_end();
        if plain.is_empty() || plain.starts_with('#') {
            continue;
        }
        if plain.starts_with('[') {
            let tables = ["[regions]", "[select_tags]", "[[rules", "[[selections"];
            is_decided = tables.iter().any(|table| plain.starts_with(table));
        }
        if is_decided && (plain.starts_with('[') || kept.contains('[') || plain.starts_with("name"))
        {
            kept.push_str(plain);
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn a_template_becomes_the_same_rule_and_select_tags() {
    let aws = account();
    let written = fresh(&aws, "written");
    let template = document("cfn-healthy.yaml");
    let run = aws.mrbackup(["config", "from-plan", &template, &written, "--region", "us-east-1"]);
    let run = run.success();
    run.stdout_has(format!("✔ Wrote plan nightly to {written}, with no loss.\n"));
    run.stdout_has("Take over without a night between:");
    run.stdout_has(format!("    mrbackup up --config {written}\n"));
    run.stdout_has("Then remove plan nightly with its selections from the stack's template.");
    let text = fs::read_to_string(&written).unwrap();
    assert!(text.starts_with(
        "# The settings nearest to backup plan nightly, as `mrbackup config from-plan` found it.\n"
    ));
    assert_eq!(decided(&text), WRITTEN, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    assert!(aws.log().is_empty());
}

#[test]
fn each_format_becomes_a_file_that_mrbackup_takes() {
    let aws = account();
    let names = [
        ("cfn-healthy.yaml", "backup = \"true\""),
        ("tf-healthy-state.json", "backup = \"true\""),
        ("tf-healthy-plan.json", "BackupEnabled = \"true\""),
        ("org-healthy.json", "any_tags = { backup = [\"daily\", \"weekly\"] }"),
        ("cli-healthy.json", "BackupEnabled = \"true\""),
    ];
    for_each_case(&names, |(name, selects)| {
        let written = fresh(&aws, name);
        let file = document(name);
        let run = aws
            .mrbackup(["config", "from-plan", &file, &written, "--region", "us-east-1"])
            .success();
        let text = fs::read_to_string(&written).unwrap();
        assert!(text.contains(selects), "{text}");
        assert!(
            text.contains("primary = \"us-east-1\"") && text.contains("delete_after_days = 35")
        );
        aws.mrbackup(["config", "show", "--config", &written]).success();
        let plan = aws.mrbackup(["plan", "--offline", "--config", &written]).success();
        plan.stdout_has("daily");
        // What is said of it in the file is what the run says.
        assert_ne!(text.contains("# Loss: "), run.stdout.contains("with no loss"), "{run:?}");
    });
    assert!(aws.log().is_empty());
}

/// Faulty plans too: each becomes a file that is taken, or a refusal that names why.
#[test]
fn every_document_of_lint_becomes_a_file_or_a_refusal() {
    let aws = account();
    let refused = [
        ("cli-too-many-selections.json", "AWS Backup takes at most"),
        ("cli-too-many-resources.json", "has no backup plan with a rule"),
        ("org-schedule-ended.json", "has no rule that runs again"),
        ("cfn-too-many-conditions.yaml", "a selection takes at most 30 conditions"),
    ];
    let mut seen = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let written = fresh(&aws, name);
        let words = ["config", "from-plan", path.to_str().unwrap(), &written];
        let regions = ["--region", "us-east-1", "--secondary", "us-west-2", "-o", "json"];
        let run = aws.mrbackup(words.iter().chain(&regions));
        seen += 1;
        if let Some((_, why)) = refused.iter().find(|(of, _)| *of == name) {
            assert!(
                [Some(1), Some(2)].contains(&run.exit_code()) && run.stderr.contains(why),
                "{name}: {run:?}"
            );
            continue;
        }
        assert_eq!(run.exit_code(), Some(0), "{name}: {run:?}");
        let json = run.json();
        assert!(json["losses"].is_array() && json["steps"][0]["command"].is_string(), "{json:#}");
        aws.mrbackup(["config", "show", "--config", &written]).success();
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn losses_stand_in_the_file_at_their_place_and_on_stderr() {
    let aws = account();
    let copies = |arn: &str| json!([{"DestinationBackupVaultArn": arn, "Lifecycle": {"DeleteAfterDays": 35}}]);
    let plan = json!({
        "BackupPlanArn": "arn:aws:backup:us-east-1:111122223333:backup-plan:p1",
        "BackupPlanId": "p1",
        "BackupPlan": {
            "BackupPlanName": "nightly",
            "AdvancedBackupSettings": [
                {"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}},
            ],
            "Rules": [
                {"RuleName": "daily", "TargetBackupVaultName": "main", "Lifecycle": {"DeleteAfterDays": 35},
                 "CopyActions": copies("arn:aws:backup:us-west-2:111122223333:backup-vault:dr")},
                {"RuleName": "weekly", "TargetBackupVaultName": "other", "Lifecycle": {"DeleteAfterDays": 365},
                 "CopyActions": copies("arn:aws:backup:us-west-2:444455556666:backup-vault:central")},
            ],
        },
    });
    let file = aws.file("plan.json", &plan.to_string());
    let run = aws.mrbackup(["config", "from-plan", &file, "--stdout"]).success();
    let text = &run.stdout;
    assert!(text.contains(
        "# Loss: vault central in us-west-2 is of account 444455556666, and mrbackup copies within its own\n#   account: no copy is made there\n[[rules]]\nname = \"weekly\"\n"
    ), "{text}");
    assert!(text.contains("# Loss: AdvancedBackupSettings = BackupOptions WindowsVSS enabled, ResourceType EC2: mrbackup has no\n#   such setting\nname = \"default\""), "{text}");
    assert!(
        text.contains("# Loss: the plan writes to the vaults main and other in us-east-1"),
        "{text}"
    );
    let stderr = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "rule weekly: vault central in us-west-2",
        "AdvancedBackupSettings",
        "select_tags: the document has no selection",
        "up needs --allow-gaps: ",
        "Copies that overlapping rules lose in a year: 365 in the plan, 365 in the file.",
        "mrbackup up --config mrbackup.toml --allow-gaps",
        "aws backup list-backup-selections --region us-east-1 --backup-plan-id p1",
        "aws backup delete-backup-plan --region us-east-1 --backup-plan-id p1",
    ] {
        assert!(stderr.contains(words), "{words}: {run:?}");
    }
    let quiet = aws.mrbackup(["config", "from-plan", &file, "--stdout", "--quiet"]).success();
    assert_eq!((quiet.stdout, quiet.stderr.as_str()), (run.stdout, ""));
}

#[test]
fn what_a_template_leaves_open_is_named() {
    let aws = account();
    let template = "Resources:\n  Plan:\n    Type: AWS::Backup::BackupPlan\n    Properties:\n      BackupPlan:\n        BackupPlanName: nightly\n        BackupPlanRule:\n          - RuleName: daily\n            TargetBackupVault: !ImportValue shared\n            StartWindowMinutes: !Ref Window\n            Lifecycle: {DeleteAfterDays: '{{resolve:ssm:/days}}'}\n            CopyActions:\n              - DestinationBackupVaultArn: !ImportValue dr\n  Selection:\n    Type: AWS::Backup::BackupSelection\n    Properties:\n      BackupPlanId: !GetAtt Plan.BackupPlanId\n      BackupSelection:\n        SelectionName: one\n        IamRoleArn: !GetAtt Role.Arn\n        Resources: [!GetAtt Table.Arn]\n";
    let file = aws.file("template.yaml", template);
    let words = ["config", "from-plan", &file, "--stdout", "--region", "us-east-1"];
    let none = aws.mrbackup(words).code(2);
    assert!(none.stderr.contains("name it with --secondary REGION"), "{none:?}");
    let more = ["--secondary", "us-west-2", "--keep-vaults", "--keep-role", "-o", "json"];
    let json = aws.mrbackup(words.iter().chain(&more)).success().json();
    let losses: Vec<&str> =
        json["losses"].as_array().unwrap().iter().map(|of| of["text"].as_str().unwrap()).collect();
    for words in [
        "its start window is not known from the document",
        "how long its backups are kept is not known from the document",
        "the region of the vault ${Fn::ImportValue:dr} is not known from the document",
        "the name of a vault in us-east-1 is not known from the document",
        "is not selected: it is not known from the document",
        "cannot be kept: \"${Fn::GetAtt:Role.Arn}\" is not the ARN of an IAM role",
        "parameter Window has no default",
        "the plan does not copy to us-west-2",
    ] {
        assert!(losses.iter().any(|loss| loss.contains(words)), "{words}: {losses:#?}");
    }
}

#[test]
fn one_of_several_plans_is_named() {
    let aws = account();
    let rule = |name: &str| json!({"RuleName": name, "TargetBackupVaultName": "main"});
    let plan = |name: &str| json!({"BackupPlan": {"BackupPlanName": name, "Rules": [rule(name)]}});
    let file = aws.file("plans.json", &Value::from(vec![plan("gold"), plan("iron")]).to_string());
    let words = [
        "config",
        "from-plan",
        &file,
        "--stdout",
        "--region",
        "us-east-1",
        "--secondary",
        "us-west-2",
    ];
    let several = aws.mrbackup(words).code(2);
    assert!(several.stderr.contains("name one with --plan NAME, of gold, iron"), "{several:?}");
    let other = aws.mrbackup(words.iter().chain(&["--plan", "lead"])).code(2);
    assert!(
        other.stderr.contains("has no plan \"lead\" with a rule; it has gold, iron"),
        "{other:?}"
    );
    let iron = aws.mrbackup(words.iter().chain(&["--plan", "iron"])).success();
    assert!(
        decided(&iron.stdout).contains("name = \"iron\"")
            && !decided(&iron.stdout).contains("gold"),
        "{iron:?}"
    );
    let nowhere =
        aws.mrbackup(["config", "from-plan", &file, "--stdout", "--plan", "iron"]).code(2);
    assert!(nowhere.stderr.contains("name it with --region REGION"), "{nowhere:?}");
}

#[test]
fn a_file_that_is_there_is_left_and_a_broken_one_is_named() {
    let aws = account();
    let there = aws.file("there/mrbackup.toml", "# mine\n");
    let template = document("cfn-healthy.yaml");
    let words = ["config", "from-plan", &template, &there, "--region", "us-east-1"];
    let refused = aws.mrbackup(words).code(1);
    assert!(refused.stderr.contains("is there already"), "{refused:?}");
    assert_eq!(fs::read_to_string(&there).unwrap(), "# mine\n");
    aws.mrbackup(words.iter().chain(&["--force"])).success();
    let broken = aws.file("broken.json", "{\"BackupPlan\": ");
    let refused = aws.mrbackup(["config", "from-plan", &broken, "--stdout"]).code(2);
    assert!(refused.stderr.contains("broken.json:1: "), "{refused:?}");
    let nothing = aws.mrbackup(["config", "from-plan", "no/such.json", "--stdout"]).code(2);
    assert!(nothing.stderr.contains("is no file that is there"), "{nothing:?}");
}
