//! mrbackup's own file, by the settings that it means.

use std::collections::BTreeMap;

use crate::lint::model::{Content, Copy, Field, Lifecycle, Place, Plan, Rule, Selection, Vault};
use crate::model::settings::{Lifecycle as Days, Rule as RuleSettings, Settings};

/// The account is the one that the deployment is made in, whichever that is.
fn vault_arn(region: &str, name: &str) -> String {
    format!("arn:${{AWS::Partition}}:backup:{region}:${{AWS::AccountId}}:backup-vault:{name}")
}

/// The plan that `up` would make of settings; `vault` is the name of its vaults, `lines` those of the rules, by name.
pub(crate) fn read(
    settings: &Settings,
    vault: &str,
    lines: &BTreeMap<String, usize>,
    place: &Place,
) -> Content {
    let rules = settings.rules.iter().map(|rule| {
        let pointer = Some(format!("rules.{}", rule.name));
        let place = Place { pointer, ..place.at(lines.get(&rule.name).copied()) };
        read_rule(rule, vault, &place)
    });
    let selection = Selection {
        label: "select_tags".to_owned(),
        resources: vec!["*".to_owned()],
        conditions: settings.select_tags.len(),
        is_known: true,
        place: place.clone(),
        ..Selection::default()
    };
    let plan = Plan {
        label: vault.to_owned(),
        name: Field::is(vault.to_owned()),
        regions: vec![settings.regions.primary.clone()],
        rules: rules.collect(),
        selections: vec![selection],
        has_all_selections: true,
        place: place.clone(),
        ..Plan::default()
    };
    let vaults = settings.regions.names().into_iter();
    let vaults =
        vaults.map(|region| Vault { name: vault.to_owned(), region: Some(region), lock: None });
    Content { plans: vec![plan], vaults: vaults.collect(), notes: Vec::new() }
}

fn read_rule(rule: &RuleSettings, vault: &str, place: &Place) -> Rule {
    let copies = rule.copies.iter().map(|copy| Copy {
        vault: Field::is(vault_arn(copy.region.as_str(), vault)),
        lifecycle: lifecycle(copy.lifecycle, rule.archive),
        place: place.clone(),
    });
    Rule {
        name: Field::is(rule.name.clone()),
        vault: Field::is(vault.to_owned()),
        schedule: Field::is(rule.schedule.clone()),
        timezone: Field::is(rule.timezone.clone()),
        start_window: Field::is(rule.start_window_minutes),
        completion_window: Field::is(rule.completion_window_minutes),
        continuous: Field::is(rule.continuous),
        lifecycle: lifecycle(rule.lifecycle, rule.archive),
        copies: copies.collect(),
        place: place.clone(),
    }
}

fn lifecycle(days: Days, archive: bool) -> Lifecycle {
    Lifecycle {
        is_there: true,
        cold: Field::from_option(days.cold_days),
        delete: Field::from_option(days.delete_days),
        archive: Field::is(archive),
    }
}
