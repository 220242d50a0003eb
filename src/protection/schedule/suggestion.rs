//! What somebody meant who wrote a schedule of another language.

/// An AWS expression for fields that are not six: Unix cron's five, or six that lack the year, or
/// Quartz's seven with seconds.
///
/// What it gives may still be wrong in a field; the caller reads it.
pub(super) fn as_six(fields: &[&str]) -> Option<String> {
    let six: Vec<String> = match fields {
        [minutes, hours, day, month, week] if !day.contains('?') && !week.contains('?') => {
            let (day, week) = unix_days(day, week)?;
            vec![(*minutes).into(), (*hours).into(), day, (*month).into(), week, "*".into()]
        }
        [_, _, _, _, _] => fields.iter().chain(&["*"]).map(ToString::to_string).collect(),
        [_, six @ ..] if six.len() == 6 => six.iter().map(ToString::to_string).collect(),
        _ => return None,
    };
    Some(format!("cron({})", six.join(" ")))
}

/// Unix counts days of the week from Sunday = 0 (or 7), and takes both fields at once where AWS
/// demands one `?`.
fn unix_days(day: &str, week: &str) -> Option<(String, String)> {
    match (day, week) {
        (_, "*") => Some((day.to_owned(), "?".to_owned())),
        ("*", _) if !week.contains('/') => {
            let shift = |c: char| match c.to_digit(10) {
                Some(digit) => char::from_digit(digit % 7 + 1, 10).unwrap_or(c),
                None => c,
            };
            Some(("?".to_owned(), week.chars().map(shift).collect()))
        }
        _ => None,
    }
}

/// An AWS expression with exactly one `?`, where it is clear which it should be.
pub(super) fn with_one_unset(fields: &[&str; 6]) -> Option<String> {
    let mut six = *fields;
    match (fields[2], fields[4]) {
        ("?", "?") => six[4] = "*",
        (_, "*") => six[4] = "?",
        ("*", _) => six[2] = "?",
        _ => return None,
    }
    Some(format!("cron({})", six.join(" ")))
}

/// The cron of a `rate(...)` that divides a day or is a day or a week.
pub(super) fn for_rate(inside: &str) -> Option<String> {
    let (count, unit) = inside.trim().split_once(' ')?;
    let count: u32 = count.parse().ok()?;
    match (count, unit.trim().trim_end_matches('s')) {
        (1, "hour") => Some("cron(0 * ? * * *)".to_owned()),
        (2 | 3 | 4 | 6 | 8 | 12, "hour") => Some(format!("cron(0 0/{count} ? * * *)")),
        (24, "hour") | (1, "day") => Some("cron(0 2 ? * * *)".to_owned()),
        (7, "day") => Some("cron(0 2 ? * SUN *)".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_languages_become_aws() {
        for (typed, aws) in [
            ("0 2 * * *", Some("cron(0 2 * * ? *)")),
            ("0 2 * * 1-5", Some("cron(0 2 ? * 2-6 *)")),
            ("0 2 * * 0,6", Some("cron(0 2 ? * 1,7 *)")),
            ("0 2 * * 7", Some("cron(0 2 ? * 1 *)")),
            ("0 2 * * SUN", Some("cron(0 2 ? * SUN *)")),
            ("0 2 ? * SUN", Some("cron(0 2 ? * SUN *)")),
            ("0 0 2 ? * SUN *", Some("cron(0 2 ? * SUN *)")),
            ("0 2 1 * 1", None),
            ("0 2 * *", None),
        ] {
            let fields: Vec<&str> = typed.split(' ').collect();
            assert_eq!(as_six(&fields).as_deref(), aws, "{typed}");
        }
    }

    #[test]
    fn one_of_the_days_is_unset() {
        assert_eq!(
            with_one_unset(&["0", "5", "*", "*", "MON", "*"]).as_deref(),
            Some("cron(0 5 ? * MON *)")
        );
        assert_eq!(with_one_unset(&["0", "5", "1", "*", "MON", "*"]), None);
    }
}
