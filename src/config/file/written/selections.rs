//! The selections as a file has them.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{InlineTable, Value};

use crate::config::file::written::lines::{comment, line, list};
use crate::model::selection::Selection;
use crate::model::settings::table::entry;
use crate::model::tags::Tags;

/// What stands in place of them where there are none.
const EXAMPLE: &str = "\
[[selections]]
name = \"databases\"
types = [\"DynamoDB\", \"RDS\"]
any_tags = { Tier = [\"gold\", \"silver\"] }
not_tags = { Stage = \"test\" }
";

/// The selections, or an example of one as a comment.
pub(crate) fn selections(selections: &[Selection]) -> String {
    let about = comment(entry("selections").map_or("", |selections| selections.above));
    if selections.is_empty() {
        return about + &comment(EXAMPLE);
    }
    let written =
        selections.iter().enumerate().map(|(at, one)| selection("selections", one, at == 0));
    about + &written.collect::<Vec<_>>().join("\n")
}

/// A selection of a plan.
pub(super) fn in_plan(one: &Selection) -> String {
    selection("plans.selections", one, false)
}

fn selection(list: &str, selection: &Selection, explained: bool) -> String {
    let behind = |key: &str| {
        let entry = entry(&format!("selections.*.{key}")).filter(|_| explained);
        entry.map_or("", |entry| entry.behind)
    };
    let members = [
        ("tags", tags(&selection.tags)),
        ("any_tags", tag_lists(&selection.any_tags)),
        ("not_tags", tag_lists(&selection.not_tags)),
        ("like", tags(&selection.like)),
        ("resources", texts(&selection.resources)),
        ("not_resources", texts(&selection.not_resources)),
        ("types", texts(&selection.types)),
    ];
    let mut lines = vec![format!("[[{list}]]"), line("name", selection.name.as_str(), "")];
    let members = members.into_iter().filter_map(|(key, value)| Some((key, value?)));
    lines.extend(members.map(|(key, value)| line(key, value, behind(key))));
    lines.join("\n") + "\n"
}

fn tags(tags: &Tags) -> Option<Value> {
    let table: InlineTable = tags.iter().collect();
    (!tags.is_empty()).then(|| table.into())
}

fn tag_lists(tags: &BTreeMap<String, BTreeSet<String>>) -> Option<Value> {
    let pairs = tags.iter().map(|(key, values)| (key, list(values.iter().map(String::as_str))));
    let table: InlineTable = pairs.collect();
    (!tags.is_empty()).then(|| table.into())
}

fn texts(texts: &BTreeSet<String>) -> Option<Value> {
    (!texts.is_empty()).then(|| list(texts.iter().map(String::as_str)))
}
