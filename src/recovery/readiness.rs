//! How much of a region's vault could be brought back, as numbers over time.

/// The metric of how many resources could not be brought back, which alarms watch.
pub(crate) const NOT_READY: &str = "RecoveryNotReady";

/// The outcome of a dry run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Readiness {
    /// Resources that could be brought back, or are there.
    pub(crate) ready: usize,
    pub(crate) not_ready: usize,
    /// Hours; `None` where nothing comes back.
    pub(crate) oldest_data_hours: Option<i64>,
}

impl Readiness {
    /// Metrics by name. Where nothing comes back, there is no age.
    pub(crate) fn metrics(self) -> Vec<(&'static str, f64)> {
        let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let mut metrics =
            vec![("RecoveryReady", count(self.ready)), (NOT_READY, count(self.not_ready))];
        let hours = self.oldest_data_hours.and_then(|hours| i32::try_from(hours).ok());
        metrics.extend(hours.map(|hours| ("RecoveryOldestDataHours", f64::from(hours))));
        metrics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_no_number() {
        let nothing = Readiness { ready: 0, not_ready: 2, oldest_data_hours: None };
        assert_eq!(nothing.metrics(), [("RecoveryReady", 0.0), ("RecoveryNotReady", 2.0)]);
        let some = Readiness { oldest_data_hours: Some(9), ..nothing };
        assert_eq!(some.metrics()[2], ("RecoveryOldestDataHours", 9.0));
    }
}
