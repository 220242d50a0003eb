//! The plans and classes as a file has them.

use toml_edit::InlineTable;

use crate::config::file::written::lines::{comment, line};
use crate::config::file::written::{rules, selections};
use crate::model::selection::{SIMPLE, Selection};
use crate::model::settings::table::entry;
use crate::model::settings::{Classes, Plan};

/// What stands in place of them where there are none.
const EXAMPLE: &str = "\
[[plans]]
name = \"gold\"
[[plans.rules]]
name = \"hourly\"
schedule = \"cron(0 * ? * * *)\"
delete_after_days = 35

[classes]
tag = \"Criticality\"
values = { high = \"gold\" }
";

/// The plans and the classes, or an example of both as a comment.
pub(super) fn plans(plans: &[Plan], classes: Option<&Classes>) -> String {
    let about = |path: &str| comment(entry(path).map_or("", |entry| entry.above));
    if plans.is_empty() {
        return about("plans") + &comment(EXAMPLE);
    }
    let written = plans.iter().map(plan).collect::<Vec<_>>().join("\n");
    let classes = classes.map(|one| format!("\n{}{}", about("classes"), table(one)));
    format!("{}{written}{}", about("plans"), classes.unwrap_or_default())
}

fn plan(plan: &Plan) -> String {
    let mut text = format!("[[plans]]\n{}\n", line("name", plan.name.as_str(), ""));
    let is_simple = |one: &&Selection| one.name == SIMPLE;
    if let Some(simple) = plan.selections.iter().find(is_simple) {
        let tags: InlineTable = simple.tags.iter().collect();
        text = format!("{text}{}\n", line("select_tags", tags, ""));
    }
    let others = plan.selections.iter().filter(|one| !is_simple(one));
    for one in others {
        text = format!("{text}\n{}", selections::in_plan(one));
    }
    for one in &plan.rules {
        text = format!("{text}\n{}", rules::in_plan(one));
    }
    text
}

fn table(classes: &Classes) -> String {
    let values: InlineTable = classes.values.iter().collect();
    let mut lines = vec![
        "[classes]".to_owned(),
        line("tag", classes.tag.as_str(), ""),
        line("values", values, ""),
    ];
    lines.extend(classes.otherwise.as_deref().map(|plan| line("otherwise", plan, "")));
    lines.join("\n") + "\n"
}
