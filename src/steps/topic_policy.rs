//! Who may publish to a topic, as far as alarms depend on it: pure.

use serde_json::{Value, json};

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

/// Statements of a policy document.
fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether the account's own callers may publish by the topic's policy, as they may by default.
pub(super) fn lets_owner_publish(policy: &Value, account: &str) -> bool {
    statements(policy).iter().any(|statement| {
        statement["Effect"] == "Allow" && publishes(statement) && is_for(statement, account)
    })
}

/// Statements that deny publishing, by their Sid: they shut alarms out whatever else is allowed.
pub(super) fn denials(policy: &Value) -> Vec<String> {
    let denies = |statement: &&Value| statement["Effect"] == "Deny" && publishes(statement);
    let sid = |statement: &Value| statement["Sid"].as_str().unwrap_or("without a Sid").to_owned();
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

fn publishes(statement: &Value) -> bool {
    let is_publish = |action: &Value| {
        let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
        matches!(action.as_str(), "sns:publish" | "sns:*" | "*")
    };
    match &statement["Action"] {
        Value::Array(actions) => actions.iter().any(is_publish),
        action => is_publish(action),
    }
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
    fn a_denial_is_named() {
        let policy = json!({"Statement": [
            {"Sid": "shut", "Effect": "Deny", "Principal": "*", "Action": "sns:*"},
            {"Sid": "other", "Effect": "Deny", "Principal": "*", "Action": ["SNS:Subscribe"]},
        ]});
        assert_eq!(denials(&policy), ["shut"]);
    }
}
