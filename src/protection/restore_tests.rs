//! Which recovery points restore tests have to take for the calendar of the rules: pure.

use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::time::{DAY, DAY_IN_MINUTES, Time};
use crate::protection::rpo;

/// AWS's own window, where the rules need no longer one.
const USUAL_WINDOW_DAYS: i64 = 30;
/// The longest that a plan takes (API reference, `RestoreTestingRecoveryPointSelection`).
const WINDOW_DAYS_MAX: i64 = 365;

/// How many days old the newest point in a region may be, rounded up, by the calendar of the rules; `None` where no rule
/// reaches it.
fn rhythm_days(settings: &Settings, region: &Region) -> Option<i64> {
    let (longest, _) = rpo::ages(settings).get(region)?.extremes();
    Some((longest + DAY_IN_MINUTES - 1) / DAY_IN_MINUTES)
}

/// How old a point may be that is tested in a region, in days: a window that is shorter than the copies' rhythm finds none.
pub(crate) fn window_days(settings: &Settings, region: &Region) -> i64 {
    match settings.restore_test.window_days {
        0 => {
            let needed = rhythm_days(settings, region).map_or(0, |days| days + 1);
            needed.clamp(USUAL_WINDOW_DAYS, WINDOW_DAYS_MAX)
        }
        days => days,
    }
}

/// Refuses a window in which some region has no point for a while.
///
/// # Errors
/// One sentence with both numbers.
pub(crate) fn check_window(settings: &Settings) -> Result<(), String> {
    for region in &settings.restore_test.regions {
        let days = window_days(settings, region);
        let Some(rhythm) = rhythm_days(settings, region).filter(|rhythm| *rhythm > days) else {
            continue;
        };
        return Err(format!(
            "restore_test.window_days is {days}, and by the rules the newest recovery point in {region} may be {rhythm} days old: a test would find none"
        ));
    }
    Ok(())
}

/// Which points of a vault a run at this time could choose from: when they were made, at least and at most.
pub(crate) fn eligible_since(settings: &Settings, region: &Region, run: Time) -> (Time, Time) {
    (run - window_days(settings, region) * DAY, run)
}

/// Whether the tests of a region are judged: where there is a validator.
pub(crate) fn is_judged(settings: &Settings, region: &Region) -> bool {
    settings.regions.with_alarms().contains(&region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;

    fn settings() -> Settings {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        settings.restore_test.regions = settings.regions.names().into_iter().skip(1).collect();
        settings
    }

    fn tertiary() -> Region {
        Region::parse("eu-west-1").unwrap()
    }

    #[test]
    fn the_window_is_longer_than_the_rhythm_of_the_copies() {
        let mut settings = settings();
        assert_eq!(window_days(&settings, &tertiary()), 30);
        check_window(&settings).unwrap();
        settings.restore_test.window_days = 7;
        let why = check_window(&settings).unwrap_err();
        assert!(
            why.contains("window_days is 7") && why.contains("eu-west-1 may be 8 days"),
            "{why}"
        );
        settings.restore_test.window_days = 8;
        check_window(&settings).unwrap();
        settings.restore_test.window_days = 0;
        settings.rules[1].schedule = "cron(0 3 1 * ? *)".to_owned();
        assert!(
            window_days(&settings, &tertiary()) > 31,
            "{}",
            window_days(&settings, &tertiary())
        );
        check_window(&settings).unwrap();
    }
}
