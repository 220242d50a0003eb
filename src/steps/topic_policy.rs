//! Who may publish to a topic, as far as alarms depend on it: pure.

use serde_json::{Value, json};

use crate::model::policy_document::{covers, is_about_plain_http, one_or_many, sid, statements};
use crate::steps::topic_key_policy::Use;

/// What those need who publish.
const PUBLISH: &str = "sns:Publish";

/// Who sends an alarm's message.
const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

/// What SNS gives a topic that was made without a policy (SNS developer guide, "Default access
/// policy"): everybody of the account, CloudWatch's alarms among them.
const OWNER_ACTIONS: [&str; 8] = [
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
];

/// Whether the account's own callers may publish by the topic's policy, as they may by default.
pub(super) fn lets_owner_publish(policy: &Value, account: &str) -> bool {
    statements(policy).iter().any(|statement| {
        statement["Effect"] == "Allow" && covers(statement, PUBLISH) && is_for(statement, account)
    })
}

/// Whether CloudWatch's alarms may publish: as callers of the account, or by CloudWatch's own name. Of conditions only those
/// that name the account are judged.
pub(super) fn of_alarms(policy: &Value, account: &str) -> Use {
    let names_cloudwatch = |statement: &&Value| {
        let services = one_or_many(&statement["Principal"]["Service"]);
        let is_named = services.iter().any(|service| service == CLOUDWATCH);
        statement["Effect"] == "Allow" && covers(statement, PUBLISH) && is_named
    };
    let is_of = |statement: &Value| {
        let condition = &statement["Condition"];
        condition.is_null() || condition.to_string().contains(account)
    };
    let mut allowing = statements(policy).iter().filter(names_cloudwatch).peekable();
    let by_name = allowing.peek().is_some();
    if lets_owner_publish(policy, account) || allowing.any(is_of) {
        Use::Allowed
    } else if by_name {
        Use::UnderCondition
    } else {
        Use::NotAllowed
    }
}

/// The statement with which they may.
pub(super) fn alarms_statement(topic_arn: &str, account: &str) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"Service": CLOUDWATCH},
        "Action": PUBLISH,
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    })
}

/// Statements that deny publishing to those who publish alarms, by their Sid: they shut alarms out
/// whatever else is allowed. `account` is ours, `prefix` how the names of our roles begin.
pub(super) fn denials(policy: &Value, account: &str, prefix: &str) -> Vec<String> {
    let denies = |statement: &&Value| {
        statement["Effect"] == "Deny"
            && covers(statement, PUBLISH)
            && !is_about_plain_http(statement)
            && is_about_us(statement, account, prefix)
    };
    statements(policy).iter().filter(denies).map(sid).collect()
}

/// The policy with the owner's statement back in it, and all that others have put there.
pub(super) fn with_owner(policy: &Value, topic_arn: &str, account: &str) -> Value {
    let mut statements = statements(policy).to_vec();
    statements.push(json!({
        "Sid": "mrbackup_owner",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": OWNER_ACTIONS,
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }));
    json!({"Version": "2008-10-17", "Statement": statements})
}

/// Whether a statement may be about our functions or CloudWatch's alarms: one that names others only
/// is not.
fn is_about_us(statement: &Value, account: &str, prefix: &str) -> bool {
    let Some(principals) = statement["Principal"].as_object() else { return true };
    let concerns = |kind: &str, principal: &Value| {
        let name = principal.as_str().unwrap_or_default();
        let root = name == "*" || name == account || name.ends_with(&format!("{account}:root"));
        match kind {
            "AWS" => root || name.rsplit('/').next().is_some_and(|role| role.starts_with(prefix)),
            "Service" => name.starts_with("cloudwatch."),
            _ => false,
        }
    };
    let mut all = principals.iter();
    all.any(|(kind, names)| one_or_many(names).iter().any(|name| concerns(kind, name)))
}

/// Whether a statement is for everybody of the account.
fn is_for(statement: &Value, account: &str) -> bool {
    let principal = statement["Principal"].get("AWS").unwrap_or(&statement["Principal"]);
    let everybody = principal == "*" || principal.as_str().is_some_and(|p| p.contains(account));
    let condition = &statement["Condition"];
    everybody && (condition.is_null() || condition.to_string().contains(account))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";

    #[test]
    fn the_default_lets_the_owner_publish_and_is_put_back_beside_the_rest() {
        let default = json!({"Statement": [{
            "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"},
            "Action": ["SNS:Subscribe", "SNS:Publish"], "Resource": "arn",
            "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
        }]});
        assert!(lets_owner_publish(&default, ACCOUNT));
        let other = json!({"Statement": [{
            "Sid": "theirs", "Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"},
            "Action": "SNS:Publish", "Resource": "arn",
        }]});
        assert!(!lets_owner_publish(&other, ACCOUNT));
        let mended = with_owner(&other, "arn", ACCOUNT);
        assert!(lets_owner_publish(&mended, ACCOUNT));
        assert_eq!(mended["Statement"][0], other["Statement"][0]);
    }

    #[test]
    fn alarms_may_publish_as_the_account_or_by_cloudwatchs_name() {
        let policy = |statements: Value| json!({"Statement": statements});
        let of = |statements: Value| of_alarms(&policy(statements), ACCOUNT);
        assert_eq!(of(json!([])), Use::NotAllowed);
        let mut statement = alarms_statement("arn", ACCOUNT);
        assert_eq!(of(json!([statement])), Use::Allowed);
        statement["Condition"] = json!({"StringEquals": {"aws:SourceOrgID": "o-1234567890"}});
        assert_eq!(of(json!([statement])), Use::UnderCondition);
        statement["Condition"] = Value::Null;
        assert_eq!(of(json!([statement])), Use::Allowed);
        statement["Principal"] = json!({"Service": "events.amazonaws.com"});
        assert_eq!(of(json!([statement])), Use::NotAllowed);
    }

    fn denied(statements: &Value) -> Vec<String> {
        denials(&json!({"Statement": statements}), ACCOUNT, "mrbackup-default-")
    }

    #[test]
    fn a_denial_is_named() {
        let found = denied(&json!([
            {"Sid": "shut", "Effect": "Deny", "Principal": "*", "Action": "sns:*"},
            {"Sid": "other", "Effect": "Deny", "Principal": "*", "Action": ["SNS:Subscribe"]},
            {"Sid": "begin", "Effect": "Deny", "Principal": "*", "Action": ["SNS:Pub*"]},
            {"Sid": "rest", "Effect": "Deny", "Principal": "*", "NotAction": "SNS:Subscribe"},
            {"Sid": "but", "Effect": "Deny", "Principal": "*", "NotAction": ["SNS:Publish"]},
        ]));
        assert_eq!(found, ["shut", "begin", "rest"]);
    }

    #[test]
    fn a_denial_of_callers_without_tls_is_no_trouble() {
        let deny = |sid: &str, condition: Value| {
            json!({
                "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "sns:Publish",
                "Condition": condition,
            })
        };
        let found = denied(&json!([
            deny("plain", json!({"Bool": {"aws:SecureTransport": "false"}})),
            deny("list", json!({"BoolIfExists": {"AWS:securetransport": ["false"]}})),
            deny("tls", json!({"Bool": {"aws:SecureTransport": "true"}})),
            deny("time", json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})),
        ]));
        assert_eq!(found, ["tls", "time"]);
    }

    #[test]
    fn a_denial_of_others_is_no_trouble() {
        let deny = |sid: &str, principal: Value| json!({"Sid": sid, "Effect": "Deny", "Principal": principal, "Action": "sns:Publish"});
        let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/mrbackup/{name}");
        let found = denied(&json!([
            deny("bob", json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/bob")})),
            deny("theirs", json!({"AWS": ["arn:aws:iam::444455556666:root"]})),
            deny("service", json!({"Service": "events.amazonaws.com"})),
            deny("account", json!({"AWS": ["444455556666", ACCOUNT]})),
            deny("root", json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")})),
            deny("ours", json!({"AWS": role("mrbackup-default-validator-us-east-1")})),
            deny("alarms", json!({"Service": ["cloudwatch.amazonaws.com"]})),
            deny("everybody", json!({"AWS": "*"})),
        ]));
        assert_eq!(found, ["account", "root", "ours", "alarms", "everybody"]);
    }
}
