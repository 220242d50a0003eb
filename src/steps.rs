//! The one list of steps, in the recipe's order.

mod event_rule;
mod event_target;
mod function;
mod log_group;
mod permission;
mod plan;
mod plan_document;
mod role;
mod selection;
mod selection_content;
mod service_role;
mod subscriptions;
mod topic;
mod validator_role;
mod vault;

use std::sync::Arc;

use crate::context::Context;
use crate::engine::{Live, Step};
use crate::failure::Failure;
use crate::region::Region;
use crate::settings::RegionRole;

pub(crate) use service_role::read_tags as service_role_tags;
pub(crate) use service_role::write_tags as write_service_role_tags;
pub(crate) use vault::read_tags as vault_tags;
pub(crate) use vault::recovery_points;
pub(crate) use vault::write_tags as write_vault_tags;

/// Every step of the deployment.
pub(crate) fn all(context: &Context) -> Vec<Arc<dyn Step>> {
    let regions = context.settings.regions.all();
    let mut steps: Vec<Arc<dyn Step>> = vec![Arc::new(service_role::ServiceRole::new(context))];
    for (region, _) in &regions {
        steps.push(Arc::new(vault::Vault::new(context, region)));
    }
    for (region, role) in &regions {
        if *role == RegionRole::Primary {
            steps.extend(of_primary(context, region));
        }
    }
    steps
}

/// Every kind of resource in every one of these regions: where there is no record to say which is which.
pub(crate) fn anywhere(context: &Context, regions: &[Region]) -> Vec<Arc<dyn Step>> {
    let mut steps: Vec<Arc<dyn Step>> = vec![Arc::new(service_role::ServiceRole::new(context))];
    for region in regions {
        steps.push(Arc::new(vault::Vault::new(context, region)));
        steps.extend(of_primary(context, region));
    }
    steps
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
    use crate::engine::Kind;

    #[test]
    fn the_role_comes_first_and_every_need_is_listed_before() {
        let context = context();
        let mut seen = HashSet::new();
        for step in all(&context) {
            for need in step.needs() {
                assert!(seen.contains(&need), "{} needs {need} before it", step.id());
            }
            assert!(seen.insert(step.id()), "{} twice", step.id());
        }
        assert_eq!(all(&context)[0].id().kind, Kind::ServiceRole);
    }

    #[test]
    fn there_is_a_vault_in_each_region_and_the_rest_in_the_primary() {
        let context = context();
        let steps = all(&context);
        let vaults = steps.iter().filter(|step| step.id().kind == Kind::Vault).count();
        assert_eq!(vaults, 3);
        let regional = steps.iter().filter(|step| step.id().kind != Kind::Vault);
        for region in regional.filter_map(|step| step.id().region) {
            assert_eq!(region.as_str(), "us-east-1");
        }
    }
}
