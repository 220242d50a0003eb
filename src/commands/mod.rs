//! The commands: what is read, and in which order things happen. No text is made here, and no call
//! that another part makes too.

pub(crate) mod config_init;
pub(crate) mod config_show;
mod desired;
pub(crate) mod down;
pub(crate) mod drill_alarm;
pub(crate) mod drill_backup;
pub(crate) mod drill_restore;
pub(crate) mod from_plan;
mod full_vaults;
mod limits;
pub(crate) mod lint;
pub(crate) mod list;
mod meant;
pub(crate) mod plan;
pub(crate) mod recovery;
mod removal_record;
pub(crate) mod repair;
mod settings_in_force;
mod settings_read;
pub(crate) mod status;
pub(crate) mod tag;
mod unread_regions;
pub(crate) mod up;

use std::collections::{BTreeMap, BTreeSet};

use crate::account::context::Context;
use crate::account::{plans, service_roles, vaults};
use crate::deployment::record::Record;
use crate::deployment::search::Looked;
use crate::deployment::session::Session;
use crate::engine::{DesiredStep, Observation, StepId, StepOutcome};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State, random_hex};
use crate::model::names::{self, ID_TAG};
use crate::model::region::Region;
use crate::model::settings::{MAIN, Regions, Settings, VaultId};
use crate::model::tags::Tags;
use crate::report::Row;
use crate::steps::{self, Around, vault::vault_of};

/// The context of a command whose record is `manifest`.
fn context(
    session: &Session,
    manifest: &Manifest,
    tags: Tags,
    addresses: &BTreeSet<String>,
) -> Context {
    let Session { caller, clients, listings, names, .. } = session;
    let (caller, clients, names) = (caller.clone(), clients.clone(), names.clone());
    Context::new(caller, clients, names, manifest, tags, addresses, listings.clone())
}

/// Where nothing was found of the name that was typed, with the deployments that there are; none where IAM cannot be read.
async fn with_others(session: &Session, looked: &Looked) -> Looked {
    let Session { caller, clients, iam_region, .. } = session;
    let roles = service_roles::list(caller, clients, iam_region).await.unwrap_or_default();
    let mut looked = looked.clone();
    looked.deployments = roles.into_iter().map(|(name, _)| name).collect();
    looked.deployments.sort();
    looked
}

/// The record of what is deployed, for a command that needs it whole; introduces the command.
async fn deployed<'a>(session: &'a Session, command: &str) -> Result<&'a Manifest, Failure> {
    let fix = "look with `mrbackup status`";
    match &session.record {
        Record::Found { manifest, .. } => {
            session.introduce(command, Some(&manifest.settings));
            if manifest.state == State::Kept {
                session.caller.progress.note(
                    "No plan runs here: it was removed, except for its backups. `mrbackup up` manages it again.",
                );
            }
            Ok(manifest)
        }
        Record::Torn { why, .. } => Err(Failure::refused(
            format!("the record of this deployment cannot be read: {why}"),
            fix,
        )),
        Record::None(looked) => Err(not_deployed(session, looked).await),
    }
}

/// The refusal where there is no record.
async fn not_deployed(session: &Session, looked: &Looked) -> Failure {
    let looked = with_others(session, looked).await;
    let name = session.names.deployment.as_str();
    let refusal = format!("no deployment {name} {}", looked.extent());
    let create = names::command(name, "up --primary REGION --secondary REGION");
    let search = names::command(name, "status --region REGION");
    match looked.there_are() {
        Some(others) => {
            Failure::refused(format!("{refusal}. {others}"), "name one of these with --name")
        }
        None if looked.is_conclusive() => Failure::refused(refusal, format!("create it: {create}")),
        None => Failure::refused(
            refusal,
            format!("search a region that was not read: {search}; or create it: {create}"),
        ),
    }
}

/// A context in which anything of the deployment can be found, when there is no record of it.
fn context_without_record(session: &Session, iam_region: &Region) -> Context {
    let here = || iam_region.clone();
    let regions =
        Regions { primary: here(), secondary: here(), tertiary: None, copy_to: Vec::new() };
    let manifest = Manifest {
        deployment: session.names.deployment.clone(),
        id: String::new(),
        state: State::Removing,
        revision: Revision { counter: 0, random: random_hex(1) },
        settings: Settings::defaults(regions),
    };
    context(session, &manifest, Tags::new(), &BTreeSet::new())
}

/// What may be ours in these regions, where no record tells.
async fn steps_anywhere(context: &Context, regions: &[Region]) -> Vec<DesiredStep> {
    let mut found = Vec::new();
    for region in regions {
        let (vaults, plans) =
            tokio::join!(vaults::in_region(context, region), plans::called(context, region));
        // A region that cannot be listed shows when its plain vault and its plan are looked for.
        let vaults = vaults.unwrap_or_else(|_| vec![vaults::plain(region)]);
        let plans = plans.unwrap_or_else(|_| vec![MAIN.to_owned()]);
        found.push(Around { region: region.clone(), vaults, plans });
    }
    steps::anywhere(context, &found)
}

/// The record's tags, or the refusal of what does not fit into them.
fn record_tags(manifest: &Manifest) -> Result<Tags, Failure> {
    manifest.tags().map_err(|too_large| {
        Failure::Usage(format!(
            "the settings need {} tags, and AWS allows 50 on a role: use fewer rules, copies or tags",
            too_large.tags
        ))
    })
}

/// Ids that the resources of ours carry: they give a lost deployment its id back.
fn surviving_id(observations: &[Observation]) -> Option<String> {
    let id = |observation: &Observation| {
        let tags = &observation.live.observed()?.spec["tags"];
        tags[ID_TAG].as_str().map(str::to_owned)
    };
    observations.iter().find_map(id)
}

/// One row of the report for each step.
fn rows(observations: &[Observation], mut outcomes: BTreeMap<StepId, StepOutcome>) -> Vec<Row> {
    let row = |observation: &Observation| Row::new(observation, outcomes.remove(&observation.id()));
    observations.iter().map(row).collect()
}

/// Whether the deployment's own service role was found: a given one takes no record.
fn role_is_there(observations: &[Observation]) -> bool {
    observations.iter().any(|one| one.id().is_root() && one.live.observed().is_some())
}

/// The vaults of ours that were found.
fn vaults_there(observations: &[Observation]) -> Vec<VaultId> {
    let there = observations.iter().filter(|observation| observation.live.observed().is_some());
    there.filter_map(|observation| vault_of(&observation.id())).collect()
}
