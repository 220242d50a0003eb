//! What a restore proves: the verdict on what it made, and its numbers over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::recovery::job::RestoreJob;

/// AWS Backup's words of a validation, and a third for no evidence either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Verdict {
    Successful,
    Failed,
    Unknown,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Proves {
    /// Data was read out of what was restored.
    Data,
    /// It is there, with the engine, size and encryption of its backup; it was not looked into.
    Existence,
}

/// The validator's judgement of what a restore made.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) proves: Proves,
    /// What was found, in a sentence or two.
    pub(crate) found: String,
}

impl Judgement {
    /// The verdict in a word or two.
    pub(crate) fn words(&self) -> &'static str {
        match (self.verdict, self.proves) {
            (Verdict::Successful, Proves::Data) => "proved",
            (Verdict::Successful, Proves::Existence) => "exists as expected",
            (Verdict::Failed, _) => "failed validation",
            (Verdict::Unknown, _) => "not proved",
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.verdict == Verdict::Successful
    }
}

/// A restore as numbers; what is not known is no number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Proof {
    /// From the job's beginning to its end.
    pub(crate) minutes: Option<f64>,
    /// From the backup to the restore.
    pub(crate) data_age_minutes: Option<f64>,
    pub(crate) proved: Option<bool>,
}

/// The metric of how long restores took.
pub(crate) const MINUTES: &str = "RestoreMinutes";
/// The metric of how old restored data was.
pub(crate) const DATA_AGE: &str = "RestoreDataAgeMinutes";
/// The metric of verdicts: 1 is SUCCESSFUL, 0 FAILED.
pub(crate) const PROVED: &str = "RestoreProved";

impl Proof {
    pub(crate) fn new(job: &RestoreJob, verdict: Option<Verdict>) -> Self {
        let minutes = |from: Option<i64>, until: Option<i64>| {
            let seconds = i32::try_from(until? - from?).ok()?;
            Some(f64::from(seconds) / 60.0)
        };
        Self {
            minutes: minutes(job.begun, job.ended),
            data_age_minutes: minutes(job.point_created, job.begun),
            proved: match verdict {
                Some(Verdict::Successful) => Some(true),
                Some(Verdict::Failed) => Some(false),
                Some(Verdict::Unknown) | None => None,
            },
        }
    }

    /// Metrics by name.
    pub(crate) fn metrics(&self) -> Vec<(&'static str, f64)> {
        let proved = self.proved.map(|proved| if proved { 1.0 } else { 0.0 });
        let all = [(MINUTES, self.minutes), (DATA_AGE, self.data_age_minutes), (PROVED, proved)];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_no_number() {
        assert_eq!(Proof::new(&RestoreJob::default(), None).metrics(), []);
        let job = RestoreJob {
            begun: Some(7_200),
            ended: Some(7_290),
            point_created: Some(3_600),
            ..RestoreJob::default()
        };
        assert_eq!(
            Proof::new(&job, Some(Verdict::Failed)).metrics(),
            [(MINUTES, 1.5), ("RestoreDataAgeMinutes", 60.0), (PROVED, 0.0)]
        );
        assert_eq!(Proof::new(&job, Some(Verdict::Unknown)).metrics().len(), 2);
    }

    #[test]
    fn the_validators_answer_is_read() {
        let answer = r#"{"verdict":"SUCCESSFUL","proves":"data","found":"One item was read."}"#;
        let judgement: Judgement = serde_json::from_str(answer).unwrap();
        assert_eq!((judgement.verdict, judgement.proves), (Verdict::Successful, Proves::Data));
    }
}
