//! What a change of settings would protect less: pure, and said in so many words before it is done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::settings::{Lifecycle, MAIN, Plan, Rule, Settings, table};
use crate::protection::plan_proof;
use crate::protection::schedule::{self, Cron, RegionProof};

/// One sentence for everything that is protected less by `new` than by `old`.
pub(crate) fn lost_protection(old: &Settings, new: &Settings, now: Timestamp) -> Vec<String> {
    let mut lines = lessened_regions(old, new);
    let rules = new.all_rules();
    lines.extend(old.all_rules().iter().flat_map(|rule| lessened_rule(rule, &rules)));
    lines.extend(lessened_selections(old, new));
    lines.extend(weaker_plans(old, new, now));
    lines.extend(wider_gaps(old, new, now));
    lines.extend(lessened_safeguards(old, new));
    lines.extend(unheard(old, new));
    lines
}

/// Alarms that those who got them get no longer. Whether anyone has confirmed at a given topic is for its step to read.
fn unheard(old: &Settings, new: &Settings) -> Vec<String> {
    let dropped =
        old.given_topics.iter().filter(|(region, _)| !new.given_topics.contains_key(region));
    let mut lines: Vec<String> = dropped
        .map(|(region, topic)| {
            format!(
                "alarms of {region} are no longer sent to {topic}: subscribers of a topic of this deployment have to confirm first"
            )
        })
        .collect();
    if !old.subscribers.is_empty() && new.subscribers.is_empty() {
        let own: Vec<&str> = new.own_topics().into_iter().map(Region::as_str).collect();
        if new.given_topics.is_empty() {
            lines.push("the last subscriber is removed: no one is notified of failures".to_owned());
        } else if !own.is_empty() {
            let own = own.join(" and ");
            lines.push(format!(
                "the last subscriber is removed: no one is notified through the topic of {own}"
            ));
        }
    }
    lines
}

/// Selections whose resources nothing else is known to select.
fn lessened_selections(old: &Settings, new: &Settings) -> Vec<String> {
    if let (Some(before), Some(after)) = (old.only_select_tags(), new.only_select_tags()) {
        let more = after.iter().filter(|(key, value)| before.get(*key) != Some(*value));
        let line = |(key, value): (&String, &String)| {
            format!(
                "resources need the tag {key}={value} from now on: those without it are no longer backed up"
            )
        };
        return more.map(line).collect();
    }
    let are = new.selected();
    let is_lost = |was: &Selection| !was.is_within_any(&are) && !is_in_classes(was, new);
    let lost = old.selected().into_iter().filter(is_lost);
    let line = |was: Selection| {
        let phrase = was.phrase();
        match are.iter().find(|is| is.name == was.name) {
            Some(is) => format!(
                "selection {} takes resources {} from now on, and {phrase} before: those that no selection takes are no longer backed up",
                was.name,
                is.phrase()
            ),
            None => format!(
                "selection {} is removed: resources {phrase} that no other takes are no longer backed up",
                was.name
            ),
        }
    };
    lost.map(line).collect()
}

/// Whether the classes divide all that it takes among the plans.
fn is_in_classes(was: &Selection, new: &Settings) -> bool {
    new.classes.is_some() && was.is_within_any(&new.selected_at_top())
}

/// Selections of a plan that others take now, and that keep less.
fn weaker_plans(old: &Settings, new: &Settings, now: Timestamp) -> Vec<String> {
    let promises = |settings: &Settings| -> Vec<Promise> {
        let plans = plan_proof::prove_each(settings, now).unwrap_or_default();
        plans.into_iter().map(|(plan, proof)| Promise { plan, regions: proof.regions }).collect()
    };
    let (before, after) = (promises(old), promises(new));
    let mut lines = Vec::new();
    for was in &before {
        for selection in &was.plan.selections {
            let is_of = |plan: &&Promise| selection.is_within_any(&plan.plan.selections);
            let same = after.iter().find(|plan| plan.plan.name == was.plan.name);
            if same.is_some_and(|same| is_of(&same)) {
                continue;
            }
            let classes = new.classes.as_ref().filter(|_| is_in_classes(selection, new));
            let takes = |plan: &&Promise| {
                let name = &plan.plan.name;
                let is_class = classes.is_some_and(|classes| classes.name(name));
                *name != was.plan.name && is_class || is_of(plan)
            };
            lines.extend(after.iter().filter(takes).flat_map(|is| was.weaker(is, selection, old)));
        }
    }
    lines
}

/// A plan with what it promises.
struct Promise {
    plan: Plan,
    regions: Vec<RegionProof>,
}

impl Promise {
    /// What another plan promises less to what a selection of this one took.
    fn weaker(&self, other: &Self, selection: &Selection, old: &Settings) -> Vec<String> {
        let (from, to) = (&self.plan.name, &other.plan.name);
        let moved = format!("resources {} can move from plan {from} to {to}", selection.phrase());
        let primary = &old.regions.primary;
        let kept = |plan: &Plan, region: &Region| {
            let rules = plan.rules.iter().filter(|rule| rule.reaches(region, primary));
            let days = rules.map(|rule| rule.days_in(region, primary).unwrap_or(i64::MAX));
            days.max()
        };
        let mut lines = Vec::new();
        for region in &self.regions {
            let name = &region.region;
            let Some(before) = kept(&self.plan, name) else { continue };
            let Some(after) = kept(&other.plan, name) else {
                lines.push(format!("{moved}, which has nothing in {name}"));
                continue;
            };
            if after < before {
                let days = |days: i64| {
                    if days == i64::MAX { "permanently".to_owned() } else { format!("{days} days") }
                };
                let (after, before) = (days(after), days(before));
                lines.push(format!("{moved}, which keeps them {after} in {name}, {before} before"));
            }
            let worst = |of: &Self| {
                let mut regions = of.regions.iter().filter(|other| other.region == *name);
                regions.find_map(|proof| proof.worst_case_minutes).unwrap_or(i64::MAX)
            };
            let (old, new) = (worst(self), worst(other));
            if new > old && new < i64::MAX {
                let (new, old) = (schedule::span(new), schedule::span(old));
                lines.push(format!(
                    "{moved}, whose newest backup in {name} may be {new} old, {old} before"
                ));
            }
        }
        lines
    }
}

/// A plan selects resources of its own region alone, and a region that is dropped gets no copies.
fn lessened_regions(old: &Settings, new: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let (from, to) = (&old.regions.primary, &new.regions.primary);
    if from != to {
        lines.push(format!(
            "the primary region moves from {from} to {to}: resources in {from} are no longer backed up"
        ));
    }
    let names = new.regions.names();
    let dropped = old.regions.names().into_iter().filter(|region| !names.contains(region));
    lines.extend(dropped.map(|region| {
        format!("{region} is dropped: what it holds stays until it expires, and nothing new comes")
    }));
    lines
}

/// Keys, recovery alarms, the boundary, and what the table of settings judges: a file that does not mention them takes them off.
fn lessened_safeguards(old: &Settings, new: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let regions = new.regions.names();
    let lost = |old: &BTreeMap<Region, String>, new: &BTreeMap<Region, String>| {
        let lost = old.clone().into_iter();
        let lost = lost.filter(|(region, _)| regions.contains(region) && !new.contains_key(region));
        lost.collect::<Vec<_>>()
    };
    lines.extend(lost(&old.kms_keys, &new.kms_keys).into_iter().map(|(region, key)| {
        format!(
            "backups in {region} are encrypted with AWS's own key from now on, with {key} before"
        )
    }));
    lines.extend(
        lost(&old.topic_keys, &new.topic_keys)
            .into_iter()
            .map(|(region, key)| format!("alarms in {region} are no longer encrypted with {key}")),
    );
    lines.extend(old.recovery_alarms.difference(&new.recovery_alarms).map(|region| {
        format!(
            "{region} has no recovery alarms from now on: no one is notified that it could not be restored"
        )
    }));
    let tested = &old.restore_test.regions;
    lines.extend(tested.difference(&new.restore_test.regions).map(|region| {
        format!("{region} has no restore tests from now on: whether its copies can be restored is not tried")
    }));
    if !tested.is_empty() && !new.restore_test.regions.is_empty() {
        let types = old.restore_test.types.difference(&new.restore_test.types);
        lines.extend(types.map(|kind| format!("{kind} is no longer restored as a test")));
    }
    if let (Some(boundary), None) = (&old.permissions_boundary, &new.permissions_boundary) {
        lines.push(format!("the roles lose their permissions boundary {boundary}"));
    }
    lines.extend(table::lessened(old, new));
    lines.extend(later_late(old, new));
    lines
}

/// Backups and copies of single types that count as late only later than before.
fn later_late(old: &Settings, new: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let types = old.allowance_hours_by_type.keys().chain(new.allowance_hours_by_type.keys());
    for kind in types.collect::<BTreeSet<_>>() {
        let hours = |settings: &Settings| {
            let own = settings.allowance_hours_by_type.get(kind).copied();
            own.unwrap_or(settings.allowance_hours)
        };
        let (before, after) = (hours(old), hours(new));
        if after > before {
            lines.push(format!("backups and copies of {kind} may take {after} h beyond their start window before they are late, {before} h so far"));
        }
    }
    lines
}

fn lessened_rule(old: &Rule, new: &[Rule]) -> Vec<String> {
    let name = &old.name;
    let Some(new) = new.iter().find(|rule| rule.name == *name) else {
        return vec![format!("rule {name} is removed, and with it its backups and copies")];
    };
    let mut lines = Vec::new();
    lines.extend(ends_sooner(old, new));
    lines.extend(shorter(&format!("rule {name} keeps backups"), old.lifecycle, new.lifecycle));
    if old.continuous && !new.continuous {
        lines.push(format!("rule {name} no longer keeps points for every moment"));
    }
    for copy in &old.copies {
        let region = &copy.region;
        match new.copies.iter().find(|other| other.region == *region) {
            None => lines.push(format!("rule {name} no longer copies to {region}")),
            Some(other) => {
                let what = format!("rule {name} keeps copies in {region}");
                lines.extend(shorter(&what, old.kept(copy), new.kept(other)));
            }
        }
    }
    lines
}

/// A schedule whose years end, or end before those of the old one. What cannot be read is refused
/// where it is read.
fn ends_sooner(old: &Rule, new: &Rule) -> Option<String> {
    let last = |rule: &Rule| Cron::parse(&rule.schedule).ok()?.last_local();
    let end = last(new)?;
    let before = last(old);
    if before.is_some_and(|before| before <= end) {
        return None;
    }
    let before =
        before.map_or_else(|| "without end".to_owned(), |before| before.date().to_string());
    Some(format!("rule {} runs for the last time on {}, {before} before", new.name, end.date()))
}

fn shorter(what: &str, old: Lifecycle, new: Lifecycle) -> Option<String> {
    let words = |lifecycle: Lifecycle| {
        lifecycle
            .delete_days
            .map_or_else(|| "permanently".to_owned(), |days| format!("{days} days"))
    };
    (new.retention_days() < old.retention_days()).then(|| {
        format!("{what} {}, {} before (those that are there keep theirs)", words(new), words(old))
    })
}

/// Regions in which backups or copies come less often than before.
fn wider_gaps(old: &Settings, new: &Settings, now: Timestamp) -> Vec<String> {
    let promised = |settings: &Settings| {
        let plans = plan_proof::prove_each(settings, now).unwrap_or_default();
        let regions = plans.into_iter().flat_map(|(plan, proof)| {
            proof.regions.into_iter().map(move |region| (plan.name.clone(), region))
        });
        regions.collect::<Vec<(String, RegionProof)>>()
    };
    let after = promised(new);
    let wider = |(plan, before): (String, RegionProof)| {
        let of_plan = |(other, proof): &&(String, RegionProof)| {
            *other == plan && proof.region == before.region
        };
        let (_, now) = after.iter().find(of_plan)?;
        let (old, new) = (before.worst_case_minutes?, now.worst_case_minutes.unwrap_or(i64::MAX));
        let of_plan = if plan == MAIN { String::new() } else { format!(" of plan {plan}") };
        let region = format!("{}{of_plan}", before.region);
        (new > old).then(|| match now.worst_case_minutes {
            Some(minutes) => format!(
                "the newest backup in {region} may be {} old, {} before",
                schedule::span(minutes),
                schedule::span(old)
            ),
            None => format!("no rule reaches {region} any longer"),
        })
    };
    promised(old).into_iter().filter_map(wider).collect()
}

#[cfg(test)]
mod tests;
