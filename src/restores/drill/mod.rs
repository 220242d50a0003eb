//! Restores that prove something: set apart, judged, measured and deleted.

mod judge;
mod leftovers;
mod removal;

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::restore_metrics;
use crate::account::security_groups::{self, GroupWithoutRules};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::recovery::drill::{DRILL_TAG, group_name};
use crate::recovery::job::RestoreJob;
use crate::recovery::proof::{Judgement, Proof};
use crate::recovery::translate::Obstacle;
use crate::restores::item::{Item, RecoveryPlan, Scope};
use crate::restores::plan;
use crate::restores::run::{Pace, run};
use crate::restores::work::Outcome;

pub(crate) use judge::Judge;
pub(crate) use leftovers::{Leftover, find, find_once, tagged};
pub(crate) use removal::{Cleaned, clean};

/// How a drill goes about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    /// Restores of one type under way at once.
    pub(crate) parallel: usize,
    /// Lambda's hash of the validator's code of this version.
    pub(crate) validator: &'a str,
}

/// What became of the drill of one item.
#[derive(Debug)]
pub(crate) struct Drilled {
    pub(crate) outcome: Outcome,
    pub(crate) judged: Judged,
    /// Why its numbers are not on record.
    pub(crate) unpublished: Option<String>,
}

/// Whether anybody judged what was restored.
#[derive(Debug)]
pub(crate) enum Judged {
    /// Nothing was restored.
    Nothing,
    By(Judgement),
    /// Why nobody did.
    Nobody(String),
    /// The deployment has no validator in that region.
    NoneThere,
}

/// Reads what is to be drilled. Where something needs the drills' security group in a VPC, it is made first.
///
/// # Errors
/// As [`plan::read`], and where a group cannot be made.
pub(crate) async fn prepare(
    context: &Context,
    scope: &Scope,
    choose: impl Fn(&mut RecoveryPlan),
) -> Result<RecoveryPlan, Failure> {
    let found = read(context, scope, &choose).await?;
    let vpcs = groups_needed(&found.items);
    if vpcs.is_empty() {
        return Ok(found);
    }
    let Context { caller, clients, names, .. } = context;
    let name = group_name(names);
    let tags = Tags::from([(DRILL_TAG.to_owned(), names.deployment.to_string())]);
    for vpc in &vpcs {
        let group = GroupWithoutRules { vpc, name: &name, tags: &tags };
        security_groups::make(caller, clients, &scope.region, &group).await?;
    }
    read(context, scope, &choose).await
}

/// Types whose restores are deleted here by their service's own call.
const DRILLED: &[&str] =
    &["Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "Neptune", "RDS", "S3"];

async fn read(
    context: &Context,
    scope: &Scope,
    choose: &impl Fn(&mut RecoveryPlan),
) -> Result<RecoveryPlan, Failure> {
    let mut found = plan::read(context, scope).await?;
    for item in &mut found.items {
        let kind = item.source.kind.clone();
        if !DRILLED.contains(&kind.as_str()) {
            let why = format!("mrbackup does not drill {kind}: it could not delete what it makes");
            item.translation.obstacles.push(Obstacle::Cannot { why, command: None });
        }
    }
    choose(&mut found);
    Ok(found)
}

/// The VPCs without a security group of those that nothing else stands in the way of.
fn groups_needed(items: &[Item]) -> BTreeSet<String> {
    let needs = |obstacle: &Obstacle| match obstacle {
        Obstacle::NeedsGroup { vpc } => Some(vpc.clone()),
        _ => None,
    };
    let of = |item: &Item| item.obstacles().iter().map(needs).collect::<Option<Vec<String>>>();
    items.iter().filter_map(of).flatten().collect()
}

/// Restores, has it judged, and puts the numbers on record; the outcomes are in the order of the items.
///
/// # Errors
/// As [`run`].
pub(crate) async fn prove(
    context: &Context,
    region: &Region,
    items: &[Item],
    way: Way<'_>,
) -> Result<Vec<Drilled>, Failure> {
    let judge = judge::look(context, region, way.validator).await?;
    let pace = Pace { parallel: way.parallel, protects: false, waits: true };
    let outcomes = run(context, region, items, pace).await?;
    let judged = outcomes.into_iter().zip(items).map(|(outcome, item)| {
        let judge = &judge;
        async move {
            let judged = match job_of(&outcome) {
                Some(job) => judgement(context, region, judge, item, job).await?,
                None => Judged::Nothing,
            };
            let unpublished = publish(context, region, item, &outcome, &judged).await?;
            Ok(Drilled { outcome, judged, unpublished })
        }
    });
    join_all(judged).await.into_iter().collect()
}

/// The job of what was restored, whole or in part.
fn job_of(outcome: &Outcome) -> Option<&RestoreJob> {
    match outcome {
        Outcome::Restored { job, .. } | Outcome::Partial { job, .. } => Some(job),
        Outcome::Running { .. } | Outcome::Failed { .. } | Outcome::NotStarted => None,
    }
}

async fn judgement(
    context: &Context,
    region: &Region,
    judge: &Judge,
    item: &Item,
    job: &RestoreJob,
) -> Result<Judged, Failure> {
    match judge {
        Judge::NoneThere => return Ok(Judged::NoneThere),
        Judge::Nobody(why) => return Ok(Judged::Nobody(why.clone())),
        Judge::Validator => (),
    }
    let progress = &context.caller.progress;
    progress.expect([Some(region.as_str())]);
    let what = format!("validation of {} {}", item.source.kind, item.source.name());
    let progress = progress.on_behalf_of(Some(region.as_str()), &what);
    progress.begin();
    Ok(match judge::ask(context, region, &job.id).await? {
        Ok(judgement) => {
            progress.end(judgement.words(), judgement.is_good());
            Judged::By(judgement)
        }
        Err(why) => {
            progress.end("not validated", false);
            Judged::Nobody(why)
        }
    })
}

/// Puts the numbers of a restore on record; says why that failed.
async fn publish(
    context: &Context,
    region: &Region,
    item: &Item,
    outcome: &Outcome,
    judged: &Judged,
) -> Result<Option<String>, Failure> {
    let Some(job) = job_of(outcome) else { return Ok(None) };
    let verdict = match judged {
        Judged::By(judgement) => Some(judgement.verdict),
        Judged::Nothing | Judged::Nobody(_) | Judged::NoneThere => None,
    };
    let proof = Proof::new(job, verdict);
    match restore_metrics::publish(context, region, &item.source.kind, &proof).await {
        Ok(()) => Ok(None),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(failure) => Ok(Some(failure.to_string())),
    }
}
