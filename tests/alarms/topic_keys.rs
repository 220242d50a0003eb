//! A topic's key that its publishers cannot use: alarms reach no one, and `status` and `drill alarm` say so.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::support::{ALERT_REGIONS, Aws, TOPIC, UP, account, deployed_with_email, volume};

const ADDRESS: &str = "ops@example.com";
const FIRST: &str = "us-east-1";
const SECOND: &str = "us-west-2";

fn root(aws: &Aws) -> Value {
    let root = format!("arn:aws:iam::{}:root", aws.id());
    json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"})
}

fn for_alarms() -> Value {
    json!({
        "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
    })
}

/// A key of the customer's with these statements: its ARN.
fn key(aws: &Aws, region: &str, statements: &Value) -> String {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let key = aws.call("kms", region, "create_key", json!({ "Policy": policy }));
    key["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

fn set_policy(aws: &Aws, region: &str, key: &str, statements: &Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let put = json!({"KeyId": key, "PolicyName": "default", "Policy": policy});
    aws.call("kms", region, "put_key_policy", put);
}

/// A healthy deployment whose topics have keys of the customer's that let everybody in.
#[track_caller]
fn deployed() -> (Aws, [String; 2]) {
    let aws = account();
    let keys = ALERT_REGIONS.map(|region| key(&aws, region, &json!([root(&aws), for_alarms()])));
    let given = keys.iter().flat_map(|key| ["--topic-key-arn", key]);
    aws.mrbackup(UP.into_iter().chain(["--email", ADDRESS]).chain(given)).success();
    for region in ALERT_REGIONS {
        aws.confirm_email(region, ADDRESS);
    }
    volume(&aws, "vol-1");
    (aws, keys)
}

#[test]
fn a_key_without_the_statement_for_alarms_is_seen_and_the_drill_proves_it() {
    let (aws, [first, second]) = deployed();
    aws.mrbackup(["status"]).success();
    aws.mrbackup(["drill", "alarm"]).success();
    // The first region has no alarms.
    set_policy(&aws, FIRST, &first, &json!([root(&aws)]));
    aws.mrbackup(["status"]).success();
    set_policy(&aws, SECOND, &second, &json!([root(&aws)]));
    let said = format!(
        "✘ us-west-2: the policy of the topic's key {second} does not let CloudWatch use it: its alarms reach no one in us-west-2. Add to it: {}",
        for_alarms()
    );
    aws.mrbackup(["status"]).code(3).stdout_has(&said);
    let drill = aws.mrbackup(["drill", "alarm"]).code(3);
    drill.stdout_has(&said).stdout_has("✔ A failure is reported from us-east-1");
    drill.stdout_has("CloudWatch could not notify the topic: CloudWatch Alarms does not have authorization to access the SNS topic encryption key.");
    set_policy(&aws, SECOND, &second, &json!([root(&aws), for_alarms()]));
    aws.mrbackup(["status"]).success();
    aws.mrbackup(["drill", "alarm"]).success();
}

#[test]
fn a_key_that_shuts_the_functions_out_is_seen_in_both_regions() {
    let (aws, [first, second]) = deployed();
    for (region, key) in [(FIRST, &first), (SECOND, &second)] {
        set_policy(&aws, region, key, &json!([for_alarms()]));
    }
    let status = aws.mrbackup(["status"]).code(3);
    for (region, key) in [(FIRST, &first), (SECOND, &second)] {
        status.stdout_has(format!(
            "✘ {region}: the policy of the topic's key {key} does not let the validator use it"
        ));
        status.stdout_has(format!(
            "✘ {region}: the policy of the topic's key {key} does not let the watchdog use it"
        ));
    }
    status.stdout_lacks("does not let CloudWatch");
    let deny = json!({"Sid": "shut", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"});
    set_policy(&aws, SECOND, &second, &json!([root(&aws), for_alarms(), deny]));
    let denied = format!(
        "statement shut of the policy of the topic's key {second} denies its use to CloudWatch"
    );
    aws.mrbackup(["status"]).code(3).stdout_has(denied);
}

/// Somebody has put a key on the topic that the functions' roles know nothing of.
#[test]
fn a_key_that_is_not_recorded_has_to_name_the_functions_itself() {
    let aws = deployed_with_email(ADDRESS);
    for region in ALERT_REGIONS {
        aws.confirm_email(region, ADDRESS);
    }
    volume(&aws, "vol-1");
    let key = key(&aws, SECOND, &json!([root(&aws), for_alarms()]));
    let alias = json!({"AliasName": "alias/theirs", "TargetKeyId": key});
    aws.call("kms", SECOND, "create_alias", alias);
    for name in [key.as_str(), "alias/theirs"] {
        let set = json!({
            "TopicArn": aws.arn("sns", SECOND, TOPIC), "AttributeName": "KmsMasterKeyId",
            "AttributeValue": name,
        });
        aws.call("sns", SECOND, "set_topic_attributes", set);
        let said =
            format!("the policy of the topic's key {name} does not let the validator use it");
        aws.mrbackup(["status"]).code(3).stdout_has(said).stdout_lacks("does not let CloudWatch");
    }
}

/// What cannot be read is said, and not judged.
#[test]
fn a_policy_that_cannot_be_read_is_left_to_the_drill() {
    let (aws, _) = deployed();
    let denied = Fault::error(400, "AccessDeniedException", "not allowed");
    aws.fault(denied.on("kms", "GetKeyPolicy").region(SECOND));
    let status = aws.mrbackup(["status", "--all"]).success();
    status.stdout_has("its key's policy was not read: us-west-2: kms:GetKeyPolicy on ");
    status.stdout_has("`mrbackup drill alarm` tries it");
    aws.clear_faults();
    let gone = Fault::error(400, "NotFoundException", "no such key");
    aws.fault(gone.on("kms", "GetKeyPolicy").region(SECOND));
    aws.mrbackup(["status"]).code(3).stdout_has("is not there: no one can publish");
}

#[test]
fn a_condition_of_a_keys_policy_is_not_judged() {
    let (aws, [_, second]) = deployed();
    let mut here = for_alarms();
    here["Condition"] = json!({"StringEquals": {"aws:SourceAccount": aws.id()}});
    set_policy(&aws, SECOND, &second, &json!([root(&aws), here]));
    let status = aws.mrbackup(["status", "--all"]).success();
    status.stdout_has("its key's policy lets CloudWatch use it under a condition, which is not judged; `mrbackup drill alarm` tries it");
}
