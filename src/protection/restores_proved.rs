//! What drills and restore tests have proved by type, as metrics have kept it, beside the RTO: pure.

use std::collections::BTreeSet;

use crate::model::resource_types::sharing_arns_of;
use crate::model::settings::Settings;
use crate::model::time::Time;

/// How far back it is known. CloudWatch has data points of an hour for 455 days and of five minutes, by which the watchdog is
/// known, for 63 (API reference, `GetMetricData`); this is less, so that a clock that is slow asks for nothing older.
pub(crate) const REMEMBERED_DAYS: i64 = 60;

/// Restores of an hour: how long the longest took, and how old the oldest data was. What was not measured is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hour {
    /// When the hour began.
    pub(crate) at: Time,
    pub(crate) minutes: Option<i64>,
    pub(crate) data_age_minutes: Option<i64>,
}

/// What is known of the restores of a type in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeProved {
    /// AWS Backup's name of the type.
    pub(crate) kind: String,
    /// The last hour in which something was restored.
    pub(crate) restored: Hour,
    /// The last in which something was, and each verdict was good.
    pub(crate) proved: Option<Hour>,
    /// When the last hour with a verdict began, if one of its verdicts was bad.
    pub(crate) failed_at: Option<Time>,
}

/// How restores of a type stand to its RTO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgainstRto {
    /// The last that was proved took no longer.
    Within,
    /// It took longer.
    Longer,
    /// None was proved, or its minutes are not known.
    Unproved,
}

impl TypeProved {
    /// From the values of each hour, the newest first: the lowest verdict, where 1 is good, and the highest of the others.
    /// `None` where there are none.
    pub(crate) fn new(
        kind: &str,
        verdicts: &[(Time, f64)],
        minutes: &[(Time, f64)],
        data_ages: &[(Time, f64)],
    ) -> Option<Self> {
        let in_hour = |values: &[(Time, f64)], at: Time| {
            let (_, value) = values.iter().find(|(begun, _)| *begun == at)?;
            whole(*value)
        };
        let hour = |at: Time| Hour {
            at,
            minutes: in_hour(minutes, at),
            data_age_minutes: in_hour(data_ages, at),
        };
        let newest = [verdicts, minutes, data_ages].into_iter().filter_map(|values| values.first());
        let restored = newest.map(|(at, _)| *at).max()?;
        let is_good = |value: f64| value >= 1.0;
        let proved = verdicts.iter().find(|(_, value)| is_good(*value));
        let failed = verdicts.first().filter(|(_, value)| !is_good(*value));
        Some(Self {
            kind: kind.to_owned(),
            restored: hour(restored),
            proved: proved.map(|(at, _)| hour(*at)),
            failed_at: failed.map(|(at, _)| *at),
        })
    }

    /// What a restore of the type takes by what is known: by what was proved, else by what was restored and not judged.
    pub(crate) fn estimate(&self) -> Option<Hour> {
        let proved = self.proved.filter(|hour| hour.minutes.is_some());
        proved.or(Some(self.restored)).filter(|hour| hour.minutes.is_some())
    }

    pub(crate) fn against(&self, rto_minutes: i64) -> AgainstRto {
        match self.proved.and_then(|hour| hour.minutes) {
            None => AgainstRto::Unproved,
            Some(minutes) if minutes > rto_minutes => AgainstRto::Longer,
            Some(_) => AgainstRto::Within,
        }
    }
}

/// A number of minutes as a person counts them: what has begun is whole, so that an RTO is not kept by rounding.
fn whole(value: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "minutes are far below 2^53")]
    (value.is_finite() && value >= 0.0).then(|| value.ceil() as i64)
}

/// The types of these that have an RTO and of which no restore was proved in any of the regions that were read.
///
/// `kinds` are those of resources as their ARNs say them; a cluster's ARN is of three types, and a proof of one of them counts.
pub(crate) fn unproved(
    settings: &Settings,
    kinds: &BTreeSet<String>,
    known: &[&TypeProved],
) -> Vec<String> {
    let proved = |kind: &str| {
        let mut of_kind = known.iter().filter(|known| known.kind == kind);
        of_kind.any(|known| known.proved.is_some())
    };
    let lacks =
        |kind: &&String| settings.rto_for(kind).is_some() && !sharing_arns_of(kind).any(proved);
    kinds.iter().filter(lacks).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;
    use crate::model::time::HOUR;

    const GOOD: f64 = 1.0;
    const BAD: f64 = 0.0;

    type Case<'a> =
        (&'a str, &'a [(i64, f64)], &'a [(i64, f64)], Option<(i64, Option<i64>)>, Option<i64>);

    #[test]
    fn the_last_verdict_and_the_last_good_one_are_told_apart() {
        let at = |hour: i64| hour * HOUR;
        let cases: [Case<'_>; 6] = [
            ("proved", &[(9, GOOD)], &[(9, 11.2)], Some((9, Some(12))), None),
            ("failed", &[(9, BAD)], &[(9, 3.0)], None, Some(9)),
            (
                "failed since",
                &[(9, BAD), (8, GOOD)],
                &[(9, 3.0), (8, 5.0)],
                Some((8, Some(5))),
                Some(9),
            ),
            (
                "proved since",
                &[(9, GOOD), (8, BAD)],
                &[(9, 3.0), (8, 5.0)],
                Some((9, Some(3))),
                None,
            ),
            ("not judged", &[], &[(9, 3.0)], None, None),
            ("not measured", &[(9, GOOD)], &[], Some((9, None)), None),
        ];
        for (what, verdicts, minutes, proved, failed) in cases {
            let values = |some: &[(i64, f64)]| -> Vec<(Time, f64)> {
                some.iter().map(|(hour, value)| (at(*hour), *value)).collect()
            };
            let known = TypeProved::new("EBS", &values(verdicts), &values(minutes), &[]).unwrap();
            let found = known.proved.map(|hour| (hour.at, hour.minutes));
            assert_eq!(found, proved.map(|(hour, minutes)| (at(hour), minutes)), "{what}");
            assert_eq!(known.failed_at, failed.map(at), "{what}");
            assert_eq!(known.restored.at, at(9), "{what}");
        }
        assert_eq!(TypeProved::new("EBS", &[], &[], &[]), None);
    }

    #[test]
    fn an_estimate_is_of_what_was_proved_if_anything_was() {
        let of = |verdicts: &[(Time, f64)], minutes: &[(Time, f64)]| {
            let known = TypeProved::new("EBS", verdicts, minutes, &[]);
            known.and_then(|known| known.estimate()).and_then(|hour| hour.minutes)
        };
        assert_eq!(of(&[(HOUR, GOOD)], &[(2 * HOUR, 9.0), (HOUR, 7.0)]), Some(7));
        assert_eq!(of(&[], &[(2 * HOUR, 9.0)]), Some(9));
        assert_eq!(
            of(&[(2 * HOUR, GOOD)], &[(HOUR, 9.0)]),
            None,
            "of the last hour nothing is known"
        );
        assert_eq!(of(&[(HOUR, GOOD)], &[]), None);
    }

    #[test]
    fn a_minute_more_than_the_rto_is_longer() {
        let took = |minutes: f64, rto: i64| {
            let known = TypeProved::new("EBS", &[(HOUR, GOOD)], &[(HOUR, minutes)], &[]);
            known.unwrap().against(rto)
        };
        assert_eq!(took(60.0, 60), AgainstRto::Within);
        assert_eq!(took(60.1, 60), AgainstRto::Longer);
        let unjudged = TypeProved::new("EBS", &[], &[(HOUR, 1.0)], &[]).unwrap();
        assert_eq!(unjudged.against(60), AgainstRto::Unproved);
    }

    #[test]
    fn only_types_with_an_rto_lack_a_proof() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2"]));
        let kinds = ["Aurora", "EBS", "S3"].map(str::to_owned).into();
        assert_eq!(unproved(&settings, &kinds, &[]), Vec::<String>::new());
        settings.rto_minutes_by_type.insert("S3".to_owned(), 90);
        assert_eq!(unproved(&settings, &kinds, &[]), ["S3"]);
        settings.rto_minutes = 60;
        let neptune = TypeProved::new("Neptune", &[(HOUR, GOOD)], &[], &[]).unwrap();
        let failed = TypeProved::new("EBS", &[(HOUR, BAD)], &[], &[]).unwrap();
        assert_eq!(unproved(&settings, &kinds, &[&neptune, &failed]), ["EBS", "S3"]);
    }
}
