//! What can be asked of `restore` and `recover`, and what is refused.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::recovery::{bucket, jobs, land, lost, made, point_of, rows, settings};
use crate::support::{DAY, HOUR, PRIMARY, SECONDARY, SELECT_TAGS, VAULT, deployed_without_alerts};

/// One sentence, what to do, and nothing started.
#[test]
fn what_cannot_be_meant_starts_nothing() {
    let aws = lost();
    let file = settings(&aws);
    let orders = aws.restore_source(PRIMARY, "RDS", "orders");
    let volume = aws.restore_source(PRIMARY, "EBS", "vol-0a1b2c3d4e5f60718");
    let table = aws.restore_source(PRIMARY, "DynamoDB", "customers");
    let vault = json!({"BackupVaultName": "theirs"});
    aws.call("backup", SECONDARY, "create_backup_vault", vault);
    let theirs = aws.put_restorable_point(SECONDARY, "theirs", "RDS", "orders");
    let mut points = Vec::new();
    for (status, age) in [("EXPIRED", 100), ("PARTIAL", 50)] {
        let mut point = point_of(&aws, age, "RDS", "orders");
        point["Status"] = json!(status);
        points.push(point);
    }
    let mut cold = point_of(&aws, 2, "RDS", "orders");
    cold["CreationDate"] = json!(local_aws::now() - 40 * DAY);
    cold["Lifecycle"] = json!({"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 365});
    points.push(cold);
    let arns = aws.put_restorable_points(SECONDARY, VAULT, points);
    let west = ["--region", SECONDARY];
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["restore", &orders, "--point", &theirs],
            3,
            "the vault of this deployment does not hold the recovery point that was asked for",
        ),
        (&["restore", &orders, "--point", &arns[0]], 3, "no recovery point that is whole"),
        (&["restore", &orders, "--point", &arns[1]], 3, "no recovery point that is whole"),
        (&["restore", &orders, "--point", &arns[2]], 3, "--cold-too"),
        (&["restore", &orders, "--before", "2020-01-01"], 3, "of the time that was asked for"),
        (&["restore", &orders, "--at", "2026-11-20"], 3, "a copy of one is a snapshot"),
        (
            &["restore", &orders, "--set", "Color=red"],
            3,
            "Color is no key of AWS Backup's restore metadata for RDS: it takes DBInstanceIdentifier, ",
        ),
        (&["restore", &orders, "--set", "Color"], 2, "it looks like KEY=VALUE"),
        (&["restore", &orders, "--as", "no--name"], 3, "no--name is no name for a database"),
        (&["restore", "orders"], 2, "\"orders\" is no ARN"),
        (
            &["restore", &volume.replace("vol-0a", "vol-0b")],
            2,
            "holds no recovery point of arn:aws:ec2:us-east-1:",
        ),
        (
            &["recover", "--resource", &volume.replace("vol-0a", "vol-0b")],
            2,
            "holds no recovery point of arn:aws:ec2:us-east-1:",
        ),
        (&["recover", "--only-type", "Floppy"], 2, "--only-type Floppy: the types are Aurora"),
        (&["recover", "--before", "2020-01-01"], 3, "of the time that was asked for"),
        (&["recover", "--parallel", "0"], 2, "--parallel"),
    ];
    for (arguments, code, words) in cases {
        let command = [*arguments, &west, &["--config", &file]].concat();
        let run = aws.mrbackup(&command);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(words), "{run:?}\n{words:?} is lacking");
        run.code(*code);
    }
    // Another region, which has no vault of ours.
    for command in
        [&["recover", "--region", "ap-south-1"][..], &["restore", &table, "--region", "ap-south-1"]]
    {
        let run = aws.mrbackup(command).code(2);
        assert!(run.stderr.contains("ap-south-1") && run.stderr.contains("no vault"), "{run:?}");
    }
    // A bucket's ARN tells no region.
    aws.mrbackup(["restore", "arn:aws:s3:::acme-invoices"]).code(2).stderr_has("--region");
    assert_eq!(aws.restore_requests(), Vec::<Value>::new());
    assert_eq!(aws.violations(), Vec::<String>::new());
}

/// AWS's words of who may not, and the others go on.
#[test]
fn where_a_policy_denies_the_start_awss_words_say_so() {
    let aws = lost();
    let file = settings(&aws);
    let recover = [
        "recover",
        "--region",
        SECONDARY,
        "--config",
        &file,
        "--only-type",
        "DynamoDB",
        "--only-type",
        "EBS",
    ];
    let words = "User: arn:aws:sts::111122223333:assumed-role/admin/me is not authorized to perform: backup:StartRestoreJob with an explicit deny in a service control policy";
    let denied = aws.fault(
        Fault::error(403, "AccessDeniedException", words).on("backup", "StartRestoreJob").first(1),
    );
    let run = aws.mrbackup(recover).code(3);
    assert_eq!(denied.fired(), 1);
    run.stdout_starts_with("✘ 1 of 2 resources are restored");
    run.stdout_has(words);
    run.stdout_has("(DynamoDB): failed");
    aws.clear_faults();
    let deny = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "backup:StartRestoreJob", "Resource": "*",
    }]});
    let policy = json!({"BackupVaultName": VAULT, "Policy": deny.to_string()});
    aws.call("backup", SECONDARY, "put_backup_vault_access_policy", policy);
    let run = aws.mrbackup(recover).code(3);
    run.stdout_has("AccessDeniedException: Insufficient privileges to perform this action");
    assert_eq!(jobs(&aws).len(), 1);
}

/// One resource: its name, its keys, its tags, and whether anybody waits.
#[test]
fn one_resource_comes_back_as_it_is_asked_for() {
    let aws = lost();
    let file = settings(&aws);
    let orders = aws.restore_source(PRIMARY, "RDS", "orders");
    let table = aws.restore_source(PRIMARY, "DynamoDB", "customers");
    let west = ["--region", SECONDARY, "--config", &file];
    let old = land(&aws, 48, &[("RDS", "orders")]).remove(0);

    let dry = aws.mrbackup([&["restore", &orders, "--dry-run"][..], &west].concat()).success();
    dry.stdout_starts_with(
        "✔ 1 of 1 resource can be restored in us-west-2; the oldest data would be 5 h old.",
    );
    assert_eq!(
        aws.writes()
            .iter()
            .filter(|call| call.request.region == SECONDARY
                && call.request.service == "backup"
                && call.request.operation == "StartRestoreJob")
            .count(),
        0
    );

    // RDS gives the tags of the snapshot, whatever is asked for: the select tags are taken off.
    let run = aws.mrbackup(
        [&["restore", &orders, "--as", "orders-2", "--set", "MultiAZ=false"][..], &west].concat(),
    );
    run.success().stdout_starts_with("✔ 1 of 1 resource is restored in us-west-2");
    let request = aws.restore_requests().remove(0);
    assert_eq!(request["Metadata"]["DBInstanceIdentifier"], "orders-2");
    assert_eq!(request["Metadata"]["MultiAZ"], "false");
    let copy = aws.arn("rds", SECONDARY, "db:orders-2");
    let tags = made(&aws)[&copy]["tags"].clone();
    assert_eq!(tags, json!({"team": "shop", "mrbackup:recovered-from": orders}));

    // The name is taken now, and the copy does not count as the resource: another is made beside it.
    aws.mrbackup([&["restore", &table, "--protect"][..], &west].concat()).success();
    let tags = made(&aws)[&aws.arn("dynamodb", SECONDARY, "table/customers")]["tags"].clone();
    assert_eq!((&tags["BackupEnabled"], &tags["team"]), (&json!("true"), &json!("shop")));
    let command = ["restore", &orders, "--as", "orders-2", "--before", "2026-01-01"];
    aws.mrbackup([&command[..], &west].concat()).code(3);
    let before = aws.restore_requests().len();
    let run = aws.mrbackup(
        [&["restore", &orders, "--point", &old, "--no-wait", "-o", "json"][..], &west].concat(),
    );
    let report = run.success().json();
    assert_eq!(aws.restore_requests().len(), before + 1);
    assert_eq!(rows(&report)["orders"]["data_age_hours"], 48);
    assert_eq!(aws.restore_requests()[before]["RecoveryPointArn"], old);

    // Without the tags that select, recover puts back the others.
    let recover =
        [&["recover", "--no-protect", "--only-type", "DynamoDB", "--only-type", "S3"][..], &west]
            .concat();
    aws.mrbackup(&recover).success();
    let tags = made(&aws)[&format!("arn:aws:s3:::{}", bucket(&aws))]["tags"].clone();
    assert_eq!((&tags["BackupEnabled"], &tags["team"]), (&Value::Null, &json!("shop")));
    assert_eq!(jobs(&aws)["customers"], 1);
}

/// In its own region a resource has its network back, and a continuous backup any moment.
#[test]
fn at_home_a_resource_keeps_its_network_and_comes_back_as_of_a_moment() {
    let aws = deployed_without_alerts();
    let point = |kind: &str, name: &str, status: &str| {
        json!({
            "ResourceType": kind, "ResourceArn": aws.restore_source(PRIMARY, kind, name), "Status": status,
            "CreationDate": local_aws::now() - 50 * HOUR,
            "SourceTags": {SELECT_TAGS[0].0: SELECT_TAGS[0].1, SELECT_TAGS[1].0: SELECT_TAGS[1].1},
        })
    };
    let points = vec![
        point("EC2", "i-0123456789abcdef0", "COMPLETED"),
        point("RDS", "orders", "AVAILABLE"),
        point("S3", "acme-invoices", "AVAILABLE"),
    ];
    aws.put_restorable_points(PRIMARY, VAULT, points);
    let target = bucket(&aws);
    aws.put_bucket(PRIMARY, &target, true);
    let restore = |kind: &str, name: &str, more: &[&str]| {
        let arn = aws.restore_source(PRIMARY, kind, name);
        let run = aws.mrbackup([&["restore", &arn][..], more].concat());
        run.success();
        aws.restore_requests().pop().expect("a start")
    };
    let sent = restore("EC2", "i-0123456789abcdef0", &[]);
    let source = aws.call("ec2", PRIMARY, "describe_subnets", json!({}));
    let home = source["Subnets"][0]["SubnetId"].as_str().unwrap().to_owned();
    assert_eq!(sent["Metadata"]["SubnetId"], home);
    let groups = aws.call("ec2", PRIMARY, "describe_security_groups", json!({}));
    let group = json!([groups["SecurityGroups"][0]["GroupId"]]).to_string();
    assert_eq!(sent["Metadata"]["SecurityGroupIds"], group);

    let at = minutes_ago(120);
    let arn = aws.restore_source(PRIMARY, "RDS", "orders");
    let gone = aws.mrbackup(["restore", &arn, "--as", "orders-then", "--at", &at]).code(3);
    gone.stdout_has("its engine is in neither its recovery point nor RDS: set Engine in ");
    let instance = json!({
        "DBInstanceIdentifier": "orders", "DBInstanceClass": "db.t3.medium", "Engine": "postgres",
        "MasterUsername": "admin1", "MasterUserPassword": "restored-1", "AllocatedStorage": 20,
    });
    aws.call("rds", PRIMARY, "create_db_instance", instance);
    let sent = restore("RDS", "orders", &["--as", "orders-then", "--at", &at]);
    assert_eq!(sent["Metadata"]["RestoreTime"], at);
    let sent = restore("RDS", "orders", &["--as", "orders-now"]);
    assert_eq!(sent["Metadata"]["UseLatestRestorableTime"], "true");
    let bucket = ["restore", "arn:aws:s3:::acme-invoices", "--region", PRIMARY, "--as", &target];
    aws.mrbackup(bucket).code(3).stdout_has("is restored to a moment: name it with --at");
    let sent = restore("S3", "acme-invoices", &["--region", PRIMARY, "--as", &target, "--at", &at]);
    assert_eq!(sent["Metadata"]["RestoreTime"], at);
    // Nothing of it is backed up: the copy beside the original is a test, until somebody says otherwise.
    let inventory = aws.inventory();
    for (arn, thing) in inventory["restored"][PRIMARY].as_object().unwrap() {
        assert!(thing["tags"]["BackupEnabled"].is_null(), "{arn}: {thing}");
    }
    assert_eq!(aws.violations(), Vec::<String>::new());
}

/// A moment as AWS writes it.
fn minutes_ago(minutes: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now - minutes * 60).unwrap().to_string()
}
