//! What `lint` prints: text, SARIF, explanations, and what cannot be read.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::account;

/// A template with one fault, in a file of the account.
const TEMPLATE: &str = "Resources:\n  Plan:\n    Type: AWS::Backup::BackupPlan\n    Properties:\n      BackupPlan:\n        BackupPlanName: nightly\n        BackupPlanRule:\n          - RuleName: daily\n            TargetBackupVault: main\n            StartWindowMinutes: 30\n            Lifecycle: {DeleteAfterDays: !Ref Days}\n";

#[test]
fn a_finding_has_its_place_its_numbers_and_its_fix() {
    let aws = account();
    let file = aws.file("plan.yaml", TEMPLATE);
    let text = aws.mrbackup(["lint", &file]).code(3).stdout;
    let wanted = format!(
        "✘ 1 finding in 1 plan of {file} (CloudFormation): 1 AWS refuses or fails.\n\
         ✘ L004 start-window {file}:10: plan nightly, rule daily\n    \
         the start window is 30 minutes, and AWS takes no less than 60\n    \
         fix: set a start window of at least 60 minutes, or leave it out: the default is 480\n\
         · {file}:8: the calendar of plan nightly was not checked: the retention of rule daily is not known\n\
         · {file}:11: DeleteAfterDays is not known (parameter Days has no default): what depends on it was not checked\n\
         Why, and the page of AWS: mrbackup lint --explain L004\n"
    );
    assert_eq!(text, wanted);
}

#[test]
fn the_worst_comes_first_and_a_case_of_a_condition_is_named() {
    let aws = account();
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint/documents/cfn-lost-copies.yaml");
    let lint = aws.mrbackup(["lint", file.to_str().unwrap()]).code(3);
    let first = lint.stdout.lines().nth(1).unwrap_or_default();
    assert!(first.starts_with("✘ L007 lost-copies "), "{lint:?}");
    lint.stdout_has("52 copies a year are lost.");
    lint.stdout_has("they stay there 70 days, and AWS asks for 90 (where IsProd is true)\n");
    lint.stdout_has("read with the defaults of its parameters: DailyDays=35;");
}

#[test]
fn what_cannot_be_read_is_named_and_the_others_are_checked() {
    let aws = account();
    let broken = aws.file("broken.json", "{\n  \"BackupPlan\": {\n");
    let other = aws.file("other.yaml", "a: 1\n");
    let good = aws.file("good.yaml", TEMPLATE);
    let lint = aws.mrbackup(["lint", &broken, "missing.json", &other, &good]).code(2);
    lint.stdout_has(format!("? {broken}:3: EOF while parsing an object\n"));
    lint.stdout_has("? missing.json cannot be read: No such file or directory");
    lint.stdout_has(format!("? {other}:1: its format is not known: a document is what AWS CLI"));
    lint.stdout_has("✘ L004 start-window ").stdout_has("; 3 could not be read.\n");
    let document = aws.mrbackup(["lint", &broken, &good, "-o", "json"]).code(2).json();
    assert_eq!(document["unread"][0]["what"], broken.as_str());
    assert_eq!(document["findings"][0]["id"], "L004");
    aws.mrbackup(["lint"]).code(2).stderr_has("name a FILE, or check the account with --account");
}

#[test]
fn stdin_is_a_document_too_and_the_own_file() {
    let aws = account();
    let mut lint = aws.program(env!("CARGO_BIN_EXE_mrbackup"));
    let lint = lint.args(["lint", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = lint.spawn().unwrap();
    child.stdin.take().unwrap().write_all(TEMPLATE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("start-window stdin:10: plan"));
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mrbackup.toml");
    let sample = sample.to_str().unwrap();
    aws.mrbackup(["lint", sample]).success().stdout_has("✔ No finding: 1 plan of ");
    // The second region's weekly copy is left out: the recipe's fault.
    let toml = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\n\n[[rules]]\nname = \"daily\"\nschedule = \"cron(0 2 ? * * *)\"\ndelete_after_days = 35\ncopies = [{ region = \"us-west-2\", delete_after_days = 35 }]\n\n[[rules]]\nname = \"weekly\"\nschedule = \"cron(0 3 ? * SUN *)\"\ndelete_after_days = 365\n";
    let file = aws.file("own/mrbackup.toml", toml);
    let document = aws.mrbackup(["lint", &file, "-o", "json"]).code(3).json();
    assert_eq!(document["findings"][0]["id"], "L007", "{document:#}");
    assert_eq!(
        (&document["findings"][0]["line"], &document["findings"][0]["rule"]),
        (&Value::from(5), &Value::from("daily"))
    );
    assert_eq!(document["lost_copies_per_year"], 52);
    assert!(aws.log().is_empty());
}

/// Its selections are those that `up` makes, and its vaults those that it writes to.
#[test]
fn the_own_files_selections_and_vaults_are_those_of_its_plan() {
    let aws = account();
    let toml = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\n";
    let of_type = |kind: &str| {
        let selection = format!("[[selections]]\nname = \"a\"\ntypes = [\"{kind}\"]\n");
        let file = aws.file("own/mrbackup.toml", &format!("{toml}{selection}"));
        aws.mrbackup(["lint", &file])
    };
    of_type("EFS").success();
    of_type("Redshift Serverless").code(3).stdout_has("L030 ");
    let rules = "[[rules]]\nname = \"daily\"\nschedule = \"cron(0 2 ? * * *)\"\ndelete_after_days = 35\ncopies = [{ region = \"us-west-2\" }]\n\n[[rules]]\nname = \"weekly\"\nschedule = \"cron(0 3 ? * SUN *)\"\ndelete_after_days = 365\n";
    let given = format!("[vault]\nus-west-2 = \"central\"\n\n{toml}\n{rules}");
    let lint = aws.mrbackup(["lint", &aws.file("given/mrbackup.toml", &given)]).code(3);
    lint.stdout_has("vault central in us-west-2 gets no copy of rule daily");
}

#[test]
fn sarif_names_each_place_and_is_of_lint_alone() {
    let aws = account();
    let file = aws.file("plan.yaml", TEMPLATE);
    let lint = aws.mrbackup(["lint", &file, "-o", "sarif"]).code(3);
    let sarif: Value = serde_json::from_str(&lint.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(
        (result["ruleId"].as_str(), result["level"].as_str()),
        (Some("L004"), Some("error"))
    );
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "L004");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 10);
    assert_eq!(place["artifactLocation"]["uri"], format!("file://{file}"));
    assert!(
        result["partialFingerprints"]["mrbackupFinding/v1"]
            .as_str()
            .is_some_and(|of| of.len() == 16)
    );
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let refused = aws.mrbackup(["status", "-o", "sarif"]).code(2);
    refused.stderr_has("-o sarif is a form of lint");
    assert!(aws.log().is_empty());
}

#[test]
fn a_check_is_explained_by_its_id_or_its_name() {
    let aws = account();
    let by_id = aws.mrbackup(["lint", "--explain", "L007"]).success();
    by_id
        .stdout_starts_with("L007 lost-copies (loses)\n")
        .stdout_has("https://docs.aws.amazon.com/");
    let by_name = aws.mrbackup(["lint", "--explain", "lost-copies"]).success();
    assert_eq!(by_name.stdout, by_id.stdout);
    aws.mrbackup(["lint", "--explain", "lost-copy"])
        .code(2)
        .stderr_has("did you mean lost-copies (L007)?");
}

/// The page has a row for each check, in the words of the program.
#[test]
fn the_page_has_each_check_as_it_is_explained() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| L")).collect();
    let checks = account().mrbackup(["lint", "--explain", "-o", "json"]).success().json();
    let wanted: Vec<String> = checks["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| {
            let text = |member: &str| check[member].as_str().unwrap();
            format!(
                "| {} | `{}` | {} | {} |",
                text("id"),
                text("name"),
                text("severity"),
                text("what")
            )
        })
        .collect();
    assert_eq!(rows, wanted);
}
