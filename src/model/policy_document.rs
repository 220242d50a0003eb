//! Policy documents in the one form in which they are compared, and what a statement is about: pure.
//!
//! IAM takes one value and a list of one for the same, a single statement without a list, and any
//! order (IAM user guide, "Grammar of the IAM JSON policy language"); what was typed comes back.

use serde_json::Value;

/// Members of a statement that hold one value or a list of them.
const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];

/// The document with its statements in a list and in order, and each list of values sorted, without
/// doubles, and only where there is more than one.
pub(crate) fn normal(document: &Value) -> Value {
    let mut document = document.clone();
    let Some(members) = document.as_object_mut() else { return document };
    if let Some(statement) = members.remove("Statement") {
        let statements = match statement {
            Value::Array(statements) => statements,
            one => vec![one],
        };
        let mut statements: Vec<Value> = statements.into_iter().map(normal_statement).collect();
        statements.sort_by_key(Value::to_string);
        members.insert("Statement".to_owned(), statements.into());
    }
    document
}

/// Statements of a document in its normal form.
pub(crate) fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().map_or(&[], Vec::as_slice)
}

/// What a statement is called.
pub(crate) fn sid(statement: &Value) -> String {
    statement["Sid"].as_str().unwrap_or("without a Sid").to_owned()
}

/// Policies write a list of one without its brackets, too.
pub(crate) fn one_or_many(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// Whether an action is among those of a statement, which may name those that it leaves out.
pub(crate) fn covers(statement: &Value, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let is_it = |pattern: &Value| {
        matches(&pattern.as_str().unwrap_or_default().to_ascii_lowercase(), &action)
    };
    match &statement["NotAction"] {
        Value::Null => one_or_many(&statement["Action"]).iter().any(is_it),
        left_out => !one_or_many(left_out).iter().any(is_it),
    }
}

/// Whether a resource is among those of a statement, which may name those that it leaves out.
pub(crate) fn is_on(statement: &Value, arn: &str) -> bool {
    let is_it = |pattern: &Value| matches(pattern.as_str().unwrap_or_default(), arn);
    match &statement["NotResource"] {
        Value::Null => one_or_many(&statement["Resource"]).iter().any(is_it),
        left_out => !one_or_many(left_out).iter().any(is_it),
    }
}

/// Whether a text is of a pattern, in which `*` stands for anything and `?` for one character (IAM user
/// guide, "IAM JSON policy elements: Resource").
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = rest.as_str();
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| matches(rest, &text[at..]))
        }
        Some(one) => {
            let mut text = text.chars();
            text.next().is_some_and(|other| one == '?' || one == other)
                && matches(rest.as_str(), text.as_str())
        }
    }
}

/// Whether a statement holds for callers without TLS only: AWS's own are never without (SNS developer
/// guide, "Security best practices": "Enforce encryption of data in transit").
pub(crate) fn is_about_plain_http(statement: &Value) -> bool {
    let is_false = |value: &Value| *value == false || value == "false";
    let operators = statement["Condition"].as_object().into_iter().flatten();
    let of_bool =
        operators.filter(|(operator, _)| operator.to_ascii_lowercase().starts_with("bool"));
    let keys = of_bool.filter_map(|(_, keys)| keys.as_object()).flatten();
    let mut transport = keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SecureTransport"));
    transport.any(|(_, values)| one_or_many(values).iter().all(is_false))
}

fn normal_statement(mut statement: Value) -> Value {
    for (member, value) in statement.as_object_mut().into_iter().flatten() {
        if LISTS.contains(&member.as_str()) {
            sort(value);
        } else if member.ends_with("Principal") {
            value.as_object_mut().into_iter().flatten().for_each(|(_, value)| sort(value));
        } else if member == "Condition" {
            let operators = value.as_object_mut().into_iter().flatten();
            let keys = operators.filter_map(|(_, keys)| keys.as_object_mut()).flatten();
            keys.for_each(|(_, value)| sort(value));
        }
    }
    statement
}

fn sort(value: &mut Value) {
    let Value::Array(values) = value else { return };
    values.sort_by_key(Value::to_string);
    values.dedup();
    if let [one] = &values[..] {
        *value = one.clone();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_means_the_same_is_the_same() {
        let a = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]},
            "Action": ["sts:AssumeRole"], "Condition": {"StringEquals": {"aws:SourceAccount": ["1"]}},
        }});
        let b = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
        }]});
        assert_eq!(normal(&a), normal(&b));
        let (one, two) = (json!({"Sid": "1", "Action": ["b", "a", "b"]}), json!({"Sid": "2"}));
        let sorted = json!({"Sid": "1", "Action": ["a", "b"]});
        assert_eq!(
            normal(&json!({"Statement": [two, one]})),
            normal(&json!({"Statement": [sorted, two]}))
        );
    }

    #[test]
    fn a_statement_covers_what_its_patterns_match_and_not_what_it_leaves_out() {
        let action = "backup:CopyIntoBackupVault";
        for (member, patterns, covered) in [
            ("Action", json!("backup:CopyIntoBackupVault"), true),
            ("Action", json!("BACKUP:copyinto*"), true),
            ("Action", json!(["backup:Delete*", "backup:*Vault"]), true),
            ("Action", json!("*"), true),
            ("Action", json!("backup:Copy????BackupVault"), true),
            ("Action", json!("backup:CopyFrom*"), false),
            ("Action", json!("backup:Copy"), false),
            ("NotAction", json!("backup:Delete*"), true),
            ("NotAction", json!(["backup:Copy*"]), false),
        ] {
            let statement = json!({ member: patterns });
            assert_eq!(covers(&statement, action), covered, "{statement}");
        }
        let on = |member: &str, arn: &str| is_on(&json!({ member: arn }), "arn:aws:x:1");
        assert!(on("Resource", "*") && on("Resource", "arn:*:1") && on("NotResource", "arn:aws:y"));
        assert!(!on("Resource", "ARN:aws:x:1") && !on("NotResource", "arn:aws:x:*"));
    }

    #[test]
    fn what_means_something_else_is_not_the_same() {
        let of = |action: Value| json!({"Statement": [{"Effect": "Allow", "Action": action}]});
        assert_ne!(normal(&of(json!(["a", "b"]))), normal(&of(json!("a"))));
        assert_ne!(normal(&json!({"Statement": []})), normal(&json!({"Statement": [{}]})));
        assert_eq!(normal(&Value::Null), Value::Null);
    }
}
