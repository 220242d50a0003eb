//! What a backup selection selects, by AWS's words alone: from the document that AWS keeps, and of nobody else's code.
//!
//! Developer guide, "Assign resources with AWS CLI": ARNs by OR, conditions by AND, `*` "represents zero or more
//! non-whitespace characters"; API reference, `BackupSelection`: tags of `ListOfTags` by OR.

use serde_json::Value;

/// Whether a selection takes a resource with these tags, an object of texts.
#[must_use]
pub fn selects(selection: &Value, arn: &str, tags: &Value) -> bool {
    let list = |member: &str| selection[member].as_array().cloned().unwrap_or_default();
    let is_in = |member: &str| list(member).iter().any(|one| fits(&bytes(one), arn.as_bytes()));
    if is_in("NotResources") {
        return false;
    }
    let tagged = list("ListOfTags").iter().any(|tag| {
        let key = tag["ConditionKey"].as_str().unwrap_or_default();
        !tags[key].is_null() && tags[key] == tag["ConditionValue"]
    });
    tagged || is_in("Resources") && conditions(&selection["Conditions"], tags)
}

fn conditions(conditions: &Value, tags: &Value) -> bool {
    let operators = conditions.as_object().into_iter().flatten();
    let mut all = operators.flat_map(|(operator, list)| {
        list.as_array().into_iter().flatten().map(move |one| (operator.as_str(), one))
    });
    all.all(|(operator, condition)| {
        let key = condition["ConditionKey"].as_str().unwrap_or_default();
        let key = key.trim_start_matches("aws:ResourceTag/");
        let (live, wanted) = (&tags[key], &condition["ConditionValue"]);
        let like = || !live.is_null() && fits(&bytes(wanted), &bytes(live));
        match operator {
            "StringEquals" => live == wanted,
            "StringNotEquals" => live != wanted,
            "StringLike" => like(),
            "StringNotLike" => !like(),
            other => panic!("AWS Backup has no operator {other}"),
        }
    })
}

fn bytes(text: &Value) -> Vec<u8> {
    text.as_str().unwrap_or_default().as_bytes().to_vec()
}

/// By trying every length that an asterisk can stand for.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        Some((letter, rest)) => text.first() == Some(letter) && fits(rest, &text[1..]),
    }
}
