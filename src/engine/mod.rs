//! What a step is, what can be found, and the one policy that turns both into an action. No kind of
//! resource is known here: what has to be known of one is in [`Kind`] and [`Resource`].

mod announce;
mod diff;
mod fact;
mod facts;
mod given;
mod kind;
mod live;
mod observation;
mod policy;
pub(crate) mod removal;
mod resource;
mod scheduler;
mod step;

pub(crate) use announce::{announced, interrupted};
pub(crate) use diff::{Change, diff};
pub(crate) use fact::{Fact, FactName, Told};
pub(crate) use facts::{Facts, Known};
pub(crate) use given::{Checked, Given, Used};
pub(crate) use kind::{Dependency, Kind, StepId};
pub(crate) use live::{Live, Observed, to_value};
pub(crate) use observation::{DesiredStep, Observation, observe, told};
pub(crate) use policy::{Action, Desired};
pub(crate) use resource::{Difference, Removal, Resource, Seen};
pub(crate) use scheduler::{AllEnded, Ended, Node, StepOutcome, run_in_dependency_order};
pub(crate) use step::Step;
use step::{Sighting, Subject};
