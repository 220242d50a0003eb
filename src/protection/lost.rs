//! What a change of settings would protect less: pure, and said in so many words before it is done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::settings::{Lifecycle, Rule, Settings, table};
use crate::protection::schedule::{self, Cron};

/// One sentence for everything that is protected less by `new` than by `old`.
pub(crate) fn lost_protection(old: &Settings, new: &Settings, now: Timestamp) -> Vec<String> {
    let mut lines = lessened_regions(old, new);
    lines.extend(old.rules.iter().flat_map(|rule| lessened_rule(rule, new)));
    lines.extend(lessened_selections(old, new));
    lines.extend(wider_gaps(old, new, now));
    lines.extend(lessened_safeguards(old, new));
    if !old.subscribers.is_empty() && new.subscribers.is_empty() {
        lines.push("the last subscriber is removed: no one is notified of failures".to_owned());
    }
    lines
}

/// Selections whose resources nothing else is known to select.
fn lessened_selections(old: &Settings, new: &Settings) -> Vec<String> {
    if let (true, true) = (old.selections.is_empty(), new.selections.is_empty()) {
        let more =
            new.select_tags.iter().filter(|(key, value)| old.select_tags.get(*key) != Some(*value));
        let line = |(key, value): (&String, &String)| {
            format!(
                "resources need the tag {key}={value} from now on: those without it are no longer backed up"
            )
        };
        return more.map(line).collect();
    }
    let are = new.selected();
    let lost = old.selected().into_iter().filter(|was| !was.is_within_any(&are));
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

fn lessened_rule(old: &Rule, new: &Settings) -> Vec<String> {
    let name = &old.name;
    let Some(new) = new.rules.iter().find(|rule| rule.name == *name) else {
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
        let regions = settings.regions.names();
        let proof = schedule::prove(&settings.rules, &regions[0], &regions[1..], now);
        proof.map(|proof| proof.regions).unwrap_or_default()
    };
    let after = promised(new);
    let wider = |before: schedule::RegionProof| {
        let now = after.iter().find(|proof| proof.region == before.region)?;
        let (old, new) = (before.worst_case_minutes?, now.worst_case_minutes.unwrap_or(i64::MAX));
        let region = &before.region;
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
