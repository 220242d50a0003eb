//! The steps that follow from the list of kinds and the settings.

use std::sync::Arc;

use crate::account::context::Context;
use crate::engine::{Desired, DesiredStep, Step, StepId};
use crate::model::lambda::Lambda;
use crate::model::region::Region;
use crate::model::settings::table::Switch;
use crate::model::settings::{Regions, VaultId};
use crate::steps::KINDS;
use crate::steps::scope::{Entry, InRegion, Scope};

/// Every step of the deployment: what is wanted of it, and what it left behind.
pub(crate) fn all(context: &Context) -> Vec<DesiredStep> {
    let settings = &context.settings;
    let Regions { primary, secondary, .. } = &settings.regions;
    let mut wanted = Vec::new();
    for group in KINDS.chunk_by(|one, next| one.scope.is_like(next.scope)) {
        let steps: Vec<Arc<dyn Step>> = match group[0].scope {
            Scope::Account(_) => in_account(context, group),
            Scope::EachVault(_) => of_vaults(context, group, &settings.vaults()),
            Scope::EachPlan(_) => of_plans(context, group, primary, &settings.plan_names()),
            Scope::AlarmRegions(_) => in_regions(context, group, settings.regions.with_alarms()),
            Scope::Secondary(_) => in_regions(context, group, [secondary]),
            Scope::WithoutAlarms(_) => {
                in_regions(context, group, settings.regions.without_alarms())
            }
            Scope::Switched(switch, _) => in_regions(context, group, &switch.on_in(settings)),
        };
        wanted.extend(steps.into_iter().map(|step| or_given(context, step)));
    }
    let former = &settings.former;
    let vaults: Vec<VaultId> = former.vaults.iter().cloned().collect();
    let left = of_vaults(context, KINDS, &vaults).into_iter();
    let mut left: Vec<Arc<dyn Step>> = left.map(|step| or_given(context, step)).collect();
    let always = KINDS.iter().filter(|entry| entry.scope.switch().is_none());
    left.extend(in_regions(context, always, &former.moved_from));
    let plans: Vec<String> =
        settings.plan_names().into_iter().chain(former.dropped_plans.clone()).collect();
    for region in former.moved_from.iter().chain([primary]) {
        left.extend(of_plans(context, KINDS, region, &plans));
    }
    let of_topics = KINDS.iter().filter(|entry| entry.is_of_topic);
    left.extend(in_regions(context, of_topics, &former.topics));
    left.extend(in_account(context, KINDS).into_iter().filter(|_| former.service_role));
    // The record names the regions in which a setting was on: elsewhere nobody has to ask for its kinds.
    for (switch, regions) in &former.switched_off {
        left.extend(regions.iter().flat_map(|region| switched(context, *switch, region)));
    }
    left.retain(|step| wanted.iter().all(|wanted| wanted.id() != step.id()));
    desired_steps(wanted, Desired::Present).chain(desired_steps(left, Desired::Absent)).collect()
}

/// What may be ours in a region.
pub(crate) struct Around {
    pub(crate) region: Region,
    pub(crate) vaults: Vec<VaultId>,
    /// What the settings called the plans.
    pub(crate) plans: Vec<String>,
}

/// Every kind of resource in every one of these regions, with the vaults and plans that may be ours there:
/// where there is no record to say which is which. All of it is to go.
pub(crate) fn anywhere(context: &Context, regions: &[Around]) -> Vec<DesiredStep> {
    let mut steps = in_account(context, KINDS);
    for Around { region, vaults, plans } in regions {
        steps.extend(of_vaults(context, KINDS, vaults));
        steps.extend(of_plans(context, KINDS, region, plans));
        steps.extend(in_regions(context, KINDS, [region]));
    }
    desired_steps(steps, Desired::Absent).collect()
}

/// The links of a function's alarm chain in a region, from what sets it off to who is told.
pub(crate) fn chain(context: &Context, lambda: Lambda, region: &Region) -> Vec<Arc<dyn Step>> {
    let links = KINDS.iter().filter_map(|entry| {
        let (_, place) = entry.link.filter(|(of, _)| *of == lambda)?;
        Some((place, or_given(context, entry.scope.in_region()?(context, region))))
    });
    let mut links: Vec<(u8, Arc<dyn Step>)> = links.collect();
    links.sort_by_key(|(place, _)| *place);
    links.into_iter().map(|(_, step)| step).collect()
}

/// What hands a region's events to the secondary, in the order in which it is made.
pub(crate) fn forwarding(context: &Context, region: &Region) -> Vec<Arc<dyn Step>> {
    let steps = KINDS.iter().filter_map(|entry| match entry.scope {
        Scope::WithoutAlarms(new) => Some(new(context, region)),
        _ => None,
    });
    steps.collect()
}

/// What a setting switches on in a region.
pub(crate) fn switched(context: &Context, switch: Switch, region: &Region) -> Vec<Arc<dyn Step>> {
    let kinds = KINDS.iter().filter(|entry| entry.scope.switch() == Some(switch));
    in_regions(context, kinds, [region])
}

/// The setting that switches a step's kind on; `None` where it is there in any case.
pub(crate) fn switch_of(context: &Context, id: &StepId) -> Option<Switch> {
    let region = id.region.as_ref()?;
    let mut switches = KINDS.iter().filter_map(|entry| entry.scope.switch());
    switches.find(|switch| switched(context, *switch, region).iter().any(|step| step.id() == *id))
}

/// What the settings name in the place of a step of ours, or that one.
fn or_given(context: &Context, step: Arc<dyn Step>) -> Arc<dyn Step> {
    let id = step.id();
    KINDS.iter().find_map(|entry| entry.given?(context, &id)).unwrap_or(step)
}

fn in_account(context: &Context, kinds: &[Entry]) -> Vec<Arc<dyn Step>> {
    let global = kinds.iter().filter_map(|entry| match entry.scope {
        Scope::Account(new) => Some(new(context)),
        _ => None,
    });
    global.collect()
}

fn of_vaults(context: &Context, kinds: &[Entry], vaults: &[VaultId]) -> Vec<Arc<dyn Step>> {
    let of_each = vaults.iter().flat_map(|vault| {
        kinds.iter().filter_map(|entry| match entry.scope {
            Scope::EachVault(new) => Some(new(context, vault.clone())),
            _ => None,
        })
    });
    of_each.collect()
}

fn of_plans(
    context: &Context,
    kinds: &[Entry],
    region: &Region,
    plans: &[String],
) -> Vec<Arc<dyn Step>> {
    let of_each = plans.iter().flat_map(|plan| {
        kinds.iter().filter_map(move |entry| match entry.scope {
            Scope::EachPlan(new) => Some(new(context, region, plan)),
            _ => None,
        })
    });
    of_each.collect()
}

fn in_regions<'a>(
    context: &Context,
    kinds: impl IntoIterator<Item = &'a Entry>,
    regions: impl IntoIterator<Item = &'a Region>,
) -> Vec<Arc<dyn Step>> {
    let regional = kinds.into_iter().filter_map(|entry| entry.scope.in_region());
    let regional: Vec<InRegion> = regional.collect();
    let in_each = regions.into_iter().flat_map(|region| {
        let each = regional.iter();
        each.map(move |new| new(context, region))
    });
    in_each.collect()
}

fn desired_steps(steps: Vec<Arc<dyn Step>>, desired: Desired) -> impl Iterator<Item = DesiredStep> {
    steps.into_iter().map(move |step| DesiredStep { step, desired })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;
    use crate::account::context::tests::context;
    use crate::engine::Kind;
    use crate::model::settings::table::switches;
    use crate::model::settings::{MAIN, Settings};
    use crate::steps::{function, metric_alarm, plan, topic, vault};

    fn ids() -> Vec<StepId> {
        all(&context()).iter().map(|wanted| wanted.step.id()).collect()
    }

    #[test]
    fn the_role_comes_first_and_every_dependency_is_listed_before() {
        let ids = ids();
        assert!(ids[0].is_root());
        for (n, id) in ids.iter().enumerate() {
            for dependency in ids.iter().filter(|other| id.depends_on(other)) {
                assert!(ids[..n].contains(dependency), "{id} depends on {dependency}");
            }
        }
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "one is listed twice");
    }

    #[test]
    fn no_two_kinds_share_a_label() {
        let region = context().settings.regions.secondary.clone();
        let (vaults, plans) = (vec![VaultId::plain(&region)], vec![MAIN.to_owned()]);
        let steps = anywhere(&context(), &[Around { region, vaults, plans }]);
        let labels: BTreeSet<&str> = steps.iter().map(|one| one.step.id().kind.label).collect();
        assert_eq!(labels.len(), KINDS.len());
    }

    /// The default deployment with all that can be chosen.
    fn with_recovery_alarms() -> Context {
        with(|settings| {
            settings.recovery_alarms.insert(settings.regions.secondary.clone());
        })
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Context {
        let mut context = context();
        let mut settings = context.settings.as_ref().clone();
        change(&mut settings);
        context.settings = Arc::new(settings);
        context
    }

    #[test]
    fn recovery_alarms_are_where_the_settings_name_them_and_where_they_were() {
        let steps_of = |context: &Context| -> Vec<(String, Desired)> {
            let steps = all(context).into_iter();
            let alarms = steps.filter(|one| metric_alarm::is_of_recovery(&one.step.id()));
            alarms.map(|one| (one.step.id().to_string(), one.desired)).collect()
        };
        let both = |desired| {
            ["us-west-2 recovery alarm", "us-west-2 recovery data alarm"]
                .map(|id| (id.to_owned(), desired))
        };
        let moved = |settings: &mut Settings| {
            settings.former.moved_from.insert(settings.regions.secondary.clone());
        };
        assert_eq!(steps_of(&context()), []);
        assert_eq!(steps_of(&with_recovery_alarms()), both(Desired::Present));
        assert_eq!(steps_of(&with(moved)), [], "nobody had any there");
        let off = |settings: &mut Settings| {
            moved(settings);
            let here = BTreeSet::from([settings.regions.secondary.clone()]);
            settings.former.switched_off.insert(metric_alarm::ON_RECOVERY, here);
        };
        assert_eq!(steps_of(&with(off)), both(Desired::Absent));
    }

    #[test]
    fn every_switch_is_a_setting_and_has_kinds() {
        let known: BTreeSet<Switch> = switches().collect();
        let used = KINDS.iter().filter_map(|entry| entry.scope.switch()).collect();
        assert_eq!(known, used);
        let region = &context().settings.regions.secondary;
        for switch in known {
            for step in switched(&context(), switch, region) {
                assert_eq!(switch_of(&context(), &step.id()), Some(switch), "{}", step.id());
            }
        }
        assert_eq!(switch_of(&context(), &StepId::regional(&topic::KIND, region)), None);
    }

    #[test]
    fn what_a_kind_uses_of_others_is_told_by_one_that_is_listed() {
        let ids = ids();
        let kinds: Vec<&Kind> = ids.iter().map(|id| id.kind).collect();
        for kind in &kinds {
            assert_eq!(kind.unheard_of(&kinds), [], "{} uses what nobody tells", kind.label);
        }
    }

    #[test]
    fn there_is_a_vault_in_each_region_and_the_rest_in_the_first_two() {
        let regions_of = |kind: &Kind| -> Vec<String> {
            let of_kind = ids().into_iter().filter(|id| id.kind == kind);
            of_kind.filter_map(|id| Some(id.region?.to_string())).collect()
        };
        assert_eq!(regions_of(&vault::KIND).len(), 3);
        assert_eq!(regions_of(&plan::KIND), ["us-east-1"]);
        assert_eq!(regions_of(&topic::KIND), ["us-east-1", "us-west-2"]);
        assert_eq!(regions_of(&function::VALIDATOR), ["us-east-1", "us-west-2"]);
        assert_eq!(regions_of(&function::WATCHDOG), ["us-west-2"]);
    }

    #[test]
    fn a_chain_goes_from_the_rule_to_who_is_told() {
        let region = &context().settings.regions.secondary;
        let labels = |lambda| -> Vec<&str> {
            chain(&context(), lambda, region).iter().map(|step| step.id().kind.label).collect()
        };
        let validator = labels(Lambda::Validator);
        assert_eq!((validator[0], validator[5]), ("event rule", "alert topic"));
        let watchdog = labels(Lambda::Watchdog);
        assert_eq!((watchdog[0], watchdog[6]), ("watchdog schedule", "heartbeat alarm"));
    }
}
