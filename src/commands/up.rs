//! `up`: observe everything, refuse what is not ours, then create, change and repair what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::aws::{Caller, Poll};
use crate::commands::intent::Intent;
use crate::commands::{announced, interrupted, record_tags, rows};
use crate::config::{Config, Given};
use crate::engine::{Act, Done, Goal, Kind, Node, Sight, Step, StepId, by_need, observe};
use crate::failure::Failure;
use crate::manifest::{Manifest, Reading, State};
use crate::record::{self, Reader};
use crate::region::Region;
use crate::report::{Deployment, Row, UpReport};
use crate::session::Session;
use crate::steps;

/// Creates the deployment or makes it as wanted.
///
/// # Errors
/// What is refused before anything is changed. Steps that fail are in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    given: &Given,
) -> Result<UpReport, Failure> {
    let hints = given.regions().into_iter().map(|(region, _)| region).collect();
    let session = Session::open(config, caller, hints).await?;
    let run = Run { intent: Intent::read(&session, "up", config, given).await? };
    run.intent.refuse()?;
    run.intent.refuse_less(given)?;
    let deployment = Deployment::of(&session.names, Some(&run.intent.wanted.settings.regions));
    if run.intent.nothing_to_do() {
        let rows = rows(&run.intent.sights, BTreeMap::new());
        return Ok(UpReport::new(deployment, run.intent.wanted.settings.select_tags, rows));
    }
    let outcomes = run.act().await?;
    let mut rows = rows(&run.intent.sights, outcomes);
    if rows.iter().all(Row::is_well) {
        run.finish(&mut rows).await?;
    }
    Ok(UpReport::new(deployment, run.intent.wanted.settings.select_tags, rows))
}

/// How long AWS's reads may lag behind what was made; IAM's do by seconds.
const READ_LAG: Duration = Duration::from_secs(30);

/// One run of `up`.
struct Run<'a> {
    intent: Intent<'a>,
}

impl Run<'_> {
    /// Vaults of ours that were there before this run.
    fn vaults_there(&self) -> Vec<Region> {
        let vaults = self.intent.sights.iter().filter(|sight| sight.live.observed().is_some());
        vaults
            .map(|sight| sight.step.id())
            .filter(|id| id.kind == Kind::Vault)
            .filter_map(|id| id.region)
            .collect()
    }

    /// Writes the record ahead, then runs every step as soon as what it needs is done.
    async fn act(&self) -> Result<BTreeMap<StepId, Done>, Failure> {
        let outdated = record::outdated(self.intent.recorded.as_ref(), &self.intent.context.record);
        let vaults = self.vaults_there();
        record::write(
            &self.intent.context,
            &self.intent.context.record,
            self.intent.role_is_there,
            &vaults,
            &outdated,
        )
        .await?;
        let todo = self
            .intent
            .sights
            .iter()
            .filter(|sight| sight.act(Goal::Present) != Act::Nothing)
            .count();
        self.intent.session.caller.talk.expect(todo);
        let nodes = self.intent.sights.iter().map(|sight| Node {
            id: sight.step.id(),
            needs: sight.step.needs(),
            work: sight.clone(),
        });
        let caller = self.intent.session.caller.clone();
        let outcomes = by_need(nodes.collect(), move |sight| {
            let caller = caller.clone();
            async move { apply(&caller, &sight).await }
        })
        .await;
        interrupted(&outcomes)?;
        Ok(outcomes)
    }

    /// Reads back what was made, and writes that the deployment is ready.
    async fn finish(&self, rows: &mut [Row]) -> Result<(), Failure> {
        let ((), sights) = tokio::try_join!(self.check_revision(), self.read_back())?;
        for (sight, row) in sights.iter().zip(rows.iter_mut()) {
            row.read_back(sight);
        }
        if rows.iter().any(|row| !row.is_well()) {
            return Ok(());
        }
        let ready = Manifest { state: State::Ready, ..self.intent.wanted.clone() };
        let vaults = self.intent.wanted.settings.regions.names();
        record::write(&self.intent.context, &record_tags(&ready)?, true, &vaults, &BTreeSet::new())
            .await
    }

    /// Observes until everything shows as it was made: AWS's reads lag behind its writes.
    async fn read_back(&self) -> Result<Vec<Sight>, Failure> {
        let begun = tokio::time::Instant::now();
        let look = || async {
            let sights = observe(&steps::all(&self.intent.context.afresh())).await;
            let unlike = sights.iter().find(|sight| sight.act(Goal::Present) != Act::Nothing);
            Ok(match unlike {
                Some(sight) if begun.elapsed() < READ_LAG => Poll::Waiting(format!(
                    "AWS does not show the {} as it was made yet",
                    sight.step.id()
                )),
                _ => Poll::Ready(sights),
            })
        };
        self.intent.session.caller.poll("the deployment", READ_LAG, look).await
    }

    /// Stops where another run has written the record since this one began.
    async fn check_revision(&self) -> Result<(), Failure> {
        let Session { caller, clients, names, through, .. } = self.intent.session;
        let reader = Reader { caller, clients, deployment: &names.deployment, through };
        match reader.role().await? {
            // An older record is IAM's lag.
            Reading::Valid(now) if now.revision.counter < self.intent.wanted.revision.counter => {
                Ok(())
            }
            Reading::Valid(now) if now.revision == self.intent.wanted.revision => Ok(()),
            // A role that is not visible yet, or was torn and is read before our write.
            Reading::NotOurs | Reading::Torn { .. } => Ok(()),
            Reading::Valid(_) | Reading::Newer { .. } => Err(Failure::refused(
                "another run has changed this deployment while this one was at work",
                "when it has ended, run `mrbackup status`, and `mrbackup up` if something is missing",
            )),
        }
    }
}

async fn apply(caller: &Caller, sight: &Sight) -> Done {
    let step: &Arc<dyn Step> = &sight.step;
    let (doing, done) = match sight.act(Goal::Present) {
        Act::Create => ("creating", Done::Created),
        Act::Update | Act::Wait => ("updating", Done::Updated),
        // Refusals were found before anything began.
        Act::Nothing | Act::Remove | Act::Keep | Act::Refuse => return Done::Unchanged,
    };
    let work = async {
        match step.apply(sight.live.observed()).await {
            Ok(()) => done,
            Err(failure) => Done::Failed(failure),
        }
    };
    announced(caller, step.as_ref(), doing, work).await
}
