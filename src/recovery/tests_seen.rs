//! What came of the restores that AWS Backup makes as tests: pure.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::time::{HOUR, Time};
use crate::recovery::job::{JobState, RestoreJob};

/// What is known of a region's tests since their last run.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestsSeen<'a> {
    pub(crate) now: Time,
    pub(crate) last_run: Option<Time>,
    /// The plan's jobs since then.
    pub(crate) jobs: Vec<&'a RestoreJob>,
    /// The resources of which AWS Backup had an eligible point to test, by ARN, with their type.
    pub(crate) expected: BTreeMap<String, String>,
    pub(crate) start_window_hours: i64,
    pub(crate) validation_hours: i64,
    /// Whether a function of ours in the region judges what was restored.
    pub(crate) is_judged: bool,
}

/// What came of the test of a resource.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// AWS Backup has its start window left.
    NotYet,
    /// The window is over, and there is no job.
    Skipped,
    Running,
    /// The restore itself failed.
    Failed,
    /// Restored, and the verdict is to come.
    Restored,
    Proved,
    /// Restored, and found wrong.
    Wrong,
    /// Restored, and not judged in time.
    NotJudged,
}

/// A resource that was to be tested.
#[derive(Clone, Debug)]
pub(crate) struct Tested<'a> {
    pub(crate) resource: String,
    pub(crate) kind: String,
    pub(crate) outcome: Outcome,
    pub(crate) job: Option<&'a RestoreJob>,
}

/// What came of the last run's tests, by resource: those that were to be tested, and those that were.
pub(crate) fn outcomes<'a>(seen: &TestsSeen<'a>) -> Vec<Tested<'a>> {
    let Some(run) = seen.last_run else { return Vec::new() };
    let mut jobs: BTreeMap<&str, &RestoreJob> = BTreeMap::new();
    for job in &seen.jobs {
        let Some(resource) = job.resource.as_deref() else { continue };
        let newest = jobs.entry(resource).or_insert(job);
        if job.begun > newest.begun {
            *newest = job;
        }
    }
    let expected = seen.expected.iter().filter(|(arn, _)| !jobs.contains_key(arn.as_str()));
    let waits = seen.now < run + seen.start_window_hours * HOUR;
    let outcome = if waits { Outcome::NotYet } else { Outcome::Skipped };
    let without = expected.map(|(resource, kind)| Tested {
        resource: resource.clone(),
        kind: kind.clone(),
        outcome: outcome.clone(),
        job: None,
    });
    let with = jobs.iter().map(|(resource, job)| Tested {
        resource: (*resource).to_owned(),
        kind: job.kind.clone(),
        outcome: outcome_of(job, seen),
        job: Some(*job),
    });
    let mut tested: Vec<Tested<'_>> = with.chain(without).collect();
    tested.sort_by(|one, other| (&one.kind, &one.resource).cmp(&(&other.kind, &other.resource)));
    tested
}

fn outcome_of(job: &RestoreJob, seen: &TestsSeen<'_>) -> Outcome {
    match job.state {
        JobState::Pending | JobState::Running => return Outcome::Running,
        JobState::Failed => return Outcome::Failed,
        JobState::Completed => (),
    }
    match job.validation.as_deref() {
        Some("SUCCESSFUL") => Outcome::Proved,
        Some("FAILED") => Outcome::Wrong,
        // A status that AWS adds, or one on the way, is no verdict.
        Some("TIMED_OUT") => Outcome::NotJudged,
        _ => {
            let ended = job.ended.unwrap_or(seen.now);
            let is_over = seen.now >= ended + seen.validation_hours * HOUR;
            if is_over && seen.is_judged { Outcome::NotJudged } else { Outcome::Restored }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(resource: &str, validation: Option<&str>) -> RestoreJob {
        RestoreJob {
            resource: Some(resource.to_owned()),
            kind: "EBS".to_owned(),
            state: JobState::Completed,
            validation: validation.map(str::to_owned),
            begun: Some(1000),
            ended: Some(2000),
            ..RestoreJob::default()
        }
    }

    #[test]
    fn what_came_of_each_is_told_apart() {
        let failed = RestoreJob { state: JobState::Failed, ..job("failed", None) };
        let running = RestoreJob { state: JobState::Running, ..job("running", None) };
        let jobs = [
            job("good", Some("SUCCESSFUL")),
            job("late", Some("TIMED_OUT")),
            job("silent", None),
            job("wrong", Some("FAILED")),
            failed,
            running,
        ];
        let seen = |now| TestsSeen {
            now,
            last_run: Some(900),
            jobs: jobs.iter().collect(),
            expected: [("good", "EBS"), ("skipped", "EBS")]
                .map(|(arn, kind)| (arn.to_owned(), kind.to_owned()))
                .into(),
            start_window_hours: 24,
            validation_hours: 2,
            is_judged: true,
        };
        let outcome = |seen: &TestsSeen<'_>, resource: &str| {
            let all = outcomes(seen).into_iter();
            all.filter(|one| one.resource == resource).map(|one| one.outcome).next()
        };
        let (early, late) = (seen(2100), seen(900 + 25 * HOUR));
        let mut unjudged = seen(900 + 25 * HOUR);
        unjudged.is_judged = false;
        for (seen, resource, wanted) in [
            (&early, "good", Outcome::Proved),
            (&early, "late", Outcome::NotJudged),
            (&early, "silent", Outcome::Restored),
            (&late, "silent", Outcome::NotJudged),
            (&unjudged, "silent", Outcome::Restored),
            (&early, "wrong", Outcome::Wrong),
            (&early, "failed", Outcome::Failed),
            (&early, "running", Outcome::Running),
            (&early, "skipped", Outcome::NotYet),
            (&late, "skipped", Outcome::Skipped),
        ] {
            assert_eq!(outcome(seen, resource), Some(wanted), "{resource} at {}", seen.now);
        }
        assert_eq!(outcomes(&TestsSeen { last_run: None, ..late }).len(), 0);
    }
}
