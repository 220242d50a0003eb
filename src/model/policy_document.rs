//! Policy documents in the one form in which they are compared: pure.
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
    fn what_means_something_else_is_not_the_same() {
        let of = |action: Value| json!({"Statement": [{"Effect": "Allow", "Action": action}]});
        assert_ne!(normal(&of(json!(["a", "b"]))), normal(&of(json!("a"))));
        assert_ne!(normal(&json!({"Statement": []})), normal(&json!({"Statement": [{}]})));
        assert_eq!(normal(&Value::Null), Value::Null);
    }
}
