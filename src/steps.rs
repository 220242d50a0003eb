//! The one list of steps, in the recipe's order.

mod backup_tags;
mod event_rule;
mod event_target;
mod function;
mod log_group;
mod permission;
mod plan;
mod plan_document;
mod plan_preview;
mod role;
mod selection;
mod selection_content;
mod service_role;
mod subscriptions;
mod topic;
mod validator_role;
mod vault;

use std::sync::Arc;

use crate::context::{Context, Tags};
use crate::engine::{Aim, Goal, Live, Step};
use crate::failure::Failure;
use crate::region::Region;

pub(crate) use service_role::read_tags as service_role_tags;
pub(crate) use service_role::write_tags as write_service_role_tags;
pub(crate) use vault::read_all_tags as vault_tags;
pub(crate) use vault::recovery_points;
pub(crate) use vault::write_tags as write_vault_tags;

/// Every step of the deployment: what is wanted of it, and what it left behind.
pub(crate) fn all(context: &Context) -> Vec<Aim> {
    let settings = &context.settings;
    let mut wanted: Vec<Arc<dyn Step>> = vec![Arc::new(service_role::ServiceRole::new(context))];
    for vault in settings.vaults() {
        wanted.push(Arc::new(vault::Vault::new(context, vault)));
    }
    wanted.extend(of_primary(context, &settings.regions.primary));

    let mut left: Vec<Arc<dyn Step>> = Vec::new();
    for vault in &settings.former.vaults {
        left.push(Arc::new(vault::Vault::new(context, vault.clone())));
    }
    for region in &settings.former.primaries {
        left.extend(of_primary(context, region));
    }
    aims(wanted, Goal::Present).chain(aims(left, Goal::Gone)).collect()
}

/// Every kind of resource in every one of these regions: where there is no record to say which is
/// which. All of it is to go.
pub(crate) async fn anywhere(context: &Context, regions: &[Region]) -> Vec<Aim> {
    let mut steps: Vec<Arc<dyn Step>> = vec![Arc::new(service_role::ServiceRole::new(context))];
    for region in regions {
        for vault in vault::in_region(context, region).await {
            steps.push(Arc::new(vault::Vault::new(context, vault)));
        }
        steps.extend(of_primary(context, region));
    }
    aims(steps, Goal::Gone).collect()
}

fn aims(steps: Vec<Arc<dyn Step>>, goal: Goal) -> impl Iterator<Item = Aim> {
    steps.into_iter().map(move |step| Aim { step, goal })
}

/// Keys of tags that are there and not wanted.
fn surplus(live: &Tags, wanted: &Tags) -> Vec<String> {
    live.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect()
}

fn of_primary(context: &Context, region: &Region) -> Vec<Arc<dyn Step>> {
    vec![
        Arc::new(plan::Plan::new(context, region)),
        Arc::new(selection::Selection::new(context, region)),
        Arc::new(topic::Topic::new(context, region)),
        Arc::new(subscriptions::Subscriptions::new(context, region)),
        Arc::new(log_group::LogGroup::new(context, region)),
        Arc::new(validator_role::ValidatorRole::new(context, region)),
        Arc::new(function::Function::new(context, region)),
        Arc::new(event_rule::EventRule::new(context, region)),
        Arc::new(event_target::EventTarget::new(context, region)),
        Arc::new(permission::Permission::new(context, region)),
    ]
}

/// Why a resource of our name is not taken over, and the AWS CLI line that gives it (back) to the
/// deployment: `tag` is the line but for the tag itself.
fn not_ours(context: &Context, tag: &TagLine<'_>) -> Live {
    let (key, value) = (crate::names::DEPLOYMENT_TAG, &context.names.deployment);
    let pair = match tag.style {
        TagStyle::Map => format!("{key}={value}"),
        TagStyle::List => format!("Key={key},Value={value}"),
    };
    let region = tag.region.map(|region| format!(" --region {region}")).unwrap_or_default();
    Live::Foreign(format!(
        "it does not carry the tag {key}={value}; if it is: aws {} --tags {pair}{region}",
        tag.command
    ))
}

/// An AWS CLI line that tags a resource.
struct TagLine<'a> {
    /// Service, operation and resource.
    command: String,
    style: TagStyle,
    region: Option<&'a Region>,
}

/// How a service's `--tags` are written.
#[derive(Clone, Copy)]
enum TagStyle {
    Map,
    List,
}

impl<'a> TagLine<'a> {
    fn map(command: String, region: &'a Region) -> Self {
        Self { command, style: TagStyle::Map, region: Some(region) }
    }

    fn list(command: String, region: Option<&'a Region>) -> Self {
        Self { command, style: TagStyle::List, region }
    }
}

/// The refusal of a creating call whose name is taken by something that is not ours.
fn taken(what: &str, name: &str) -> Failure {
    Failure::refused(
        format!("{what} {name} exists and is not of this deployment"),
        "remove or rename it, or choose another deployment name with --name",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::context::tests::context;
    use crate::engine::{Kind, StepId};

    #[test]
    fn the_role_comes_first_and_every_need_is_listed_before() {
        let context = context();
        let mut seen = HashSet::new();
        for Aim { step, .. } in all(&context) {
            for need in step.needs() {
                assert!(seen.contains(&need), "{} needs {need} before it", step.id());
            }
            assert!(seen.insert(step.id()), "{} twice", step.id());
        }
        assert_eq!(all(&context)[0].step.id().kind, Kind::ServiceRole);
    }

    #[test]
    fn there_is_a_vault_in_each_region_and_the_rest_in_the_primary() {
        let context = context();
        let steps = all(&context);
        let ids: Vec<StepId> = steps.iter().map(|aim| aim.step.id()).collect();
        let vaults = ids.iter().filter(|id| id.kind == Kind::Vault).count();
        assert_eq!(vaults, 3);
        let regional = ids.into_iter().filter(|id| id.kind != Kind::Vault);
        for region in regional.filter_map(|id| id.region) {
            assert_eq!(region.as_str(), "us-east-1");
        }
    }
}
