//! The difference between what is there and what is wanted, field by field.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Change {
    /// Path of the field, such as `rules.daily.schedule`.
    pub(crate) field: String,
    /// What is there; `null` where nothing is.
    pub(crate) old: Value,
    /// What is wanted; `null` where nothing is.
    pub(crate) new: Value,
}

/// Compares two specifications of the same type. Objects compare by key, everything else whole.
pub(crate) fn diff(live: &Value, wanted: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", live, wanted, &mut changes);
    changes
}

fn compare(path: &str, live: &Value, wanted: &Value, changes: &mut Vec<Change>) {
    if live == wanted {
        return;
    }
    if let (Value::Object(old), Value::Object(new)) = (live, wanted) {
        for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let side = |map: &serde_json::Map<_, _>| map.get(key).cloned().unwrap_or(Value::Null);
            compare(&path, &side(old), &side(new), changes);
        }
    } else {
        changes.push(Change { field: path.to_owned(), old: live.clone(), new: wanted.clone() });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_fields_that_differ_are_named() {
        let live =
            json!({"rules": {"daily": {"schedule": "a", "window": 480}}, "tags": {"k": "v"}});
        let wanted = json!({"rules": {"daily": {"schedule": "b", "window": 480}, "weekly": {}}, "tags": {"k": "v"}});
        let changes = diff(&live, &wanted);
        let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["rules.daily.schedule", "rules.weekly"]);
        assert_eq!((&changes[0].old, &changes[0].new), (&json!("a"), &json!("b")));
        assert_eq!((&changes[1].old, &changes[1].new), (&Value::Null, &json!({})));
    }

    #[test]
    fn lists_compare_whole() {
        let changes = diff(&json!({"list": [1, 2]}), &json!({"list": [2, 1]}));
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].field, "list");
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            "[a-c]".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_exactly_from_itself(a in tree(), b in tree()) {
            prop_assert!(diff(&a, &a).is_empty());
            // An absent field and a null one are the same to AWS, hence to the comparison.
            let same = |changes: Vec<Change>| changes.is_empty();
            prop_assert_eq!(same(diff(&a, &b)), same(diff(&b, &a)));
        }
    }
}
