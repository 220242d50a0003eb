//! Whether a trust policy lets a service assume its role: pure.

use serde_json::Value;

use crate::model::policy_document::{covers, one_or_many, statements};

/// What a service does to work with a role.
const ASSUME: &str = "sts:AssumeRole";

/// What a trust policy means for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    Allowed,
    /// Only under a condition, whose keys the service may or may not send.
    UnderCondition,
    NotAllowed,
    /// A statement without a condition denies it, whatever another allows.
    Denied,
}

/// What the policy means for this service.
pub(super) fn judged(trust: &Value, service: &str) -> Trust {
    let about = |effect: &str, is_free: bool| {
        statements(trust).iter().any(|statement| {
            statement["Effect"] == effect
                && covers(statement, ASSUME)
                && names(statement, service)
                && statement["Condition"].is_null() == is_free
        })
    };
    if about("Deny", true) {
        Trust::Denied
    } else if about("Allow", true) && !about("Deny", false) {
        Trust::Allowed
    } else if about("Allow", true) || about("Allow", false) {
        Trust::UnderCondition
    } else {
        Trust::NotAllowed
    }
}

/// Whether a statement is about the service. `*` as a principal is everyone's, services' among them (IAM user guide, "AWS
/// JSON policy elements: Principal").
fn names(statement: &Value, service: &str) -> bool {
    let principal = &statement["Principal"];
    let of_service = one_or_many(&principal["Service"]);
    principal == "*" || of_service.iter().any(|name| name == service || name == "*")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BACKUP: &str = "backup.amazonaws.com";

    fn statement(effect: &str, principal: &Value, condition: &Value) -> Value {
        let mut statement =
            json!({"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"});
        if !condition.is_null() {
            statement["Condition"] = condition.clone();
        }
        statement
    }

    fn judge(statements: &[Value]) -> Trust {
        judged(&json!({"Version": "2012-10-17", "Statement": statements}), BACKUP)
    }

    #[test]
    fn the_service_has_to_be_named_and_not_denied() {
        let none = Value::Null;
        let backup = json!({"Service": BACKUP});
        let both = json!({"Service": ["ec2.amazonaws.com", BACKUP]});
        let account = json!({"StringEquals": {"aws:SourceAccount": "111122223333"}});
        let allow = |principal: &Value| statement("Allow", principal, &none);
        assert_eq!(judge(&[allow(&backup)]), Trust::Allowed);
        assert_eq!(judge(&[allow(&both)]), Trust::Allowed);
        assert_eq!(judge(&[]), Trust::NotAllowed);
        assert_eq!(judge(&[allow(&json!({"Service": "ec2.amazonaws.com"}))]), Trust::NotAllowed);
        assert_eq!(judge(&[allow(&json!({"AWS": "arn:aws:iam::1:root"}))]), Trust::NotAllowed);
        assert_eq!(judge(&[statement("Allow", &backup, &account)]), Trust::UnderCondition);
        let denied = statement("Deny", &json!("*"), &none);
        assert_eq!(judge(&[allow(&backup), denied]), Trust::Denied);
        let denied = statement("Deny", &backup, &account);
        assert_eq!(judge(&[allow(&backup), denied]), Trust::UnderCondition);
    }
}
