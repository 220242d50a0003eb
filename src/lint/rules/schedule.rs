//! The schedule of a rule by itself: whether AWS takes it, and whether it still runs.

use jiff::Timestamp;

use crate::lint::catalog::Check;
use crate::lint::rules::{Found, Of};
use crate::model::settings::table::TIMEZONE;
use crate::protection::schedule::{Cron, time_zone};

pub(super) fn check(of: &Of<'_>, now: Timestamp, found: &mut Found) {
    let (schedule, zone) = (&of.rule.schedule, &of.rule.timezone);
    let zone_name = zone.value.or(TIMEZONE.to_owned());
    let known_zone = zone_name.map(|name| time_zone(&name));
    if let Some(Err(why)) = &known_zone {
        of.add(found, Check::InvalidTimezone, zone.line, why.clone(), None);
    }
    let Some(expression) = schedule.value.get() else { return };
    match Cron::parse(expression) {
        Err(why) => {
            let check = check_of(expression, &why);
            // The last part is an expression that works.
            let fix = why.rsplit_once(": ").map(|(_, fix)| fix.to_owned());
            of.add(found, check, schedule.line, why, fix);
        }
        Ok(cron) => {
            let zone = known_zone.and_then(Result::ok).unwrap_or(jiff::tz::TimeZone::UTC);
            if cron.next_run(now, &zone).is_err() {
                let text = format!("{expression} has no run after today: the rule makes no backup");
                of.add(found, Check::ScheduleEnded, schedule.line, text, None);
            }
        }
    }
}

fn check_of(expression: &str, why: &str) -> Check {
    let begins = |word: &str| expression.trim_start().starts_with(word);
    if begins("rate") || begins("at(") {
        Check::RateSchedule
    } else if why.contains("at most once an hour") {
        Check::TooFrequent
    } else {
        Check::InvalidSchedule
    }
}
