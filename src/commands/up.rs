//! `up`: observe everything, refuse what is not ours, then create, change and repair what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::aws::{Caller, Poll};
use crate::commands::{announced, context, interrupted, record_tags, rows, surviving_id};
use crate::config::{Config, Given};
use crate::context::Context;
use crate::engine::{Act, Done, Goal, Kind, Live, Node, Sight, Step, StepId, by_need, observe};
use crate::failure::Failure;
use crate::manifest::{Manifest, Reading, Revision, State, random_hex};
use crate::record::{self, Reader, Record, Role};
use crate::region::Region;
use crate::report::{Deployment, Row, UpReport};
use crate::session::Session;
use crate::settings::Settings;
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
    let run = Run::prepare(&session, given).await?;
    run.refuse()?;
    let deployment = Deployment::of(&session.names, Some(&run.wanted.settings.regions));
    if run.nothing_to_do() {
        let rows = rows(&run.sights, BTreeMap::new());
        return Ok(UpReport::new(deployment, run.wanted.settings.select_tags, rows));
    }
    let outcomes = run.act().await?;
    let mut rows = rows(&run.sights, outcomes);
    if rows.iter().all(Row::is_well) {
        run.finish(&mut rows).await?;
    }
    Ok(UpReport::new(deployment, run.wanted.settings.select_tags, rows))
}

/// How long AWS's reads may lag behind what was made; IAM's do by seconds.
const READ_LAG: Duration = Duration::from_secs(30);

/// One run of `up`: what is recorded, what is wanted, and what was found.
struct Run<'a> {
    session: &'a Session,
    recorded: Option<Manifest>,
    role_is_there: bool,
    wanted: Manifest,
    context: Context,
    sights: Vec<Sight>,
}

impl<'a> Run<'a> {
    async fn prepare(session: &'a Session, given: &Given) -> Result<Self, Failure> {
        let (recorded, role_is_there, id) = match &session.record {
            Record::Found { role: Role::Unread(failure), .. } => return Err(failure.clone()),
            Record::Found { manifest, role, .. } => {
                let there = matches!(role, Role::Present);
                (Some(manifest.clone()), there, Some(manifest.id.clone()))
            }
            Record::Torn { id, .. } => (None, true, id.clone()),
            Record::None(_) => (None, false, None),
        };
        let drawn = id.is_none();
        let id = id.unwrap_or_else(|| random_hex(8));
        let settings = settle(session, given, recorded.as_ref(), &id)?;
        session.introduce("up", &settings.regions.all());
        let mut run = Self::with_id(session, given, recorded, role_is_there, id).await?;
        let survivor = surviving_id(&run.sights).filter(|_| drawn);
        if let Some(id) = survivor {
            run = Self::with_id(session, given, run.recorded, role_is_there, id).await?;
        }
        Ok(run)
    }

    async fn with_id(
        session: &'a Session,
        given: &Given,
        recorded: Option<Manifest>,
        role_is_there: bool,
        id: String,
    ) -> Result<Self, Failure> {
        let settings = settle(session, given, recorded.as_ref(), &id)?;
        let wanted = Manifest {
            deployment: session.names.deployment.clone(),
            id,
            state: State::Building,
            revision: Revision::after(recorded.as_ref().map(|manifest| &manifest.revision)),
            settings,
        };
        let tags = record_tags(&wanted)?;
        let context = context(session, &wanted, tags, &given.addresses());
        let sights = observe(&steps::all(&context)).await;
        session.caller.interrupt.check()?;
        Ok(Self { session, recorded, role_is_there, wanted, context, sights })
    }

    /// Refuses to begin where something cannot be taken over, or could not be read.
    fn refuse(&self) -> Result<(), Failure> {
        let refused = |sight: &&Sight| sight.act(Goal::Present) == Act::Refuse;
        let mut lines = Vec::new();
        for sight in self.sights.iter().filter(refused) {
            match &sight.live {
                // One denied read explains itself, and its advice is worth more than a list.
                Live::Unknown(failure) => return Err(failure.clone()),
                Live::Foreign(why) => {
                    lines.push(format!("{} {}: {why}", sight.step.id(), sight.step.name()));
                }
                Live::Absent | Live::Ours(_) | Live::Settling(..) => (),
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(
            format!("nothing was changed, because this is not ours:\n  {}", lines.join("\n  ")),
            "remove or rename it, or choose another deployment name with --name",
        ))
    }

    fn nothing_to_do(&self) -> bool {
        let recorded = self.recorded.as_ref();
        let as_recorded = recorded.is_some_and(|manifest| {
            manifest.state == State::Ready && manifest.settings == self.wanted.settings
        });
        let agreed = matches!(self.session.record, Record::Found { agreed: true, .. });
        as_recorded
            && agreed
            && self.sights.iter().all(|sight| sight.act(Goal::Present) == Act::Nothing)
    }

    /// Vaults of ours that were there before this run.
    fn vaults_there(&self) -> Vec<Region> {
        let vaults = self.sights.iter().filter(|sight| sight.live.observed().is_some());
        vaults
            .map(|sight| sight.step.id())
            .filter(|id| id.kind == Kind::Vault)
            .filter_map(|id| id.region)
            .collect()
    }

    /// Writes the record ahead, then runs every step as soon as what it needs is done.
    async fn act(&self) -> Result<BTreeMap<StepId, Done>, Failure> {
        let outdated = record::outdated(self.recorded.as_ref(), &self.context.record);
        let vaults = self.vaults_there();
        record::write(&self.context, &self.context.record, self.role_is_there, &vaults, &outdated)
            .await?;
        let todo =
            self.sights.iter().filter(|sight| sight.act(Goal::Present) != Act::Nothing).count();
        self.session.caller.talk.expect(todo);
        let nodes = self.sights.iter().map(|sight| Node {
            id: sight.step.id(),
            needs: sight.step.needs(),
            work: sight.clone(),
        });
        let caller = self.session.caller.clone();
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
        let ready = Manifest { state: State::Ready, ..self.wanted.clone() };
        let vaults = self.wanted.settings.regions.names();
        record::write(&self.context, &record_tags(&ready)?, true, &vaults, &BTreeSet::new()).await
    }

    /// Observes until everything shows as it was made: AWS's reads lag behind its writes.
    async fn read_back(&self) -> Result<Vec<Sight>, Failure> {
        let begun = tokio::time::Instant::now();
        let look = || async {
            let sights = observe(&steps::all(&self.context.afresh())).await;
            let unlike = sights.iter().find(|sight| sight.act(Goal::Present) != Act::Nothing);
            Ok(match unlike {
                Some(sight) if begun.elapsed() < READ_LAG => Poll::Waiting(format!(
                    "AWS does not show the {} as it was made yet",
                    sight.step.id()
                )),
                _ => Poll::Ready(sights),
            })
        };
        self.session.caller.poll("the deployment", READ_LAG, look).await
    }

    /// Stops where another run has written the record since this one began.
    async fn check_revision(&self) -> Result<(), Failure> {
        let Session { caller, clients, names, through, .. } = self.session;
        let reader = Reader { caller, clients, deployment: &names.deployment, through };
        match reader.role().await? {
            // An older record is IAM's lag.
            Reading::Valid(now) if now.revision.counter < self.wanted.revision.counter => Ok(()),
            Reading::Valid(now) if now.revision == self.wanted.revision => Ok(()),
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

/// The settings that are meant. A deployment whose record is torn needs them again, and that is
/// no first `up`.
fn settle(
    session: &Session,
    given: &Given,
    recorded: Option<&Manifest>,
    id: &str,
) -> Result<Settings, Failure> {
    let settled = given.settle(recorded.map(|manifest| &manifest.settings), id);
    settled.map_err(|failure| match &session.record {
        Record::Torn { why, regions, .. } if matches!(failure, Failure::Usage(_)) => {
            let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
            Failure::refused(
                format!("the record of this deployment cannot be read: {why}"),
                format!(
                    "give its regions again with --primary, --secondary and --tertiary; it was in {}",
                    regions.join(", ")
                ),
            )
        }
        _ => failure,
    })
}
