//! The one list of steps, in the recipe's order.

mod event_pattern;
mod event_rule;
mod event_target;
mod failure_destination;
mod function;
pub(crate) mod function_code;
mod function_document;
mod function_policy;
mod function_role;
mod log_group;
mod metric_alarm;
mod permission;
mod plan;
pub(crate) mod plan_document;
mod plan_preview;
mod selection;
pub(crate) mod selection_content;
mod selection_name;
mod service_role;
mod subscriptions;
mod topic;
mod topic_policy;
mod vault;
pub(crate) mod watchdog_input;

use std::sync::Arc;

use crate::account::context::Context;
use crate::account::vaults;
use crate::engine::{Desired, DesiredStep, Step};
use crate::model::lambda::Lambda;
use crate::model::names::Alarm;
use crate::model::region::Region;
use crate::model::settings::Regions;

/// Every step of the deployment: what is wanted of it, and what it left behind.
pub(crate) fn all(context: &Context) -> Vec<DesiredStep> {
    let settings = &context.settings;
    let mut wanted: Vec<Arc<dyn Step>> = vec![Arc::new(service_role::ServiceRole::new(context))];
    for vault in settings.vaults() {
        wanted.push(Arc::new(vault::Vault::new(context, vault)));
    }
    let Regions { primary, secondary, .. } = &settings.regions;
    wanted.extend(plan(context, primary));
    for region in settings.regions.with_alarms() {
        wanted.extend(alarms(context, region));
    }
    wanted.extend(watchdog(context, secondary));

    let mut left: Vec<Arc<dyn Step>> = Vec::new();
    for vault in &settings.former.vaults {
        left.push(Arc::new(vault::Vault::new(context, vault.clone())));
    }
    for region in &settings.former.moved_from {
        left.extend(homed(context, region));
    }
    left.retain(|step| wanted.iter().all(|wanted| wanted.id() != step.id()));
    desired_steps(wanted, Desired::Present).chain(desired_steps(left, Desired::Absent)).collect()
}

/// Every kind of resource in every one of these regions: where there is no record to say which is
/// which. All of it is to go.
pub(crate) async fn anywhere(context: &Context, regions: &[Region]) -> Vec<DesiredStep> {
    let mut steps: Vec<Arc<dyn Step>> = vec![Arc::new(service_role::ServiceRole::new(context))];
    for region in regions {
        for vault in vaults::in_region(context, region).await {
            steps.push(Arc::new(vault::Vault::new(context, vault)));
        }
        steps.extend(homed(context, region));
    }
    desired_steps(steps, Desired::Absent).collect()
}

fn desired_steps(steps: Vec<Arc<dyn Step>>, desired: Desired) -> impl Iterator<Item = DesiredStep> {
    steps.into_iter().map(move |step| DesiredStep { step, desired })
}

/// Every kind of resource, but for the vault, that a region can be home to.
fn homed(context: &Context, region: &Region) -> Vec<Arc<dyn Step>> {
    let mut steps = plan(context, region);
    steps.extend(alarms(context, region));
    steps.extend(watchdog(context, region));
    steps
}

/// What makes the backups; in the primary.
fn plan(context: &Context, region: &Region) -> Vec<Arc<dyn Step>> {
    vec![
        Arc::new(plan::Plan::new(context, region)),
        Arc::new(selection::Selection::new(context, region)),
    ]
}

/// What tells of failures; in the primary, and on its own in the secondary.
fn alarms(context: &Context, region: &Region) -> Vec<Arc<dyn Step>> {
    let mut steps: Vec<Arc<dyn Step>> = vec![
        Arc::new(topic::Topic::new(context, region)),
        Arc::new(subscriptions::Subscriptions::new(context, region)),
    ];
    steps.extend(function(context, Lambda::Validator, region));
    steps
}

/// What tells of silence; in the secondary.
fn watchdog(context: &Context, region: &Region) -> Vec<Arc<dyn Step>> {
    let mut steps = function(context, Lambda::Watchdog, region);
    for alarm in [Alarm::Findings, Alarm::Heartbeat] {
        steps.push(Arc::new(metric_alarm::MetricAlarm::new(context, alarm, region)));
    }
    steps
}

/// A function with all that it needs to run, and to be run.
fn function(context: &Context, lambda: Lambda, region: &Region) -> Vec<Arc<dyn Step>> {
    vec![
        Arc::new(log_group::LogGroup::new(context, lambda, region)),
        Arc::new(function_role::FunctionRole::new(context, lambda, region)),
        Arc::new(function::Function::new(context, lambda, region)),
        Arc::new(failure_destination::FailureDestination::new(context, lambda, region)),
        Arc::new(event_rule::EventRule::new(context, lambda, region)),
        Arc::new(event_target::EventTarget::new(context, lambda, region)),
        Arc::new(permission::Permission::new(context, lambda, region)),
    ]
}

/// The steps of a function's chain in a region, from what sets it off to who is told.
pub(crate) fn chain(context: &Context, lambda: Lambda, region: &Region) -> Vec<Arc<dyn Step>> {
    let mut steps: Vec<Arc<dyn Step>> = vec![
        Arc::new(event_rule::EventRule::new(context, lambda, region)),
        Arc::new(event_target::EventTarget::new(context, lambda, region)),
        Arc::new(permission::Permission::new(context, lambda, region)),
        Arc::new(function::Function::new(context, lambda, region)),
        Arc::new(failure_destination::FailureDestination::new(context, lambda, region)),
    ];
    match lambda {
        Lambda::Validator => steps.push(Arc::new(topic::Topic::new(context, region))),
        Lambda::Watchdog => steps.extend([Alarm::Findings, Alarm::Heartbeat].map(|alarm| {
            Arc::new(metric_alarm::MetricAlarm::new(context, alarm, region)) as Arc<dyn Step>
        })),
    }
    steps
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::account::context::tests::context;
    use crate::engine::{Kind, StepId};

    #[test]
    fn the_role_comes_first_and_every_need_is_listed_before() {
        let context = context();
        let mut seen = HashSet::new();
        for DesiredStep { step, .. } in all(&context) {
            for need in step.depends_on() {
                assert!(seen.contains(&need), "{} needs {need} before it", step.id());
            }
            assert!(seen.insert(step.id()), "{} twice", step.id());
        }
        assert_eq!(all(&context)[0].step.id().kind, Kind::ServiceRole);
    }

    #[test]
    fn there_is_a_vault_in_each_region_and_the_rest_in_the_first_two() {
        let context = context();
        let steps = all(&context);
        let ids: Vec<StepId> = steps.iter().map(|desired_step| desired_step.step.id()).collect();
        let vaults = ids.iter().filter(|id| id.kind == Kind::Vault).count();
        assert_eq!(vaults, 3);
        let of = |kind: Kind| -> Vec<String> {
            let of_kind = ids.iter().filter(|id| id.kind == kind);
            of_kind.filter_map(|id| Some(id.region.as_ref()?.to_string())).collect()
        };
        assert_eq!(of(Kind::Plan), ["us-east-1"]);
        assert_eq!(of(Kind::Topic), ["us-east-1", "us-west-2"]);
        assert_eq!(of(Kind::Function(Lambda::Validator)), ["us-east-1", "us-west-2"]);
        assert_eq!(of(Kind::Function(Lambda::Watchdog)), ["us-west-2"]);
    }
}
