//! The way from a plan to a deployment: both run for one night, then the owner deletes the plan.

use crate::commands::from_plan::source::Source;
use crate::lint::read::Format;
use crate::model::settings::Settings;
use crate::report::Step;

/// The steps, with whole commands as far as the ids are known.
pub(super) fn steps(source: &Source, settings: &Settings, file: &str, has_gaps: bool) -> Vec<Step> {
    let step =
        |command: String, reason: &str| Step { command: Some(command), reason: reason.to_owned() };
    let allowed = if has_gaps { " --allow-gaps" } else { "" };
    let mut steps = vec![
        step(
            format!("mrbackup plan --config {file}"),
            "Check what would be created. Nothing is changed.",
        ),
        step(
            format!("mrbackup up --config {file}{allowed}"),
            "Create it today. For one night both plans run, and both cost.",
        ),
        step(
            format!("mrbackup status --config {file}"),
            "After the night: continue when its backups and copies are there.",
        ),
    ];
    steps.extend(deletion(source, settings));
    let reason = "The recovery points of the old plan stay in its vaults, can be restored, and expire by their own lifecycle.";
    steps.push(Step { command: None, reason: reason.to_owned() });
    if settings.rules.iter().any(|rule| rule.continuous) {
        let reason = "While a resource is in two plans with a continuous rule, AWS Backup makes its continuous backup for one of them and snapshots for the other: point-in-time recovery stays possible from that one alone.";
        steps.push(Step { command: None, reason: reason.to_owned() });
    }
    steps
}

/// How the owner ends the old plan, where it is managed.
fn deletion(source: &Source, settings: &Settings) -> Vec<Step> {
    let managed = match source.format {
        Some(Format::Cloudformation) => Some("the stack's template"),
        Some(Format::Terraform) => Some("Terraform's configuration"),
        Some(Format::OrganizationPolicy) => Some("the organization's backup policy"),
        Some(Format::OwnFile | Format::AwsCli) | None => None,
    };
    let label = &source.plan.label;
    if let Some(managed) = managed {
        let reason = format!("Then remove plan {label} with its selections from {managed}.");
        return vec![Step { command: None, reason }];
    }
    if source.format == Some(Format::OwnFile) {
        let reason = "Then remove the deployment of the old file: mrbackup down --keep-backups";
        return vec![Step { command: None, reason: reason.to_owned() }];
    }
    let region = source.plan.regions.first().unwrap_or(&settings.regions.primary);
    let plan = source.plan.id.as_deref().unwrap_or("PLAN_ID");
    let of_plan = format!("--region {region} --backup-plan-id {plan}");
    let mut steps = Vec::new();
    if !source.plan.has_all_selections {
        steps.push(Step {
            command: Some(format!("aws backup list-backup-selections {of_plan}")),
            reason: "Its selections: AWS Backup deletes no plan that has one.".to_owned(),
        });
    }
    for selection in &source.plan.selections {
        let id = selection.id.as_deref().unwrap_or("SELECTION_ID");
        steps.push(Step {
            command: Some(format!(
                "aws backup delete-backup-selection {of_plan} --selection-id {id}"
            )),
            reason: format!("Then end the old plan: its selection {}.", selection.label),
        });
    }
    steps.push(Step {
        command: Some(format!("aws backup delete-backup-plan {of_plan}")),
        reason: format!("The old plan {label} itself."),
    });
    steps
}
