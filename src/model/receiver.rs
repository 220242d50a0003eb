//! Who gets what an event rule of ours lets through.

use crate::model::lambda::Lambda;

/// The receiver of a rule's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// A function of the same region.
    Function(Lambda),
    /// The secondary's default event bus, from a region that has no alarms of its own.
    Secondary,
}

impl Receiver {
    /// The id of the rule's target, by which it is known among those of others.
    pub(crate) fn target_id(self) -> &'static str {
        match self {
            Self::Function(lambda) => lambda.as_str(),
            Self::Secondary => "secondary",
        }
    }
}

impl From<Lambda> for Receiver {
    fn from(lambda: Lambda) -> Self {
        Self::Function(lambda)
    }
}
