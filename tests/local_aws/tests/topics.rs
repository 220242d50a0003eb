//! Topics and the subscriptions that wait for their owners.

use local_aws::AwsError;
use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, refused, send};

/// Makes a topic `t` and returns its ARN.
#[track_caller]
fn new_topic(aws: &TestAccount) -> Value {
    let topic = send(aws, "sns", "create_topic", json!({ "Name": "t" })).expect("a topic");
    topic["TopicArn"].clone()
}

#[test]
fn an_address_is_pending_until_its_owner_confirms() {
    let aws = TestAccount::new();
    let topic = new_topic(&aws);
    let subscribe = |all: bool| {
        let arguments = json!({
            "TopicArn": topic, "Protocol": "email", "Endpoint": "ops@example.com", "ReturnSubscriptionArn": all,
        });
        send(&aws, "sns", "subscribe", arguments).expect("a subscription")["SubscriptionArn"]
            .clone()
    };
    let listed = || {
        let list = send(&aws, "sns", "list_subscriptions_by_topic", json!({ "TopicArn": topic }))
            .expect("a list");
        assert_eq!(list["Subscriptions"].as_array().map(Vec::len), Some(1));
        list["Subscriptions"][0]["SubscriptionArn"].clone()
    };
    let pending = || {
        let attributes = send(&aws, "sns", "get_topic_attributes", json!({ "TopicArn": topic }))
            .expect("a topic");
        attributes["Attributes"]["SubscriptionsPending"].clone()
    };
    assert_eq!(subscribe(false), "pending confirmation");
    let arn = subscribe(true);
    assert!(arn.as_str().is_some_and(|arn| arn.starts_with("arn:aws:sns:")), "{arn}");
    assert_eq!((listed(), pending()), (json!("PendingConfirmation"), json!("1")));
    let one = json!({ "SubscriptionArn": arn });
    let attributes =
        send(&aws, "sns", "get_subscription_attributes", one.clone()).expect("a subscription");
    assert_eq!(attributes["Attributes"]["PendingConfirmation"], "true");
    refused(
        send(&aws, "sns", "unsubscribe", one.clone()),
        400,
        "InvalidParameter",
        "pending confirmation",
    );
    aws.confirm_email(REGION, "ops@example.com");
    assert_eq!((listed(), pending()), (arn, json!("0")));
    send(&aws, "sns", "unsubscribe", one).expect("a confirmed subscription");
}

#[test]
fn a_url_is_pending_too() {
    let aws = TestAccount::new();
    let topic = new_topic(&aws);
    let url = "https://ops.example.com/hook";
    let arguments = json!({ "TopicArn": topic, "Protocol": "https", "Endpoint": url, "ReturnSubscriptionArn": true });
    let arn = send(&aws, "sns", "subscribe", arguments).expect("a subscription")["SubscriptionArn"]
        .clone();
    let listed = || {
        let list = send(&aws, "sns", "list_subscriptions_by_topic", json!({ "TopicArn": topic }))
            .expect("a list");
        list["Subscriptions"][0]["SubscriptionArn"].clone()
    };
    assert_eq!(listed(), "PendingConfirmation");
    aws.confirm_email(REGION, url);
    assert_eq!(listed(), arn);
}

#[test]
fn a_topic_of_the_same_name_must_be_the_same() {
    let aws = TestAccount::new();
    let create = |value: &str| {
        let tags = json!([{ "Key": "a", "Value": value }]);
        send(&aws, "sns", "create_topic", json!({ "Name": "t", "Tags": tags }))
    };
    let topic = create("b").expect("a topic");
    assert_eq!(create("b").expect("the same topic"), topic);
    refused(create("c"), 400, "InvalidParameter", "already exists with different tags");
    let none = json!({ "ResourceArn": format!("arn:aws:sns:{REGION}:{}:none", aws.id()) });
    refused(send(&aws, "sns", "list_tags_for_resource", none), 404, "ResourceNotFound", "");
}

/// A topic `t`, and how to subscribe to it.
fn subscriber(aws: &TestAccount) -> impl Fn(&str, &str) -> Result<Value, AwsError> {
    let topic = new_topic(aws);
    move |protocol, endpoint| {
        let arguments = json!({ "TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint });
        let answer = send(aws, "sns", "subscribe", arguments)?;
        Ok(answer["SubscriptionArn"].clone())
    }
}

#[test]
fn who_has_to_confirm_depends_on_the_endpoint() {
    let aws = TestAccount::new();
    let subscribe = subscriber(&aws);
    let other = "999999999999";
    for (protocol, endpoint, asked) in [
        ("email-json", "ops@example.com".to_owned(), true),
        ("https", "https://ops.example.com/hook".to_owned(), true),
        ("sms", "+12065550100".to_owned(), false),
        ("sqs", aws.arn("sqs", REGION, "queue"), false),
        ("lambda", aws.arn("lambda", REGION, "function:f"), false),
        ("sqs", format!("arn:aws:sqs:{REGION}:{other}:queue"), true),
        ("lambda", format!("arn:aws:lambda:{REGION}:{other}:function:f"), true),
    ] {
        let said = subscribe(protocol, &endpoint).expect("a valid endpoint");
        assert_eq!(said == "pending confirmation", asked, "{protocol} {endpoint}: {said}");
    }
    let topic = json!({ "TopicArn": aws.arn("sns", REGION, "t") });
    let attributes = send(&aws, "sns", "get_topic_attributes", topic).expect("a topic");
    let counts = ["SubscriptionsConfirmed", "SubscriptionsPending"];
    assert_eq!(
        counts.map(|count| attributes["Attributes"][count].as_str()),
        [Some("3"), Some("4")]
    );
    aws.confirm_email(REGION, &format!("arn:aws:sqs:{REGION}:{other}:queue"));
}

#[test]
fn an_endpoint_fits_its_protocol() {
    let aws = TestAccount::new();
    let subscribe = subscriber(&aws);
    for (protocol, endpoint, complaint) in [
        ("email", "ops", "Email address"),
        ("https", "http://ops.example.com", "Endpoint must match the specified protocol"),
        ("https", "https://", "Endpoint must match the specified protocol"),
        ("sms", "2065550100", "Invalid SMS endpoint: 2065550100"),
        ("sms", "+1 206 555 0100", "Invalid SMS endpoint"),
        ("sqs", "https://sqs.us-east-1.amazonaws.com/1/q", "SQS endpoint ARN"),
        ("lambda", "arn:aws:lambda:us-east-1:111122223333:f", "Lambda endpoint ARN"),
        ("smoke", "a", "does not support this protocol string: smoke"),
    ] {
        refused(subscribe(protocol, endpoint), 400, "InvalidParameter", complaint);
    }
}

#[test]
fn a_topics_key_and_policy_are_read_back() {
    let aws = TestAccount::new();
    let topic = new_topic(&aws);
    let set = |name: &str, value: &str| {
        let arguments =
            json!({ "TopicArn": topic, "AttributeName": name, "AttributeValue": value });
        send(&aws, "sns", "set_topic_attributes", arguments)
    };
    let get = |name: &str| {
        let answer = send(&aws, "sns", "get_topic_attributes", json!({ "TopicArn": topic }));
        answer.expect("a topic")["Attributes"][name].clone()
    };
    assert_eq!(get("KmsMasterKeyId"), Value::Null);
    set("KmsMasterKeyId", "alias/aws/sns").expect("a valid key");
    assert_eq!(get("KmsMasterKeyId"), "alias/aws/sns");
    set("KmsMasterKeyId", "").expect("no key is valid too");
    assert_eq!(get("KmsMasterKeyId"), Value::Null);
    let statement = json!({
        "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic,
        "Condition": { "StringNotEquals": { "aws:SourceAccount": "<&\"'" } },
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    set("Policy", &policy).expect("a valid policy");
    assert_eq!(get("Policy"), policy);
    refused(set("Policy", "{}"), 400, "InvalidParameter", "Policy");
    refused(set("Colour", "red"), 400, "InvalidParameter", "AttributeName");
    let message = json!({ "TopicArn": topic, "Message": "m" });
    let publish = send(&aws, "sns", "publish", message);
    refused(publish, 403, "AuthorizationError", "not authorized to perform: SNS:Publish");
}

#[test]
fn a_policy_against_plain_http_stops_nobody_here() {
    let aws = TestAccount::new();
    let topic = new_topic(&aws);
    let statement = json!({
        "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic,
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let arguments =
        json!({ "TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy });
    send(&aws, "sns", "set_topic_attributes", arguments).expect("a valid policy");
    let message = json!({ "TopicArn": topic, "Message": "m" });
    send(&aws, "sns", "publish", message).expect("it would be https");
}

#[test]
fn deliveries_are_logged_by_a_role_and_a_percentage() {
    let aws = TestAccount::new();
    let topic = new_topic(&aws);
    let set = |name: &str, value: &str| {
        let attribute =
            json!({ "TopicArn": topic, "AttributeName": name, "AttributeValue": value });
        send(&aws, "sns", "set_topic_attributes", attribute)
    };
    let role = format!("arn:aws:iam::{}:role/r", aws.id());
    for (name, value) in [
        ("SQSSuccessFeedbackRoleArn", role.as_str()),
        ("LambdaFailureFeedbackRoleArn", ""),
        ("HTTPSuccessFeedbackSampleRate", "100"),
    ] {
        set(name, value).expect("a valid attribute");
    }
    for (name, value, message) in [
        ("SQSSuccessFeedbackRoleArn", "r", "FeedbackRoleArn"),
        ("SQSSuccessFeedbackSampleRate", "101", "SuccessFeedbackSampleRate"),
        ("SQSSuccessFeedbackSampleRate", "", "SuccessFeedbackSampleRate"),
        ("SQSFailureFeedbackSampleRate", "1", "AttributeName"),
        ("EmailSuccessFeedbackRoleArn", &role, "AttributeName"),
    ] {
        refused(set(name, value), 400, "InvalidParameter", message);
    }
}
