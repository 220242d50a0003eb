//! Whether a resource of our name is ours, when one was to be made.

use crate::account::context::Context;
use crate::failure::Failure;
use crate::model::tags::Tags;

/// Refuses a resource of our name that does not carry our tag; `what` it is, for people.
///
/// # Errors
/// Where it is not ours.
pub(crate) fn require_ours(
    context: &Context,
    tags: &Tags,
    what: &str,
    name: &str,
) -> Result<(), Failure> {
    if context.is_ours(tags) { Ok(()) } else { Err(taken(what, name)) }
}

/// The refusal of a creating call whose name is taken by something that is not ours.
pub(crate) fn taken(what: &str, name: &str) -> Failure {
    Failure::refused(
        format!("{what} {name} exists and is not of this deployment"),
        "remove or rename it, or choose another deployment name with --name",
    )
}
