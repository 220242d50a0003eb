//! `recover` on a quiet day: the runbook, whose commands bring the same things back as a run, and readiness as metrics.

mod readiness;
mod shell;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::recovery::LOST;
use crate::support::{Aws, SECONDARY, VAULT, deployed_without_alerts};
use shell::{Shell, check};

/// A deployment whose secondary holds a recovery point of each type, with tags of its source, and the file that says of
/// restores what nobody can guess.
fn lost() -> (Aws, String) {
    let aws = deployed_without_alerts();
    let point = |(kind, name)| {
        let source = aws.restore_source("us-east-1", kind, name);
        let tags = json!({ "team": "it's \"ours\"", "Environment": "Production", "BackupEnabled": "true" });
        json!({ "ResourceType": kind, "ResourceArn": source, "SourceTags": tags })
    };
    aws.put_restorable_points(SECONDARY, VAULT, LOST.map(point).into());
    let bucket = format!("acme-invoices-{}", aws.id());
    aws.put_bucket(SECONDARY, &bucket, true);
    let key = aws.put_key(SECONDARY);
    let text = format!(
        "{REGIONS}
[restore.us-west-2]
kms_key = \"{key}\"
cluster_instance_class = \"db.r6g.large\"

[restore.us-west-2.buckets]
acme-invoices = \"{bucket}\"
"
    );
    let file = aws.file("mrbackup.toml", &text);
    (aws, file)
}

const REGIONS: &str = "[regions]
primary = \"us-east-1\"
secondary = \"us-west-2\"
tertiary = \"eu-west-1\"
";

fn runbook(aws: &Aws, file: &str, code: i32) -> Value {
    let words = ["recover", "--region", SECONDARY, "--runbook", "--config", file, "-o", "json"];
    aws.mrbackup(words).code(code).json()
}

/// The commands of these steps, or all of them.
fn commands(runbook: &Value, but: &[&str]) -> Vec<String> {
    let commands = runbook["commands"].as_array().unwrap().iter();
    let wanted = commands.filter(|command| !but.contains(&command["step"].as_str().unwrap()));
    wanted.map(|command| command["command"].as_str().unwrap().to_owned()).collect()
}

/// What restores have made, without ids that AWS chooses and the account's number.
fn made(aws: &Aws) -> BTreeSet<String> {
    let inventory = aws.inventory();
    let restored = inventory["restored"][SECONDARY].as_object().unwrap().iter();
    let named = |arn: &str, thing: &Value| {
        let is_chosen = ["EBS", "EC2", "EFS"].contains(&thing["type"].as_str().unwrap());
        if is_chosen { String::new() } else { arn.to_owned() }
    };
    let text = restored.map(|(arn, thing)| format!("{} {thing}", named(arn, thing)));
    text.map(|text| without_ids_of_subnets(&text.replace(aws.id(), "ACCOUNT"))).collect()
}

/// The local AWS's subnets have the letter of their zone last.
fn without_ids_of_subnets(text: &str) -> String {
    let mut parts = text.split("subnet-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "subnet " + &part[7..])
}

#[test]
fn line_by_line_it_brings_back_what_a_run_does() {
    let ((by_hand, file), (by_run, run_file)) = (lost(), lost());
    by_run.mrbackup(["recover", "--region", SECONDARY, "--config", &run_file]).success();
    let runbook = runbook(&by_hand, &file, 0);
    let shell = Shell::new(&by_hand);
    let output = shell.run(&by_hand, &commands(&runbook, &["other_zone"]));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("The account is right.\n"), "{said}");
    assert_eq!(said.matches(": COMPLETED").count(), 8, "{said}");
    assert_eq!(made(&by_hand), made(&by_run));

    // A run that comes after it has nothing left to start.
    by_hand.clear_log();
    let again = by_hand.mrbackup(["recover", "--region", SECONDARY, "--config", &file]).success();
    again.stdout_starts_with("✔ 8 of 8 resources are restored in us-west-2");
    assert!(by_hand.restore_requests().is_empty());
}

#[test]
fn every_command_is_one_of_awss_and_starts_are_those_of_the_run() {
    let (aws, file) = lost();
    let runbook = runbook(&aws, &file, 0);
    let (wrong, calls) = check(&commands(&runbook, &[]));
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(calls.len() > 8 * 5, "{}", calls.len());
    let (wrong, firsts) = check(&commands(&runbook, &["other_zone"]));
    assert!(wrong.is_empty() && firsts.len() < calls.len());
    let is_start = |call: &&Value| call["operation"] == "start-restore-job";
    let started: Vec<Value> =
        firsts.iter().filter(is_start).map(|call| call["params"].clone()).collect();
    aws.mrbackup(["recover", "--region", SECONDARY, "--config", &file]).success();
    let mut sent = aws.restore_requests();
    for request in &mut sent {
        assert_eq!(request.as_object_mut().unwrap().remove("Region").unwrap(), SECONDARY);
    }
    assert_eq!(started, sent);
}

#[test]
fn a_wrong_command_is_found() {
    let wrong = |command: &str| check(&[command.to_owned()]).0;
    let start = "aws backup start-restore-job --region us-west-2 --recovery-point-arn x";
    assert!(wrong(&format!("{start} --metadata '{{\"a\":\"b\"}}' > job-1")).is_empty());
    assert!(wrong(start)[0].contains("Missing required parameter in input: \"Metadata\""));
    assert!(
        wrong(&format!("{start} --metadata '{{}}' --vault x"))[0].contains("no option --vault")
    );
    assert!(wrong(&format!("{start} --metadata a=b")).len() == 1);
    assert!(wrong("x=$(aws backup start-restore --region us-west-2)")[0].contains("no operation"));
    assert!(wrong("aws sts get-caller-identity")[0].contains("no region"));
}

#[test]
fn it_reads_only_and_is_dated() {
    let (aws, file) = lost();
    aws.clear_log();
    let printed = aws.mrbackup(["recover", "--region", SECONDARY, "--runbook", "--config", &file]);
    aws.assert_nothing_written();
    let printed = printed.success();
    printed.stdout_starts_with("# Runbook: recover the deployment default in us-west-2\n");
    printed.stdout_has("these commands restore 8 of 8 resources from the vault in us-west-2");
    printed.stdout_has("- Made 20");
    printed.stdout_has("None of its recovery points expires.");
    printed.stdout_has("mrbackup recover --region us-west-2 --runbook > runbook.md");
    for flag in ["--dry-run", "--no-wait", "--import-blocks"] {
        let words = ["recover", "--region", SECONDARY, "--runbook", flag];
        aws.mrbackup(words).code(2).stderr_has("cannot be used with");
    }
}

#[test]
fn what_is_not_covered_has_its_reason_and_its_command() {
    let aws = deployed_without_alerts();
    aws.put_restorable_point(SECONDARY, VAULT, "Timestream", "metrics");
    aws.put_restorable_point(SECONDARY, VAULT, "S3", "acme-invoices");
    let source = aws.restore_source("us-east-1", "DynamoDB", "customers");
    let later = local_aws::now() + 3 * 86_400;
    let point = json!({
        "ResourceType": "DynamoDB", "ResourceArn": source,
        "CalculatedLifecycle": { "DeleteAt": later },
    });
    aws.put_restorable_points(SECONDARY, VAULT, vec![point]);
    let words = ["recover", "--region", SECONDARY, "--runbook"];
    let printed = aws.mrbackup(words).code(3);
    printed.stdout_has("these commands restore 1 of 3 resources");
    printed.stdout_has("- Good until 20");
    printed.stdout_has("set buckets in [restore.us-west-2]");
    printed.stdout_has("restored by a person: its restore needs a database that is there");
    let document = aws.mrbackup(words.into_iter().chain(["-o", "json"])).code(3).json();
    assert_eq!(document["covered"], 1);
    let missing = document["not_covered"].as_array().unwrap();
    let by_hand = missing.iter().filter_map(|one| one["command"].as_str());
    let by_hand: Vec<String> = by_hand.map(str::to_owned).collect();
    assert_eq!(by_hand.len(), 1, "{missing:#?}");
    assert!(by_hand[0].contains(":role/mrbackup/mrbackup-default-AWSBackupServiceRole"));
    assert_eq!(check(&by_hand).0, Vec::<String>::new());
}

/// An instance's user data may hold secrets; so may everything else that its source's metadata has and no restore needs.
#[test]
fn no_user_data_is_in_it() {
    let aws = deployed_without_alerts();
    let source = aws.restore_source("us-east-1", "EC2", "i-0123456789abcdef0");
    let point = json!({
        "ResourceType": "EC2", "ResourceArn": &source,
        "RestoreMetadata": { "InstanceType": "t3.micro", "UserData": "c2VjcmV0LW9uZQ==", "Comment": "secret-two" },
    });
    aws.put_restorable_points(SECONDARY, VAULT, vec![point]);
    let text = format!(
        "{REGIONS}\n[restore.us-west-2.overrides.\"{source}\"]\nUserData = \"c2VjcmV0LXRocmVl\"\n"
    );
    let file = aws.file("mrbackup.toml", &text);
    let words = ["recover", "--region", SECONDARY, "--runbook", "--config", &file];
    let printed = aws.mrbackup(words).success();
    let document = aws.mrbackup(words.into_iter().chain(["-o", "json"])).success();
    for secret in ["c2VjcmV0", "secret-two", "UserData"] {
        printed.stdout_lacks(secret);
        document.stdout_lacks(secret);
    }
    printed.stdout_has("its user data, which the settings give, is not in this runbook");
}
