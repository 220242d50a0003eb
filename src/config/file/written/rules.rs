//! The rules as a file has them.

use toml_edit::InlineTable;

use crate::config::file::written::lines::{comment, line};
use crate::model::settings::table::entry;
use crate::model::settings::{CopyTo, Lifecycle, Rule};

/// The rules at the top, the first with comments; nothing where there are none.
pub(crate) fn rules(rules: &[Rule]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let mut text = comment(entry("rules").map_or("", |rules| rules.above));
    for (at, one) in rules.iter().enumerate() {
        let blank = if at == 0 { "" } else { "\n" };
        text = format!("{text}{blank}{}", rule("rules", one, at == 0));
    }
    text
}

/// What stands behind a field of a rule.
fn behind(field: &str, explained: bool) -> &'static str {
    let entry = entry(&format!("rules.*.{field}")).filter(|_| explained);
    entry.map_or("", |entry| entry.behind)
}

/// A rule of a plan.
pub(super) fn in_plan(one: &Rule) -> String {
    rule("plans.rules", one, false)
}

fn rule(list: &str, rule: &Rule, explained: bool) -> String {
    let (start, completion) = ("start_window_minutes", "completion_window_minutes");
    let behind = |field: &str| behind(field, explained);
    let mut lines = vec![
        format!("[[{list}]]"),
        line("name", rule.name.as_str(), behind("name")),
        line("schedule", rule.schedule.as_str(), behind("schedule")),
        line("timezone", rule.timezone.as_str(), behind("timezone")),
        line(start, rule.start_window_minutes, behind(start)),
        line(completion, rule.completion_window_minutes, behind(completion)),
    ];
    lines.extend(lifecycle(rule.lifecycle, explained));
    lines.push(line("continuous", rule.continuous, behind("continuous")));
    lines.push(line("archive", rule.archive, behind("archive")));
    let tags: InlineTable = rule.recovery_point_tags.iter().collect();
    lines.push(line("recovery_point_tags", tags, behind("recovery_point_tags")));
    for CopyTo { region, lifecycle: days } in &rule.copies {
        lines.push(format!("\n[[{list}.copies]]"));
        lines.push(line("region", region.as_str(), ""));
        lines.extend(lifecycle(*days, false));
    }
    lines.join("\n") + "\n"
}

fn lifecycle(lifecycle: Lifecycle, explained: bool) -> Vec<String> {
    let days =
        [("cold_after_days", lifecycle.cold_days), ("delete_after_days", lifecycle.delete_days)];
    let said = days.into_iter().filter_map(|(field, days)| Some((field, days?)));
    said.map(|(field, days)| line(field, days, behind(field, explained))).collect()
}
