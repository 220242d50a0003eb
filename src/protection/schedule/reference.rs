//! A second opinion for the tests: AWS cron read minute by minute, with nothing in common with `field`.

use jiff::civil::{Date, DateTime, date};
use jiff::{Span, ToSpan};
use proptest::prelude::*;

use super::Cron;

/// Whether an expression names this minute.
fn matches(expression: &str, at: DateTime) -> bool {
    let fields: Vec<&str> = expression[5..expression.len() - 1].split(' ').collect();
    plain(fields[0], i64::from(at.minute()), 0, 59)
        && plain(fields[1], i64::from(at.hour()), 0, 23)
        && day_matches(&fields, at.date())
}

fn day_matches(fields: &[&str], day: Date) -> bool {
    plain(fields[3], i64::from(day.month()), 1, 12)
        && plain(fields[5], i64::from(day.year()), 1970, 2199)
        && (fields[2] == "?" || of_month(fields[2], day))
        && (fields[4] == "?" || of_week(fields[4], day))
}

fn weekday(day: Date) -> i64 {
    i64::from(day.weekday().to_sunday_one_offset())
}

fn is_workday(day: Date) -> bool {
    (2..=6).contains(&weekday(day))
}

fn of_month(text: &str, day: Date) -> bool {
    let last = day.last_of_month();
    match text.strip_suffix('W') {
        Some("L") => {
            (0..3).map(|back| last - back.days()).find(|day| is_workday(*day)) == Some(day)
        }
        Some(wanted) => {
            // The nearest working day in the same month; none if the month has no such day.
            let Ok(wanted) = day.with().day(wanted.parse().unwrap()).build() else { return false };
            let near = [0_i64, -1, 1, -2, 2].map(|off| wanted + Span::new().days(off));
            near.into_iter().find(|near| near.month() == day.month() && is_workday(*near))
                == Some(day)
        }
        None if text == "L" => day == last,
        None => plain(text, i64::from(day.day()), 1, 31),
    }
}

fn of_week(text: &str, day: Date) -> bool {
    let today = weekday(day);
    if text == "L" {
        return today == 7;
    }
    if let Some(wanted) = text.strip_suffix('L') {
        return number(wanted) == today && (day + 7.days()).month() != day.month();
    }
    if let Some((wanted, nth)) = text.split_once('#') {
        return number(wanted) == today && number(nth) == i64::from((day.day() + 6) / 7);
    }
    plain(text, today, 1, 7)
}

/// Lists, ranges and steps, by walking from the start of each range to its end.
fn plain(text: &str, value: i64, min: i64, max: i64) -> bool {
    text.split(',').any(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, ""));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from), number(to)),
            None if range == "*" => (min, max),
            None if step.is_empty() => (number(range), number(range)),
            None => (number(range), max),
        };
        let step = if step.is_empty() { 1 } else { number(step) };
        let (mut at, mut walked) = (from, 0);
        loop {
            if at == value && walked % step == 0 {
                return true;
            }
            if at == to {
                return false;
            }
            at = if at == max { min } else { at + 1 };
            walked += 1;
        }
    })
}

fn number(text: &str) -> i64 {
    match text {
        "SUN" | "JAN" => 1,
        "TUE" | "MAR" => 3,
        "SAT" => 7,
        "DEC" => 12,
        digits => digits.parse().unwrap(),
    }
}

/// A list of values, ranges and steps within the bounds.
fn list(min: u16, max: u16, wraps: bool, steps: bool) -> impl Strategy<Value = String> {
    let longest = if steps { (max - min).min(max) } else { 1 };
    let element = (min..=max, min..=max, 1..=longest, 0..if steps { 6_u8 } else { 4 });
    let text = move |(a, b, step, form): (u16, u16, u16, u8)| {
        let (a, b) = if wraps { (a, b) } else { (a.min(b), a.max(b)) };
        match form {
            0 => "*".to_owned(),
            1 | 2 => a.to_string(),
            3 => format!("{a}-{b}"),
            4 => format!("{a}/{step}"),
            _ => format!("{a}-{b}/{step}"),
        }
    };
    prop::collection::vec(element.prop_map(text), 1..4).prop_map(|parts| parts.join(","))
}

fn days() -> impl Strategy<Value = (String, String)> {
    let of_month = prop_oneof![
        4 => list(1, 31, true, true),
        1 => Just("L".to_owned()),
        1 => Just("LW".to_owned()),
        3 => (1..=31).prop_map(|day| format!("{day}W")),
    ];
    let of_week = prop_oneof![
        4 => list(1, 7, true, false),
        1 => prop::sample::select(vec!["L", "SUN", "SAT-TUE", "SATL", "TUE#5"]).prop_map(String::from),
        1 => (1..=7).prop_map(|day| format!("{day}L")),
        3 => (1..=7, 1..=5).prop_map(|(day, nth)| format!("{day}#{nth}")),
    ];
    prop_oneof![
        of_month.prop_map(|day| (day, "?".to_owned())),
        of_week.prop_map(|day| ("?".to_owned(), day)),
    ]
}

prop_compose! {
    fn expression()(
        minutes in list(0, 59, true, true),
        hours in list(0, 23, true, true),
        (of_month, of_week) in days(),
        months in prop_oneof![list(1, 12, true, true), Just("*".into()), Just("DEC-MAR".into())],
        years in prop_oneof![1 => list(1970, 2199, false, true), 3 => Just("*".to_owned())],
    ) -> String {
        format!("cron({minutes} {hours} {of_month} {months} {of_week} {years})")
    }
}

/// The local times of an expression in `from..to`.
fn found(expression: &str, from: DateTime, to: DateTime) -> Vec<DateTime> {
    let (cron, _) = Cron::read(expression).unwrap();
    let first = cron.next_local(from, true);
    std::iter::successors(first, |at| cron.next_local(*at, false))
        .take_while(|at| *at < to)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_expressions_agree_by_the_minute(text in expression(), offset in 0..70_000_i64) {
        // Around a run where there is one after the random day, else at that day.
        let start = date(1999, 12, 20) + offset.days();
        let (cron, _) = Cron::read(&text).unwrap();
        let near = cron.next_local(start.at(0, 0, 0, 0), true).map_or(start, DateTime::date);
        let (from, to) = (near.at(0, 0, 0, 0), (near + 2.days()).at(0, 0, 0, 0));
        let minutes = from.series(1.minute()).take_while(|at| *at < to);
        let expected: Vec<DateTime> = minutes.filter(|at| matches(&text, *at)).collect();
        prop_assert_eq!(found(&text, from, to), expected, "{}", text);
    }

    #[test]
    fn random_expressions_agree_by_the_day(text in expression(), offset in 0..70_000_i64) {
        let fields: Vec<&str> = text[5..text.len() - 1].split(' ').collect();
        let midnight = format!("cron(0 0 {})", fields[2..].join(" "));
        let from = date(1999, 12, 20) + offset.days();
        let to = (from + 5.years()).at(0, 0, 0, 0);
        let days = from.at(0, 0, 0, 0).series(1.day()).take_while(|at| *at < to);
        let expected: Vec<DateTime> = days.filter(|at| day_matches(&fields, at.date())).collect();
        prop_assert_eq!(found(&midnight, from.at(0, 0, 0, 0), to), expected, "{}", midnight);
    }

    #[test]
    fn no_text_makes_it_panic(
        any in "\\PC*",
        like in "(cron|rate|at| )?[( ]?([-0-9*/,?LWSUN#]{1,4} ){0,7}[-0-9*/,?LW#]{0,4}\\)?",
    ) {
        for text in [any.clone(), like, format!("cron({any})")] {
            if let Err(error) = Cron::parse(&text) {
                prop_assert!(!error.contains('\n'), "{}", error);
            }
        }
    }
}

#[test]
fn what_eventbridge_refuses_is_refused() {
    for (expression, says) in [
        ("cron(0 2 ? * * *", "yours would be cron(0 2 ? * * *)"),
        ("0 2 ? * * *", "yours would be cron(0 2 ? * * *)"),
        ("CRON(0 2 ? * * *)", "yours would be cron(0 2 ? * * *)"),
        ("cron( 0 2 ? * * *)", "yours would be cron(0 2 ? * * *)"),
        ("", "AWS wants six fields"),
        ("cron()", "not 0: an example that works is cron(0 2 ? * * *)"),
        ("cron(0 2 * * *)", "AWS wants six"),
        ("0 2 * * 0", "not 5: yours would be cron(0 2 ? * 1 *)"),
        ("*/5 * * * *", "yours would be cron(*/5 * * * ? *), but AWS Backup runs a rule at most"),
        ("cron(0 2 ? * ? *)", "yours would be cron(0 2 ? * * *)"),
        ("cron(0 2 * * * *)", "yours would be cron(0 2 * * ? *)"),
        ("cron(0 2 1 * MON *)", "exactly one must be ?, these are 1 and MON"),
        ("cron(0 2 1 13 ? *)", "month takes 1-12 or JAN-DEC with , - * /, not \"13\""),
        ("cron(0 24 ? * * *)", "hours takes 0-23 with , - * /, not \"24\""),
        ("cron(60 2 ? * * *)", "minutes takes 0-59"),
        ("cron(0 2 ? * SUN- *)", "example that works is cron(0 2 ? * SUN *)"),
        ("cron(0 2 ? * * 1969)", "year takes 1970-2199"),
        ("cron(0 2 ? * * 2200)", "year takes 1970-2199"),
        ("cron(0/5 2 ? * * *)", "AWS Backup runs a rule at most once an hour"),
        ("cron(* * ? * * *)", "AWS Backup runs a rule at most once an hour"),
        ("cron(0 2 31 2 ? *)", "it never runs"),
        ("cron(0 2 30W FEB ? *)", "it never runs"),
        ("rate(1 day)", "AWS Backup takes cron only, no rate(): write cron(0 2 ? * * *)"),
        ("rate(12 hours)", "write cron(0 0/12 ? * * *)"),
        ("rate(30 minutes)", "write cron(0 2 ? * * *)"),
        ("at(2026-11-23T00:00:00)", "AWS Backup takes cron only, no at()"),
    ] {
        let error = Cron::parse(expression).unwrap_err();
        assert!(error.contains(says), "{expression}: {error}");
        assert!(error.contains(&format!("{expression:?}")), "{error}");
    }
    assert!(Cron::parse(&"9".repeat(10_000)).unwrap_err().len() < 100);
}
