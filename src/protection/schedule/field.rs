//! One field of an AWS cron expression: what it takes, and which values it names.

use std::collections::BTreeSet;

/// A field, as the table in the `EventBridge` user guide has it ("Cron expressions reference").
pub(super) struct Field {
    pub(super) name: &'static str,
    min: u16,
    max: u16,
    /// Names of the values from `min` on.
    names: &'static [&'static str],
    /// The characters it takes beside values.
    wildcards: &'static str,
    /// An expression in which this field is used well.
    pub(super) example: &'static str,
}

const MONTHS: &[&str] =
    &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The six fields in their order.
pub(super) const FIELDS: [Field; 6] = [
    Field {
        name: "minutes",
        min: 0,
        max: 59,
        names: &[],
        wildcards: ",-*/",
        example: "cron(30 2 ? * * *)",
    },
    Field {
        name: "hours",
        min: 0,
        max: 23,
        names: &[],
        wildcards: ",-*/",
        example: "cron(0 2,14 ? * * *)",
    },
    Field {
        name: "day-of-month",
        min: 1,
        max: 31,
        names: &[],
        wildcards: ",-*?/LW",
        example: "cron(0 2 1,15 * ? *)",
    },
    Field {
        name: "month",
        min: 1,
        max: 12,
        names: MONTHS,
        wildcards: ",-*/",
        example: "cron(0 2 1 JAN,JUL ? *)",
    },
    Field {
        name: "day-of-week",
        min: 1,
        max: 7,
        names: DAYS,
        wildcards: ",-*?L#",
        example: "cron(0 2 ? * SUN *)",
    },
    Field {
        name: "year",
        min: 1970,
        max: 2199,
        names: &[],
        wildcards: ",-*/",
        example: "cron(0 2 ? * * *)",
    },
];

/// What a field says.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    /// `?`
    Unset,
    Values(BTreeSet<u16>),
    /// `L`, `LW`, `15W`, `6L` or `6#3`, with numbers for names.
    Special(String),
}

impl Reading {
    /// The same for croner, which is given no wildcard but these.
    pub(super) fn to_croner(&self) -> String {
        match self {
            Self::Unset => "*".to_owned(),
            Self::Special(text) => text.clone(),
            Self::Values(values) => values.iter().map(u16::to_string).collect::<Vec<_>>().join(","),
        }
    }
}

impl Field {
    /// Reads the field.
    ///
    /// Where AWS's page is silent this does as Quartz, whose language it is: `L`, `W` and `#` stand
    /// alone, ranges may wrap around (`SAT-MON`) except for years, and a step goes on across the wrap.
    /// `/15` without a start and `L-3` are refused, because AWS does not document them.
    ///
    /// # Errors
    /// What the field takes, and what was given.
    pub(super) fn read(&self, text: &str) -> Result<Reading, String> {
        let upper = text.to_ascii_uppercase();
        let reading = if upper == "?" && self.wildcards.contains('?') {
            Some(Reading::Unset)
        } else {
            self.special(&upper).or_else(|| self.values(&upper).map(Reading::Values))
        };
        reading.ok_or_else(|| self.refusal(text))
    }

    fn refusal(&self, text: &str) -> String {
        let names = match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!(" or {first}-{last}"),
            _ => String::new(),
        };
        let wildcards: Vec<String> = self.wildcards.chars().map(String::from).collect();
        format!(
            "{} takes {}-{}{names} with {}, not {text:?}",
            self.name,
            self.min,
            self.max,
            wildcards.join(" ")
        )
    }

    fn special(&self, text: &str) -> Option<Reading> {
        let of_week = self.wildcards.contains('#');
        let of_month = self.wildcards.contains('W');
        if of_week && text == "L" {
            // The last day of the week.
            return Some(Reading::Values(BTreeSet::from([self.max])));
        }
        if of_month && (text == "L" || text == "LW") {
            return Some(Reading::Special(text.to_owned()));
        }
        if let (true, Some(day)) = (of_month, text.strip_suffix('W')) {
            return Some(Reading::Special(format!("{}W", self.value(day)?)));
        }
        if let (true, Some(day)) = (of_week, text.strip_suffix('L')) {
            return Some(Reading::Special(format!("{}L", self.value(day)?)));
        }
        let (day, nth) = text.split_once('#').filter(|_| of_week)?;
        let nth = number(nth).filter(|nth| (1..=5).contains(nth))?;
        Some(Reading::Special(format!("{}#{nth}", self.value(day)?)))
    }

    fn values(&self, text: &str) -> Option<BTreeSet<u16>> {
        let mut values = BTreeSet::new();
        for element in text.split(',') {
            values.extend(self.element(element)?);
        }
        Some(values)
    }

    /// `*`, `v` or `a-b`, and each with a step.
    fn element(&self, text: &str) -> Option<Vec<u16>> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) if self.wildcards.contains('/') => {
                let longest = self.max.min(self.max - self.min + 1);
                (range, Some(number(step).filter(|step| (1..=longest).contains(step))?))
            }
            Some(_) => return None,
            None => (text, None),
        };
        let (first, last) = if range == "*" {
            (self.min, self.max)
        } else if let Some((first, last)) = range.split_once('-') {
            (self.value(first)?, self.value(last)?)
        } else {
            let first = self.value(range)?;
            (first, if step.is_some() { self.max } else { first })
        };
        let size = self.max - self.min + 1;
        let length = match last.checked_sub(first) {
            Some(length) => length,
            None if self.name == "year" => return None,
            None => size - (first - last),
        };
        let offsets = (0..=length).step_by(usize::from(step.unwrap_or(1)));
        Some(offsets.map(|offset| self.min + (first - self.min + offset) % size).collect())
    }

    fn value(&self, text: &str) -> Option<u16> {
        let named = self.names.iter().position(|name| *name == text);
        let value = match named {
            Some(position) => self.min + u16::try_from(position).ok()?,
            None => number(text)?,
        };
        (self.min..=self.max).contains(&value).then_some(value)
    }
}

/// Digits only: `parse` alone would take `+5`.
fn number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: usize, text: &str) -> String {
        match FIELDS[field].read(text) {
            Ok(reading) => reading.to_croner(),
            Err(error) => error,
        }
    }

    #[test]
    fn values_ranges_steps_and_wraps() {
        assert_eq!(read(0, "5/20"), "5,25,45");
        assert_eq!(read(1, "*/6"), "0,6,12,18");
        assert_eq!(read(1, "22-4/2"), "0,2,4,22");
        assert_eq!(read(1, "8-18/5,20"), "8,13,18,20");
        assert_eq!(read(3, "nov-Feb"), "1,2,11,12");
        assert_eq!(read(4, "SAT-MON"), "1,2,7");
        assert_eq!(read(4, "L"), "7");
        assert_eq!(read(5, "2027/100"), "2027,2127");
    }

    #[test]
    fn the_specials() {
        for (text, croner) in [("L", "L"), ("lw", "LW"), ("03W", "3W"), ("?", "*")] {
            assert_eq!(read(2, text), croner);
        }
        for (text, croner) in [("FRIL", "6L"), ("6L", "6L"), ("fri#3", "6#3")] {
            assert_eq!(read(4, text), croner);
        }
    }

    #[test]
    fn what_a_field_does_not_take() {
        for (field, texts) in [
            (0, &["60", "-1", "+5", "", ",", "1,", "5-", "*/0", "*/60", "1/", "/5", "?", "L"][..]),
            (1, &["24", "1-24", "1.5", "*-5"]),
            (2, &["0", "32", "W", "32W", "1-5W", "1W,2", "L,1", "L-3", "1#2", "WL"]),
            (3, &["0", "13", "JANUARY", "?", "MON"]),
            (4, &["0", "8", "SUN-", "2/2", "6#0", "6#6", "3#1,6#3", "MON,6L", "3W", "?L"]),
            (5, &["1969", "2200", "2030-2027", "26", "?"]),
        ] {
            for text in texts {
                assert!(FIELDS[field].read(text).is_err(), "{} {text}", FIELDS[field].name);
            }
        }
        assert_eq!(
            read(4, "SUN-"),
            "day-of-week takes 1-7 or SUN-SAT with , - * ? L #, not \"SUN-\""
        );
    }
}
