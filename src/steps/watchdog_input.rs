//! What the watchdog is told with every tick of its clock, so that it needs neither IAM nor the primary: pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::context::Context;
use crate::engine::Facts;
use crate::model::names::short_hash;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::settings::MAIN;
use crate::protection::rpo::{self, Rpo};
use crate::steps::plan_document::PlanDocument;
use crate::steps::selection;

/// The target's input, as far as its selection is known.
pub(crate) fn told(context: &Context, facts: &Facts) -> Value {
    document(context, &selection::wanted_names(context, facts.for_kind(&selection::KIND)))
}

/// The names of the selections that an input tells of, in the order of the settings.
pub(super) fn selections(input: &Value) -> Vec<String> {
    let of_plans = input["plans"].as_array().into_iter().flatten();
    let lists = of_plans.map(|plan| &plan["selections"]).chain([&input["selections"]]);
    let several = lists.filter_map(Value::as_array).flatten();
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
        let mut input = age(promised.get(&region));
        input["vault"] = json!(names.vault(&settings.vault_in(&region)));
        (region.to_string(), input)
    };
    let topics = settings.regions.with_alarms();
    let topics =
        topics.map(|region| (region.to_string(), json!(names.topic_in_use(settings, region))));
    let plans = settings.plan_names();
    let first = plans.first().map_or(MAIN, String::as_str);
    let mut input = json!({
        "schema": "mrbackup.watchdog/1",
        "primary": settings.regions.primary,
        "regions": settings.regions.names().into_iter().map(region).collect::<BTreeMap<_, _>>(),
        "select_tags": settings.select_tags,
        "types": resource_types::watched(),
        "plan": plan(context, first),
        "selection": selections.first(),
        "topics": BTreeMap::from(topics),
        "id": context.id.as_ref(),
        "subscribers": settings.subscribers,
    });
    // Who subscribes to a given topic is not recorded: someone has to have confirmed, where alarms are wanted.
    if !settings.given_topics.is_empty() {
        let given = settings.given_topics.keys();
        let given = given.map(|region| (region, !settings.without_alerts));
        input["given_topics"] = json!(given.collect::<BTreeMap<_, _>>());
    }
    // Others use a given vault too.
    if !settings.given_vaults.is_empty() {
        let makers = names.makers(settings);
        input["given_vaults"] = json!({
            "regions": settings.given_vaults.keys().collect::<Vec<_>>(),
            "plans": makers.plans,
            "roles": makers.roles,
        });
    }
    // Of the select tags alone it is told by those, and of one plan alone by that: its input is what it was.
    if settings.only_select_tags().is_none() {
        let parts = settings.selected().into_iter().flat_map(|one| one.parts(names.partition));
        let named = selections.iter().zip(parts).map(|(name, part)| {
            let mut told = json!(part);
            told["name"] = json!(name);
            told
        });
        input["selections"] = named.collect();
    }
    if settings.has_several_plans() {
        let mut selections = input["selections"].take();
        let mut selections = selections.as_array_mut().into_iter().flat_map(std::mem::take);
        let told = settings.all_plans().into_iter().map(|of| {
            let mut told = plan(context, &of.name);
            let parts = of.selections.iter().map(|one| one.parts(names.partition).len()).sum();
            told["selections"] = selections.by_ref().take(parts).collect();
            let ages = promised.iter().filter_map(|(region, rpo)| {
                Some((region.to_string(), age(Some(rpo.by_plan.get(&of.name)?))))
            });
            told["regions"] = ages.collect::<serde_json::Map<_, _>>().into();
            told
        });
        input["plans"] = told.collect();
        input.as_object_mut().map(|input| input.remove("selections"));
    }
    // Its memory is of three hours at least: of three looks, unless they are further apart than this.
    if settings.watchdog_minutes > 60 {
        input["minutes"] = settings.watchdog_minutes.into();
    }
    input
}

/// How old the newest point may be.
fn age(rpo: Option<&Rpo>) -> Value {
    let mut input = json!({"promised_minutes": rpo.map(|rpo| rpo.minutes)});
    if let Some(rpo) = rpo.filter(|rpo| !rpo.by_type.is_empty()) {
        input["promised_minutes_by_type"] = json!(rpo.by_type);
    }
    input
}

/// How the plan of this name in the settings is known again.
fn plan(context: &Context, plan: &str) -> Value {
    let (settings, names) = (&context.settings, &context.names);
    let document = PlanDocument::from_settings(plan, settings, names);
    json!({
        "name": names.plan(plan),
        "rules": document.rules.keys().collect::<Vec<_>>(),
        "digest": short_hash(&document.canonical().to_string(), 16),
    })
}
