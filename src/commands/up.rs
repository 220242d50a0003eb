//! `up`: observe everything, refuse what is not ours, then create, change and repair what differs.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::plans;
use crate::aws::{Caller, Poll};
use crate::commands::desired::{Consequences, DesiredState, left_behind};
use crate::commands::{limits, record_tags, role_is_there, rows, vaults_there};
use crate::config::{Config, Options};
use crate::deployment::record::{self, Reader};
use crate::deployment::session::Session;
use crate::engine::{
    Action, AllEnded, Desired, Ended, Facts, Live, Node, Observation, StepId, StepOutcome,
    announced, interrupted, observe, removal, run_in_dependency_order, told,
};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading, State};
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::report::{Deployment, Row, UpReport};
use crate::steps::plan::{self, PLAN};
use crate::steps::{self, selection::SELECTIONS};

/// Creates the deployment or makes it as wanted.
///
/// # Errors
/// What is refused before anything is changed. Steps that fail are in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &Options,
) -> Result<UpReport, Failure> {
    limits::check_file(config, &caller, options)?;
    let named = options.regions().into_iter().map(|(region, _)| region).collect();
    let session = Session::open_to_observe(config, caller, named).await?;
    let run = Run { desired: DesiredState::read(&session, "up", config, options).await? };
    session.note_unread_regions();
    let Consequences { refusals, proof, .. } = run.desired.consequences(options).await?;
    if let Some(refusal) = refusals.into_iter().next() {
        return Err(refusal.into());
    }
    let prices = run.desired.prices();
    for price in &prices {
        session.caller.progress.note(price);
    }
    let settings = &run.desired.wanted.settings;
    let deployment = Deployment::new(&session.names, Some(settings));
    let rows = if run.desired.nothing_to_do() {
        rows(&there(&run.desired.observations), BTreeMap::new())
    } else {
        run.converge().await?
    };
    let report = UpReport::new(deployment, settings, rows);
    Ok(report.with_schedule(&proof).with_prices(prices))
}

/// What is worth a row: not what is neither there nor wanted.
fn there(observations: &[Observation]) -> Vec<Observation> {
    observations.iter().filter(|observation| !observation.is_gone()).cloned().collect()
}

/// How long AWS's reads may lag behind what was made: IAM's by seconds, a selection's, as the Terraform provider has learnt,
/// by up to two minutes.
const READ_LAG: Duration = Duration::from_mins(2);

/// One run of `up`.
struct Run<'a> {
    desired: DesiredState<'a>,
}

impl Run<'_> {
    /// Makes what is wanted and reads it back, and only then removes what was left behind.
    async fn converge(&self) -> Result<Vec<Row>, Failure> {
        let (mut wanted, left): (Vec<Observation>, Vec<Observation>) = self
            .desired
            .observations
            .iter()
            .cloned()
            .partition(|observation| observation.desired == Desired::Present);
        let AllEnded { outcomes, facts } = self.make(&wanted).await?;
        for observation in &mut wanted {
            observation.facts = facts.clone();
        }
        let mut made = rows(&wanted, outcomes);
        let mut cleared = rows(&there(&left), BTreeMap::new());
        if made.iter().all(Row::is_well) {
            let ((), (context, observations)) =
                tokio::try_join!(self.check_revision(), self.read_back(&facts))?;
            let of_wanted =
                observations.iter().filter(|observation| observation.desired == Desired::Present);
            for (observation, row) in of_wanted.zip(made.iter_mut()) {
                row.read_back(observation);
            }
            if made.iter().all(Row::is_well) {
                cleared = self.clear(&context, &observations).await?;
            }
        }
        made.extend(cleared);
        Ok(made)
    }

    /// Writes the record ahead, then runs every step as soon as what it needs is done.
    async fn make(&self, wanted: &[Observation]) -> Result<AllEnded, Failure> {
        let DesiredState { session, context, recorded, observations, .. } = &self.desired;
        let outdated = record::outdated(recorded.as_ref(), &context.record);
        let vaults = vaults_there(observations);
        record::write(context, &context.record, role_is_there(observations), &vaults, &outdated)
            .await?;
        let work = wanted.iter().filter(|observation| !observation.rests());
        let work: Vec<StepId> = work.map(Observation::id).collect();
        let regions = work.iter().map(|id| id.region.as_ref().map(Region::as_str));
        session.caller.progress.expect(regions);
        let ids: Vec<StepId> = wanted.iter().map(Observation::id).collect();
        let nodes = wanted.iter().map(|observation| {
            let id = observation.id();
            let depends_on = ids.iter().filter(|other| id.waits_for(other)).cloned().collect();
            Node { id, depends_on, work: observation.clone() }
        });
        let caller = session.caller.clone();
        let ended =
            run_in_dependency_order(nodes.collect(), told(wanted), move |observation, facts| {
                let caller = caller.clone();
                async move { apply(&caller, &observation, &facts).await }
            })
            .await;
        interrupted(&ended.outcomes)?;
        Ok(ended)
    }

    /// Removes what earlier settings made and nothing wants any more, and writes that all is done.
    /// What has to stay, and what cannot be read, stays in the record for the next run.
    async fn clear(
        &self,
        context: &Context,
        observations: &[Observation],
    ) -> Result<Vec<Row>, Failure> {
        let mut left = there(observations);
        left.retain(|observation| observation.desired == Desired::Absent);
        let mut readable = left.clone();
        readable.retain(|observation| !matches!(observation.live, Live::Unknown(_)));
        let outcomes = removal::remove(&self.desired.session.caller, &readable).await?;
        let rightly = |done| match done {
            StepOutcome::Kept(why) => StepOutcome::Retained(why),
            done => done,
        };
        let outcomes: BTreeMap<StepId, StepOutcome> =
            outcomes.into_iter().map(|(id, done)| (id, rightly(done))).collect();
        if outcomes.values().all(StepOutcome::is_well) {
            self.finish(context, observations, &outcomes).await?;
        }
        Ok(rows(&left, outcomes))
    }

    /// Writes that the deployment is ready, and what of the earlier settings is still there.
    async fn finish(
        &self,
        context: &Context,
        observations: &[Observation],
        outcomes: &BTreeMap<StepId, StepOutcome>,
    ) -> Result<(), Failure> {
        let wanted = &self.desired.wanted;
        let former = left_behind(context, observations, outcomes);
        let settings = Settings { former, ..wanted.settings.clone() };
        let mut vaults = settings.vaults();
        vaults.extend(settings.former.vaults.iter().cloned());
        vaults.retain(|vault| vaults_there(observations).contains(vault));
        let ready = Manifest { state: State::Ready, settings, ..wanted.clone() };
        let tags = record_tags(&ready)?;
        let outdated = record::outdated(Some(wanted), &tags);
        let is_gone = |id: &StepId| matches!(outcomes.get(id), Some(StepOutcome::Removed));
        let mut there = observations.to_vec();
        there.retain(|observation| !is_gone(&observation.id()));
        record::write(context, &tags, role_is_there(&there), &vaults, &outdated).await
    }

    /// Observes until everything shows as it was made: AWS's reads lag behind its writes.
    async fn read_back(&self, facts: &Facts) -> Result<(Context, Vec<Observation>), Failure> {
        let begun = tokio::time::Instant::now();
        let look = || async {
            let context = self.desired.context.afresh();
            let steps = steps::all(&context);
            let (observations, ()) =
                tokio::join!(observe(&steps), self.read_ahead(&context, facts));
            let mut wanted =
                observations.iter().filter(|observation| observation.desired == Desired::Present);
            Ok(match wanted.find(|observation| observation.action() != Action::Nothing) {
                Some(observation) if begun.elapsed() < READ_LAG => Poll::Waiting(format!(
                    "AWS does not show the {} as it was made yet",
                    observation.id()
                )),
                _ => Poll::Ready((context, observations)),
            })
        };
        self.desired.session.caller.poll("the deployment", READ_LAG, look).await
    }

    /// Reads what is in the plans while they are listed: their ids are known by now.
    async fn read_ahead(&self, context: &Context, facts: &Facts) {
        let region = &self.desired.wanted.settings.regions.primary;
        let names = self.desired.wanted.settings.plan_names();
        let reads = names.iter().map(|name| async move {
            let variant = plan::variant(name);
            let Some(plan) = facts.of_variant(&PLAN, region, variant) else { return };
            let selections = facts.of_variant(&SELECTIONS, region, variant);
            let selections = selections.map(|found| found.ids.clone()).unwrap_or_default();
            plans::read_ahead(context, region, &plan.id, &selections).await;
        });
        join_all(reads).await;
    }

    /// Stops where another run has written the record since this one began.
    async fn check_revision(&self) -> Result<(), Failure> {
        let Session { caller, clients, listings, names, iam_region, .. } = self.desired.session;
        let deployment = &names.deployment;
        let plans_ahead = false;
        let reader = Reader { caller, clients, listings, deployment, iam_region, plans_ahead };
        let Settings { service_role, regions, .. } = &self.desired.wanted.settings;
        let vaults = self.desired.wanted.settings.vaults();
        // A given role has no record; a vault of ours has one.
        let now = if service_role.is_none() {
            reader.role().await?
        } else {
            let mut own = vaults.iter().filter(|vault| vault.given.is_none());
            let region = own.next().map_or(&regions.primary, |vault| &vault.region);
            reader.vaults_afresh(names, region).await?
        };
        match now {
            // An older record is IAM's lag.
            Reading::Valid(now) if now.revision.counter < self.desired.wanted.revision.counter => {
                Ok(())
            }
            Reading::Valid(now) if now.revision == self.desired.wanted.revision => Ok(()),
            // A role that is not visible yet, or was torn and is read before our write.
            Reading::NotOurs | Reading::Torn { .. } => Ok(()),
            Reading::Valid(_) | Reading::Newer { .. } => Err(Failure::failed(
                "another run has changed this deployment while this one was running",
                "when it has ended, run `mrbackup status`, and `mrbackup up` if something is missing",
            )),
        }
    }
}

async fn apply(caller: &Caller, observation: &Observation, facts: &Facts) -> Ended {
    let done = match observation.action() {
        Action::Create => StepOutcome::Created,
        Action::Update | Action::Wait => StepOutcome::Updated,
        // Refusals were found before anything began.
        Action::Nothing | Action::Remove | Action::Keep | Action::Refuse => {
            return StepOutcome::Unchanged.into();
        }
    };
    let work = async {
        match observation.subject.make(facts).await {
            Ok(told) => Ended { outcome: done, told },
            Err(failure) => StepOutcome::Failed(failure).into(),
        }
    };
    announced(caller, &observation.id(), work).await
}
