//! The numbers of the linter against a walk over each minute of two years, with nothing in common with the calendar.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;

use crate::lint::catalog::Check;
use crate::lint::model::{Content, Copy, Field, Lifecycle, Plan, Rule};
use crate::lint::rules::check;

/// A Friday.
const NOW: &str = "2026-11-27T10:20:00Z";
const ZONES: [&str; 3] = ["Etc/UTC", "Europe/Berlin", "America/New_York"];
const PLACES: [&str; 2] = ["us-west-2", "eu-west-1"];
const MINUTES_BEFORE: i64 = 3 * 24 * 60;

/// On which days a rule runs.
#[derive(Clone, Copy, Debug)]
enum Days {
    All,
    /// 1 is Sunday.
    Weekday(i8),
    OfMonth(i8),
}

/// A rule as it was drawn.
#[derive(Clone, Debug)]
struct Drawn {
    minute: i8,
    hours: Vec<i8>,
    days: Days,
    zone: usize,
    window: i64,
    kept: i64,
    /// Days of the copies, by place.
    copies: [Option<i64>; 2],
}

impl Drawn {
    fn cron(&self) -> String {
        let hours: Vec<String> = self.hours.iter().map(i8::to_string).collect();
        let (of_month, of_week) = match self.days {
            Days::All => ("?".to_owned(), "*".to_owned()),
            Days::Weekday(day) => ("?".to_owned(), day.to_string()),
            Days::OfMonth(day) => (day.to_string(), "?".to_owned()),
        };
        format!("cron({} {} {of_month} * {of_week} *)", self.minute, hours.join(","))
    }

    fn runs_at(&self, at: DateTime) -> bool {
        self.minute == at.minute()
            && self.hours.contains(&at.hour())
            && match self.days {
                Days::All => true,
                Days::Weekday(day) => at.weekday().to_sunday_one_offset() == day,
                Days::OfMonth(day) => at.day() == day,
            }
    }
}

/// The wall clock of each zone at each full hour, from before now until after two years: the zones' offsets are whole hours.
static HOURS: LazyLock<Vec<Vec<DateTime>>> = LazyLock::new(|| {
    let begin = begin();
    let zones = ZONES.map(|zone| TimeZone::get(zone).unwrap());
    let of_zone = |zone: &TimeZone| {
        let hours = (0..=length() / 60).map(|hour| {
            let at = Timestamp::from_second(begin + hour * 3600).unwrap();
            at.to_zoned(zone.clone()).datetime()
        });
        hours.collect()
    };
    zones.iter().map(of_zone).collect()
});

fn now() -> i64 {
    NOW.parse::<Timestamp>().unwrap().as_second()
}

/// A full hour, in seconds.
fn begin() -> i64 {
    (now() - MINUTES_BEFORE * 60) / 3600 * 3600
}

fn end() -> i64 {
    let end = NOW.parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC) + 2.years();
    end.timestamp().as_second()
}

/// Minutes of the walk.
fn length() -> i64 {
    (end() - begin()) / 60 + MINUTES_BEFORE
}

/// The starts of a rule, in seconds: each minute is asked.
fn starts(rule: &Drawn) -> Vec<i64> {
    let mut starts = Vec::new();
    let mut last = DateTime::MIN;
    for minute in 0..length() {
        let (hour, rest) = (minute / 60, minute % 60);
        if rest != i64::from(rule.minute) {
            continue;
        }
        let full = HOURS[rule.zone][usize::try_from(hour).unwrap()];
        let local = full.date().at(full.hour(), rule.minute, 0, 0);
        // A clock that is set back shows an hour twice, and the rule runs in the first.
        if rule.runs_at(local) && local > last {
            starts.push(begin() + minute * 60);
            last = local;
        }
    }
    starts
}

struct Walk<'a> {
    rules: &'a [Drawn],
    starts: Vec<Vec<i64>>,
}

impl Walk<'_> {
    fn promises(&self, rule: usize, place: Option<usize>) -> bool {
        place.is_none_or(|place| self.rules[rule].copies[place].is_some())
    }

    /// Whether a rule's backup is the one that is kept.
    fn beats(&self, one: usize, other: usize, place: Option<usize>) -> bool {
        let rank = |rule: usize| (-self.rules[rule].kept, self.promises(rule, place), rule);
        rank(one) < rank(other)
    }

    /// The slot whose backup is kept in place of this one's.
    fn winner(&self, slot: (usize, i64), place: Option<usize>) -> (usize, i64) {
        let (rule, start) = slot;
        let stop = start + self.rules[rule].window * 60;
        let mut stronger: Vec<usize> =
            (0..self.rules.len()).filter(|other| self.beats(*other, rule, place)).collect();
        stronger.sort_by(|one, other| {
            if self.beats(*one, *other, place) {
                std::cmp::Ordering::Less
            } else {
                std::cmp::Ordering::Greater
            }
        });
        for other in stronger {
            let window = self.rules[other].window * 60;
            let near =
                self.starts[other].binary_search(&(start - window + 1)).unwrap_or_else(|at| at);
            if let Some(found) = self.starts[other].get(near).filter(|found| **found < stop) {
                return self.winner((other, *found), place);
            }
        }
        slot
    }

    /// The slots that are scheduled for a place within two years.
    fn slots(&self, place: Option<usize>) -> Vec<(usize, i64)> {
        let mut slots: Vec<(usize, i64)> = Vec::new();
        for rule in (0..self.rules.len()).filter(|rule| self.promises(*rule, place)) {
            let within =
                self.starts[rule].iter().filter(|start| **start > now() && **start < end());
            slots.extend(within.map(|start| (rule, *start)));
        }
        slots.sort_by_key(|(rule, start)| (*start, *rule));
        slots
    }

    /// Copies that are scheduled and not made, by the losing and the winning rule.
    fn lost(&self, place: usize) -> BTreeMap<(usize, usize), i64> {
        let mut lost = BTreeMap::new();
        for slot in self.slots(Some(place)) {
            let (winner, _) = self.winner(slot, Some(place));
            if winner != slot.0 && !self.promises(winner, Some(place)) {
                *lost.entry((slot.0, winner)).or_default() += 1;
            }
        }
        lost
    }

    /// Whether there is a stretch without a point, and whether it is there in any case.
    fn lapse(&self, place: Option<usize>) -> Option<bool> {
        let kept = |rule: usize| match place {
            Some(place) => self.rules[rule].copies[place].unwrap_or_default(),
            None => self.rules[rule].kept,
        };
        let mut slots = self.slots(place);
        slots.retain(|slot| self.winner(*slot, place) == *slot);
        let (mut until, mut worst) = (i64::MIN, None);
        for pair in slots.windows(2) {
            until = until.max(pair[0].1 + kept(pair[0].0) * 86_400);
            let bare = (pair[1].1 - until) / 60;
            let late = bare + self.rules[pair[1].0].window;
            if late > worst.map_or(0, |(late, _)| late) {
                worst = Some((late, bare > 0));
            }
        }
        worst.map(|(_, certain)| certain)
    }
}

fn arn(place: &str) -> String {
    format!("arn:aws:backup:{place}:111122223333:backup-vault:dr")
}

fn days(days: i64) -> Lifecycle {
    Lifecycle { is_there: true, delete: Field::is(days), ..Lifecycle::default() }
}

fn content(rules: &[Drawn]) -> Content {
    let rules = rules.iter().enumerate().map(|(at, drawn)| {
        let copies = PLACES.iter().zip(drawn.copies).filter_map(|(place, kept)| {
            let vault = Field::is(arn(place));
            Some(Copy { vault, lifecycle: days(kept?), ..Copy::default() })
        });
        Rule {
            name: Field::is(format!("r{at}")),
            vault: Field::is("main".to_owned()),
            schedule: Field::is(drawn.cron()),
            timezone: Field::is(ZONES[drawn.zone].to_owned()),
            start_window: Field::is(drawn.window),
            lifecycle: days(drawn.kept),
            copies: copies.collect(),
            ..Rule::default()
        }
    });
    let plan = Plan { label: "p".to_owned(), rules: rules.collect(), ..Plan::default() };
    Content { plans: vec![plan], ..Content::default() }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let days = prop_oneof![
        3 => Just(Days::All),
        2 => (1..=7_i8).prop_map(Days::Weekday),
        1 => (1..=28_i8).prop_map(Days::OfMonth),
    ];
    let kept = || prop::sample::select(vec![1, 2, 3, 7, 14, 30, 35, 90, 365]);
    let copy = || prop::option::weighted(0.6, kept());
    (
        0..60_i8,
        prop::collection::btree_set(0..24_i8, 1..4),
        days,
        0..ZONES.len(),
        prop::sample::select(vec![60_i64, 90, 120, 480, 720]),
        kept(),
        [copy(), copy()],
    )
        .prop_map(|(minute, hours, days, zone, window, kept, copies)| Drawn {
            minute,
            hours: hours.into_iter().collect(),
            days,
            zone,
            window,
            kept,
            copies,
        })
}

/// What a walk counts in two years, as the linter gives it.
fn yearly(count: i64) -> (i64, i64) {
    if count < 20 && count % 2 != 0 { (count, 2) } else { ((count / 2).max(1), 1) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn lost_copies_and_gaps_are_those_of_a_walk_over_every_minute(rules in prop::collection::vec(drawn(), 1..5)) {
        let found = check(&content(&rules), &[], NOW.parse().unwrap());
        let walk = Walk { rules: &rules, starts: rules.iter().map(starts).collect() };
        for (at, place) in PLACES.iter().enumerate() {
            let of_place = |text: &str| text.contains(&format!("in {place}"));
            let mut expected: Vec<_> =
                walk.lost(at).into_iter().map(|((loser, _), count)| (format!("r{loser}"), yearly(count))).collect();
            let lost = found.findings.iter().filter(|of| of.check == Check::LostCopies && of_place(&of.text));
            let mut lost: Vec<_> = lost
                .map(|of| {
                    let lost = of.lost.unwrap();
                    (of.rule.clone().unwrap(), (lost.copies, lost.in_years.unwrap()))
                })
                .collect();
            expected.sort();
            lost.sort();
            prop_assert_eq!(lost, expected, "{} {:?}", place, &rules);
            prop_assert_eq!(lapse_in(&found.findings, &format!("in vault dr in {place}: ")), walk.lapse(Some(at)), "{} {:?}", place, &rules);
        }
        prop_assert_eq!(lapse_in(&found.findings, "in its own region: "), walk.lapse(None), "{:?}", &rules);
    }
}

/// Whether a stretch without a point was found in a place, and whether it is certain.
fn lapse_in(findings: &[crate::lint::finding::Finding], begins: &str) -> Option<bool> {
    let of_place = findings.iter().filter(|finding| finding.text.starts_with(begins));
    let mut certain = of_place.map(|finding| finding.check == Check::RetentionGap);
    certain.next_back()
}
