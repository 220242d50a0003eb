//! `tag` and `untag`: what they tag, and what they leave alone.

use local_aws::Fault;
use serde_json::json;

use crate::support::{Aws, deployed, deployed_without_alerts};

#[test]
fn tag_puts_the_select_tags_on_what_it_can_and_says_what_it_cannot() {
    let aws = deployed_without_alerts();
    let table = aws.arn("dynamodb", "us-east-1", "table/orders");
    let disk = aws.arn("ec2", "us-east-1", "volume/vol-1");
    let database = aws.arn("rds", "us-east-1", "db:orders");
    let taken = aws.arn("ec2", "us-east-1", "volume/vol-2");
    for arn in [&table, &disk, &database] {
        aws.put_tagged_resource("us-east-1", arn, &[("Team", "x")]);
    }
    aws.put_tagged_resource("us-east-1", &taken, &[("Environment", "prod")]);
    let wrong = aws.arn("ec2", "us-east-1", "volume/vol-missing");
    let elsewhere = aws.arn("ec2", "eu-west-1", "volume/vol-3");
    let arns = [&table, &disk, &database, &taken, &wrong, &elsewhere].map(String::as_str);
    let tag = aws
        .mrbackup(["tag", "arn:aws:lambda:us-east-1:1:function:f"].into_iter().chain(arns))
        .code(3);
    tag.stdout_starts_with(
        "✘ default: 3 resources tagged, 4 not; 4 findings, the worst first.\n✘ ",
    );
    for line in [
        format!("✘ {wrong}: failed: "),
        format!("✘ {taken}: left unchanged: it has Environment=prod"),
        format!("✘ {elsewhere}: left unchanged: it is in eu-west-1"),
    ] {
        tag.stdout_has(&line);
    }
    tag.stdout_has_row("region role tagged left unchanged failed");
    tag.stdout_has_row("us-east-1 primary 3 2 1").stdout_has_row("eu-west-1 tertiary - 1 -");
    // Each that is well has a line where it is asked for.
    tag.stdout_lacks(&table);
    let all = aws.mrbackup(["tag", &table, "--all"]).success();
    all.stdout_starts_with("✔ default: nothing to do, 1 resource is tagged already.\n");
    all.stdout_has(format!("✔ {table}  tagged already"));
    let status = aws.mrbackup(["status", "-o", "json"]).success().json();
    assert_eq!(status["backups"]["resources"], 3);
    let mistyped = aws.mrbackup(["tag", &taken, "--overwrite", "Environmnet"]).code(1);
    mistyped.stderr_has("its select tags are BackupEnabled, Environment");
    aws.mrbackup(["tag", &taken, "--overwrite", "Environment"]).success();
    aws.mrbackup(["untag", &table, &taken]).success();
    let missing = aws.mrbackup(["untag", &wrong]).code(3);
    missing.stdout_has(format!("✘ {wrong}: failed: "));
    let status = aws.mrbackup(["status", "-o", "json"]).success().json();
    assert_eq!(status["backups"]["resources"], 2);
    // Somebody's opt-out is no select tag of the plan.
    let opted_out = aws.arn("ec2", "us-east-1", "volume/vol-4");
    aws.put_tagged_resource("us-east-1", &opted_out, &[("BackupEnabled", "false")]);
    for arguments in [&["untag", &opted_out][..], &["untag", &opted_out, "--dry-run"]] {
        let untag = aws.mrbackup(arguments).code(3);
        untag.stdout_has(format!("✘ {opted_out}: left unchanged: it has BackupEnabled=false"));
    }
    let carried = json!({"ResourceARNList": [opted_out]});
    let carried = aws.call("resourcegroupstaggingapi", "us-east-1", "get_resources", carried);
    assert_eq!(carried["ResourceTagMappingList"][0]["Tags"][0]["Value"], "false");
    let again = aws.mrbackup(["tag", &disk]).success();
    again.stdout_has("✔ default: nothing to do, 1 resource is tagged already.");
}

/// So many volumes without tags of ours, and a file that names them.
fn many(aws: &Aws, count: usize) -> String {
    let arns: Vec<String> =
        (0..count).map(|n| aws.arn("ec2", "us-east-1", &format!("volume/vol-{n}"))).collect();
    for arn in &arns {
        aws.put_tagged_resource("us-east-1", arn, &[("Team", "x")]);
    }
    aws.file("many/arns.txt", &arns.join("\n"))
}

/// A service that takes few calls a second is asked for little more than it takes.
#[test]
fn many_resources_are_tagged_at_the_rate_that_is_allowed() {
    let aws = deployed();
    let file = many(&aws, 400);
    aws.clear_log();
    let limit = aws.fault(Fault::throttle().service("tagging").beyond(10));
    let tag = aws.mrbackup(["tag", "--from", &file]).success();
    tag.stdout_has("✔ default: 400 resources tagged.\n");
    tag.stdout_has_row("us-east-1 primary 400").stdout_lacks("volume/vol-");
    assert!(limit.fired() > 0);
    // Read and read back by hundreds, changed by twenties.
    assert_eq!(limit.seen() - limit.fired(), 4 + 20 + 4);
}

/// Tagging API's own answer is a success then: the resource's service was busy.
#[test]
fn a_resource_whose_service_is_busy_is_tried_again() {
    let aws = deployed();
    let file = many(&aws, 2);
    let busy = aws.arn("ec2", "us-east-1", "volume/vol-0");
    let answer = json!({"FailedResourcesMap": {
        busy: {"StatusCode": 500, "ErrorCode": "InternalServiceException", "ErrorMessage": "busy"},
    }});
    let answer = Fault::reply(200, "application/x-amz-json-1.1", &answer.to_string());
    let answered = aws.fault(answer.on("tagging", "TagResources").first(1));
    // The other one was not tagged by the made-up answer, and is named.
    aws.mrbackup(["tag", "--from", &file]).code(3);
    assert_eq!(answered.fired(), 1);
    let again = aws.mrbackup(["tag", "--from", &file]).success();
    again.stdout_has("✔ default: 1 resource tagged, 1 already.\n");
}

/// What is wrong with one resource is found without a call for each of the others.
#[test]
fn a_wrong_resource_is_found_by_halves() {
    let aws = deployed();
    let file = many(&aws, 20);
    let wrong = "volume/vol-7\"";
    let refusal = Fault::error(400, "InvalidParameterException", "not a valid ARN");
    let refused = aws.fault(refusal.on("tagging", "TagResources").containing(wrong));
    let tag = aws.mrbackup(["tag", "--from", &file]).code(3);
    tag.stdout_has("✘ default: 19 resources tagged, 1 not.\n");
    // Twenty, ten, five, two or three, and one or two.
    assert!(refused.fired() <= 6, "{}", refused.fired());
}

/// What is the same of many is one line with the first names, however many there are.
#[test]
fn many_that_are_left_unchanged_for_one_reason_are_one_finding() {
    let aws = deployed();
    let arns: Vec<String> =
        (0..42).map(|n| aws.arn("ec2", "us-east-1", &format!("volume/vol-{n:02}"))).collect();
    for arn in &arns {
        aws.put_tagged_resource("us-east-1", arn, &[("Environment", "prod")]);
    }
    let file = aws.file("many/arns.txt", &arns.join("\n"));
    let tag = aws.mrbackup(["tag", "--from", &file]).code(3);
    tag.stdout_starts_with(
        "✘ default: 0 resources tagged, 42 not.\n\
         ✘ 42 resources: left unchanged: it has Environment=prod, which may steer other things: --overwrite Environment \
         makes it Production\n",
    );
    tag.stdout_has(format!("    {}\n    and 32 more: --all shows them\n", arns[9]));
    tag.stdout_lacks(&arns[10]).stdout_has_row("us-east-1 primary 42");
    let all = aws.mrbackup(["tag", "--from", &file, "--all"]).code(3);
    all.stdout_has(format!("✘ {}: left unchanged: it has Environment=prod", arns[41]));
}
