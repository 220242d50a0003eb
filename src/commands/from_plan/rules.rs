//! The rules of a plan as those of a deployment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::from_plan::losses::{At, Losses};
use crate::commands::from_plan::names::{Charset, Names, change};
use crate::commands::from_plan::regions::{Placed, PlacedCopy};
use crate::config::file::written::notes::Spot;
use crate::config::file::{is_at_most_monthly, tag_fault};
use crate::lint::model::{Field, Known, Lifecycle as Found, Plan, Rule as FoundRule};
use crate::model::settings::table::{
    COLD_DAYS, COMPLETION_WINDOW_MINUTES, DAYS_MAX, RULES_MAX, SCHEDULE, START_WINDOW_MIN,
    START_WINDOW_MINUTES, TIMEZONE, WINDOW_MAX,
};
use crate::model::settings::{CopyTo, Lifecycle, Rule};
use crate::protection::lock_conflict::CONTINUOUS_DAYS;
use crate::protection::schedule::{Cron, time_zone};

/// How much longer than the start window the completion window is at least, in minutes.
const COMPLETION_MORE: i64 = 60;
/// Tags that AWS Backup adds to a recovery point ("Quotas", developer guide).
const POINT_TAGS_MAX: usize = 10;

/// The rules; those that never run again, or are more than AWS takes, are losses.
pub(super) fn rules(
    plan: &Plan,
    placed: &Placed<'_>,
    now: Timestamp,
    losses: &mut Losses,
) -> Vec<Rule> {
    let mut names = Names::new(Charset::RULE);
    let mut rules = Vec::new();
    for (at, found) in plan.rules.iter().enumerate() {
        let label = found.label(at);
        if rules.len() == RULES_MAX {
            let text = format!("it is left out: a plan takes {RULES_MAX} rules");
            losses.add(Spot::Rule(label), text);
            continue;
        }
        let name = names.next(&label, "rule");
        let spot = Spot::Rule(name.clone());
        // What was found before has the name of the document.
        for (spot, _) in losses.list.iter_mut().filter(|(of, _)| *of == Spot::Rule(label.clone())) {
            *spot = Spot::Rule(name.clone());
        }
        let mut reading = Reading { losses: losses.at(spot), placed, now };
        if let Some(why) = change(&label, &name) {
            reading.losses.lose(why);
        }
        let copies = placed.copies.get(at).map_or(&[][..], Vec::as_slice);
        rules.extend(reading.rule(found, name, copies));
    }
    rules
}

struct Reading<'a> {
    losses: At<'a>,
    placed: &'a Placed<'a>,
    now: Timestamp,
}

impl Reading<'_> {
    /// `None` where it has no run in the future.
    fn rule(&mut self, rule: &FoundRule, name: String, copies: &[PlacedCopy<'_>]) -> Option<Rule> {
        self.losses.lose_all(&rule.others);
        let timezone = self.timezone(rule);
        let (schedule, cron) = self.schedule(rule, &timezone)?;
        let (start, completion) = self.windows(rule);
        let lifecycle = self.lifecycle(&rule.lifecycle, None, "its backups");
        let continuous = self.continuous(rule, lifecycle);
        let archive = self.archive(rule, &cron);
        Some(Rule {
            copies: self.copies(copies, lifecycle, archive),
            recovery_point_tags: self.point_tags(rule),
            name,
            schedule,
            timezone,
            start_window_minutes: start,
            completion_window_minutes: completion,
            lifecycle,
            continuous,
            archive,
        })
    }

    fn timezone(&mut self, rule: &FoundRule) -> String {
        let zone = self.losses.known(&rule.timezone, TIMEZONE.to_owned(), "its time zone");
        if time_zone(&zone).is_ok() {
            return zone;
        }
        self.losses.lose(format!(
            "its time zone {zone:?} is no IANA name: {TIMEZONE} stands in its place"
        ));
        TIMEZONE.to_owned()
    }

    fn schedule(&mut self, rule: &FoundRule, timezone: &str) -> Option<(String, Cron)> {
        let usual = || Cron::parse(SCHEDULE).ok().map(|cron| (SCHEDULE.to_owned(), cron));
        let schedule = self.losses.known(&rule.schedule, SCHEDULE.to_owned(), "its schedule");
        let cron = match Cron::parse(&schedule) {
            Ok(cron) => cron,
            Err(why) => {
                self.losses.lose(format!("its schedule {schedule:?} is none that AWS Backup takes ({why}): {SCHEDULE} stands in its place, so decide when it runs"));
                return usual();
            }
        };
        let zone = time_zone(timezone).unwrap_or(TimeZone::UTC);
        if let Err(why) = cron.next_run(self.now, &zone) {
            self.losses.lose(format!("it is left out, because it never runs again: {why}"));
            return None;
        }
        Some((schedule, cron))
    }

    fn windows(&mut self, rule: &FoundRule) -> (i64, i64) {
        let start = self.losses.known(&rule.start_window, START_WINDOW_MINUTES, "its start window");
        let completion = self.losses.known(
            &rule.completion_window,
            COMPLETION_WINDOW_MINUTES,
            "its completion window",
        );
        let fit_start = start.clamp(START_WINDOW_MIN, WINDOW_MAX - COMPLETION_MORE);
        let fit_completion = completion.clamp(fit_start + COMPLETION_MORE, WINDOW_MAX);
        let both = [("start", start, fit_start), ("completion", completion, fit_completion)];
        for (what, found, fit) in both.into_iter().filter(|(_, found, fit)| found != fit) {
            self.losses.lose(format!(
                "AWS refuses its {what} window of {found} minutes: {fit} stands in its place"
            ));
        }
        (fit_start, fit_completion)
    }

    /// `of_rule` is when the backups are deleted, of which copies without an end of their own are.
    fn lifecycle(&mut self, found: &Found, of_rule: Option<i64>, whose: &str) -> Lifecycle {
        self.losses.lose_all(&found.others);
        let cold_days = self.days(&found.cold, &format!("when {whose} move to cold storage"));
        let delete_days = self.days(&found.delete, &format!("how long {whose} are kept"));
        let kept = delete_days.or(of_rule);
        let too_short = cold_days.zip(kept).filter(|(cold, kept)| *kept < cold + COLD_DAYS);
        if let Some((cold, kept)) = too_short {
            self.losses.lose(format!(
                "{whose} are to move to cold storage after {cold} days and are deleted after {kept}, and AWS takes only {} or more: they stay warm",
                cold + COLD_DAYS
            ));
        }
        Lifecycle { cold_days: cold_days.filter(|_| too_short.is_none()), delete_days }
    }

    fn days(&mut self, field: &Field<i64>, what: &str) -> Option<i64> {
        match field.value {
            Known::Absent | Known::Is(-1 | 0) => None,
            Known::Unknown => {
                self.losses.lose(format!(
                    "{what} is not known from the document: never stands in its place"
                ));
                None
            }
            Known::Is(days) if (1..=DAYS_MAX).contains(&days) => Some(days),
            Known::Is(days) => {
                self.losses.lose(format!(
                    "{what}, {days} days, is not 1 to {DAYS_MAX}: never stands in its place"
                ));
                None
            }
        }
    }

    /// A continuous backup is kept at most 35 days, and never cold: the retention is what is kept of both.
    fn continuous(&mut self, rule: &FoundRule, kept: Lifecycle) -> bool {
        if !self.losses.known(&rule.continuous, false, "whether it is continuous") {
            return false;
        }
        let fits = kept.delete_days.is_some_and(|days| days <= CONTINUOUS_DAYS);
        if fits && kept.cold_days.is_none() {
            return true;
        }
        let days = kept.delete_days.map_or("permanently".to_owned(), |days| format!("{days} days"));
        self.losses.lose(format!(
            "it is continuous and keeps its backups {days}, and AWS keeps continuous backups at most {CONTINUOUS_DAYS} days and never cold: it makes snapshots; for point-in-time recovery add a continuous rule"
        ));
        false
    }

    fn archive(&mut self, rule: &FoundRule, cron: &Cron) -> bool {
        let archive = &rule.lifecycle.archive;
        if !self.losses.known(archive, false, "whether EBS snapshots are archived") {
            return false;
        }
        let fits = is_at_most_monthly(cron);
        if !fits {
            self.losses.lose("it archives EBS snapshots and runs more than once a month, which AWS does not archive: archive is off");
        }
        fits
    }

    fn copies(
        &mut self,
        copies: &[PlacedCopy<'_>],
        of_rule: Lifecycle,
        archive: bool,
    ) -> Vec<CopyTo> {
        let mut kept: Vec<CopyTo> = Vec::new();
        for PlacedCopy { region, copy, .. } in copies {
            self.losses.lose_all(&copy.others);
            let whose = format!("its copies in {region}");
            let lifecycle = self.lifecycle(&copy.lifecycle, of_rule.delete_days, &whose);
            if copy.lifecycle.is_there
                && copy.lifecycle.archive.value.or(false).is_some_and(|of| of != archive)
            {
                self.losses.lose(format!("{whose} and its backups differ in archiving EBS snapshots, and mrbackup has one setting for both: archive = {archive}"));
            }
            let days = |lifecycle: Lifecycle| lifecycle.delete_days.or(of_rule.delete_days);
            let longer = |one: Lifecycle, other: Lifecycle| {
                days(one).unwrap_or(i64::MAX) > days(other).unwrap_or(i64::MAX)
            };
            match kept.iter_mut().find(|other| other.region == *region) {
                Some(other) => {
                    self.losses.lose(format!("it copies to {region} more than once, into several vaults: mrbackup makes one copy, which is kept as long as the longest"));
                    if longer(lifecycle, other.lifecycle) {
                        other.lifecycle = lifecycle;
                    }
                }
                None => kept.push(CopyTo { region: region.clone(), lifecycle }),
            }
        }
        kept.extend(self.placed.added.clone().map(|region| CopyTo { region, lifecycle: of_rule }));
        kept
    }

    fn point_tags(&mut self, rule: &FoundRule) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        for (key, value) in &rule.point_tags {
            let fault = match value {
                None => Some("its value is not known from the document"),
                Some(value) => tag_fault(key, value),
            };
            let full = (tags.len() == POINT_TAGS_MAX).then_some("AWS Backup adds at most 10");
            match (value, fault.or(full)) {
                (Some(value), None) => drop(tags.insert(key.clone(), value.clone())),
                (_, fault) => {
                    let why = fault.unwrap_or_default();
                    self.losses
                        .lose(format!("its recovery points do not get the tag {key}: {why}"));
                }
            }
        }
        tags
    }
}
