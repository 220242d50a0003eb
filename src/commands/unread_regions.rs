//! Regions that a removal cannot look at: it refuses before its first write, or leaves them out by name.

use std::collections::BTreeMap;

use crate::deployment::record::{Record, Role};
use crate::deployment::session::Session;
use crate::engine::{DesiredStep, Live, Observation};
use crate::failure::Failure;
use crate::model::names;
use crate::model::region::Region;
use crate::steps::vault;

/// Refuses to leave out a region of which no record knows.
///
/// # Errors
/// Where one is not recorded.
pub(super) fn check_left_out(session: &Session, left_out: &[Region]) -> Result<(), Failure> {
    let known = recorded(&session.record);
    let Some(other) = left_out.iter().find(|region| !known.contains(region)) else {
        return Ok(());
    };
    let known: Vec<&str> = known.iter().map(Region::as_str).collect();
    let fix = if known.is_empty() {
        "without a record no region stands in the way: leave --without-region out".to_owned()
    } else {
        format!("its regions are {}", known.join(", "))
    };
    let name = &session.names.deployment;
    Err(Failure::refused(format!("{other} is no region of deployment {name}"), fix))
}

/// The regions that the record names, or its tags where it is torn.
fn recorded(record: &Record) -> Vec<Region> {
    match record {
        Record::Found { manifest, .. } => manifest.settings.everywhere().into_iter().collect(),
        Record::Torn { regions, .. } => regions.clone(),
        Record::None(_) => Vec::new(),
    }
}

/// Takes what is in these regions out of what is looked at.
pub(super) fn leave_out(desired_steps: &mut Vec<DesiredStep>, left_out: &[Region]) {
    desired_steps.retain(|desired_step| {
        desired_step.step.id().region.is_none_or(|region| !left_out.contains(&region))
    });
}

/// What is left out needs the service role, and the record that names it: these stay. Where the role
/// is lost, the vaults that were read keep the record.
pub(super) fn keep_the_record(
    record: &Record,
    observations: &mut [Observation],
    left_out: &[Region],
) {
    if left_out.is_empty() {
        return;
    }
    let left_out: Vec<&str> = left_out.iter().map(Region::as_str).collect();
    let role_is_lost = matches!(record, Record::Found { role: Role::Missing | Role::Given, .. });
    for observation in observations {
        let id = observation.id();
        let carries = id.is_root() || (role_is_lost && *id.kind == vault::KIND);
        if let (true, Live::Ours(observed)) = (carries, &mut observation.live) {
            let why = format!("it keeps the record of what is left in {}", left_out.join(", "));
            observed.keep_reason = Some(why);
        }
    }
}

/// Refuses while a region that the record names cannot be looked at: its vault may hold backups,
/// which would lose their plan, their alarms and the role that expires them.
///
/// # Errors
/// Each such region with what AWS said, and the command that leaves it out.
pub(super) fn refuse_unread(
    session: &Session,
    observations: &[Observation],
) -> Result<(), Failure> {
    let recorded = recorded(&session.record);
    let unread = observations.iter().filter_map(|observation| {
        let id = observation.id();
        match (&observation.live, id.region.clone()) {
            (Live::Unknown(failure), Some(region)) if *id.kind == vault::KIND => {
                recorded.contains(&region).then_some((region, failure))
            }
            _ => None,
        }
    });
    let unread: BTreeMap<Region, &Failure> = unread.collect();
    if unread.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = unread.values().map(ToString::to_string).collect();
    let flags: Vec<String> =
        unread.keys().map(|region| format!("--without-region {region}")).collect();
    let again = names::command(session.names.deployment.as_str(), "down");
    Err(Failure::refused(
        format!(
            "nothing was removed: the record names what cannot be read\n  {}",
            lines.join("\n  ")
        ),
        format!(
            "run it again when it can be, or leave what is there, with the service role and the record, for later: {again} {}",
            flags.join(" ")
        ),
    ))
}
