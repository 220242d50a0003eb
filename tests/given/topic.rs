//! Alert topics of the user's own, in each region with alarms or in one of them.

use serde_json::{Value, json};

use crate::support::{
    ALERT_REGIONS, Aws, GIVEN_TOPIC as NAME, HOOK, PRIMARY, SECONDARY, TOPIC, UP, VALIDATOR,
    account, volume,
};

fn up(aws: &Aws, regions: &[&str]) -> Vec<String> {
    let set = |region: &&str| format!("topic.{region}={}", aws.arn("sns", region, NAME));
    let sets = regions.iter().flat_map(|region| ["--set".to_owned(), set(region)]);
    UP.into_iter().map(str::to_owned).chain(sets).collect()
}

#[track_caller]
fn topics(aws: &Aws, region: &str) -> Vec<String> {
    let listed = aws.call("sns", region, "list_topics", json!({}));
    let listed = listed["Topics"].as_array().unwrap().clone();
    let name =
        |topic: &Value| topic["TopicArn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let mut names: Vec<String> = listed.iter().map(name).collect();
    names.sort();
    names
}

/// Where the validator of a region sends its alarms.
fn topic_of_validator(aws: &Aws, region: &str) -> Value {
    let name = json!({"FunctionName": VALIDATOR});
    let function = aws.call("lambda", region, "get_function_configuration", name);
    function["Environment"]["Variables"]["TOPIC_ARN"].clone()
}

fn set_policy(aws: &Aws, region: &str, statements: &Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let set = json!({
        "TopicArn": aws.arn("sns", region, NAME), "AttributeName": "Policy", "AttributeValue": policy,
    });
    aws.call("sns", region, "set_topic_attributes", set);
}

/// An account with given topics in both regions.
fn with_topics() -> Aws {
    let aws = account();
    for region in ALERT_REGIONS {
        aws.make_given_topic(region);
    }
    aws
}

#[test]
fn given_topics_are_used_and_left_as_they_were() {
    let aws = with_topics();
    let before = aws.inventory();
    let with =
        ["--recovery-alarms", SECONDARY, "--set", "alerts.dashboard=true"].map(str::to_owned);
    aws.mrbackup(up(&aws, &ALERT_REGIONS).into_iter().chain(with)).success();
    for region in ALERT_REGIONS {
        assert_eq!(topics(&aws, region), [NAME]);
        assert_eq!(topic_of_validator(&aws, region), json!(aws.arn("sns", region, NAME)));
    }
    volume(&aws, "vol-1");
    let status = aws.mrbackup(["status", "-o", "json"]).code(0);
    let report = status.report();
    assert_eq!(report.row("alert topic", PRIMARY).condition(), "given");
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");
    aws.mrbackup(["list"]).success();
    let show = aws.mrbackup(["config", "show"]).success();
    show.stdout_has(aws.arn("sns", PRIMARY, NAME));
    let drill = aws.mrbackup(["drill", "alarm"]).success();
    drill.stdout_has(format!("{VALIDATOR} → {NAME}")).stdout_has(HOOK).stdout_lacks(TOPIC);

    // Edits of it are no drift.
    let arn = aws.arn("sns", SECONDARY, NAME);
    let tags = json!([{"Key": "Team", "Value": "tape"}]);
    aws.call("sns", SECONDARY, "tag_resource", json!({"ResourceArn": arn, "Tags": tags}));
    aws.mrbackup(["plan", "--exit-code"]).success();
    let tags = json!([{"Key": "Team", "Value": "storage"}]);
    aws.call("sns", SECONDARY, "tag_resource", json!({"ResourceArn": arn, "Tags": tags}));
    aws.clear_log();
    aws.mrbackup(["down"]).success().stdout_has("only what was given is left, as it was");
    assert!(aws.writes().iter().all(|call| !call.is("sns", "Unsubscribe")));
    assert_eq!(aws.inventory(), before);
}

#[test]
fn one_topic_is_given_and_one_is_the_deployments_own() {
    for (given, own) in [(PRIMARY, SECONDARY), (SECONDARY, PRIMARY)] {
        let aws = account();
        aws.make_given_topic(given);
        let before = aws.inventory();
        aws.mrbackup(up(&aws, &[given])).success();
        // Of the own topic nobody gets anything.
        let status = aws.mrbackup(["status", "-o", "json"]).code(3).json();
        assert!(status["attention"].to_string().contains("add a subscriber with"), "{status}");
        let email = ["up", "--email", "ops@example.com", "--set", "alerts.delivery_log=true"];
        aws.mrbackup(email).success();
        aws.confirm_email(own, "ops@example.com");
        volume(&aws, "vol-1");
        aws.mrbackup(["status"]).success();
        aws.mrbackup(["drill", "alarm"]).success().stdout_has("ops@example.com").stdout_has(HOOK);
        assert_eq!(
            (topics(&aws, own), topics(&aws, given)),
            (vec![TOPIC.into()], vec![NAME.into()])
        );
        aws.mrbackup(["plan", "--exit-code"]).success();
        aws.mrbackup(["down"]).success();
        assert_eq!(aws.inventory(), before);
    }
}

#[test]
fn what_would_change_a_given_topic_is_refused() {
    let aws = with_topics();
    let key = |region| format!("arn:aws:kms:{region}:{}:key/x", aws.id());
    let elsewhere = format!("topic.{PRIMARY}=arn:aws:sns:{PRIMARY}:444455556666:{NAME}");
    let other_region = format!("topic.{PRIMARY}={}", aws.arn("sns", SECONDARY, NAME));
    let own = format!("topic.{PRIMARY}={}", aws.arn("sns", PRIMARY, TOPIC));
    let fifo = format!("topic.{PRIMARY}={}.fifo", aws.arn("sns", PRIMARY, NAME));
    let key = key(PRIMARY);
    let cases = [
        (
            ["--email", "ops@example.com"],
            "mrbackup does not change who subscribes to it; subscribe it there",
        ),
        (["--notify", HOOK], "mrbackup does not change who subscribes to it"),
        (["--topic-key-arn", &key], "mrbackup does not change it: leave out the key of us-east-1"),
        (["--set", "alerts.delivery_log=true"], "leave out alerts.delivery_log"),
        (["--set", &elsewhere], "is of account 444455556666, and the alarms are of"),
        (["--set", &other_region], "alarms of us-east-1 need a topic in us-east-1"),
        (["--set", &own], "a topic of mrbackup's own"),
        (["--set", &fifo], "a FIFO topic"),
        (["--set", "topic.eu-west-1=x"], "no alert topic in eu-west-1"),
        (["--set", "topic.us-east-1=x"], "is not the ARN of a topic"),
    ];
    for (option, said) in cases {
        let with = if option[0] == "--set" && option[1].starts_with("topic.") {
            &[][..]
        } else {
            &ALERT_REGIONS
        };
        let up = up(&aws, with).into_iter().chain(option.map(str::to_owned));
        aws.mrbackup(up).code(2).stderr_has(said);
    }
    aws.assert_nothing_written();
}

#[test]
fn an_unfit_topic_is_refused_and_later_a_finding() {
    let aws = account();
    let refused = aws.mrbackup(up(&aws, &ALERT_REGIONS)).code(1);
    refused.stderr_has(
        "SNS has no such topic; create it, or name another under [topic] for us-east-1",
    );
    aws.assert_nothing_written();
    for region in ALERT_REGIONS {
        aws.make_given_topic(region);
    }
    aws.mrbackup(up(&aws, &ALERT_REGIONS)).success();
    volume(&aws, "vol-1");

    // The primary has no alarms of CloudWatch's, and the functions publish by their roles.
    let theirs = json!([{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*"}]);
    for region in ALERT_REGIONS {
        set_policy(&aws, region, &theirs);
    }
    let status = aws.mrbackup(["status"]).code(3);
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish",
        "Resource": aws.arn("sns", SECONDARY, NAME),
        "Condition": {"StringEquals": {"aws:SourceAccount": aws.id()}},
    });
    let said = "does not let CloudWatch publish";
    status.stdout_has_times(1, said).stdout_has(format!("Add to it: {statement}"));
    set_policy(&aws, SECONDARY, &json!([statement]));
    aws.mrbackup(["status"]).success();
    aws.mrbackup(["drill", "alarm"]).success();
    let deny = json!({"Sid": "shut", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*"});
    set_policy(&aws, PRIMARY, &json!([deny]));
    aws.mrbackup(["status"])
        .code(3)
        .stdout_has("us-east-1: statement shut of the policy of the given topic");
    aws.mrbackup(["drill", "alarm"]).code(3);
    set_policy(&aws, PRIMARY, &theirs);

    let topic = aws.arn("sns", SECONDARY, NAME);
    let listed = json!({"TopicArn": topic});
    let listed = aws.call("sns", SECONDARY, "list_subscriptions_by_topic", listed);
    let arn = json!({"SubscriptionArn": listed["Subscriptions"][0]["SubscriptionArn"]});
    aws.call("sns", SECONDARY, "unsubscribe", arn);
    let said = format!(
        "no subscriber of the given topic {topic} has confirmed: alarms from us-west-2 reach no one"
    );
    aws.mrbackup(["status"]).code(3).stdout_has(said);
    aws.mrbackup(["drill", "alarm"])
        .code(3)
        .stdout_has("no subscriber has confirmed that gets every alarm");
    aws.call("sns", SECONDARY, "delete_topic", json!({"TopicArn": topic}));
    aws.mrbackup(["status"]).code(3).stdout_has("SNS has no such topic");
    aws.mrbackup(["up"]).code(1).stderr_has("this is given and cannot be used");
    aws.mrbackup(["down"]).success();
}

#[test]
fn a_given_topics_key_is_judged() {
    let aws = with_topics();
    aws.mrbackup(up(&aws, &ALERT_REGIONS)).success();
    volume(&aws, "vol-1");
    let encrypt = |key: &str| {
        let set = json!({
            "TopicArn": aws.arn("sns", SECONDARY, NAME), "AttributeName": "KmsMasterKeyId", "AttributeValue": key,
        });
        aws.call("sns", SECONDARY, "set_topic_attributes", set);
    };
    encrypt("alias/aws/sns");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(
        "Encrypt it with a key of your own whose policy lets cloudwatch.amazonaws.com use it",
    );
    let key = aws.call("kms", SECONDARY, "create_key", json!({}));
    encrypt(key["KeyMetadata"]["Arn"].as_str().unwrap());
    let status = aws.mrbackup(["status"]).code(3);
    status
        .stdout_has("does not let CloudWatch use it")
        .stdout_has("does not let the validator use it");
    aws.mrbackup(["plan", "--exit-code"]).success();
}

#[test]
fn from_own_topics_to_given_ones_and_back() {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    aws.confirm("ops@example.com");
    volume(&aws, "vol-1");
    for region in ALERT_REGIONS {
        let tags = json!([{"Key": "Team", "Value": "storage"}]);
        aws.call("sns", region, "create_topic", json!({"Name": NAME, "Tags": tags}));
    }
    let to: Vec<String> = up(&aws, &ALERT_REGIONS);
    let refused = aws.mrbackup(&to).code(1);
    refused.stderr_has("no subscriber of the given topic").stderr_has("--allow-less-protection");
    for region in ALERT_REGIONS {
        aws.make_given_topic(region);
    }
    aws.clear_log();
    aws.mrbackup(&to).success();
    // The own topics go when nothing is sent to them any longer.
    let writes = aws.write_names();
    let last = |what: &str| writes.iter().rposition(|call| call.contains(what));
    let first = writes.iter().position(|call| call.contains("DeleteTopic"));
    assert!(
        first > last("UpdateFunctionConfiguration") && first > last("PutMetricAlarm"),
        "{writes:?}"
    );
    for region in ALERT_REGIONS {
        assert_eq!(topics(&aws, region), [NAME]);
    }
    aws.mrbackup(["status"]).success();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");

    let back = ["up", "--set", "topic={}", "--email", "ops@example.com"];
    let refused = aws.mrbackup(back).code(1);
    refused.stderr_has("subscribers of a topic of this deployment have to confirm first");
    aws.mrbackup(back.into_iter().chain(["--allow-less-protection"])).success();
    for region in ALERT_REGIONS {
        assert_eq!(topics(&aws, region), [NAME, TOPIC]);
        assert_eq!(topic_of_validator(&aws, region), json!(aws.topic_arn(region)));
    }
    aws.confirm("ops@example.com");
    aws.mrbackup(["status"]).success();
    aws.mrbackup(["down"]).success();
    for region in ALERT_REGIONS {
        assert_eq!(topics(&aws, region), [NAME]);
    }
}

/// Others have subscribed to the own topic: it stays, and is left behind.
#[test]
fn an_own_topic_that_others_use_stays_beside_a_given_one() {
    let aws = with_topics();
    aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    let theirs = json!({"TopicArn": aws.topic_arn(PRIMARY), "Protocol": "https", "Endpoint": "https://theirs.example.com"});
    aws.call("sns", PRIMARY, "subscribe", theirs);
    aws.confirm_email(PRIMARY, "https://theirs.example.com");
    aws.mrbackup(up(&aws, &ALERT_REGIONS)).success().stdout_has("others have subscribed to it");
    assert_eq!(topics(&aws, PRIMARY), [NAME, TOPIC]);
    assert_eq!(topics(&aws, SECONDARY), [NAME]);
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");
    for subscription in aws.subscriptions(PRIMARY) {
        let arn = json!({"SubscriptionArn": subscription["SubscriptionArn"]});
        aws.call("sns", PRIMARY, "unsubscribe", arn);
    }
    aws.mrbackup(["up"]).success();
    assert_eq!(topics(&aws, PRIMARY), [NAME]);
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
}
