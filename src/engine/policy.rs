//! The one policy: what is to be done about a resource, from what is wanted and what is there.

use crate::engine::{Live, Observed};

/// What a command wants of the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desired {
    Present,
    Absent,
}

/// What is to be done about one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Nothing,
    Create,
    Update,
    /// Let it settle, then make it as wanted.
    Wait,
    Remove,
    /// Leave it, and say so.
    Keep,
    /// Do nothing at all, anywhere: what is there cannot be taken over, or could not be read.
    Refuse,
}

/// The policy: the same for every command, every kind and every region.
pub(crate) fn action(desired: Desired, live: &Live, differs: bool) -> Action {
    match (desired, live) {
        (Desired::Present, Live::Absent) => Action::Create,
        (Desired::Present, Live::Ours(_)) if differs => Action::Update,
        (Desired::Present, Live::Ours(_) | Live::Given(_)) | (Desired::Absent, Live::Absent) => {
            Action::Nothing
        }
        (Desired::Present, Live::InProgress(..)) => Action::Wait,
        (Desired::Present, Live::NotOurs(_) | Live::Unfit(_) | Live::Unknown(_)) => Action::Refuse,
        (
            Desired::Absent,
            Live::Ours(Observed { keep_reason: Some(_), .. })
            | Live::NotOurs(_)
            | Live::Given(_)
            | Live::Unfit(_)
            | Live::Unknown(_),
        ) => Action::Keep,
        (Desired::Absent, Live::Ours(_) | Live::InProgress(..)) => Action::Remove,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn the_policy_as_a_table() {
        let ours = || Live::Ours(Observed::default());
        let full =
            || Live::Ours(Observed { keep_reason: Some("full".to_owned()), ..Observed::default() });
        let settling = || Live::InProgress(Observed::default(), "pending".to_owned());
        let foreign = || Live::NotOurs("no tag".to_owned());
        let unknown = || Live::Unknown(Failure::Interrupted);
        let given = || Live::Given(Observed::default());
        let unfit = || Live::Unfit("it is not there".to_owned());
        for (desired, live, differs, expected) in [
            (Desired::Present, Live::Absent, false, Action::Create),
            (Desired::Present, ours(), false, Action::Nothing),
            (Desired::Present, ours(), true, Action::Update),
            (Desired::Present, settling(), false, Action::Wait),
            (Desired::Present, foreign(), false, Action::Refuse),
            (Desired::Present, unknown(), false, Action::Refuse),
            (Desired::Present, given(), false, Action::Nothing),
            (Desired::Present, unfit(), false, Action::Refuse),
            (Desired::Absent, given(), false, Action::Keep),
            (Desired::Absent, unfit(), false, Action::Keep),
            (Desired::Absent, Live::Absent, false, Action::Nothing),
            (Desired::Absent, ours(), true, Action::Remove),
            (Desired::Absent, full(), false, Action::Keep),
            (Desired::Absent, settling(), false, Action::Remove),
            (Desired::Absent, foreign(), false, Action::Keep),
            (Desired::Absent, unknown(), false, Action::Keep),
        ] {
            assert_eq!(action(desired, &live, differs), expected, "{desired:?} {live:?} {differs}");
        }
    }
}
