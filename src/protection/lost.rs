//! What a change of settings would protect less: pure, and said in so many words before it is done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::settings::{Lifecycle, Rule, Settings, table};
use crate::protection::schedule::{self, Cron};

/// One sentence for everything that is protected less by `new` than by `old`.
pub(crate) fn lost_protection(old: &Settings, new: &Settings, now: Timestamp) -> Vec<String> {
    let mut lines = lessened_regions(old, new);
    lines.extend(old.rules.iter().flat_map(|rule| lessened_rule(rule, new)));
    for (key, value) in &new.select_tags {
        if old.select_tags.get(key) != Some(value) {
            lines.push(format!(
                "resources need the tag {key}={value} from now on: those without it are no longer backed up"
            ));
        }
    }
    lines.extend(wider_gaps(old, new, now));
    lines.extend(lessened_safeguards(old, new));
    if !old.subscribers.is_empty() && new.subscribers.is_empty() {
        lines.push("the last subscriber is removed: no one is notified of failures".to_owned());
    }
    lines
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
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;

    fn settings() -> Settings {
        Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]))
    }

    fn lines(change: impl Fn(&mut Settings)) -> Vec<String> {
        let mut new = settings();
        change(&mut new);
        lost_protection(&settings(), &new, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn no_change_and_more_protection_are_silent() {
        assert!(lines(|_| ()).is_empty());
        assert!(lines(|new| new.rules[1].lifecycle.delete_days = None).is_empty());
        assert!(lines(|new| drop(new.select_tags.remove("Environment"))).is_empty());
        assert!(lines(|new| new.subscribers.extend(["x".to_owned()])).is_empty());
    }

    /// For ever is as long as the source's end, as AWS Backup has it.
    #[test]
    fn a_copy_without_an_end_of_its_own_is_no_longer_kept_than_its_source() {
        let lines = lines(|new| {
            new.rules[0].lifecycle.delete_days = Some(200);
            new.rules[0].copies[0].lifecycle.delete_days = None;
        });
        let said = "rule daily keeps copies in us-west-2 200 days, 365 days before";
        assert!(lines.iter().any(|line| line.contains(said)), "{lines:?}");
    }

    #[test]
    fn each_kind_of_less_is_said() {
        for (change, said) in [
            (
                (|new: &mut Settings| new.rules[0].lifecycle.delete_days = Some(200))
                    as fn(&mut Settings),
                "rule daily keeps backups 200 days, 365 days before",
            ),
            (
                |new| new.rules[1].copies[0].lifecycle.delete_days = Some(400),
                "rule weekly keeps copies in eu-west-1 400 days, 2555 days before",
            ),
            (
                |new| drop(new.rules[1].copies.remove(0)),
                "rule weekly no longer copies to eu-west-1",
            ),
            (|new| drop(new.rules.remove(1)), "rule weekly is removed"),
            // Kept longer than the weekly backup, the daily one wins on Sundays.
            (
                |new| new.rules[0].lifecycle.delete_days = None,
                "no rule reaches eu-west-1 any longer",
            ),
            (
                |new| drop(new.select_tags.insert("Team".to_owned(), "x".to_owned())),
                "resources need the tag Team=x from now on",
            ),
            (
                |new| new.rules[0].schedule = "cron(0 2 ? * * 2090)".to_owned(),
                "rule daily runs for the last time on 2090-12-31, without end before",
            ),
            (
                |new| new.rules[0].schedule = "cron(0 2 ? * MON *)".to_owned(),
                "the newest backup in us-west-2 may be",
            ),
        ] {
            let lines = lines(change);
            assert!(lines.iter().any(|line| line.contains(said)), "{said}: {lines:?}");
        }
    }

    #[test]
    fn ages_are_said_to_the_minute() {
        let hourly = |new: &mut Settings, window| {
            new.rules[0].schedule = "cron(0 * ? * * *)".to_owned();
            new.rules[0].start_window_minutes = window;
        };
        let (mut old, mut new) = (settings(), settings());
        old.rules.truncate(1);
        new.rules.truncate(1);
        hourly(&mut old, 60);
        hourly(&mut new, 70);
        let lines = lost_protection(&old, &new, Timestamp::UNIX_EPOCH);
        let said = "the newest backup in us-west-2 may be 2 h 10 min old, 2 h before";
        assert!(lines.iter().any(|line| line == said), "{lines:?}");
    }

    #[test]
    fn the_last_subscriber_is_missed() {
        let mut old = settings();
        old.subscribers.insert("x".to_owned());
        let lines = lost_protection(&old, &settings(), Timestamp::UNIX_EPOCH);
        assert_eq!(lines, ["the last subscriber is removed: no one is notified of failures"]);
    }

    /// A change of a setting that protects less.
    type Change = (&'static str, fn(&mut Settings));

    fn to<const N: usize>(settings: &mut Settings, names: [&str; N]) {
        let now = settings.clone();
        *settings = now.moved_to(regions(names)).unwrap();
    }

    const JUDGED: &[Change] = &[
        ("regions.primary", |new| to(new, ["us-west-2", "us-east-1", "eu-west-1", "ap-south-1"])),
        ("regions.secondary", |new| to(new, ["us-east-1", "us-west-1", "eu-west-1", "ap-south-1"])),
        ("regions.tertiary", |new| new.regions.tertiary = None),
        ("regions.copy_to", |new| new.regions.copy_to.clear()),
        ("permissions_boundary", |new| new.permissions_boundary = None),
        ("select_tags", |new| drop(new.select_tags.insert("Team".to_owned(), "x".to_owned()))),
        ("alerts.email", |new| new.subscribers.clear()),
        ("alerts.notify", |new| new.subscribers.clear()),
        ("alerts.recovery_alarms", |new| new.recovery_alarms.clear()),
        ("alerts.kms_keys", |new| new.topic_keys.clear()),
        ("freshness.allowance_hours_by_type", |new| {
            new.allowance_hours_by_type.insert("S3".to_owned(), 48);
        }),
        ("kms_keys", |new| new.kms_keys.clear()),
        ("restore_test.regions", |new| new.restore_test.regions.clear()),
        ("restore_test.types", |new| drop(new.restore_test.types.pop_first())),
        ("rules", |new| drop(new.rules.remove(1))),
        ("rules.*.schedule", |new| new.rules[0].schedule = "cron(0 2 ? * MON *)".to_owned()),
        ("rules.*.start_window_minutes", |new| {
            new.rules.iter_mut().for_each(|rule| rule.start_window_minutes += 60);
        }),
        ("rules.*.delete_after_days", |new| new.rules[0].lifecycle.delete_days = Some(200)),
        ("rules.*.continuous", |new| new.rules[0].continuous = false),
        ("rules.*.copies", |new| new.rules[0].copies.clear()),
        ("rules.*.copies.*.delete_after_days", |new| {
            new.rules[0].copies[0].lifecycle.delete_days = Some(200);
        }),
    ];

    #[test]
    fn what_the_table_says_is_judged_here_is() {
        let mut old =
            Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"]));
        let key =
            |names: &[Region]| names.iter().map(|name| (name.clone(), "key".to_owned())).collect();
        old.kms_keys = key(&old.regions.names());
        old.topic_keys = key(&old.regions.names()[..2]);
        old.permissions_boundary = Some("arn".to_owned());
        old.subscribers.insert("x".to_owned());
        old.recovery_alarms.insert(old.regions.secondary.clone());
        old.restore_test.regions.insert(old.regions.secondary.clone());
        old.rules[0].continuous = true;
        for (path, change) in JUDGED {
            let mut new = old.clone();
            change(&mut new);
            let lines = lost_protection(&old, &new, Timestamp::UNIX_EPOCH);
            assert!(!lines.is_empty(), "{path}");
        }
        let judged = table::all().filter(|entry| matches!(entry.less, table::Less::Judged));
        let judged: Vec<&str> = judged.map(|entry| entry.path).collect();
        assert_eq!(JUDGED.iter().map(|(path, _)| *path).collect::<Vec<_>>(), judged);
    }
}
