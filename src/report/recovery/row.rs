//! One resource of a recovery: its state, what it comes from and becomes, and what differs.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::recovery_point::PointFacts;
use crate::model::time::{HOUR, Time};
use crate::recovery::job::RestoreJob;
use crate::recovery::restored::Restored;
use crate::recovery::translate::Obstacle;
use crate::report::recovery::import::{ImportBlock, import_block};
use crate::restores::{Item, LeftOut, Outcome};

/// How far a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// A dry run: it can be restored, and will be as it was.
    Ready,
    /// A dry run: it can be restored, and something will differ.
    ReadyWithLosses,
    /// It is there, restored.
    Restored,
    /// Its restore is running.
    Running,
    /// A part of its data is back.
    Partial,
    /// A person has to choose something first.
    NeedsSetting,
    /// It cannot be restored from here by mrbackup.
    Cannot,
    /// What it depends on could not be read.
    Unknown,
    /// Its restore failed.
    Failed,
}

impl State {
    pub(super) fn is_well(self) -> bool {
        matches!(self, Self::Ready | Self::ReadyWithLosses | Self::Restored | Self::Running)
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::ReadyWithLosses => "ready, with losses",
            Self::Restored => "restored",
            Self::Running => "running",
            Self::Partial => "restored in part",
            Self::NeedsSetting => "needs a setting",
            Self::Cannot => "cannot",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// What stands in the way of a restore.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(super) struct ObstacleRow {
    pub(super) reason: String,
    /// The setting that is to be made; `null` where none helps.
    pub(super) setting: Option<String>,
    /// The command with which a person does it; `null` where there is none.
    pub(super) command: Option<String>,
}

/// One resource.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ResourceRow {
    /// ARN of the resource that was backed up.
    pub(super) resource: String,
    /// AWS Backup's name of its type.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) state: State,
    /// Why it failed, is there in part, or what else has to be known.
    pub(super) reason: Option<String>,
    pub(super) obstacles: Vec<ObstacleRow>,
    /// The recovery point that is taken.
    pub(super) point: Option<PointFacts>,
    /// What was written in these last hours is lost.
    pub(super) data_age_hours: Option<i64>,
    /// Whether a recovery point has landed since its restore was started.
    pub(super) has_newer_point: bool,
    /// What will differ from the source, or does.
    pub(super) losses: Vec<String>,
    /// Name of what is made; `null` where AWS chooses an id.
    pub(super) name: Option<String>,
    /// Minutes that restores of its type took in this region; `null` where there was none to go by.
    pub(super) usual_minutes: Option<i64>,
    /// Id of the restore job.
    pub(super) job: Option<String>,
    /// Minutes that the job took, by AWS's clock.
    pub(super) minutes: Option<i64>,
    /// ARN of what was made.
    pub(super) restored_as: Option<String>,
    /// Where clients find it, where its service gives it an address.
    pub(super) endpoint: Option<String>,
    /// For Terraform, to adopt what was made; `null` of types without an import.
    pub(super) terraform_import: Option<ImportBlock>,
}

impl ResourceRow {
    pub(super) fn new(item: &Item, outcome: Option<Outcome>, now: Time) -> Self {
        let mut row = Self::planned(item, now);
        match outcome {
            None | Some(Outcome::NotStarted) => (),
            Some(Outcome::Restored { job, state, remark }) => {
                row.came_of(State::Restored, Some(&job), remark);
                row.is_reached_by(state);
            }
            Some(Outcome::Partial { job, state, why }) => {
                row.came_of(State::Partial, Some(&job), Some(why));
                row.is_reached_by(state);
            }
            Some(Outcome::Running { job }) => row.came_of(State::Running, Some(&job), None),
            Some(Outcome::Failed { job, why }) => {
                row.came_of(State::Failed, job.as_ref(), Some(why));
            }
        }
        row
    }

    fn planned(item: &Item, now: Time) -> Self {
        let source = &item.source;
        let obstacles = item.obstacles();
        let restored_from = item.earlier.as_ref().and_then(|job| job.point_created);
        let made = restored_from.or(source.point.created);
        // A backup that goes on holds what was written until minutes ago.
        let age = if source.point.continues() == Some(true) {
            Some(0)
        } else {
            made.map(|made| (now - made) / HOUR)
        };
        let mut row = Self {
            resource: source.resource.clone(),
            kind: source.kind.clone(),
            state: state_of(obstacles, !item.translation.losses.is_empty()),
            reason: None,
            obstacles: obstacles.iter().map(ObstacleRow::new).collect(),
            point: Some(PointFacts::from(&source.point)),
            data_age_hours: age,
            has_newer_point: item.has_newer_point(),
            losses: item.translation.losses.clone(),
            name: item.translation.target.clone(),
            usual_minutes: item.usual_minutes,
            job: None,
            minutes: None,
            restored_as: None,
            endpoint: None,
            terraform_import: None,
        };
        if let Some(job) = &item.earlier {
            let (state, reason) = match job.has_ended() {
                true if job.is_partial() => (State::Partial, job.message.clone()),
                true if item.is_unfinished => {
                    (State::Running, Some("it cannot be reached yet: `mrbackup recover` makes its writer, or its mount targets".to_owned()))
                }
                true => (State::Restored, None),
                false => (State::Running, None),
            };
            row.came_of(state, Some(job), reason);
        }
        row
    }

    /// A resource whose points cannot be taken.
    pub(super) fn without_point(left: &LeftOut) -> Self {
        let obstacle = Obstacle::Cannot { why: left.why.words().to_owned(), command: None };
        Self {
            resource: left.resource.clone(),
            kind: left.kind.clone(),
            state: State::Cannot,
            reason: None,
            obstacles: vec![ObstacleRow::new(&obstacle)],
            point: None,
            data_age_hours: None,
            has_newer_point: false,
            losses: Vec::new(),
            name: None,
            usual_minutes: None,
            job: None,
            minutes: None,
            restored_as: None,
            endpoint: None,
            terraform_import: None,
        }
    }

    fn came_of(&mut self, state: State, job: Option<&RestoreJob>, reason: Option<String>) {
        self.state = state;
        self.reason = reason;
        let Some(job) = job else { return };
        self.job = Some(job.id.clone());
        self.minutes = job.minutes();
        self.restored_as.clone_from(&job.made);
        self.terraform_import =
            job.made.as_deref().and_then(|made| import_block(made, &self.resource));
    }

    fn is_reached_by(&mut self, state: Option<Restored>) {
        let Some(Restored { endpoint: Some(endpoint), port, .. }) = state else { return };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        self.endpoint = Some(format!("{endpoint}{port}"));
    }

    /// Why it is not ready, in lines: the reasons, and the commands that help.
    pub(super) fn why_not(&self) -> Vec<String> {
        let reasons = self.obstacles.iter().map(ObstacleRow::words).chain(self.reason.clone());
        let commands = self.obstacles.iter().filter_map(|obstacle| obstacle.command.clone());
        let texts: Vec<String> = reasons.chain(commands).collect();
        texts.iter().flat_map(|text| text.lines().map(str::to_owned)).collect()
    }

    /// Whether a run would start its restore.
    pub(super) fn is_to_start(&self) -> bool {
        matches!(self.state, State::Ready | State::ReadyWithLosses)
    }

    pub(super) fn was_not_started(&self) -> bool {
        self.job.is_none()
    }
}

/// What the obstacles make of it; the worst of them, where there are several.
fn state_of(obstacles: &[Obstacle], has_losses: bool) -> State {
    let state = |obstacle: &Obstacle| match obstacle {
        // No recovery has this one: it is a drill's.
        Obstacle::NeedsSetting { .. } | Obstacle::NeedsGroup { .. } => State::NeedsSetting,
        Obstacle::Cannot { .. } => State::Cannot,
        Obstacle::Unknown { .. } => State::Unknown,
    };
    let ready = if has_losses { State::ReadyWithLosses } else { State::Ready };
    obstacles.iter().map(state).max().unwrap_or(ready)
}

impl ObstacleRow {
    fn new(obstacle: &Obstacle) -> Self {
        match obstacle {
            Obstacle::NeedsSetting { setting, why } => {
                Self { reason: why.clone(), setting: Some(setting.clone()), command: None }
            }
            Obstacle::Cannot { why, command } => {
                Self { reason: why.clone(), setting: None, command: command.clone() }
            }
            Obstacle::NeedsGroup { .. } | Obstacle::Unknown { .. } => {
                Self { reason: obstacle.words(), setting: None, command: None }
            }
        }
    }

    pub(super) fn words(&self) -> String {
        match &self.setting {
            Some(setting) => format!("{}: set {setting}", self.reason),
            None => self.reason.clone(),
        }
    }
}
