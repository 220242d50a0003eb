//! Whether those who publish alarms can use a topic's key, by its policy: pure.

use serde_json::{Value, json};

use crate::model::policy_document::{
    covers, is_about_plain_http, normal, one_or_many, sid, statements,
};

/// What whoever publishes to an encrypted topic does with its key (SNS developer guide, "Key
/// management").
const ACTIONS: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];
const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

/// One who publishes.
pub(super) enum Publisher<'a> {
    /// An alarm: no policy but the key's own lets it in.
    CloudWatch,
    /// A function, by its role's ARN.
    Function {
        role_arn: &'a str,
        /// Where the role's own policy names the key, so that it is enough when the key's leaves that
        /// to the account.
        account: Option<&'a str>,
    },
}

/// What the policy is to such a one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Use {
    Allowed,
    /// Every statement that allows it does so under a condition, which is not judged.
    UnderCondition,
    /// No statement allows it.
    NotAllowed,
    /// This statement denies it.
    Denied(String),
}

impl Publisher<'_> {
    /// The statement that a key's policy needs for such a one (CloudWatch user guide, "Notifying users on
    /// alarm changes").
    pub(super) fn statement(&self) -> Value {
        let principal = match self {
            Self::CloudWatch => json!({"Service": CLOUDWATCH}),
            Self::Function { role_arn, .. } => json!({"AWS": role_arn}),
        };
        json!({
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        })
    }
}

/// Whether the policy of a key lets such a one use it.
pub(super) fn judged(policy: &Value, by: &Publisher<'_>) -> Use {
    let policy = normal(policy);
    let about = |effect: &'static str| {
        let statements = statements(&policy).iter();
        statements.filter(move |one| one["Effect"] == effect && is_about(one, by))
    };
    let mut under_condition = false;
    for action in ACTIONS {
        let denies = |one: &&Value| {
            covers(one, action) && !is_about_plain_http(one) && one["Condition"].is_null()
        };
        if let Some(denial) = about("Deny").find(denies) {
            return Use::Denied(sid(denial));
        }
        let mut allowing = about("Allow").filter(|one| covers(one, action)).peekable();
        if allowing.peek().is_none() {
            return Use::NotAllowed;
        }
        under_condition |= allowing.all(|one| !one["Condition"].is_null());
    }
    if under_condition { Use::UnderCondition } else { Use::Allowed }
}

/// Whether a statement names such a one, or everybody.
fn is_about(statement: &Value, by: &Publisher<'_>) -> bool {
    let names = |principals: &Value| match principals {
        Value::Object(kinds) => {
            kinds.iter().any(|(kind, names)| one_or_many(names).iter().any(|one| is(kind, one, by)))
        }
        name => is("AWS", name, by),
    };
    let named = match &statement["NotPrincipal"] {
        Value::Null => names(&statement["Principal"]),
        left_out => !names(left_out),
    };
    // A caller's account is that of a user or role: AWS's own keys name everybody of it, and no service
    // is among them (KMS developer guide, "kms:CallerAccount").
    named && !(matches!(by, Publisher::CloudWatch) && has_condition(statement, "kms:CallerAccount"))
}

fn is(kind: &str, principal: &Value, by: &Publisher<'_>) -> bool {
    let name = principal.as_str().unwrap_or_default();
    match (kind, by) {
        ("AWS", _) if name == "*" => true,
        ("Service", Publisher::CloudWatch) => name == CLOUDWATCH,
        ("AWS", Publisher::Function { role_arn, account }) => {
            let is_account =
                |account: &str| name == account || name.ends_with(&format!(":iam::{account}:root"));
            name == *role_arn || account.is_some_and(is_account)
        }
        _ => false,
    }
}

fn has_condition(statement: &Value, key: &str) -> bool {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    let mut keys = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
    keys.any(|(name, _)| name.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";
    const ROLE: &str =
        "arn:aws:iam::111122223333:role/mrbackup/mrbackup-default-validator-us-west-2";

    fn root() -> Value {
        let root = format!("arn:aws:iam::{ACCOUNT}:root");
        json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"})
    }

    fn of(statements: &Value) -> (Use, Use) {
        let policy = json!({ "Statement": statements });
        let function = Publisher::Function { role_arn: ROLE, account: Some(ACCOUNT) };
        (judged(&policy, &Publisher::CloudWatch), judged(&policy, &function))
    }

    #[test]
    fn the_account_lets_its_functions_in_and_no_alarm() {
        assert_eq!(of(&json!([root()])), (Use::NotAllowed, Use::Allowed));
        let both = json!([root(), Publisher::CloudWatch.statement()]);
        assert_eq!(of(&both), (Use::Allowed, Use::Allowed));
        assert_eq!(
            of(&json!([Publisher::CloudWatch.statement()])),
            (Use::Allowed, Use::NotAllowed)
        );
        let role = json!([{"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ACTIONS}]);
        assert_eq!(of(&role), (Use::NotAllowed, Use::Allowed));
    }

    #[test]
    fn a_role_whose_own_policy_does_not_name_the_key_has_to_be_in_the_keys() {
        let function = Publisher::Function { role_arn: ROLE, account: None };
        let of = |statement: Value| judged(&json!({ "Statement": [statement] }), &function);
        assert_eq!(of(root()), Use::NotAllowed);
        assert_eq!(of(function.statement()), Use::Allowed);
    }

    #[test]
    fn both_actions_are_needed_and_may_be_in_two_statements() {
        let allow = |action: &str| json!({"Effect": "Allow", "Principal": {"Service": [CLOUDWATCH]}, "Action": action});
        assert_eq!(of(&json!([allow("kms:Decrypt")])).0, Use::NotAllowed);
        assert_eq!(of(&json!([allow("kms:Decrypt"), allow("kms:Generate*")])).0, Use::Allowed);
        let mut other = allow("kms:*");
        other["Principal"] = json!({"Service": "events.amazonaws.com"});
        assert_eq!(of(&json!([other])).0, Use::NotAllowed);
    }

    #[test]
    fn a_condition_is_not_judged_and_a_denial_is_the_end() {
        let mut here = Publisher::CloudWatch.statement();
        here["Condition"] = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}});
        assert_eq!(of(&json!([here])).0, Use::UnderCondition);
        let mut deny =
            json!({"Sid": "shut", "Effect": "Deny", "Principal": "*", "Action": "kms:Dec*"});
        let all = |deny: &Value| of(&json!([root(), Publisher::CloudWatch.statement(), deny]));
        assert_eq!(all(&deny), (Use::Denied("shut".to_owned()), Use::Denied("shut".to_owned())));
        deny["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}});
        assert_eq!(all(&deny), (Use::Allowed, Use::Allowed));
    }

    /// As KMS shows the policy of the key behind `alias/aws/sns`.
    #[test]
    fn awss_own_key_is_for_users_and_not_for_alarms() {
        let policy = json!([{
            "Effect": "Allow", "Principal": {"AWS": "*"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant"], "Resource": "*",
            "Condition": {"StringEquals": {
                "kms:ViaService": "sns.us-west-2.amazonaws.com", "kms:CallerAccount": ACCOUNT,
            }},
        }]);
        assert_eq!(of(&policy), (Use::NotAllowed, Use::UnderCondition));
    }
}
