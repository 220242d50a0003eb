//! `up`: observe everything, refuse what is not ours, then create, change and repair what differs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::account::context::Context;
use crate::aws::{Caller, Poll};
use crate::commands::desired::{Intent, left_behind};
use crate::commands::{record_tags, rows, vaults_there};
use crate::config::{Config, Given};
use crate::deployment::record::{self, Reader};
use crate::deployment::session::Session;
use crate::engine::{
    Act, Done, Goal, Live, Node, Sight, Step, StepId, announced, by_need, interrupted, observe,
    removal,
};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading, State};
use crate::model::settings::Settings;
use crate::report::{Deployment, Row, UpReport};
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
    run.intent.refuse_less(given).await?;
    let settings = &run.intent.wanted.settings;
    let deployment = Deployment::of(&session.names, Some(settings));
    let rows = if run.intent.nothing_to_do() {
        rows(&there(&run.intent.sights), BTreeMap::new())
    } else {
        run.converge().await?
    };
    Ok(UpReport::new(deployment, settings.select_tags.clone(), rows))
}

/// What is worth a row: not what is neither there nor wanted.
fn there(sights: &[Sight]) -> Vec<Sight> {
    sights.iter().filter(|sight| !sight.is_gone()).cloned().collect()
}

/// How long AWS's reads may lag behind what was made; IAM's do by seconds.
const READ_LAG: Duration = Duration::from_secs(30);

/// One run of `up`.
struct Run<'a> {
    intent: Intent<'a>,
}

impl Run<'_> {
    /// Makes what is wanted and reads it back, and only then removes what was left behind.
    async fn converge(&self) -> Result<Vec<Row>, Failure> {
        let (wanted, left): (Vec<Sight>, Vec<Sight>) =
            self.intent.sights.iter().cloned().partition(|sight| sight.goal == Goal::Present);
        let outcomes = self.make(&wanted).await?;
        let mut made = rows(&wanted, outcomes);
        let mut cleared = rows(&there(&left), BTreeMap::new());
        if made.iter().all(Row::is_well) {
            let ((), (context, sights)) =
                tokio::try_join!(self.check_revision(), self.read_back())?;
            let of_wanted = sights.iter().filter(|sight| sight.goal == Goal::Present);
            for (sight, row) in of_wanted.zip(made.iter_mut()) {
                row.read_back(sight);
            }
            if made.iter().all(Row::is_well) {
                cleared = self.clear(&context, &sights).await?;
            }
        }
        made.extend(cleared);
        Ok(made)
    }

    /// Writes the record ahead, then runs every step as soon as what it needs is done.
    async fn make(&self, wanted: &[Sight]) -> Result<BTreeMap<StepId, Done>, Failure> {
        let Intent { session, context, recorded, role_is_there, sights, .. } = &self.intent;
        let outdated = record::outdated(recorded.as_ref(), &context.record);
        let vaults = vaults_there(sights);
        record::write(context, &context.record, *role_is_there, &vaults, &outdated).await?;
        session.caller.talk.expect(wanted.iter().filter(|sight| !sight.rests()).count());
        let nodes = wanted.iter().map(|sight| Node {
            id: sight.step.id(),
            needs: [sight.step.needs(), sight.step.made_after()].concat(),
            work: sight.clone(),
        });
        let caller = session.caller.clone();
        let outcomes = by_need(nodes.collect(), move |sight| {
            let caller = caller.clone();
            async move { apply(&caller, &sight).await }
        })
        .await;
        interrupted(&outcomes)?;
        Ok(outcomes)
    }

    /// Removes what earlier settings made and nothing wants any more, and writes that all is done.
    /// What has to stay, and what cannot be read, stays in the record for the next run.
    async fn clear(&self, context: &Context, sights: &[Sight]) -> Result<Vec<Row>, Failure> {
        let mut left = there(sights);
        left.retain(|sight| sight.goal == Goal::Gone);
        let mut readable = left.clone();
        readable.retain(|sight| !matches!(sight.live, Live::Unknown(_)));
        let outcomes = removal::remove(&self.intent.session.caller, &readable).await?;
        let rightly = |done| match done {
            Done::Kept(why) => Done::Retained(why),
            done => done,
        };
        let outcomes: BTreeMap<StepId, Done> =
            outcomes.into_iter().map(|(id, done)| (id, rightly(done))).collect();
        if outcomes.values().all(Done::is_well) {
            self.finish(context, sights, &outcomes).await?;
        }
        Ok(rows(&left, outcomes))
    }

    /// Writes that the deployment is ready, and what of the earlier settings is still there.
    async fn finish(
        &self,
        context: &Context,
        sights: &[Sight],
        outcomes: &BTreeMap<StepId, Done>,
    ) -> Result<(), Failure> {
        let wanted = &self.intent.wanted;
        let former = left_behind(context, sights, outcomes);
        let settings = Settings { former, ..wanted.settings.clone() };
        let mut vaults = settings.vaults();
        vaults.extend(settings.former.vaults.iter().cloned());
        vaults.retain(|vault| vaults_there(sights).contains(vault));
        let ready = Manifest { state: State::Ready, settings, ..wanted.clone() };
        let tags = record_tags(&ready)?;
        let outdated = record::outdated(Some(wanted), &tags);
        record::write(context, &tags, true, &vaults, &outdated).await
    }

    /// Observes until everything shows as it was made: AWS's reads lag behind its writes.
    async fn read_back(&self) -> Result<(Context, Vec<Sight>), Failure> {
        let begun = tokio::time::Instant::now();
        let look = || async {
            let context = self.intent.context.afresh();
            let sights = observe(&steps::all(&context)).await;
            let mut wanted = sights.iter().filter(|sight| sight.goal == Goal::Present);
            Ok(match wanted.find(|sight| sight.act() != Act::Nothing) {
                Some(sight) if begun.elapsed() < READ_LAG => Poll::Waiting(format!(
                    "AWS does not show the {} as it was made yet",
                    sight.step.id()
                )),
                _ => Poll::Ready((context, sights)),
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
    let (doing, done) = match sight.act() {
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
