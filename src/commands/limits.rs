//! What AWS would refuse for its size, found before anything is written, and before any call where a file has
//! the settings.

use std::collections::BTreeSet;

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::aws::{Caller, unconnected};
use crate::config::{Config, Options};
use crate::engine::Facts;
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State, random_hex};
use crate::model::names::Names;
use crate::model::tags::Tags;
use crate::steps::{event_pattern, watchdog_input};

/// Bytes of a target's input (EventBridge API reference, `Target`).
const INPUT_MAX: usize = 8192;
/// Characters of an event pattern (EventBridge user guide, "Quotas").
const PATTERN_MAX: usize = 2048;
/// As long as any account's number.
const SOME_ACCOUNT: &str = "000000000000";

/// # Errors
/// [`Failure::Usage`] with what is too long, and what makes it so.
pub(super) fn check(context: &Context) -> Result<(), Failure> {
    let input = watchdog_input::told(context, &Facts::default()).to_string().len();
    if input > INPUT_MAX {
        return Err(Failure::Usage(format!(
            "the watchdog's input is {input} bytes with these settings, and EventBridge takes {INPUT_MAX}: use fewer or shorter select tags, or fewer subscribers"
        )));
    }
    for region in context.settings.regions.with_alarms() {
        let pattern = event_pattern::document(context, region).to_string().chars().count();
        if pattern > PATTERN_MAX {
            return Err(Failure::Usage(format!(
                "the event pattern of {region} is {pattern} characters with these settings, and EventBridge takes {PATTERN_MAX}: use a shorter name"
            )));
        }
    }
    Ok(())
}

/// The same for the settings of a file, before any call.
///
/// # Errors
/// As [`check`]. What else is wrong with the settings is said where they are used.
pub(super) fn check_file(
    config: &Config,
    caller: &Caller,
    options: &Options,
) -> Result<(), Failure> {
    let Some(file) = &config.file else { return Ok(()) };
    let id = random_hex(8);
    let Ok(resolved) = options.resolve(Some(file), None) else { return Ok(()) };
    let settings = resolved.for_id(&id);
    let names = Names {
        deployment: config.deployment.clone(),
        account: SOME_ACCOUNT.to_owned(),
        partition: settings.regions.primary.partition(),
    };
    let deployment = config.deployment.clone();
    let revision = Revision::after(None);
    let manifest = Manifest { deployment, id, state: State::Building, revision, settings };
    let (caller, clients, tags) = (caller.clone(), unconnected(), Tags::new());
    let none = BTreeSet::new();
    check(&Context::new(caller, clients, names, &manifest, tags, &none, Listings::default()))
}
