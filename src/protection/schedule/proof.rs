//! The proof: for each region the next runs, the worst gap, and the copies that get lost.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::Serialize;

use super::calendar::{Calendar, Seen, Slot};
use super::lapse::{self, Lapse};
use super::units::{instant, maybe_instant};
use crate::model::region::Region;
use crate::model::settings::Rule;

/// How many runs are shown.
const NEXT: usize = 3;
/// Where fewer runs are lost in the usual years, they are not halved to so many a year.
const FEW: i64 = 20;
/// A year, in seconds.
const YEAR: i64 = 31_557_600;

/// What follows from the schedules of a plan.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Proof {
    /// The primary first, then the copies' regions as they were given.
    pub(crate) regions: Vec<RegionProof>,
    /// Backups that AWS drops for those of other rules; harmless where no copy is lost.
    pub(crate) overlaps: Vec<Overlap>,
    /// Copies that are scheduled and not made.
    #[serde(rename = "lost_copies")]
    pub(crate) holes: Vec<Hole>,
}

impl Proof {
    /// The stretches in which a region holds no recovery point at all, be it that every job starts at
    /// once.
    pub(crate) fn certain_lapses(&self) -> Vec<String> {
        self.lapses(true)
    }

    /// Those in which it holds none where a job starts late in its window.
    pub(crate) fn possible_lapses(&self) -> Vec<String> {
        self.lapses(false)
    }

    fn lapses(&self, are_certain: bool) -> Vec<String> {
        let lapses = self.regions.iter().filter_map(|region| region.lapse.as_ref());
        lapses.filter(|lapse| lapse.is_certain() == are_certain).map(Lapse::to_string).collect()
    }
}

/// What follows from the schedules for one region.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct RegionProof {
    pub(crate) region: Region,
    /// The next runs whose backups come here: three, or fewer where the schedule ends.
    #[serde(rename = "next_runs")]
    pub(crate) next: Vec<Run>,
    /// The longest time between two scheduled starts; none where there are no two.
    pub(crate) worst_gap: Option<Gap>,
    /// The longest time from a scheduled start to the end of the next one's start window, in
    /// minutes: how old the newest point can get if every job starts in time and takes no time.
    pub(crate) worst_case_minutes: Option<i64>,
    /// The longest stretch in which every point here has expired and the next is still to come.
    pub(crate) lapse: Option<Lapse>,
    /// The last run, where the years of the schedules end.
    #[serde(serialize_with = "maybe_instant")]
    #[schemars(with = "Option<Timestamp>")]
    #[serde(rename = "last_run_at")]
    pub(crate) last: Option<Zoned>,
}

/// A scheduled start of a rule.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Run {
    /// In the rule's zone; serialized as an instant.
    #[serde(serialize_with = "instant")]
    #[schemars(with = "Timestamp")]
    pub(crate) at: Zoned,
    pub(crate) rule: String,
    #[serde(skip)]
    pub(super) now: Zoned,
}

/// The time between two scheduled starts.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Gap {
    #[serde(serialize_with = "instant")]
    #[schemars(with = "Timestamp")]
    #[serde(rename = "from_at")]
    pub(crate) from: Zoned,
    #[serde(serialize_with = "instant")]
    #[schemars(with = "Timestamp")]
    #[serde(rename = "to_at")]
    pub(crate) to: Zoned,
    pub(crate) minutes: i64,
    /// The start window of the run that ends the gap, in minutes.
    pub(crate) start_window_minutes: i64,
}

/// A rule that loses runs to another because their start windows overlap.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Overlap {
    /// The rule whose runs are lost.
    #[serde(rename = "losing_rule")]
    pub(crate) unprotected: String,
    #[serde(rename = "winning_rule")]
    pub(crate) winning: String,
    /// How many runs a year, rounded down, at least 1.
    #[serde(rename = "runs_per_year")]
    pub(crate) per_year: i64,
    /// Where a year's number would not tell: in how many years so many runs are lost.
    pub(crate) in_years: Option<i64>,
    /// Where one of the rules ends: how many runs are lost until then.
    pub(crate) in_all: Option<i64>,
    /// The first run that is lost.
    #[serde(serialize_with = "instant")]
    #[schemars(with = "Timestamp")]
    #[serde(rename = "first_at")]
    pub(crate) first: Zoned,
    /// AWS does not document which of them it takes, and the worse is assumed: both rules keep equally
    /// long, or one of them makes continuous backups.
    pub(crate) undecided: bool,
    /// One of them makes continuous backups. AWS says of overlapping rules in general that the longer
    /// retention decides, and of these that continuous backups "apply to supported resources, while
    /// snapshots apply to all" (developer guide, "Understanding backup plan summary").
    #[serde(skip)]
    pub(super) beside_continuous: bool,
    #[serde(skip)]
    pub(super) now: Zoned,
}

/// A scheduled copy that is not made: the winning rule does not copy to the region.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Hole {
    pub(crate) region: Region,
    #[serde(flatten)]
    pub(crate) overlap: Overlap,
}

/// Follows a plan's rules for two years (longer for rules that are rarer) and says what each
/// region gets.
///
/// `primary` is the region of the vault that the rules back up into, `copies` those that are to be
/// reported beside it; copies to other regions are not looked at. Rules that ended before `now`
/// are no error: [`super::Cron::next_run`] is what refuses them.
///
/// # Errors
/// One sentence that names the rule whose schedule or time zone cannot be read.
pub(crate) fn prove(
    rules: &[Rule],
    primary: &Region,
    copies: &[Region],
    now: Timestamp,
) -> Result<Proof, String> {
    Ok(proof_of(Calendar::new(rules, now)?, primary, copies, now))
}

fn proof_of(calendar: Calendar<'_>, primary: &Region, copies: &[Region], now: Timestamp) -> Proof {
    let prover = Prover { calendar, now: now.to_zoned(TimeZone::UTC) };
    let others = copies.iter().filter(|region| *region != primary);
    let mut proof = Proof { regions: Vec::new(), overlaps: Vec::new(), holes: Vec::new() };
    for region in std::iter::once(primary).chain(others) {
        let seen = prover.calendar.seen_in(region, primary);
        proof.regions.push(prover.region(region, primary, &seen));
        let hole = |overlap| Hole { region: region.clone(), overlap };
        let holes = prover.lost(&seen, |winner| !seen.promises(winner));
        proof.holes.extend(holes.into_iter().map(hole));
        if region == primary {
            proof.overlaps = prover.lost(&seen, |_| true);
        }
    }
    proof
}

/// The same proof from every run of every rule: slow, and what the other is measured by.
#[cfg(test)]
pub(super) fn prove_in_full(
    rules: &[Rule],
    primary: &Region,
    copies: &[Region],
    now: Timestamp,
) -> Result<Proof, String> {
    Ok(proof_of(Calendar::listed(rules, now, false)?, primary, copies, now))
}

struct Prover<'a> {
    calendar: Calendar<'a>,
    now: Zoned,
}

impl Prover<'_> {
    fn region(&self, region: &Region, primary: &Region, seen: &Seen<'_>) -> RegionProof {
        let mut slots = seen.promised();
        slots.retain(|slot| seen.winner(*slot) == *slot);
        let follows = self.calendar.followers(&slots);
        let pairs = || slots.windows(2).filter(|pair| follows(pair[0], pair[1]));
        let gaps = || pairs().map(|pair| (self.length(pair), pair));
        // The first of the longest: `max_by_key` alone would take the last.
        let worst_gap = gaps().rev().max_by_key(|(length, _)| *length);
        let with_window = gaps().map(|((minutes, window), _)| minutes.saturating_add(window));
        let kept_days = |slot| self.calendar.rule(slot).days_in(region, primary);
        RegionProof {
            lapse: lapse::longest(&self.calendar, region, &slots, &follows, kept_days),
            region: region.clone(),
            next: slots.iter().take(NEXT).map(|slot| self.run(*slot)).collect(),
            worst_gap: worst_gap.map(|(length, pair)| self.gap(length, pair)),
            worst_case_minutes: with_window.max(),
            last: slots.last().filter(|_| seen.ends()).map(|slot| self.calendar.at(*slot)),
        }
    }

    fn run(&self, slot: Slot) -> Run {
        let rule = self.calendar.rule(slot).name.clone();
        Run { at: self.calendar.at(slot), rule, now: self.now.clone() }
    }

    /// The minutes between two runs, and the start window of the later.
    fn length(&self, pair: &[Slot]) -> (i64, i64) {
        let [from, to] = [pair[0], pair[1]].map(|slot| self.calendar.start(slot));
        ((to - from) / 60, self.calendar.rule(pair[1]).start_window_minutes)
    }

    fn gap(&self, (minutes, start_window_minutes): (i64, i64), pair: &[Slot]) -> Gap {
        let [from, to] = [pair[0], pair[1]].map(|slot| self.calendar.at(slot));
        Gap { from, to, minutes, start_window_minutes }
    }

    /// The promised runs that lose against a winner of which something holds, by pairs of rules.
    fn lost(&self, seen: &Seen<'_>, counts: impl Fn(Slot) -> bool) -> Vec<Overlap> {
        let mut lost: BTreeMap<(usize, usize), (Tally, Overlap)> = BTreeMap::new();
        for slot in seen.promised() {
            let winner = seen.winner(slot);
            let (unprotected, winning) = (self.calendar.rule(slot), self.calendar.rule(winner));
            if winner == slot || !counts(winner) {
                continue;
            }
            let beside_continuous = unprotected.continuous != winning.continuous;
            let first = || Overlap {
                unprotected: unprotected.name.clone(),
                winning: winning.name.clone(),
                per_year: 0,
                in_years: None,
                in_all: None,
                first: self.calendar.at(slot),
                undecided: beside_continuous
                    || unprotected.lifecycle.retention_days() == winning.lifecycle.retention_days(),
                beside_continuous,
                now: self.now.clone(),
            };
            let pair = lost.entry((slot.rule, winner.rule));
            let (tally, _) = pair.or_insert_with(|| (Tally::default(), first()));
            tally.add(self.calendar.start(winner), self.calendar.is_usual(slot));
            tally.rare |= self.calendar.is_rare(slot) || self.calendar.is_rare(winner);
            tally.ends |= self.calendar.has_end(slot) || self.calendar.has_end(winner);
        }
        lost.into_values().map(|(tally, overlap)| tally.counted(overlap)).collect()
    }
}

/// How many runs were lost to how many others, and when these were.
#[derive(Debug, Default)]
struct Tally {
    runs: i64,
    /// Of them those in the years in which all are listed.
    usual: i64,
    rare: bool,
    /// Whether one of the rules runs no more after the years that were looked at.
    ends: bool,
    winners: i64,
    first: i64,
    last: i64,
}

impl Tally {
    fn add(&mut self, winner: i64, usual: bool) {
        if self.winners == 0 {
            self.first = winner;
        }
        if self.winners == 0 || self.last != winner {
            self.winners += 1;
        }
        self.runs += 1;
        self.usual += i64::from(usual);
        self.last = winner;
    }

    /// The overlap with how often it is.
    fn counted(&self, overlap: Overlap) -> Overlap {
        let years = Calendar::usual_years();
        let yearly = (self.usual / years).max(1);
        let (per_year, in_years) = match self.in_years() {
            Some(in_years) => (self.runs / self.winners, Some(in_years)),
            // A half is much of a small number.
            None if self.usual < FEW && self.usual % years != 0 => (self.usual, Some(years)),
            None => (yearly, None),
        };
        let in_all = self.ends.then_some(self.runs);
        Overlap { per_year, in_years, in_all, ..overlap }
    }

    /// How many years lie between two winners, where it is more than one.
    fn in_years(&self) -> Option<i64> {
        let between = (self.last - self.first) / (self.winners - 1).max(1);
        let years = (between + YEAR / 2) / YEAR;
        (years > 1 && (self.rare || self.usual == 0)).then_some(years)
    }
}
