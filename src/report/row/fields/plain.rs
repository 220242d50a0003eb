//! Fields whose values are for machines, in words: a hash means nothing to a person, and differs anyway.

use serde_json::Value;

use crate::engine::Change;

/// The change as a person reads it; `None` where its values can be read as they are.
pub(super) fn in_words(change: &Change) -> Option<Change> {
    let say = |field: &str, old: &str, new: &str| {
        let side = |value: &Value, words: &str| match value {
            Value::Null => Value::Null,
            _ => words.into(),
        };
        let (old, new) = (side(&change.old, old), side(&change.new, new));
        Some(Change { field: field.to_owned(), old, new })
    };
    match change.field.split('.').collect::<Vec<_>>()[..] {
        ["code_sha256"] => say("code", "of another version or edited", "of this version"),
        ["input", "plan", "digest"] => say("input.plan", "as recorded before", "as recorded now"),
        ["input", "id"] => say("input.id", "of another deployment", "of this deployment"),
        ["input", "subscribers"] => {
            let count =
                |value: &Value| value.as_array().map(|all| format!("{} recorded", all.len()));
            let [old, new] =
                [&change.old, &change.new].map(|value| count(value).unwrap_or_default());
            // As many, and others.
            let new = if old == new { format!("{new}, and not the same") } else { new };
            say(&change.field, &old, &new)
        }
        ["subscribers", hash] if is_hash(hash) => {
            say("subscribers", "", "one whose address is not recorded")
        }
        [.., "mrbackup:id"] => say(&change.field, "of another deployment", "of this deployment"),
        _ => None,
    }
}

/// Whether it is hexadecimal and too long for a word.
fn is_hash(name: &str) -> bool {
    name.len() >= 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
