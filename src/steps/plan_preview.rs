//! AWS's own preview of a plan's runs against this program's calendar: where they differ the proof of the schedule is worth nothing.

use std::collections::BTreeMap;

use aws_sdk_backup::types::{
    BackupPlan, BackupRule, RuleExecutionType, ScheduledPlanExecutionMember,
};
use jiff::Timestamp;

use crate::protection::schedule::{Cron, time_zone};

/// One sentence for each rule whose previewed run is not in the calendar.
///
/// Only that way round: whether the preview leaves out the runs that an overlapping rule takes over
/// is not documented. Continuous backups run at moments of AWS's choosing.
pub(super) fn disagreements(
    plan: &BackupPlan,
    preview: &[ScheduledPlanExecutionMember],
) -> Vec<String> {
    let mut lines = BTreeMap::new();
    for run in preview {
        let rule = plan.rules.iter().find(|rule| rule.rule_id() == run.rule_id());
        let at = run.execution_time().and_then(|at| Timestamp::from_second(at.secs()).ok());
        let (Some(rule), Some(at)) = (rule, at) else { continue };
        if run.rule_execution_type() == Some(&RuleExecutionType::Continuous) {
            continue;
        }
        if expected(rule, at).is_some_and(|expected| expected != at) {
            let name = &rule.rule_name;
            lines.entry(name).or_insert_with(|| {
                format!(
                    "AWS computes that rule {name} runs at {at}, and the calendar of this program differs: \
                     believe AWS, not `mrbackup plan`, and report it"
                )
            });
        }
    }
    lines.into_values().collect()
}

/// The rule's first run not before `at`; `None` where its schedule cannot be read.
fn expected(rule: &BackupRule, at: Timestamp) -> Option<Timestamp> {
    let cron = Cron::parse(rule.schedule_expression()?).ok()?;
    let zone = time_zone(rule.schedule_expression_timezone().unwrap_or("Etc/UTC")).ok()?;
    let before = at.checked_sub(jiff::SignedDuration::from_secs(1)).ok()?;
    cron.next_run(before, &zone).ok().map(|run| run.timestamp())
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::primitives::DateTime;

    use super::*;

    fn plan(schedule: &str, zone: &str) -> BackupPlan {
        let rule = BackupRule::builder()
            .rule_id("id")
            .rule_name("daily")
            .target_backup_vault_name("vault")
            .schedule_expression(schedule)
            .schedule_expression_timezone(zone)
            .build()
            .unwrap();
        BackupPlan::builder().backup_plan_name("plan").rules(rule).build().unwrap()
    }

    fn run(at: &str, kind: RuleExecutionType) -> ScheduledPlanExecutionMember {
        let at: Timestamp = at.parse().unwrap();
        ScheduledPlanExecutionMember::builder()
            .rule_id("id")
            .execution_time(DateTime::from_secs(at.as_second()))
            .rule_execution_type(kind)
            .build()
    }

    #[test]
    fn a_preview_that_agrees_is_silent_across_daylight_saving() {
        let runs = ["2026-10-24T00:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"];
        let preview = runs.map(|at| run(at, RuleExecutionType::Snapshots));
        let plan = plan("cron(0 2 ? * * *)", "Europe/Berlin");
        assert_eq!(disagreements(&plan, &preview), [""; 0]);
    }

    #[test]
    fn a_run_that_the_calendar_lacks_is_said_once() {
        let late = || run("2026-11-24T02:30:00Z", RuleExecutionType::Snapshots);
        let plan = plan("cron(0 2 ? * * *)", "UTC");
        let lines = disagreements(&plan, &[late(), late()]);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("AWS computes that rule daily runs at 2026-11-24T02:30:00Z"));
        let continuous = run("2026-11-24T02:30:00Z", RuleExecutionType::Continuous);
        assert_eq!(disagreements(&plan, &[continuous]), [""; 0]);
    }

    #[test]
    fn a_schedule_by_hand_that_cannot_be_read_is_no_disagreement() {
        let preview = [run("2026-11-24T02:30:00Z", RuleExecutionType::Snapshots)];
        assert_eq!(disagreements(&plan("rate(1 day)", "UTC"), &preview), [""; 0]);
    }
}
