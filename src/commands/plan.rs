//! `plan`: what `up` would do, field by field. Reads only, and offline not even that.

use crate::account::context::Context;
use crate::aws::{Caller, unconnected};
use crate::commands::desired::{Intent, Less, prove};
use crate::commands::record_tags;
use crate::config::{Config, Given};
use crate::deployment::session::Session;
use crate::engine::removal::decide;
use crate::engine::{Aim, Live, Sight};
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
    given: &Given,
) -> Result<PlanReport, Failure> {
    let hints = given.regions().into_iter().map(|(region, _)| region).collect();
    let session = Session::open(config, caller, hints).await?;
    let intent = Intent::read(&session, "plan", config, given).await?;
    intent.refuse_unread()?;
    let deployment = Deployment::of(&session.names, Some(&intent.wanted.settings));
    let changed_record = !intent.nothing_to_do();
    let rows = planned(&intent.sights);
    let report = PlanReport::new(deployment, rows, changed_record);
    let Less { lines, losing } = intent.less().await?;
    let proof = intent.proof()?;
    let refusals = [
        (!intent.foreign().is_empty()).then_some("something is not ours"),
        (!lines.is_empty() && !given.allow_less_protection)
            .then_some("it protects less: add --allow-less-protection if that is meant"),
        (!proof.holes.is_empty() && !given.allow_gaps)
            .then_some("copies are lost: mend the rules, or add --allow-gaps if that is meant"),
    ];
    let refusals = refusals.into_iter().flatten().collect();
    let receipt = Receipt::of(&intent.wanted.settings);
    Ok(report.with_meaning(proof, receipt).with_less(lines, losing).with_refusals(refusals))
}

/// Says what `up` would make in an empty account, without calling anything.
///
/// # Errors
/// Settings that cannot be meant.
pub(crate) fn offline(
    config: &Config,
    caller: Caller,
    given: &Given,
) -> Result<PlanReport, Failure> {
    let id = random_hex(8);
    let settings = given.settle(config.file.as_ref(), None, &id)?;
    let names = Names {
        deployment: config.deployment.clone(),
        account: NO_ACCOUNT.to_owned(),
        partition: settings.regions.primary.partition(),
    };
    let deployment = Deployment::of(&names, Some(&settings));
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
        &given.addresses(config.file.as_ref()),
    );
    let absent = |Aim { step, goal }| Sight { step, goal, live: Live::Absent, changes: Vec::new() };
    let sights: Vec<Sight> = steps::all(&context).into_iter().map(absent).collect();
    let report = PlanReport::new(deployment, planned(&sights), true);
    let receipt = Receipt::of(&manifest.settings);
    Ok(report.with_meaning(prove(&manifest.settings)?, receipt))
}

/// A row for each resource, with what is to be done about it.
fn planned(sights: &[Sight]) -> Vec<Row> {
    let there = sights.iter().filter(|sight| !sight.is_gone());
    there.map(|sight| Row::planned(sight, decide(sight, sights))).collect()
}
