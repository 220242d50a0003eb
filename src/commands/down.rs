//! `down`: look at the vaults first, then remove what is ours, the service role last.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::aws::Caller;
use crate::commands::removal::{foresee, remove};
use crate::commands::{context, context_without_record, record_tags, rows, vaults_there};
use crate::config::Config;
use crate::context::Context;
use crate::engine::{Aim, Goal, Kind, Live, Sight, observe};
use crate::failure::Failure;
use crate::holdings::Holdings;
use crate::manifest::{Manifest, Revision, State};
use crate::record::{self, Record, Role};
use crate::region::Region;
use crate::report::{Deployment, DownReport, FullVault, PlanReport, Row};
use crate::session::Session;
use crate::steps;

/// Removes the deployment.
///
/// # Errors
/// Where the account cannot be read. Steps that fail are in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    hints: Vec<Region>,
    dry_run: bool,
) -> Result<Outcome, Failure> {
    let session = Session::open(config, caller, hints).await?;
    let settings = match &session.record {
        Record::Found { manifest, .. } => Some(&manifest.settings),
        Record::Torn { .. } | Record::None(_) => None,
    };
    session.introduce("down", settings);
    let deployment = Deployment::of(&session.names, settings);
    let (context, sights) = look(&session).await?;
    session.caller.interrupt.check()?;

    let present = |sight: &Sight| sight.live.observed().is_some();
    if !sights.iter().any(present) {
        let rows = rows(&unread(sights), BTreeMap::new());
        return Ok(Outcome::Down(DownReport::nothing(deployment, &session.record, rows)));
    }
    let full = full_vaults(&context, &sights).await?;
    if !full.is_empty() {
        return Ok(Outcome::Down(DownReport::refused(deployment, full)));
    }
    if dry_run {
        let outcomes = foresee(&session.caller, &sights).await?;
        let mut rows = rows(&relevant(sights), outcomes);
        rows.iter_mut().for_each(Row::foresee);
        return Ok(Outcome::Plan(PlanReport::of_removal(deployment, rows)));
    }
    mark_removing(&session, &context, &sights).await?;
    let outcomes = remove(&session.caller, &sights).await?;
    Ok(Outcome::Down(DownReport::removed(deployment, rows(&relevant(sights), outcomes))))
}

/// What `down` did, or what it would do.
pub(crate) enum Outcome {
    Down(DownReport),
    Plan(PlanReport),
}

/// What there is, by the record, or by name and tag where the record is lost.
async fn look(session: &Session) -> Result<(Context, Vec<Sight>), Failure> {
    let (context, mut aims) = match &session.record {
        Record::Found { manifest, .. } => {
            let tags = record_tags(manifest)?;
            let context = context(session, manifest, tags, &BTreeSet::new());
            let aims = steps::all(&context);
            (context, aims)
        }
        Record::Torn { regions, .. } => anywhere(session, regions).await,
        Record::None(looked) => anywhere(session, &looked.regions).await,
    };
    for aim in &mut aims {
        aim.goal = Goal::Gone;
    }
    let sights = observe(&aims).await;
    Ok((context, sights))
}

async fn anywhere(session: &Session, regions: &[Region]) -> (Context, Vec<Aim>) {
    let context = context_without_record(session, &session.through);
    let aims = steps::anywhere(&context, regions).await;
    (context, aims)
}

fn unread(mut sights: Vec<Sight>) -> Vec<Sight> {
    sights.retain(|sight| matches!(sight.live, Live::Unknown(_)));
    sights
}

/// What is worth a row: not what was never there.
fn relevant(mut sights: Vec<Sight>) -> Vec<Sight> {
    sights.retain(|sight| !matches!(sight.live, Live::Absent) && !sight.step.wants_nothing());
    sights
}

/// Vaults of ours that hold recovery points, by the list and not by AWS's approximate counter.
async fn full_vaults(context: &Context, sights: &[Sight]) -> Result<Vec<FullVault>, Failure> {
    let read = join_all(vaults_there(sights).into_iter().map(|vault| async move {
        let points = steps::recovery_points(context, &vault).await?;
        let full = |holdings| FullVault {
            vault: context.names.vault(&vault),
            region: vault.region.clone(),
            holdings,
        };
        Ok::<_, Failure>(Holdings::of(&points).map(full))
    }));
    read.await.into_iter().filter_map(Result::transpose).collect()
}

/// Says in the record that a removal has begun, so that any other run sees it.
async fn mark_removing(
    session: &Session,
    context: &Context,
    sights: &[Sight],
) -> Result<(), Failure> {
    let Record::Found { manifest, role, .. } = &session.record else { return Ok(()) };
    let removing = Manifest {
        state: State::Removing,
        revision: Revision::after(Some(&manifest.revision)),
        ..manifest.clone()
    };
    let is_role = |sight: &Sight| {
        sight.step.id().kind == Kind::ServiceRole && sight.live.observed().is_some()
    };
    let role = matches!(role, Role::Present) && sights.iter().any(is_role);
    let vaults = vaults_there(sights);
    record::write(context, &record_tags(&removing)?, role, &vaults, &BTreeSet::new()).await
}
