//! One resource in a report.

mod condition;
mod fields;
mod text;
mod value;

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::{Action, Change, Desired, Live, Observation, Observed, StepOutcome};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::report::Problem;

pub(crate) use condition::Condition;

/// A resource, how it was found or what becomes of it, and why.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    /// What a summary calls it, together with others.
    #[serde(skip)]
    pub(crate) group: &'static str,
    pub(crate) region: Option<Region>,
    pub(crate) name: String,
    pub(crate) condition: Condition,
    pub(crate) reason: Option<String>,
    pub(crate) changes: Vec<Change>,
    /// What others have added.
    pub(crate) notes: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// What is broken and only a person can put right.
    pub(crate) attention: Vec<String>,
    pub(crate) error: Option<Problem>,
}

impl Row {
    /// A row of what was found, and of what was done about it where something was.
    pub(crate) fn new(observation: &Observation, done: Option<StepOutcome>) -> Self {
        let id = observation.id();
        let observed = observation.live.seen();
        let list =
            |lines: fn(&Observed) -> &Vec<String>| observed.map(lines).cloned().unwrap_or_default();
        let mut changes = observation.changes.clone();
        // What is on its way out is mended by going.
        let is_wanted = observation.desired == Desired::Present;
        if is_wanted {
            changes
                .extend(observed.into_iter().flat_map(|observed| observed.manual_changes.clone()));
        }
        let mut row = Self {
            changes,
            notes: [list(|observed| &observed.notes), observation.siblings.clone()].concat(),
            warnings: list(|observed| &observed.warnings),
            attention: if is_wanted { list(|observed| &observed.attention) } else { Vec::new() },
            group: id.kind.group,
            ..Self::bare(id.kind.label, id.region, observation.name())
        };
        match done {
            Some(StepOutcome::Unchanged) if matches!(observation.live, Live::Given(_)) => {
                row.found(&observation.live, false);
            }
            Some(done) => row.outcome(done),
            None if observation.desired == Desired::Absent => row.left_behind(&observation.live),
            None => row.found(&observation.live, !observation.changes.is_empty()),
        }
        let nothing = matches!(row.condition, Condition::Ok | Condition::Missing);
        if observation.step.may_be_absent() && nothing {
            row.condition = Condition::NoneWanted;
        }
        if row.calls_for_a_reason() && row.reason.is_none() {
            row.reason = observation.reason();
        }
        row
    }

    /// A row of which nothing is said yet.
    pub(super) fn bare(kind: &'static str, region: Option<Region>, name: String) -> Self {
        Self {
            kind,
            group: kind,
            region,
            name,
            condition: Condition::Ok,
            reason: None,
            changes: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
            attention: Vec::new(),
            error: None,
        }
    }

    /// A row of what is to be done about it.
    pub(crate) fn planned(observation: &Observation, action: Action) -> Self {
        let mut row = Self::new(observation, None);
        match action {
            Action::Create => row.condition = Condition::ToCreate,
            Action::Update | Action::Wait => row.condition = Condition::ToChange,
            Action::Remove => row.condition = Condition::ToDelete,
            Action::Nothing | Action::Keep | Action::Refuse => (),
        }
        if row.condition == Condition::ToDelete {
            row.changes.clear();
            row.reason = observation.reason();
        }
        row
    }

    /// What was found to become of it is still to come.
    pub(crate) fn show_as_planned(&mut self) {
        if self.condition == Condition::Removed {
            self.condition = Condition::ToDelete;
        }
    }

    /// What was found; `differs` from what is wanted in what can be mended.
    fn found(&mut self, live: &Live, differs: bool) {
        (self.condition, self.reason) = match live {
            Live::Absent => (Condition::Missing, None),
            Live::Ours(_) if !differs => (Condition::Ok, None),
            Live::Ours(_) => (Condition::Differs, None),
            Live::InProgress(_, reason) => (Condition::InProgress, Some(reason.clone())),
            Live::NotOurs(reason) => (Condition::NotOurs, Some(reason.clone())),
            Live::Given(_) => (Condition::Given, None),
            Live::Unfit(reason) => (Condition::Unfit, Some(reason.clone())),
            Live::Unknown(failure) => {
                self.error = Some(failure.into());
                (Condition::Unknown, None)
            }
        };
    }

    /// What is said of something that is not wanted any more.
    fn left_behind(&mut self, live: &Live) {
        match live {
            Live::Ours(Observed { keep_reason: Some(reason), .. }) => {
                (self.condition, self.reason) = (Condition::Retained, Some(reason.clone()));
            }
            Live::Ours(_) | Live::InProgress(..) => {
                let reason = "the next `mrbackup up` removes it".to_owned();
                (self.condition, self.reason) = (Condition::LeftOver, Some(reason));
            }
            Live::Absent
            | Live::NotOurs(_)
            | Live::Given(_)
            | Live::Unfit(_)
            | Live::Unknown(_) => self.found(live, false),
        }
    }

    fn outcome(&mut self, done: StepOutcome) {
        (self.condition, self.reason) = match done {
            StepOutcome::Unchanged => (Condition::Ok, None),
            StepOutcome::Created => (Condition::Created, None),
            StepOutcome::Updated => (Condition::Updated, None),
            StepOutcome::Removed => (Condition::Removed, None),
            StepOutcome::Kept(reason) => (Condition::Kept, Some(reason)),
            StepOutcome::Retained(reason) => (Condition::Retained, Some(reason)),
            StepOutcome::Left(reason) => (Condition::NotOurs, Some(reason)),
            StepOutcome::Given => {
                (Condition::Given, Some("it stays, with what is in it".to_owned()))
            }
            StepOutcome::Skipped(need) => {
                (Condition::Skipped, Some(format!("it needs the {need}")))
            }
            StepOutcome::Failed(failure) => {
                self.error = Some((&failure).into());
                (Condition::Failed, None)
            }
        };
        if self.condition == Condition::Removed {
            self.changes.clear();
            self.notes.clear();
            self.warnings.clear();
            self.attention.clear();
        }
    }

    /// Checks what was made against what AWS now shows.
    pub(crate) fn read_back(&mut self, observation: &Observation) {
        let now = Self::new(observation, None);
        self.name = now.name;
        (self.notes, self.warnings, self.attention) = (now.notes, now.warnings, now.attention);
        if now.condition.is_well() {
            return;
        }
        let what = if now.condition == Condition::InProgress {
            "is still changing"
        } else {
            "is not as it was made"
        };
        let failure = Failure::failed(
            format!("{} {} {what} when it is read back", self.kind, self.name),
            "run the same command again",
        );
        self.condition = Condition::Failed;
        self.changes = now.changes;
        self.error = now.error.or_else(|| Some((&failure).into()));
    }

    /// Whether it says that something is to be made, changed or deleted, or differs otherwise.
    pub(crate) fn is_change(&self) -> bool {
        use Condition::{ToChange, ToCreate, ToDelete};
        !self.changes.is_empty() || [ToCreate, ToChange, ToDelete].contains(&self.condition)
    }

    /// Whether something was or is to be done to bring it about.
    fn calls_for_a_reason(&self) -> bool {
        use Condition::{Created, Differs, Missing, Updated};
        [Created, Differs, Missing, Updated].contains(&self.condition)
    }

    /// Whether it is a resource, and not the absence of one.
    pub(crate) fn counts(&self) -> bool {
        self.condition != Condition::NoneWanted
    }

    /// Nothing about it is wrong.
    pub(crate) fn is_well(&self) -> bool {
        self.condition.is_well()
    }

    pub(crate) fn is(&self, condition: Condition) -> bool {
        self.condition == condition
    }
}
