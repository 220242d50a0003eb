//! What `status` makes of AWS Backup's restore tests: the last run of each region, beside what could be tested.

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::backups::expected_tests;
use crate::commands::status::backups::Backups;
use crate::commands::status::options::StatusOptions;
use crate::engine::{Observation, told};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::time::{HOUR, Time};
use crate::protection::restore_tests::is_judged;
use crate::recovery::tests_seen::{TestsSeen, outcomes};
use crate::report::{RestoreTestsRow, TestedRow};
use crate::steps::restore_testing_plan::{KnownTestingPlan, TESTING_PLAN};

/// A row for each region with a plan of ours, of those that were asked for.
pub(super) async fn read(
    context: &Context,
    look: &StatusOptions,
    observations: &[Observation],
    backups: &Backups,
) -> Vec<RestoreTestsRow> {
    let now = backups.now();
    let facts = told(observations);
    let regions = context.settings.restore_test.regions.iter();
    let known = regions.filter_map(|region| Some((region, facts.of(&TESTING_PLAN, region)?)));
    let read = known.map(|(region, plan)| async move {
        let tests = of_region(context, look, region, plan, backups, now).await;
        let (tests, error) = match tests {
            Ok(tests) => (tests, None),
            Err(failure) => (Vec::new(), Some((&failure).into())),
        };
        let judged = is_judged(&context.settings, region);
        RestoreTestsRow { region: region.clone(), last_run_at: plan.last_run, judged, tests, error }
    });
    join_all(read).await
}

async fn of_region(
    context: &Context,
    look: &StatusOptions,
    region: &Region,
    plan: &KnownTestingPlan,
    backups: &Backups,
    now: Time,
) -> Result<Vec<TestedRow>, Failure> {
    let Some(run) = plan.last_run else { return Ok(Vec::new()) };
    // A vault that could not be read says so itself, and its jobs are not known.
    let Some(jobs) = backups.tests_in(region) else { return Ok(Vec::new()) };
    // By how much a job and its plan may differ in when the run began is not documented.
    let jobs = jobs.iter().filter(|job| {
        let of_run = job.begun.is_some_and(|begun| begun >= run - HOUR);
        of_run && job.test_plan.as_ref() == Some(&plan.arn)
    });
    let mut expected = expected_tests(context, region, run).await?;
    let is_asked = |arn: &String| look.resources.is_empty() || look.resources.contains(arn);
    expected.retain(|arn, _| is_asked(arn));
    let test = &context.settings.restore_test;
    let seen = TestsSeen {
        now,
        last_run: Some(run),
        jobs: jobs.collect(),
        expected,
        start_window_hours: test.start_window_hours,
        validation_hours: test.validation_hours,
        is_judged: is_judged(&context.settings, region),
    };
    Ok(outcomes(&seen).into_iter().map(TestedRow::from).collect())
}
