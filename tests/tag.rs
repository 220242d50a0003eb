//! `tag` and `untag`: what they tag, and what they leave alone.

use serde_json::json;

use crate::support::deployed;

#[test]
fn tag_puts_the_select_tags_on_what_it_can_and_says_what_it_cannot() {
    let aws = deployed();
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
    for line in [
        format!("✔ {table}  tagged"),
        format!("✔ {disk}  tagged"),
        format!("✔ {database}  tagged"),
        format!("! {taken}  left alone: it carries Environment=prod"),
        format!("✘ {wrong}  failed"),
        format!("! {elsewhere}  left alone: it is in eu-west-1"),
        "Now tagged: 3 resources, 0 already, 4 not.".to_owned(),
    ] {
        tag.stdout_has(&line);
    }
    let status = aws.mrbackup(["status", "-o", "json"]).success().json();
    assert_eq!(status["backups"]["resources"], 3);
    let mistyped = aws.mrbackup(["tag", &taken, "--overwrite", "Environmnet"]).code(1);
    mistyped.stderr_has("its select tags are BackupEnabled, Environment");
    aws.mrbackup(["tag", &taken, "--overwrite", "Environment"]).success();
    aws.mrbackup(["untag", &table, &taken]).success();
    let missing = aws.mrbackup(["untag", &wrong]).code(3);
    missing.stdout_has(format!("✘ {wrong}  failed"));
    let status = aws.mrbackup(["status", "-o", "json"]).success().json();
    assert_eq!(status["backups"]["resources"], 2);
    // Somebody's opt-out is no select tag of the plan.
    let opted_out = aws.arn("ec2", "us-east-1", "volume/vol-4");
    aws.put_tagged_resource("us-east-1", &opted_out, &[("BackupEnabled", "false")]);
    for arguments in [&["untag", &opted_out][..], &["untag", &opted_out, "--dry-run"]] {
        let untag = aws.mrbackup(arguments).code(3);
        untag.stdout_has(format!("! {opted_out}  left alone: it carries BackupEnabled=false"));
    }
    let carried = json!({"ResourceARNList": [opted_out]});
    let carried = aws.call("resourcegroupstaggingapi", "us-east-1", "get_resources", carried);
    assert_eq!(carried["ResourceTagMappingList"][0]["Tags"][0]["Value"], "false");
    let again = aws.mrbackup(["tag", &disk]).success();
    again.stdout_has("tagged already");
}
