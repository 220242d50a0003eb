//! `plan`: what `up` would do, field by field. Reads only, and offline not even that.

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::aws::{Caller, unconnected};
use crate::commands::desired::{DesiredState, LostProtection, prove};
use crate::commands::record_tags;
use crate::config::{Config, Options};
use crate::deployment::session::Session;
use crate::engine::removal::decide;
use crate::engine::{DesiredStep, Live, Observation};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State, random_hex};
use crate::model::names::Names;
use crate::protection::retention::Receipt;
use crate::report::{Deployment, PlanReport, Row};
use crate::steps;

/// What stands for the account's number where nobody was asked for it.
const NO_ACCOUNT: &str = "ACCOUNT";

/// Says what `up` with the same arguments would do.
///
/// # Errors
/// What `up` would refuse.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &Options,
) -> Result<PlanReport, Failure> {
    let hints = options.regions().into_iter().map(|(region, _)| region).collect();
    let session = Session::open(config, caller, hints).await?;
    let state_wanted = DesiredState::read(&session, "plan", config, options).await?;
    state_wanted.refuse_unread()?;
    let deployment = Deployment::new(&session.names, Some(&state_wanted.wanted.settings));
    let changed_record = !state_wanted.nothing_to_do();
    let rows = planned(&state_wanted.observations);
    let report = PlanReport::new(deployment, rows, changed_record);
    let LostProtection { lines, unprotected } = state_wanted.less().await?;
    let proof = state_wanted.proof()?;
    let refusals = [
        (!state_wanted.foreign().is_empty()).then_some("something is not ours"),
        (!lines.is_empty() && !options.allow_less_protection)
            .then_some("it protects less: add --allow-less-protection if that is meant"),
        (!proof.holes.is_empty() && !options.allow_gaps)
            .then_some("copies are lost: mend the rules, or add --allow-gaps if that is meant"),
    ];
    let refusals = refusals.into_iter().flatten().collect();
    let receipt = Receipt::new(&state_wanted.wanted.settings);
    Ok(report.with_meaning(proof, receipt).with_less(lines, unprotected).with_refusals(refusals))
}

/// Says what `up` would make in an empty account, without calling anything.
///
/// # Errors
/// Settings that cannot be meant.
pub(crate) fn offline(
    config: &Config,
    caller: Caller,
    options: &Options,
) -> Result<PlanReport, Failure> {
    let id = random_hex(8);
    let settings = options.resolve(config.file.as_ref(), None, &id)?;
    let names = Names {
        deployment: config.deployment.clone(),
        account: NO_ACCOUNT.to_owned(),
        partition: settings.regions.primary.partition(),
    };
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
    let absent = |DesiredStep { step, desired }| Observation {
        step,
        desired,
        live: Live::Absent,
        changes: Vec::new(),
    };
    let observations: Vec<Observation> = steps::all(&context).into_iter().map(absent).collect();
    let report = PlanReport::new(deployment, planned(&observations), true);
    let receipt = Receipt::new(&manifest.settings);
    Ok(report.with_meaning(prove(&manifest.settings)?, receipt))
}

/// A row for each resource, with what is to be done about it.
fn planned(observations: &[Observation]) -> Vec<Row> {
    let there = observations.iter().filter(|observation| !observation.is_gone());
    there.map(|observation| Row::planned(observation, decide(observation, observations))).collect()
}
