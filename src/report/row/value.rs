//! Values as a person reads them: text without quotes, and no JSON.

use serde_json::Value;

/// A field's path as a person reads it: the ARN of a vault as `REGION/NAME`.
pub(super) fn place(field: &str) -> String {
    let Some((before, arn)) = field.split_once("arn:") else { return field.to_owned() };
    match arn.split(':').collect::<Vec<_>>()[..] {
        [_, "backup", region, _, "backup-vault", name] => format!("{before}{region}/{name}"),
        _ => field.to_owned(),
    }
}

/// Whether a value can be said in one go: it holds nothing that holds something itself.
pub(super) fn is_flat(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_single),
        Value::Object(members) => members.values().all(is_single),
        _ => true,
    }
}

fn is_single(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// Whether a member goes without saying.
fn is_silent(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A flat value: text without quotes, nothing as `none`, and of a list or an object what it holds.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.is_empty() => {
            items.iter().map(shown).collect::<Vec<_>>().join(", ")
        }
        Value::Object(members) if !members.is_empty() => {
            // Of a copy without days there is nothing else to show.
            let all_silent = members.values().all(is_silent);
            let is_said =
                |value: &Value| if all_silent { value.is_null() } else { !is_silent(value) };
            let said = members.iter().filter(|(_, value)| is_said(value));
            let said = said.map(|(key, value)| format!("{} {}", place(key), shown(value)));
            said.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A value of any depth: what is single first, then a paragraph for each member that is not, and
/// one for all members that hold the same.
pub(super) fn paragraphs(value: &Value) -> Vec<String> {
    let Value::Object(members) = value else {
        return match value {
            Value::Array(items) if !is_flat(value) => items.iter().flat_map(paragraphs).collect(),
            flat => vec![shown(flat)],
        };
    };
    if is_flat(value) {
        return vec![shown(value)];
    }
    let said = members.iter().filter(|(_, value)| !is_silent(value));
    let (single, deeper): (Vec<_>, Vec<_>) = said.partition(|(_, value)| is_single(value));
    let single: Vec<String> =
        single.into_iter().map(|(key, value)| format!("{key} {}", shown(value))).collect();
    let mut paragraphs = Vec::from_iter((!single.is_empty()).then(|| single.join(", ")));
    for (key, value) in deeper {
        paragraphs.extend(member(key, value));
    }
    paragraphs
}

fn member(key: &str, value: &Value) -> Vec<String> {
    match value {
        flat if is_flat(flat) => vec![format!("{key}: {}", shown(flat))],
        Value::Object(members) => {
            let mut grouped: Vec<(String, &Value)> = Vec::new();
            for (name, value) in members {
                match grouped.iter_mut().find(|(_, other)| *other == value) {
                    Some((names, _)) => *names = format!("{names}, {}", place(name)),
                    None => grouped.push((place(name), value)),
                }
            }
            let named = |(names, value): (String, &Value)| member(&format!("{key} {names}"), value);
            grouped.into_iter().flat_map(named).collect()
        }
        other => paragraphs(other).into_iter().map(|words| format!("{key}: {words}")).collect(),
    }
}
