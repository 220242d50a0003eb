//! AWS cron expressions, as AWS Backup takes them.

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::field::{FIELDS, Reading};
use super::{suggestion, zone};

const EXAMPLE: &str = "cron(0 2 ? * * *)";
/// Longer than any sensible schedule, short enough to be shown in a message.
const LONGEST: usize = 256;
/// The years that AWS takes.
const FIRST_YEAR: i16 = 1970;
const LAST_YEAR: i16 = 2199;
const HOURLY: &str = "AWS Backup runs a rule at most once an hour";

/// The schedule of a backup rule.
///
/// The language is that of "Cron expressions reference" in the `EventBridge` user guide; AWS Backup
/// adds that a rule runs at most once an hour ("Backup frequency", AWS Backup developer guide).
#[derive(Clone, Debug)]
pub(crate) struct Cron {
    expression: String,
    search: croner::Cron,
}

impl Cron {
    /// Reads `cron(minutes hours day-of-month month day-of-week year)`.
    ///
    /// # Errors
    /// One sentence that names what is wrong, what is allowed and an example that works: for what
    /// `EventBridge` refuses, for what runs more often than hourly, and for what never runs at all.
    /// Whether the last run is past is another question: see [`Cron::next_run`].
    pub(crate) fn parse(expression: &str) -> Result<Self, String> {
        let length = expression.chars().count();
        if length > LONGEST {
            return Err(format!("a schedule has at most {LONGEST} characters, this one {length}"));
        }
        let (cron, minutes) = Self::read(expression).map_err(|why| refusal(expression, &why))?;
        if minutes > 1 {
            let why = format!("{HOURLY}: minutes must be one value, as in {EXAMPLE}");
            return Err(refusal(expression, &why));
        }
        if cron.next_local(date(1970, 1, 1).at(0, 0, 0, 0), true).is_none() {
            let why = format!(
                "it never runs, because no year has such a day: an example that works is {EXAMPLE}"
            );
            return Err(refusal(expression, &why));
        }
        Ok(cron)
    }

    /// What `EventBridge` takes, and how many minutes of the hour are named.
    pub(super) fn read(expression: &str) -> Result<(Self, usize), String> {
        let fields = split(expression)?;
        let mut readings = Vec::with_capacity(fields.len());
        for (field, text) in FIELDS.iter().zip(fields) {
            let example = |why| format!("{why}: an example that works is {}", field.example);
            readings.push(field.read(text).map_err(example)?);
        }
        let unset = [&readings[2], &readings[4]].map(|day| *day == Reading::Unset);
        if unset[0] == unset[1] {
            return Err(one_unset(&fields));
        }
        let minutes = match &readings[0] {
            Reading::Values(minutes) => minutes.len(),
            Reading::Unset | Reading::Special(_) => 0,
        };
        let croner: Vec<String> = readings.iter().map(Reading::to_croner).collect();
        let search = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Required)
            .alternative_weekdays(true)
            .build()
            .parse(&format!("0 {}", croner.join(" ")))
            .map_err(|error| format!("{error}: an example that works is {EXAMPLE}"))?;
        Ok((Self { expression: expression.to_owned(), search }, minutes))
    }

    /// The next local time of the schedule, whether or not a zone has it.
    pub(super) fn next_local(&self, from: DateTime, inclusive: bool) -> Option<DateTime> {
        self.search.find_next_occurrence(&from, inclusive).ok()
    }

    /// The last local time of the schedule; `None` where its years have no end before AWS's own.
    pub(crate) fn last_local(&self) -> Option<DateTime> {
        let from = |year: i16| self.next_local(date(year, 1, 1).at(0, 0, 0, 0), true);
        if from(LAST_YEAR).is_some() {
            return None;
        }
        let ends = |year: &i16| from(*year).is_none();
        let years: Vec<i16> = (FIRST_YEAR..=LAST_YEAR).collect();
        let last = years.partition_point(|year| !ends(year)).checked_sub(1)?;
        let runs = std::iter::successors(from(years[last]), |run| self.next_local(*run, false));
        runs.last()
    }

    /// The runs after an instant, ascending, in the zone's time; `zone` says what clock changes do.
    pub(crate) fn runs_after(
        &self,
        after: Timestamp,
        zone: &TimeZone,
    ) -> impl Iterator<Item = Zoned> + use<'_> {
        let zone = zone.clone();
        let mut local = after.to_zoned(zone.clone()).datetime();
        let next = move || {
            local = self.next_local(local, false)?;
            Some(local)
        };
        std::iter::from_fn(next)
            .filter_map(move |local| zone::instant(local, &zone))
            .skip_while(move |run| run.timestamp() <= after)
    }

    /// The first run after `now`.
    ///
    /// # Errors
    /// One sentence if the last one is past.
    pub(crate) fn next_run(&self, now: Timestamp, zone: &TimeZone) -> Result<Zoned, String> {
        self.runs_after(now, zone).next().ok_or_else(|| {
            let why = format!(
                "it runs only in the past: year takes 1970-2199 or *, an example that works is {EXAMPLE}"
            );
            refusal(&self.expression, &why)
        })
    }
}

fn refusal(expression: &str, why: &str) -> String {
    format!("{expression:?} is no schedule for a backup rule: {why}")
}

/// The six fields between the parentheses.
fn split(expression: &str) -> Result<[&str; 6], String> {
    for other in ["rate", "at"] {
        let inside = expression.trim_start().strip_prefix(other).map(str::trim_start);
        if let Some(inside) = inside.and_then(|rest| rest.strip_prefix('(')) {
            let cron = Some(inside.trim_end_matches(')')).filter(|_| other == "rate");
            let cron = cron.and_then(suggestion::for_rate).unwrap_or_else(|| EXAMPLE.to_owned());
            return Err(format!("AWS Backup takes cron only, no {other}(): write {cron}"));
        }
    }
    let inside = expression.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
    let bare = expression.trim();
    let bare =
        bare.get(..4).filter(|word| word.eq_ignore_ascii_case("cron")).map_or(bare, |_| &bare[4..]);
    let bare = bare.trim().trim_start_matches('(').trim_end_matches(')');
    let fields: Vec<&str> = inside.unwrap_or(bare).split_whitespace().collect();
    if let Ok(six) = <[&str; 6]>::try_from(fields.as_slice()) {
        return match inside {
            Some(inside) if inside.trim() == inside => Ok(six),
            _ => Err(format!("AWS wants it as cron(...): yours would be cron({})", six.join(" "))),
        };
    }
    Err(format!(
        "AWS wants six fields (minutes hours day-of-month month day-of-week year), not {}: {}",
        fields.len(),
        suggestion(suggestion::as_six(&fields))
    ))
}

fn one_unset(fields: &[&str; 6]) -> String {
    format!(
        "of day-of-month (1-31) and day-of-week (1-7 or SUN-SAT) exactly one must be ?, these are {} and {}: {}",
        fields[2],
        fields[4],
        suggestion(suggestion::with_one_unset(fields))
    )
}

/// The last part of a refusal: an expression that was tried, or else the example.
fn suggestion(yours: Option<String>) -> String {
    match yours.map(|yours| (Cron::read(&yours), yours)) {
        Some((Ok((_, 1)), yours)) => format!("yours would be {yours}"),
        Some((Ok(_), yours)) => format!("yours would be {yours}, but {HOURLY}"),
        _ => format!("an example that works is {EXAMPLE}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protection::schedule::time_zone;

    fn runs(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(expression).unwrap();
        cron.runs_after(after.parse().unwrap(), &time_zone(zone).unwrap())
            .take(count)
            .map(|run| run.strftime("%F %a %R%:z").to_string())
            .collect()
    }

    fn days(expression: &str) -> Vec<String> {
        let runs = runs(expression, "UTC", "2026-11-23T16:00:00Z", 3);
        runs.iter().map(|run| run[2..14].to_owned()).collect()
    }

    #[test]
    fn aws_counts_from_sunday_and_knows_l_w_and_hash() {
        for (expression, expected) in [
            ("cron(0 5 ? * 1 *)", ["26-11-29 Sun", "26-12-06 Sun", "26-12-13 Sun"]),
            ("cron(0 5 ? * L *)", ["26-11-28 Sat", "26-12-05 Sat", "26-12-12 Sat"]),
            ("cron(0 5 ? * 6L *)", ["26-11-27 Fri", "26-12-25 Fri", "27-01-29 Fri"]),
            ("cron(0 5 ? * 3#2 *)", ["26-12-08 Tue", "27-01-12 Tue", "27-02-09 Tue"]),
            ("cron(0 5 L * ? *)", ["26-11-30 Mon", "26-12-31 Thu", "27-01-31 Sun"]),
            ("cron(0 5 LW * ? *)", ["26-11-30 Mon", "26-12-31 Thu", "27-01-29 Fri"]),
            ("cron(0 5 1W * ? 2027)", ["27-01-01 Fri", "27-02-01 Mon", "27-03-01 Mon"]),
            ("cron(0 5 1W 5 ? *)", ["27-05-03 Mon", "28-05-01 Mon", "29-05-01 Tue"]),
            ("cron(0 5 31W * ? *)", ["26-12-31 Thu", "27-01-29 Fri", "27-03-31 Wed"]),
            ("cron(0 5 ? * sat-mon *)", ["26-11-28 Sat", "26-11-29 Sun", "26-11-30 Mon"]),
            ("cron(0 5 29 2 ? *)", ["28-02-29 Tue", "32-02-29 Sun", "36-02-29 Fri"]),
            ("cron(0 5 1 1 ? 2199)", ["99-01-01 Tue", "", ""]),
        ] {
            let expected: Vec<&str> = expected.into_iter().filter(|day| !day.is_empty()).collect();
            assert_eq!(days(expression), expected, "{expression}");
        }
    }

    #[test]
    fn clock_changes_skip_in_spring_and_run_once_in_autumn() {
        let spring = runs("cron(30 2 ? * * *)", "Europe/Berlin", "2027-03-26T12:00:00Z", 2);
        assert_eq!(spring, ["2027-03-27 Sat 02:30+01:00", "2027-03-29 Mon 02:30+02:00"]);
        let autumn = runs("cron(30 2 ? * * *)", "Europe/Berlin", "2027-10-30T12:00:00Z", 2);
        assert_eq!(autumn, ["2027-10-31 Sun 02:30+02:00", "2027-11-01 Mon 02:30+01:00"]);
        // Between the two 02:30 of that morning.
        let between = runs("cron(30 2 ? * * *)", "Europe/Berlin", "2027-10-31T01:10:00Z", 1);
        assert_eq!(between, ["2027-11-01 Mon 02:30+01:00"]);
    }

    #[test]
    fn a_run_is_after_the_instant() {
        let at = runs("cron(0 2 ? * * *)", "UTC", "2026-11-24T02:00:00Z", 1);
        assert_eq!(at, ["2026-11-25 Wed 02:00+00:00"]);
        let before = runs("cron(0 2 ? * * *)", "UTC", "2026-11-24T01:59:59.5Z", 1);
        assert_eq!(before, ["2026-11-24 Tue 02:00+00:00"]);
    }

    #[test]
    fn a_schedule_of_past_years_has_no_next_run() {
        let cron = Cron::parse("cron(0 2 1 1 ? 2020)").unwrap();
        let error = cron.next_run("2026-11-23T16:00:00Z".parse().unwrap(), &TimeZone::UTC);
        assert!(error.unwrap_err().contains("only in the past"));
        for now in [Timestamp::MIN, Timestamp::MAX] {
            let _ = cron.next_run(now, &TimeZone::UTC);
        }
    }
}
