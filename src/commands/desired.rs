//! What `up` and `plan` have in common: what is recorded, what is wanted, what is there, and what is refused.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::account::context::Context;
use crate::account::plans;
use crate::backups::unprotected::{self, Unprotected};
use crate::commands::meant::Meant;
use crate::commands::{context, limits, record_tags, settings_in_force, surviving_id};
use crate::config::{Config, Options, Resolved};
use crate::deployment::record::{Record, Role};
use crate::deployment::session::Session;
use crate::engine::{Action, Desired, Live, Observation, StepId, StepOutcome, observe, told};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State, random_hex};
use crate::model::region::Region;
use crate::model::settings::{Former, Settings};
use crate::protection::lost::lost_protection;
use crate::protection::plan_proof;
use crate::protection::schedule::Proof;
use crate::report::Refusal;
use crate::steps::plan::plan_of;
use crate::steps::restore_testing_plan::{self, PRICE};
use crate::steps::subscriptions::{self, FORMER};
use crate::steps::{self, topic, vault::vault_of};

/// What is recorded of the deployment, what is wanted of it, and what was found.
pub(super) struct DesiredState<'a> {
    pub(super) session: &'a Session,
    pub(super) recorded: Option<Manifest>,
    pub(super) wanted: Manifest,
    pub(super) context: Context,
    pub(super) observations: Vec<Observation>,
}

impl<'a> DesiredState<'a> {
    /// Reads everything and compares it with what is meant. `command` is what introduces itself.
    ///
    /// # Errors
    /// Settings that cannot be meant, something that could not be read, and an interruption.
    pub(super) async fn read(
        session: &'a Session,
        command: &str,
        config: &'a Config,
        options: &'a Options,
    ) -> Result<Self, Failure> {
        let (recorded, id) = match &session.record {
            Record::Found { role: Role::Unread(failure), .. } => return Err(failure.clone()),
            Record::Found { manifest, .. } => (Some(manifest.clone()), Some(manifest.id.clone())),
            Record::Torn { id, .. } => (None, id.clone()),
            Record::None(_) => (None, None),
        };
        let drawn = id.is_none();
        let id = id.unwrap_or_else(|| random_hex(8));
        let meant = Meant::new(session, config, options).await?;
        let resolved = meant.resolve(recorded.as_ref());
        session.introduce(command, resolved.as_ref().ok().map(|resolved| &resolved.settings));
        let resolved = resolved.inspect_err(|_| session.note_unread_regions())?;
        let mut desired = Box::pin(Self::with_id(&meant, &resolved, recorded, id)).await?;
        let survivor = surviving_id(&desired.observations).filter(|_| drawn);
        if let Some(id) = survivor {
            let recorded = desired.recorded;
            desired = Box::pin(Self::with_id(&meant, &resolved, recorded, id)).await?;
        }
        desired.refuse_unread()?;
        Ok(desired)
    }

    async fn with_id(
        meant: &Meant<'a>,
        resolved: &Resolved,
        recorded: Option<Manifest>,
        id: String,
    ) -> Result<Self, Failure> {
        let Meant { session, config, options, .. } = meant;
        let settings = resolved.for_id(&id);
        let mut wanted = Manifest {
            deployment: session.names.deployment.clone(),
            id,
            state: State::Building,
            revision: Revision::after(recorded.as_ref().map(|manifest| &manifest.revision)),
            settings,
        };
        let addresses = options.addresses(config.file.as_ref());
        let plans = plans_left(session, &wanted, &addresses).await?;
        wanted.settings.former.plans.extend(plans);
        let read = Self::observed(session, recorded, wanted, &addresses).await?;
        if read.recorded.is_some() {
            return Ok(read);
        }
        // No record tells which plans there were.
        let dropped = plans_around(&read.context).await;
        if dropped.is_empty() {
            return Ok(read);
        }
        let Self { recorded, mut wanted, .. } = read;
        wanted.settings.former.dropped_plans.extend(dropped);
        Self::observed(session, recorded, wanted, &addresses).await
    }

    async fn observed(
        session: &'a Session,
        recorded: Option<Manifest>,
        wanted: Manifest,
        addresses: &BTreeSet<String>,
    ) -> Result<Self, Failure> {
        let tags = record_tags(&wanted)?;
        let context = context(session, &wanted, tags, addresses);
        limits::check(&context)?;
        let observations = observe(&steps::all(&context)).await;
        session.caller.interrupt.check()?;
        Ok(Self { session, recorded, wanted, context, observations })
    }

    /// Refuses where something could not be read. One denied read explains itself, and its advice is
    /// worth more than a list.
    fn refuse_unread(&self) -> Result<(), Failure> {
        let unread = self.refused().find_map(|observation| match &observation.live {
            Live::Unknown(failure) => Some(failure.clone()),
            Live::NotOurs(_)
            | Live::Absent
            | Live::Given(_)
            | Live::Unfit(_)
            | Live::Ours(_)
            | Live::InProgress(..) => None,
        });
        unread.map_or(Ok(()), Err)
    }

    /// What of others' stands where something of ours is to be.
    fn foreign(&self) -> Vec<String> {
        let line = |observation: &Observation| match &observation.live {
            Live::NotOurs(why) => {
                Some(format!("{} {}: {why}", observation.id(), observation.name()))
            }
            Live::Unknown(_)
            | Live::Absent
            | Live::Given(_)
            | Live::Unfit(_)
            | Live::Ours(_)
            | Live::InProgress(..) => None,
        };
        self.refused().filter_map(line).collect()
    }

    /// What the settings name and cannot be used.
    fn unfit(&self) -> Vec<String> {
        let line = |observation: &Observation| match &observation.live {
            Live::Unfit(why) => Some(format!("{} {}: {why}", observation.id(), observation.name())),
            _ => None,
        };
        self.refused().filter_map(line).collect()
    }

    /// KMS keys of other accounts that are not in force yet.
    fn foreign_keys(&self) -> Vec<String> {
        let keys = |settings: &Settings| -> BTreeSet<String> {
            settings.kms_keys.values().chain(settings.topic_keys.values()).cloned().collect()
        };
        let recorded = self.recorded.as_ref().map(|manifest| keys(&manifest.settings));
        let account = &self.session.names.account;
        let mut new = keys(&self.wanted.settings);
        new.retain(|key| !recorded.as_ref().is_some_and(|recorded| recorded.contains(key)));
        new.retain(|key| key.split(':').nth(4) != Some(account));
        new.into_iter().map(|key| format!("{key}, and this is account {account}")).collect()
    }

    fn refused(&self) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(|observation| observation.action() == Action::Refuse)
    }

    /// The settings that are in force: as recorded, or where the record cannot be read, as the plan
    /// that is there tells them.
    fn in_force(&self) -> Option<Settings> {
        let recorded = self.recorded.as_ref().map(|manifest| manifest.settings.clone());
        recorded.or_else(|| settings_in_force::settings(&self.observations, &self.wanted.settings))
    }

    /// What the wanted settings protect less than those in force.
    ///
    /// # Errors
    /// An interruption.
    async fn less(&self) -> Result<LostProtection, Failure> {
        let Session { caller, clients, .. } = self.session;
        let wanted = &self.wanted.settings;
        let Some(old) = self.in_force() else { return Ok(LostProtection::default()) };
        let mut lines = lost_protection(&old, wanted, Timestamp::now());
        lines.extend(self.unheard(&old));
        let unprotected = unprotected::read(caller, clients, &old, wanted).await?;
        Ok(LostProtection { lines, unprotected })
    }

    /// Topics that are given from now on, and of which no subscriber gets alarms, where someone got them before.
    fn unheard(&self, old: &Settings) -> Vec<String> {
        let had_any = !old.subscribers.is_empty() || !old.given_topics.is_empty();
        let wanted = &self.wanted.settings.given_topics;
        let is_new = |region: &Region| wanted.get(region) != old.given_topics.get(region);
        let of_new = self.observations.iter().filter(|observation| {
            let StepId { kind, region, .. } = observation.id();
            had_any && *kind == subscriptions::KIND && region.as_ref().is_some_and(is_new)
        });
        let given = of_new.filter_map(|observation| match &observation.live {
            Live::Given(observed) => Some(&observed.attention),
            _ => None,
        });
        given.flatten().cloned().collect()
    }

    /// What the wanted settings mean for the protection, and everything for which `up` refuses them.
    ///
    /// # Errors
    /// An interruption, and a schedule that cannot be read.
    pub(super) async fn consequences(&self, options: &Options) -> Result<Consequences, Failure> {
        let less = self.less().await?;
        let proof = prove(&self.wanted.settings)?;
        let refusals = [
            Refusal::not_ours(self.foreign()),
            Refusal::unfit(self.unfit()),
            Refusal::foreign_keys(self.foreign_keys()).filter(|_| !options.allow.foreign_keys),
            Refusal::less_protection(less.refused()).filter(|_| !options.allow.less_protection),
            gaps(&proof, options),
        ];
        Ok(Consequences { less, proof, refusals: refusals.into_iter().flatten().collect() })
    }

    /// What is switched on for the first time and costs more than what it keeps.
    pub(super) fn prices(&self) -> Vec<String> {
        let is_new = |observation: &&Observation| {
            observation.id().kind == &restore_testing_plan::KIND
                && observation.desired == Desired::Present
                && matches!(observation.live, Live::Absent)
        };
        let new = self.observations.iter().filter(is_new);
        new.filter_map(|observation| Some(format!("{}: {PRICE}", observation.id().region?)))
            .collect()
    }

    pub(super) fn nothing_to_do(&self) -> bool {
        let recorded = self.recorded.as_ref();
        let as_recorded = recorded.is_some_and(|manifest| {
            let former = left_behind(&self.context, &self.observations, &BTreeMap::new());
            let wanted = Settings { former, ..self.wanted.settings.clone() };
            manifest.state == State::Ready && manifest.settings == wanted
        });
        let agreed = matches!(self.session.record, Record::Found { agreed: true, .. });
        as_recorded && agreed && self.observations.iter().all(Observation::rests)
    }
}

/// Why `up` refuses rules that take copies from each other, unless that was allowed.
pub(super) fn gaps(proof: &Proof, options: &Options) -> Option<Refusal> {
    let holes = proof.holes.iter().map(ToString::to_string).collect();
    Refusal::gaps(holes).filter(|_| !options.allow.gaps)
}

/// What the wanted settings mean for the protection.
pub(super) struct Consequences {
    pub(super) less: LostProtection,
    /// What follows from the schedules of the rules.
    pub(super) proof: Proof,
    /// Why `up` would change nothing, the first to be settled first.
    pub(super) refusals: Vec<Refusal>,
}

/// What would be protected less than before.
#[derive(Debug, Default)]
pub(super) struct LostProtection {
    pub(super) lines: Vec<String>,
    /// The resources that would no longer be backed up.
    pub(super) unprotected: Option<Unprotected>,
}

impl LostProtection {
    /// All that is lost, the resources by name; empty where nothing is.
    fn refused(&self) -> Vec<String> {
        if self.lines.is_empty() {
            return Vec::new();
        }
        let unprotected = self.unprotected.as_ref().map(Unprotected::lines).unwrap_or_default();
        [self.lines.clone(), unprotected].concat()
    }
}

/// What earlier settings left behind that is still there, when all that is wanted is as wanted.
pub(super) fn left_behind(
    context: &Context,
    observations: &[Observation],
    outcomes: &BTreeMap<StepId, StepOutcome>,
) -> Former {
    let removed = |id: &StepId| matches!(outcomes.get(id), Some(StepOutcome::Removed));
    let mut left: Vec<StepId> = observations
        .iter()
        .filter(|observation| observation.desired == Desired::Absent && !observation.is_gone())
        .map(Observation::id)
        .filter(|id| !removed(id))
        .collect();
    let mut former = Former {
        vaults: left.iter().filter_map(vault_of).collect(),
        subscribers: told(observations).everywhere(&FORMER).flatten().cloned().collect(),
        plans: context.settings.former.plans.clone(),
        ..Former::default()
    };
    former.service_role = left.iter().any(StepId::is_root);
    let wanted = context.settings.plan_names();
    let plans =
        left.iter().filter_map(plan_of).filter(|plan| !wanted.iter().any(|one| one == plan));
    former.dropped_plans = plans.map(str::to_owned).collect();
    let is_dropped = |id: &StepId| {
        id.region.as_ref() == Some(&context.settings.regions.primary) && plan_of(id).is_some()
    };
    left.retain(|id| vault_of(id).is_none() && !id.is_root() && !is_dropped(id));
    for id in left {
        let is_replaced = |region: &Region| context.settings.given_topics.contains_key(region);
        if [&topic::KIND, &subscriptions::KIND].contains(&id.kind)
            && id.region.as_ref().is_some_and(is_replaced)
        {
            former.topics.extend(id.region);
            continue;
        }
        let regions = match steps::switch_of(context, &id) {
            Some(switch) => former.switched_off.entry(switch).or_default(),
            None => &mut former.moved_from,
        };
        regions.extend(id.region);
    }
    former
}

/// Plans of ours in regions that the deployment moves out of. They go, and AWS does not say for how
/// long it lists a plan that is gone. A region that cannot be read keeps its plan for now.
async fn plans_left(
    session: &Session,
    wanted: &Manifest,
    addresses: &BTreeSet<String>,
) -> Result<BTreeSet<String>, Failure> {
    let moved_from = &wanted.settings.former.moved_from;
    if moved_from.is_empty() {
        return Ok(BTreeSet::new());
    }
    let context = context(session, wanted, record_tags(wanted)?, addresses);
    let plans = moved_from.iter().map(|region| plans::ever_ours(&context, region));
    Ok(join_all(plans).await.into_iter().flatten().flatten().collect())
}

/// The plans of our names in the primary that the settings do not have. A list that cannot be read is what the steps of
/// the plans fail with.
async fn plans_around(context: &Context) -> BTreeSet<String> {
    let called = plans::called(context, &context.settings.regions.primary).await;
    let wanted = context.settings.plan_names();
    called.unwrap_or_default().into_iter().filter(|name| !wanted.contains(name)).collect()
}

/// What the calendar of these rules promises from now on.
///
/// # Errors
/// A rule whose schedule cannot be read; the file's were checked when it was read.
pub(super) fn prove(settings: &Settings) -> Result<Proof, Failure> {
    plan_proof::prove(settings, Timestamp::now()).map_err(Failure::Usage)
}
