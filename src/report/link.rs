//! A link of the alarm chain, as `drill alarm` found it or tried it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::region::Region;
use crate::report::Row;
use crate::report::row::Condition;

/// What a link is to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Function,
    Topic,
    Subscriber,
    /// Rule, target, permission and whatever else only connects.
    Connection,
}

/// A link of the alarm chain, how it was found, and why.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(transparent)]
pub(crate) struct Link {
    pub(super) row: Row,
    #[serde(skip)]
    part: Part,
    /// What nothing is known of, because it was left out.
    #[serde(skip)]
    untried: Option<&'static str>,
}

impl Link {
    /// A link that is a resource.
    pub(crate) fn of_resource(part: Part, row: Row) -> Self {
        Self { row, part, untried: None }
    }

    /// A link that is no resource and is tried; `what` it is called in the report.
    pub(crate) fn tried(what: &'static str, region: &Region, name: impl Into<String>) -> Self {
        let row = Row::bare(what, Some(region.clone()), name.into());
        Self::of_resource(Part::Connection, row)
    }

    /// One who is to be told, or the place of one where there is nobody.
    pub(crate) fn subscriber(region: &Region, name: impl Into<String>) -> Self {
        Self { part: Part::Subscriber, ..Self::tried("subscriber", region, name) }
    }

    pub(crate) fn proved(self, how: impl Into<String>) -> Self {
        self.said(Condition::Ok, how)
    }

    pub(crate) fn pending(self, reason: impl Into<String>) -> Self {
        self.said(Condition::Pending, reason)
    }

    /// `what` was left out: nothing says that it is broken, and nothing that it holds.
    pub(crate) fn not_tried(self, reason: impl Into<String>, what: &'static str) -> Self {
        Self { untried: Some(what), ..self.pending(reason) }
    }

    /// The same with something that a person should know.
    pub(crate) fn warned(mut self, warning: String) -> Self {
        self.row.warnings.push(warning);
        self
    }

    pub(crate) fn broken(self, reason: impl Into<String>) -> Self {
        self.said(Condition::Failed, reason)
    }

    pub(crate) fn unknown(mut self, failure: &Failure) -> Self {
        self.row.condition = Condition::Unknown;
        self.row.error = Some(failure.into());
        self
    }

    fn said(mut self, condition: Condition, reason: impl Into<String>) -> Self {
        self.row.condition = condition;
        self.row.reason = Some(reason.into());
        self
    }

    pub(super) fn untried(&self) -> Option<&'static str> {
        self.untried
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.row.is(Condition::Pending)
    }

    pub(super) fn is(&self, part: Part) -> bool {
        self.part == part
    }

    /// Whether a message gets through here, as far as anybody can tell. What is pending is told,
    /// and breaks nothing by itself. What needs attention is a finding of the watchdog, and no
    /// fault of the chain, but for the topic.
    pub(super) fn holds(&self) -> bool {
        (self.row.is_well() || self.is_pending())
            && (!self.is(Part::Topic) || self.row.attention.is_empty())
    }
}
