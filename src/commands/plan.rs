//! `plan`: what `up` would do, field by field. Reads only, and offline not even that.

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::aws::{Caller, unconnected};
use crate::commands::desired::{Consequences, DesiredState, LostProtection, gaps, prove};
use crate::commands::{limits, record_tags};
use crate::config::file::ConfigFile;
use crate::config::{Config, Options};
use crate::deployment::introduction::Introduction;
use crate::deployment::session::Session;
use crate::engine::Observation;
use crate::engine::removal::decide;
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State, random_hex};
use crate::model::names::Names;
use crate::protection::retention::Receipt;
use crate::report::{Deployment, PlanReport, Row};
use crate::steps;

/// What stands for the account's number where nobody was asked for it.
const NO_ACCOUNT: &str = "ACCOUNT";

/// What is to be planned.
pub(crate) struct PlanOptions {
    /// The options of the `up` that is planned.
    pub(crate) up: Options,
    /// Plan for an empty account, and call nothing.
    pub(crate) offline: bool,
    /// End with [`Exit::NeedsAttention`](crate::report::Exit) where there is something to do.
    pub(crate) exit_code: bool,
}

/// Says what `up` with the same arguments would do.
///
/// # Errors
/// What `up` could not even compare.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &PlanOptions,
) -> Result<PlanReport, Failure> {
    let report = if options.offline {
        offline(config, caller, &options.up)?
    } else {
        online(config, caller, &options.up).await?
    };
    Ok(report.with_exit_code(options.exit_code))
}

/// Compares the account with what is wanted.
async fn online(config: &Config, caller: Caller, options: &Options) -> Result<PlanReport, Failure> {
    limits::check_file(config, &caller, options)?;
    let named = options.regions().into_iter().map(|(region, _)| region).collect();
    let session = Session::open_to_observe(config, caller, named).await?;
    let desired = DesiredState::read(&session, "plan", config, options).await?;
    let deployment = Deployment::new(&session.names, Some(&desired.wanted.settings));
    let changed_record = !desired.nothing_to_do();
    let rows = planned(&desired.observations);
    let report = PlanReport::new(deployment, rows, changed_record);
    let report = report.with_searched(session.record.searched());
    let Consequences { less, proof, refusals } = desired.consequences(options).await?;
    let LostProtection { lines, unprotected } = less;
    let receipt = Receipt::new(&desired.wanted.settings);
    Ok(report.with_meaning(proof, receipt).with_less(lines, unprotected).with_refusals(refusals))
}

/// Says what `up` would make in an empty account, without calling anything.
fn offline(config: &Config, caller: Caller, options: &Options) -> Result<PlanReport, Failure> {
    let id = random_hex(8);
    let settings = options.resolve(config.file.as_ref(), None)?.for_id(&id);
    let names = Names {
        deployment: config.deployment.clone(),
        account: NO_ACCOUNT.to_owned(),
        partition: settings.regions.primary.partition(),
    };
    let introduction = Introduction {
        command: "plan --offline",
        deployment: Some(names.deployment.as_str()),
        regions: settings.regions.names(),
        file: config.file.as_ref().map(ConfigFile::path),
        ..Introduction::default()
    };
    caller.progress.note(&introduction.to_string());
    let deployment = Deployment::new(&names, Some(&settings));
    let manifest = Manifest {
        deployment: config.deployment.clone(),
        id,
        state: State::Building,
        revision: Revision::after(None),
        settings,
    };
    // Whose profile and whose certificates would be used is no matter here.
    let clients = unconnected();
    let tags = record_tags(&manifest)?;
    let context = Context::new(
        caller,
        clients,
        names,
        &manifest,
        tags,
        &options.addresses(config.file.as_ref()),
        Listings::default(),
    );
    limits::check(&context)?;
    let observations: Vec<Observation> =
        steps::all(&context).into_iter().map(Observation::unread).collect();
    let report = PlanReport::new(deployment, planned(&observations), true);
    let receipt = Receipt::new(&manifest.settings);
    let proof = prove(&manifest.settings)?;
    let refusals = gaps(&proof, options).into_iter().collect();
    Ok(report.with_meaning(proof, receipt).with_refusals(refusals))
}

/// A row for each resource, with what is to be done about it.
fn planned(observations: &[Observation]) -> Vec<Row> {
    let there = observations.iter().filter(|observation| !observation.is_gone());
    there.map(|observation| Row::planned(observation, decide(observation, observations))).collect()
}
