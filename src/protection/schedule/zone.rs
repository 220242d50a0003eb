//! Time zones, from the zone data inside this program.

use std::sync::LazyLock;

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// The bundled copy, never the machine's: the same plan has the same proof everywhere, also where
/// no zone data is installed. It ages with the program, as the list of regions does.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Names that are near enough to be what was meant.
const NEAR: f64 = 0.85;

/// The zone of an IANA name, as `ScheduleExpressionTimezone` of a backup rule takes it
/// (AWS Backup API reference, `BackupRuleInput`).
///
/// # Errors
/// One sentence with the nearest name. Letter case counts: whether AWS forgives it is not documented.
pub(crate) fn time_zone(name: &str) -> Result<TimeZone, String> {
    let known = BUNDLED.available().any(|known| known.as_str() == name);
    if let (true, Ok(zone)) = (known, BUNDLED.get(name)) {
        return Ok(zone);
    }
    let hint = match nearest(name) {
        Some(near) => format!("did you mean {near}?"),
        None => "a time zone looks like Etc/UTC or Europe/Berlin".to_owned(),
    };
    Err(format!("{name:?} is not an IANA time zone: {hint}"))
}

/// The known name with the likeliest typing error; a bare city is found too.
fn nearest(name: &str) -> Option<String> {
    let typed = name.trim().replace(' ', "_").to_ascii_lowercase();
    let likeness = |known: &str| {
        let known = known.to_ascii_lowercase();
        let city = known.rsplit('/').next().unwrap_or_default();
        // A name alike as a whole goes before one alike only in its city.
        let city = 0.99 * strsim::jaro_winkler(&typed, city);
        strsim::jaro_winkler(&typed, &known).max(city)
    };
    let known = BUNDLED.available().map(|known| (likeness(known.as_str()), known.to_string()));
    let (likeness, near) = known.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (likeness > NEAR).then_some(near)
}

/// The instant of a local time that a schedule names, if it has one.
///
/// An assumption: AWS Backup does not say what it does when clocks change. `EventBridge` Scheduler
/// does ("Daylight savings time", Scheduler user guide): a local time that is left out in spring is
/// skipped, one that comes twice in autumn runs once. The first of the two is assumed. Skipping is
/// also the worse case for the gap between two runs, so nothing is promised that may not be kept.
pub(super) fn instant(local: DateTime, zone: &TimeZone) -> Option<Zoned> {
    let ambiguous = zone.to_ambiguous_zoned(local);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
            ambiguous.earlier().ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iana_names_are_known() {
        for name in ["Etc/UTC", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"] {
            assert!(time_zone(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        for (typed, near) in [
            ("Europe/Berlinn", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("etc/utc", "Etc/UTC"),
            ("New York", "America/New_York"),
        ] {
            let error = time_zone(typed).unwrap_err();
            assert!(error.ends_with(&format!("did you mean {near}?")), "{error}");
        }
        let error = time_zone("+02:00").unwrap_err();
        assert!(error.contains("looks like Etc/UTC"), "{error}");
        assert!(time_zone("").is_err());
        assert!(time_zone("EST5").unwrap_err().ends_with("did you mean EST?"));
    }
}
