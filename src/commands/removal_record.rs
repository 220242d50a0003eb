//! What a removal writes into the record: how far it is, and which plans of ours made what it leaves.

use std::collections::BTreeSet;

use crate::account::context::Context;
use crate::commands::{record_tags, role_is_there, vaults_there};
use crate::deployment::record::{self, Record, Role};
use crate::deployment::session::Session;
use crate::engine::Observation;
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State};

/// What is written into the record during a removal.
#[derive(Clone, Copy)]
pub(super) struct Mark<'a> {
    pub(super) state: State,
    /// How many revisions it is after the record that was read.
    pub(super) after: u64,
    /// Plans of ours whose points may outlive them.
    pub(super) plans: &'a BTreeSet<String>,
}

/// Writes the state into the record of what is there, so that any other run sees it.
///
/// # Errors
/// Where a place that is there cannot be written.
pub(super) async fn mark(
    session: &Session,
    context: &Context,
    observations: &[Observation],
    mark: Mark<'_>,
) -> Result<(), Failure> {
    let Record::Found { manifest, role, .. } = &session.record else { return Ok(()) };
    let mut revision = Revision::after(Some(&manifest.revision));
    revision.counter = manifest.revision.counter + mark.after;
    let mut marked = Manifest { state: mark.state, revision, ..manifest.clone() };
    let without = marked.clone();
    marked.settings.former.plans.extend(mark.plans.iter().cloned());
    if marked.tags().is_err() {
        // No reason to stop: AWS lists a plan that is gone, too, for a time that it does not tell.
        marked = without;
    }
    let role = matches!(role, Role::Present) && role_is_there(observations);
    let vaults = vaults_there(observations);
    record::write(context, &record_tags(&marked)?, role, &vaults, &BTreeSet::new()).await
}
