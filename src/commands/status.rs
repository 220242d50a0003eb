//! `status`: is each resource there, ours, and as recorded. Reads only.

use std::collections::BTreeMap;

use crate::aws::Caller;
use crate::commands::{context, context_without_record, record_tags, rows};
use crate::config::Config;
use crate::engine::{Goal, Sight, observe};
use crate::failure::Failure;
use crate::manifest::{Manifest, State};
use crate::record::{Looked, Record, Role};
use crate::region::Region;
use crate::report::{Deployment, StatusReport, Verdict};
use crate::session::Session;
use crate::steps;

/// Compares the account with the record.
///
/// # Errors
/// Where the account cannot be read at all.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    hints: Vec<Region>,
) -> Result<StatusReport, Failure> {
    let session = Session::open(config, caller, hints).await?;
    match &session.record {
        Record::Found { manifest, role, agreed } => {
            recorded(&session, config, manifest, role, *agreed).await
        }
        Record::Torn { why, regions, .. } => {
            session.introduce("status", None);
            let sights = survivors(&session, regions).await;
            let verdict = Verdict::RecordLost { why: format!("its record cannot be read: {why}") };
            Ok(unrecorded(&session, verdict, &sights))
        }
        Record::None(looked) => {
            session.introduce("status", None);
            let sights = survivors(&session, &looked.regions).await;
            Ok(unrecorded(&session, without_record(looked, &sights), &sights))
        }
    }
}

async fn recorded(
    session: &Session,
    config: &Config,
    manifest: &Manifest,
    role: &Role,
    agreed: bool,
) -> Result<StatusReport, Failure> {
    session.introduce("status", Some(&manifest.settings));
    let addresses = config.file.as_ref().map(|file| file.subscribers.clone()).unwrap_or_default();
    let context = context(session, manifest, record_tags(manifest)?, &addresses);
    let mut sights = observe(&steps::all(&context)).await;
    session.caller.interrupt.check()?;
    let mut attention = Vec::new();
    match manifest.state {
        State::Ready => (),
        State::Building => attention.push("an `up` is under way or was cut short: run `mrbackup up`".to_owned()),
        State::Removing => attention
            .push("a `down` is under way or was cut short: run `mrbackup down`, or `mrbackup up` to keep it".to_owned()),
    }
    match role {
        Role::Present if agreed => (),
        Role::Present => attention.push(
            "the record on the service role and on the vaults differs: run `mrbackup up`".to_owned(),
        ),
        Role::Missing => attention.push(
            "the service role is gone, and with it AWS Backup's access; its vaults keep the record: run `mrbackup up`".to_owned(),
        ),
        Role::Unread(failure) => attention.push(format!("IAM cannot be read: {failure}")),
    }
    let deployment = Deployment::of(&session.names, Some(&manifest.settings));
    sights.retain(|sight| !sight.is_gone());
    let rows = rows(&sights, BTreeMap::new());
    Ok(StatusReport::recorded(deployment, manifest.state, attention, rows))
}

/// What carries our tag although there is no record.
async fn survivors(session: &Session, regions: &[Region]) -> Vec<Sight> {
    let context = context_without_record(session, &session.through);
    let mut aims = steps::anywhere(&context, regions).await;
    for aim in &mut aims {
        aim.goal = Goal::Present;
    }
    let mut sights = observe(&aims).await;
    sights.retain(|sight| sight.live.observed().is_some());
    sights
}

fn without_record(looked: &Looked, sights: &[Sight]) -> Verdict {
    if sights.is_empty() {
        let blind = looked.blind.iter();
        Verdict::Nothing {
            looked: looked.regions.clone(),
            blind: blind.map(|(region, failure)| (region.clone(), failure.to_string())).collect(),
        }
    } else {
        let why = "its service role and vaults are gone, and with them the record".to_owned();
        Verdict::RecordLost { why }
    }
}

fn unrecorded(session: &Session, verdict: Verdict, sights: &[Sight]) -> StatusReport {
    let deployment = Deployment::of(&session.names, None);
    StatusReport::unrecorded(deployment, verdict, rows(sights, BTreeMap::new()))
}
