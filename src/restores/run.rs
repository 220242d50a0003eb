//! Restores that are started in their order, followed by one list of jobs for all, and finished.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::account::context::Context;
use crate::account::restore_jobs::{self, Request};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::recovery::identity::token;
use crate::recovery::job::{JobState, RestoreJob};
use crate::recovery::order::Rank;
use crate::restores::adopted::is_of_another_run;
use crate::restores::finish::{self, Step};
use crate::restores::item::Item;
use crate::restores::marks;
use crate::restores::work::{Outcome, Phase, Work};

/// Between two lists of jobs: short at first, for small resources.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Starts at once, and how many more there may be in a second: AWS publishes no rate for `StartRestoreJob`.
const BURST: f64 = 10.0;
const STARTS_A_SECOND: f64 = 2.0;

/// How a run goes about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Restores under way of one type.
    pub(crate) parallel: usize,
    /// Whether what was restored gets the select tags.
    pub(crate) protects: bool,
    /// Whether to wait until everything can be used.
    pub(crate) waits: bool,
}

/// Brings everything back that nothing stands in the way of; the outcomes are in the order of the items. One that fails stops
/// no other.
///
/// # Errors
/// Where the list of jobs cannot be read any more, and on Ctrl-C: jobs that run go on, for AWS Backup cannot stop them.
pub(crate) async fn run(
    context: &Context,
    region: &Region,
    items: &[Item],
    pace: Pace,
) -> Result<Vec<Outcome>, Failure> {
    let mut run = Run::new(context, region, items, pace);
    let result = run.go_on().await;
    if result.is_err() {
        run.say_what_goes_on();
    }
    result?;
    Ok(run.works.into_iter().map(Work::outcome).collect())
}

struct Run<'a> {
    context: &'a Context,
    region: &'a Region,
    pace: Pace,
    works: Vec<Work<'a>>,
    begun: Instant,
    started: f64,
    /// The jobs as they were listed last.
    jobs: BTreeMap<String, RestoreJob>,
}

impl<'a> Run<'a> {
    fn new(context: &'a Context, region: &'a Region, items: &'a [Item], pace: Pace) -> Self {
        let progress = &context.caller.progress;
        let startable = items.iter().filter(|item| item.obstacles().is_empty());
        progress.expect(startable.map(|_| Some(region.as_str())));
        let works = items.iter().map(|item| Work::new(item, region, progress)).collect();
        let (begun, jobs) = (Instant::now(), BTreeMap::new());
        Self { context, region, pace, works, begun, started: 0.0, jobs }
    }

    async fn go_on(&mut self) -> Result<(), Failure> {
        let mut pause = FIRST_LOOK;
        loop {
            let listed = restore_jobs::list(self.context, self.region, None).await?;
            self.jobs = listed.into_iter().map(|job| (job.id.clone(), job)).collect();
            self.follow().await;
            self.start_what_may_start().await?;
            self.finish().await?;
            if self.works.iter().all(|work| work.is_over(self.pace.waits)) {
                return Ok(());
            }
            let waits_to_start = self.works.iter().any(|work| matches!(work.phase, Phase::Waiting));
            self.context
                .caller
                .pause(if waits_to_start { FIRST_LOOK.max(pause / 4) } else { pause })
                .await?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Moves on what has ended.
    async fn follow(&mut self) {
        let Self { context, region, jobs, pace, works, .. } = self;
        let marks = works.iter_mut().map(|work| async {
            let Phase::Running(id) = &work.phase else { return };
            let Some(job) = jobs.get(id).cloned() else { return };
            match job.state {
                JobState::Completed => {
                    let remark = match &job.made {
                        Some(made) => {
                            marks::put(context, region, work.item, made, pace.protects).await
                        }
                        None => Some("AWS Backup does not name what it made".to_owned()),
                    };
                    work.phase = Phase::Finishing(Box::new(job), remark);
                }
                JobState::Failed => work.failed(job),
                JobState::Pending | JobState::Running => {
                    work.says_how_far(&job);
                    if job.state == JobState::Running && !pace.protects && !work.is_stripped {
                        work.is_stripped = marks::strip_early(context, region, work.item).await;
                    }
                }
            }
        });
        join_all(marks).await;
    }

    /// Starts as many as may run at once, in their order. Instances wait until nothing else is left to start.
    async fn start_what_may_start(&mut self) -> Result<(), Failure> {
        for at in 0..self.works.len() {
            if !matches!(self.works[at].phase, Phase::Waiting) || !self.has_room(at) {
                continue;
            }
            if self.started >= BURST + STARTS_A_SECOND * self.begun.elapsed().as_secs_f64() {
                return Ok(());
            }
            self.context.caller.interrupt.check()?;
            if let Some(job) = self.others_job(at).await? {
                self.works[at].runs(job);
                continue;
            }
            self.started += 1.0;
            self.start(at).await?;
        }
        Ok(())
    }

    fn has_room(&self, at: usize) -> bool {
        let source = &self.works[at].item.source;
        let runs = |work: &&Work<'_>| {
            matches!(work.phase, Phase::Running(_)) && work.item.source.kind == source.kind
        };
        let others_wait = || {
            self.works.iter().any(|work| {
                matches!(work.phase, Phase::Waiting)
                    && Rank::of(&work.item.source.kind) != Rank::Instance
            })
        };
        self.works.iter().filter(runs).count() < self.pace.parallel
            && (Rank::of(&source.kind) != Rank::Instance || !others_wait())
    }

    /// The job of another run that began since the plan was made: two runs at once make each thing once.
    async fn others_job(&self, at: usize) -> Result<Option<String>, Failure> {
        let item = self.works[at].item;
        for job in self.jobs.values() {
            if is_of_another_run(self.context, self.region, item, job).await? {
                return Ok(Some(job.id.clone()));
            }
        }
        Ok(None)
    }

    async fn start(&mut self, at: usize) -> Result<(), Failure> {
        let work = &mut self.works[at];
        let source = &work.item.source;
        let Some(map) = work.item.map(work.try_number) else { return Ok(()) };
        let token = token(&source.point.arn, map, work.attempt);
        let request = Request {
            point: &source.point.arn,
            kind: &source.kind,
            metadata: map,
            token: &token,
            copies_tags: marks::are_copied(work.item, self.pace.protects),
        };
        match restore_jobs::start(self.context, self.region, &request).await {
            Ok(job) => work.runs(job),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => work.ends(Outcome::Failed { job: None, why: failure.to_string() }),
        }
        Ok(())
    }

    /// Does what is left of those whose jobs have completed.
    async fn finish(&mut self) -> Result<(), Failure> {
        let (context, region) = (self.context, self.region);
        let steps = self.works.iter_mut().map(|work| async {
            let Phase::Finishing(job, remark) = &work.phase else { return Ok(()) };
            let (job, remark) = (job.as_ref().clone(), remark.clone());
            let made = job.made.clone().unwrap_or_default();
            let outcome = match finish::step(context, region, work.item, &made).await {
                Ok(Step::Waiting(why)) => {
                    work.progress.waiting(&why, work.since());
                    return Ok(());
                }
                Ok(Step::Done(state)) if job.is_partial() => {
                    let why = job.message.clone().unwrap_or_default();
                    Outcome::Partial { job, state, why }
                }
                Ok(Step::Done(state)) => Outcome::Restored { job, state, remark },
                Ok(Step::Gone) => {
                    let why = format!("{made} was deleted after it was restored");
                    Outcome::Failed { job: Some(job), why }
                }
                Ok(Step::Stopped(why)) => Outcome::Failed { job: Some(job), why },
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                Err(failure) => Outcome::Failed { job: Some(job), why: failure.to_string() },
            };
            work.ends(outcome);
            Ok(())
        });
        join_all(steps).await.into_iter().collect()
    }

    /// What runs on without us, for there is no call that stops it.
    fn say_what_goes_on(&self) {
        let running: Vec<&String> = self.works.iter().filter_map(Work::job).collect();
        let progress = &self.context.caller.progress;
        progress.close();
        if !running.is_empty() {
            progress.note(&format!(
                "{} restore jobs continue without mrbackup: AWS Backup cannot stop them. Run the same command again to follow them.",
                running.len()
            ));
        }
    }
}
