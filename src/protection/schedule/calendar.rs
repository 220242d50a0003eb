//! The runs of all rules on one time line, and which of them AWS Backup keeps.

use std::cmp::Reverse;
use std::iter;
use std::ops::Range;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::interval::Intervals;
use super::{Cron, time_zone};
use crate::model::region::Region;
use crate::model::settings::Rule;
use crate::model::time::{DAY, DAY_IN_MINUTES};

/// A plan is followed for two years at least: monthly and yearly rules show their gaps, and the
/// copies that are lost in a year can be counted.
const YEARS: i16 = 2;
/// Rare rules, as of a 29 February, are followed longer; the fifth Sunday of a February takes 28 years.
const MOST_YEARS: i16 = 40;

/// A rule that runs at least as often is dense, in days: its runs repeat, and need not all be listed.
const DENSE_DAYS: i64 = 32;
/// Around a rare run dense rules are followed this long, in days: to a run on either side of it.
const AROUND_DAYS: i64 = 2 * DENSE_DAYS;

/// A year, in minutes: what is longer overlaps everything anyway.
const LONGEST_WINDOW: i64 = 365 * DAY_IN_MINUTES;

/// A rule that was read.
struct Timed<'a> {
    rule: &'a Rule,
    cron: Cron,
    zone: TimeZone,
    /// Runs from before now until after the end, in seconds, ascending.
    starts: Vec<i64>,
    /// Seconds.
    window: i64,
    /// It takes longer than the usual years to see a gap of it.
    rare: bool,
    /// It runs often and without an end: where nothing rare is near, every year is like the first.
    dense: bool,
}

/// All rules of a plan with their runs.
pub(super) struct Calendar<'a> {
    rules: Vec<Timed<'a>>,
    now: Timestamp,
    end: Timestamp,
    /// Until here every run is listed, and counted by the year.
    usual_end: i64,
    /// Where every run is listed. Elsewhere those of dense rules are only where another rule runs.
    whole: Intervals,
    thinned: bool,
}

/// A calendar as one region sees it.
pub(super) struct Seen<'a> {
    calendar: &'a Calendar<'a>,
    /// By rule.
    promises: Vec<bool>,
    strongest_first: Vec<usize>,
}

/// A run of a rule: indexes into the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) rule: usize,
    run: usize,
}

impl<'a> Calendar<'a> {
    /// Lists the runs of the rules.
    ///
    /// # Errors
    /// One sentence that names the rule, if its schedule or zone cannot be read.
    pub(super) fn new(rules: &'a [Rule], now: Timestamp) -> Result<Self, String> {
        Self::listed(rules, now, true)
    }

    /// `thin` where dense rules need not be listed over decades only because another is rare.
    pub(super) fn listed(rules: &'a [Rule], now: Timestamp, thin: bool) -> Result<Self, String> {
        let mut rules: Vec<Timed<'a>> = rules.iter().map(Timed::new).collect::<Result<_, _>>()?;
        let mut years = YEARS;
        for timed in &mut rules {
            let needed = timed.years_to_see_a_gap(now);
            timed.rare = needed > YEARS;
            years = years.max(needed);
        }
        let after = |years: i16| {
            let end = now.to_zoned(TimeZone::UTC).checked_add(years.years());
            end.map(|end| end.timestamp()).map_err(|error| error.to_string())
        };
        let (end, usual_end) = (after(years)?, after(YEARS)?.as_second());
        let whole = Intervals::from_ranges(iter::once(now.as_second()..end.as_second()));
        let mut calendar = Self { rules, now, end, usual_end, whole, thinned: false };
        calendar.list(thin && years > YEARS);
        Ok(calendar)
    }

    /// How many runs are listed.
    #[cfg(test)]
    pub(super) fn runs(&self) -> usize {
        self.rules.iter().map(|timed| timed.starts.len()).sum()
    }

    /// Lists the runs: all of rules that are not dense, and of the dense ones those near enough.
    fn list(&mut self, thin: bool) {
        // Windows that reach in from before now, or from beyond the end, decide slots too; two
        // windows away is enough for a winner of a winner.
        let margin = 2 * self.rules.iter().map(|timed| timed.window).max().unwrap_or_default();
        let (now, end) = (self.now.as_second(), self.end.as_second());
        let usual = now.saturating_sub(margin)..self.usual_end.saturating_add(margin);
        for timed in self.rules.iter_mut().filter(|_| thin) {
            timed.starts = timed.runs_in(&usual);
            timed.dense = timed.is_dense(self.end);
        }
        let everything = now.saturating_sub(margin)..end.saturating_add(margin);
        for timed in self.rules.iter_mut().filter(|timed| !timed.dense) {
            timed.starts = timed.runs_in(&everything);
        }
        self.thinned = self.rules.iter().any(|timed| timed.dense);
        if !self.thinned {
            return;
        }
        let around = |start: i64, by: i64| start.saturating_sub(by)..start.saturating_add(by);
        let mut whole: Vec<Range<i64>> = iter::once(now..self.usual_end).collect();
        let mut near = Vec::from([usual]);
        for timed in self.rules.iter().filter(|timed| !timed.dense) {
            near.extend(timed.starts.iter().map(|start| around(*start, margin)));
            if timed.rare {
                let by = AROUND_DAYS * DAY + margin;
                whole.extend(timed.starts.iter().map(|start| around(*start, by)));
                near.extend(timed.starts.iter().map(|start| around(*start, by + margin)));
            }
        }
        let near = Intervals::from_ranges(near);
        self.whole = Intervals::from_ranges(whole);
        for timed in self.rules.iter_mut().filter(|timed| timed.dense) {
            timed.starts = near.iter().flat_map(|stretch| timed.runs_in(stretch)).collect();
        }
    }

    /// The years in which every run is listed, and counted.
    pub(super) fn usual_years() -> i64 {
        YEARS.into()
    }

    pub(super) fn is_usual(&self, slot: Slot) -> bool {
        self.start(slot) < self.usual_end
    }

    pub(super) fn is_rare(&self, slot: Slot) -> bool {
        self.rules[slot.rule].rare
    }

    /// Whether a slot's rule does not run after the end.
    pub(super) fn has_end(&self, slot: Slot) -> bool {
        self.rules[slot.rule].has_end(self.end)
    }

    /// Tells of two survivors whether nothing can be missing between them: where dense rules survive
    /// at all they do so every year, and a stretch without them is only one that was not listed.
    pub(super) fn followers(&self, survivors: &[Slot]) -> impl Fn(Slot, Slot) -> bool {
        let dense = |slot: &Slot| self.rules[slot.rule].dense && self.is_usual(*slot);
        let thinned = self.thinned && survivors.iter().any(dense);
        let at = |slot| self.whole.find(self.start(slot));
        move |one, other| !thinned || (at(one).is_some() && at(one) == at(other))
    }

    pub(super) fn rule(&self, slot: Slot) -> &'a Rule {
        self.rules[slot.rule].rule
    }

    /// Seconds since 1970.
    pub(super) fn start(&self, slot: Slot) -> i64 {
        self.rules[slot.rule].starts[slot.run]
    }

    /// The slot's start in its rule's zone.
    pub(super) fn at(&self, slot: Slot) -> Zoned {
        let at = Timestamp::from_second(self.start(slot)).unwrap_or(self.now);
        at.to_zoned(self.rules[slot.rule].zone.clone())
    }

    /// The calendar as one region sees it. `primary` is where each rule puts its backups.
    pub(super) fn seen_in(&self, region: &Region, primary: &Region) -> Seen<'_> {
        let promises: Vec<bool> =
            self.rules.iter().map(|timed| promises(timed.rule, region, primary)).collect();
        let rank = |rule: usize| {
            let retention = self.rules[rule].rule.lifecycle.retention_days();
            (Reverse(retention), promises[rule], rule)
        };
        let mut strongest_first: Vec<usize> = (0..self.rules.len()).collect();
        strongest_first.sort_by_key(|rule| rank(*rule));
        Seen { calendar: self, promises, strongest_first }
    }

    /// The first run of another rule whose start window overlaps that of the slot.
    fn overlapping(&self, slot: Slot, rule: usize) -> Option<Slot> {
        let (start, other) = (self.start(slot), &self.rules[rule]);
        let end = start.saturating_add(self.rules[slot.rule].window);
        let run = other.starts.partition_point(|other_start| other_start + other.window <= start);
        (*other.starts.get(run)? < end).then_some(Slot { rule, run })
    }
}

impl Seen<'_> {
    /// The slots of the rules that want a backup here, from now to the end, ascending.
    pub(super) fn promised(&self) -> Vec<Slot> {
        let calendar = self.calendar;
        let within = calendar.now.as_second() + 1..calendar.end.as_second();
        let mut slots: Vec<Slot> = Vec::new();
        for rule in (0..calendar.rules.len()).filter(|rule| self.promises[*rule]) {
            let starts = &calendar.rules[rule].starts;
            let dense = calendar.rules[rule].dense;
            let listed = |start| !dense || calendar.whole.find(start).is_some();
            let runs = (0..starts.len())
                .filter(|run| within.contains(&starts[*run]) && listed(starts[*run]));
            slots.extend(runs.map(|run| Slot { rule, run }));
        }
        slots.sort_by_key(|slot| calendar.start(*slot));
        slots
    }

    /// Whether a slot's rule puts a backup here.
    pub(super) fn promises(&self, slot: Slot) -> bool {
        self.promises[slot.rule]
    }

    /// The slot whose backup AWS Backup keeps in place of this one's; itself if it is kept.
    ///
    /// "If the time frames of two rules overlap, AWS Backup takes a backup for the rule with the
    /// longer retention time", with the full start window (developer guide, "Backup plan options
    /// and configuration"). Where AWS is silent these are assumed: a backup also loses against
    /// one that itself loses; windows that only touch do not overlap; runs of one rule do not
    /// displace each other. At equal retention a rule that does not promise the region wins (the
    /// worse case), then the rule that comes first in the plan.
    pub(super) fn winner(&self, slot: Slot) -> Slot {
        let mut winner = slot;
        loop {
            let rules = self.strongest_first.iter();
            let mut stronger = rules.take_while(|rule| **rule != winner.rule);
            match stronger.find_map(|rule| self.calendar.overlapping(winner, *rule)) {
                Some(stronger) => winner = stronger,
                None => return winner,
            }
        }
    }

    /// Whether no rule that promises the region runs after the end.
    pub(super) fn ends(&self) -> bool {
        let rules = self.calendar.rules.iter().zip(&self.promises);
        let mut promising = rules.filter(|(_, promises)| **promises);
        promising.all(|(timed, _)| timed.has_end(self.calendar.end))
    }
}

impl<'a> Timed<'a> {
    fn new(rule: &'a Rule) -> Result<Self, String> {
        let named = |why| format!("rule {}: {why}", rule.name);
        Ok(Self {
            rule,
            cron: Cron::parse(&rule.schedule).map_err(named)?,
            zone: time_zone(&rule.timezone).map_err(named)?,
            starts: Vec::new(),
            window: rule.start_window_minutes.clamp(0, LONGEST_WINDOW) * 60,
            rare: false,
            dense: false,
        })
    }

    /// The runs of a stretch of time, in seconds.
    fn runs_in(&self, stretch: &Range<i64>) -> Vec<i64> {
        let before = Timestamp::from_second(stretch.start.saturating_sub(1));
        let runs = self.cron.runs_after(before.unwrap_or(Timestamp::MIN), &self.zone);
        let starts = runs.map(|run| run.timestamp().as_second());
        starts.take_while(|start| *start < stretch.end).collect()
    }

    /// Of the runs of the usual years.
    fn is_dense(&self, end: Timestamp) -> bool {
        let often = |pair: &[i64]| pair[1] - pair[0] <= DENSE_DAYS * DAY;
        let starts = &self.starts;
        !self.rare && starts.len() > 1 && starts.windows(2).all(often) && !self.has_end(end)
    }

    fn has_end(&self, end: Timestamp) -> bool {
        self.cron.next_run(end, &self.zone).is_err()
    }

    fn years_to_see_a_gap(&self, now: Timestamp) -> i16 {
        let second = self.cron.runs_after(now, &self.zone).nth(1);
        let year = now.to_zoned(self.zone.clone()).year();
        second.map_or(YEARS, |second| (second.year() - year + 1).clamp(YEARS, MOST_YEARS))
    }
}

/// Whether a rule puts a backup into a region: each does in the primary.
fn promises(rule: &Rule, region: &Region, primary: &Region) -> bool {
    region == primary || rule.copies.iter().any(|copy| copy.region == *region)
}
