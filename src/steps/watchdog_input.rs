//! What the watchdog is told with every tick of its clock, so that it needs neither IAM nor the primary: pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::context::Context;
use crate::engine::Facts;
use crate::model::names::short_hash;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::protection::rpo;
use crate::steps::plan_document::PlanDocument;
use crate::steps::selection;

/// The target's input, as far as its selection is known.
pub(crate) fn told(context: &Context, facts: &Facts) -> Value {
    document(context, &selection::wanted_names(context, facts.for_kind(&selection::KIND)))
}

/// The names of the selections that an input tells of, in the order of the settings.
pub(super) fn selections(input: &Value) -> Vec<String> {
    let several = input["selections"].as_array().into_iter().flatten();
    let several: Vec<&str> = several.filter_map(|one| one["name"].as_str()).collect();
    let names = if several.is_empty() {
        input["selection"].as_str().into_iter().collect()
    } else {
        several
    };
    names.into_iter().map(str::to_owned).collect()
}

/// The target's input: settings, names, and the ages that the rules promise.
pub(super) fn document(context: &Context, selections: &[String]) -> Value {
    let (settings, names) = (&context.settings, &context.names);
    let promised = rpo::ages(settings);
    let region = |region: Region| {
        let vault = names.vault(&settings.vault_in(&region));
        let rpo = promised.get(&region);
        let minutes = rpo.map(|rpo| rpo.minutes);
        let mut input = json!({"vault": vault, "promised_minutes": minutes});
        if let Some(rpo) = rpo.filter(|rpo| !rpo.by_type.is_empty()) {
            input["promised_minutes_by_type"] = json!(rpo.by_type);
        }
        (region.to_string(), input)
    };
    let topics = settings.regions.with_alarms();
    let topics = topics.map(|region| (region.to_string(), json!(names.topic_arn(region))));
    let document = PlanDocument::from_settings(settings, names);
    let mut input = json!({
        "schema": "mrbackup.watchdog/1",
        "primary": settings.regions.primary,
        "regions": settings.regions.names().into_iter().map(region).collect::<BTreeMap<_, _>>(),
        "select_tags": settings.select_tags,
        "types": resource_types::watched(),
        "plan": {
            "name": names.plan(),
            "rules": document.rules.keys().collect::<Vec<_>>(),
            "digest": short_hash(&document.canonical().to_string(), 16),
        },
        "selection": selections.first(),
        "topics": BTreeMap::from(topics),
        "id": context.id.as_ref(),
        "subscribers": settings.subscribers,
    });
    // Of the select tags alone it is told by those: its input is what it was.
    if !settings.selections.is_empty() {
        let parts = settings.selected().into_iter().flat_map(|one| one.parts(names.partition));
        let named = selections.iter().zip(parts).map(|(name, part)| {
            let mut told = json!(part);
            told["name"] = json!(name);
            told
        });
        input["selections"] = named.collect();
    }
    // Its memory is of three hours at least: of three looks, unless they are further apart than this.
    if settings.watchdog_minutes > 60 {
        input["minutes"] = settings.watchdog_minutes.into();
    }
    input
}
