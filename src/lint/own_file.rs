//! mrbackup's own file, by the settings that it means.

use std::collections::BTreeMap;

use crate::lint::model::{
    Condition, Content, Copy, Field, Lifecycle, Operator, Place, Plan, Rule, Selection, Vault,
};
use crate::model::names::Names;
use crate::model::region::Region;
use crate::model::selection::Part;
use crate::model::settings::{Lifecycle as Days, MAIN, Rule as RuleSettings, Settings, within};

/// The account is the one that the deployment is made in, whichever that is.
fn vault_arn(region: &str, name: &str) -> String {
    format!("arn:${{AWS::Partition}}:backup:{region}:${{AWS::AccountId}}:backup-vault:{name}")
}

/// The plans that `up` would make of settings; `lines` are those of the rules, by name.
pub(crate) fn read(
    settings: &Settings,
    names: &Names,
    lines: &BTreeMap<String, usize>,
    place: &Place,
) -> Content {
    let plans = settings.all_plans().into_iter().map(|plan| {
        let rules = plan.rules.iter().map(|rule| {
            let line = lines.get(&within(&plan.name, &rule.name)).copied();
            let pointer = match plan.name.as_str() {
                MAIN => format!("rules.{}", rule.name),
                plan => format!("plans.{plan}.rules.{}", rule.name),
            };
            read_rule(settings, names, rule, &Place { pointer: Some(pointer), ..place.at(line) })
        });
        let selections = plan.selections.iter().flat_map(|one| {
            let parts = one.parts(names.partition).into_iter();
            parts.map(|part| read_part(&one.name, part, place)).collect::<Vec<_>>()
        });
        Plan {
            label: names.plan(&plan.name),
            name: Field::is(names.plan(&plan.name)),
            regions: vec![settings.regions.primary.clone()],
            rules: rules.collect(),
            selections: selections.collect(),
            has_all_selections: true,
            place: match plan.name.as_str() {
                MAIN => place.clone(),
                plan => Place { pointer: Some(format!("plans.{plan}")), ..place.clone() },
            },
            ..Plan::default()
        }
    });
    let vaults = settings.vaults().into_iter().map(|vault| Vault {
        name: names.vault(&vault),
        region: Some(vault.region),
        lock: None,
        key: vault.kms_key,
        is_air_gapped: false,
    });
    Content { plans: plans.collect(), vaults: vaults.collect(), notes: Vec::new() }
}

fn read_part(name: &str, part: Part, place: &Place) -> Selection {
    let conditions = part.conditions.iter().flat_map(|(operator, keys)| {
        let values =
            keys.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        values.map(|(key, value)| Condition {
            operator: Operator::parse(operator),
            key: key.clone(),
            value: value.clone(),
        })
    });
    let conditions = conditions.collect();
    Selection {
        label: name.to_owned(),
        conditions,
        resources: part.resources,
        not_resources: part.not_resources,
        is_known: true,
        place: place.clone(),
        ..Selection::default()
    }
}

fn read_rule(settings: &Settings, names: &Names, rule: &RuleSettings, place: &Place) -> Rule {
    let vault = |region: &Region| names.vault(&settings.vault_in(region));
    let copies = rule.copies.iter().map(|copy| Copy {
        vault: Field::is(vault_arn(copy.region.as_str(), &vault(&copy.region))),
        lifecycle: lifecycle(copy.lifecycle, rule.archive),
        place: place.clone(),
        others: Vec::new(),
    });
    Rule {
        name: Field::is(rule.name.clone()),
        vault: Field::is(vault(&settings.regions.primary)),
        schedule: Field::is(rule.schedule.clone()),
        timezone: Field::is(rule.timezone.clone()),
        start_window: Field::is(rule.start_window_minutes),
        completion_window: Field::is(rule.completion_window_minutes),
        continuous: Field::is(rule.continuous),
        lifecycle: lifecycle(rule.lifecycle, rule.archive),
        copies: copies.collect(),
        point_tags: rule
            .recovery_point_tags
            .iter()
            .map(|(key, value)| (key.clone(), Some(value.clone())))
            .collect(),
        place: place.clone(),
        others: Vec::new(),
    }
}

fn lifecycle(days: Days, archive: bool) -> Lifecycle {
    Lifecycle {
        is_there: true,
        cold: Field::from_option(days.cold_days),
        delete: Field::from_option(days.delete_days),
        archive: Field::is(archive),
        others: Vec::new(),
    }
}
