//! The report of `drill restore`: what was proved, how long it took, and that nothing is left of it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::recovery_point::PointFacts;
use crate::model::region::Region;
use crate::model::time::{HOUR, Time};
use crate::recovery::proof::{Judgement, Proves, Verdict};
use crate::recovery::source::name_of;
use crate::recovery::translate::Obstacle;
use crate::report::table::{Column, Mark, Table};
use crate::report::{BAD, CARE, Deployment, Exit, GOOD, Report, plural};
use crate::restores::drill::{Cleaned, Drilled, Judged, Leftover};
use crate::restores::{Item, LeftOut, Outcome, RecoveryPlan};

/// What drills proved, and what is left of them.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DrillRestoreReport {
    #[serde(flatten)]
    deployment: Deployment,
    /// Whether all that was asked for was proved, and nothing is left of it that was not asked for.
    healthy: bool,
    drills: Vec<Drill>,
    /// What was deleted, by ARN.
    deleted: Vec<String>,
    /// What drills made and that is still there.
    left: Vec<LeftRow>,
}

/// How far a drill came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Data was read out of what was restored.
    Proved,
    /// It was there as it should be; it was not looked into.
    Exists,
    /// It was restored, and the deployment has no validator in that region.
    NotValidatedThere,
    /// It was restored, and what was found is no evidence either way, or it could not be judged.
    NotValidated,
    /// What was restored is not what was backed up.
    FailedValidation,
    /// Nothing was restored.
    NotRestored,
}

/// The drill of one resource.
#[derive(Debug, JsonSchema, Serialize)]
struct Drill {
    /// ARN of the resource that was backed up.
    resource: String,
    /// AWS Backup's name of its type.
    #[serde(rename = "type")]
    kind: String,
    /// The region of the vault, into which it was restored.
    region: Region,
    state: State,
    /// What was found, or why nothing was restored or judged.
    reason: Option<String>,
    /// The recovery point that was restored.
    point: Option<PointFacts>,
    /// What was written in these last hours would be lost.
    data_age_hours: Option<i64>,
    /// Id of the restore job.
    job: Option<String>,
    /// Minutes that the job took, by AWS's clock.
    minutes: Option<i64>,
    /// ARN of what was made.
    restored_as: Option<String>,
    /// The validator's verdict; `null` where there is none.
    verdict: Option<Verdict>,
    /// What the verdict rests on.
    proves: Option<Proves>,
    /// Why its numbers are not in CloudWatch; `null` where they are, or there are none.
    unpublished: Option<String>,
}

/// Something that drills left.
#[derive(Debug, JsonSchema, Serialize)]
struct LeftRow {
    region: Region,
    /// Its ARN, or the restore job that is making it.
    what: String,
    /// ARN of the resource that was drilled; `null` of what serves all drills.
    resource: Option<String>,
    /// Why it is still there; `null` where it was to stay.
    reason: Option<String>,
    /// Whether its service deletes it in the next days.
    scheduled: bool,
}

impl DrillRestoreReport {
    /// A report of nothing yet.
    pub(crate) fn new(deployment: Deployment) -> Self {
        let (drills, deleted, left) = Default::default();
        Self { deployment, healthy: true, drills, deleted, left }
    }

    /// Adds what was proved in a region; `proved` has one for each item of the plan.
    pub(crate) fn drilled(
        &mut self,
        region: &Region,
        plan: &RecoveryPlan,
        proved: Vec<Drilled>,
        now: Time,
    ) {
        let drills = plan.items.iter().zip(proved).map(|(item, drilled)| {
            let mut drill = Drill::of(item, region, now);
            drill.came_to(item, drilled);
            drill
        });
        self.drills.extend(drills);
        self.drills.extend(plan.left_out.iter().map(|left| Drill::without_point(left, region)));
        self.healthy &= self.drills.iter().all(|drill| drill.state.is_well());
    }

    /// Adds what was deleted in a region, and what was not.
    pub(crate) fn cleaned(&mut self, region: &Region, cleaned: Cleaned) {
        self.deleted.extend(cleaned.deleted.iter().map(Leftover::name));
        self.healthy &= cleaned.left.iter().all(|left| left.is_arranged);
        self.left.extend(cleaned.left.into_iter().map(|left| LeftRow {
            region: region.clone(),
            what: left.leftover.name(),
            resource: left.leftover.source,
            reason: Some(left.why),
            scheduled: left.is_arranged,
        }));
    }

    /// Adds what was to stay.
    pub(crate) fn kept(&mut self, region: &Region, kept: Vec<Leftover>) {
        self.left.extend(kept.into_iter().map(|leftover| LeftRow {
            region: region.clone(),
            what: leftover.name(),
            resource: leftover.source,
            reason: None,
            scheduled: false,
        }));
    }
}

impl State {
    fn is_well(self) -> bool {
        matches!(self, Self::Proved | Self::Exists | Self::NotValidatedThere)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Exists => "exists as expected",
            Self::NotValidatedThere => "restored, not validated there",
            Self::NotValidated => "not validated",
            Self::FailedValidation => "failed validation",
            Self::NotRestored => "not restored",
        }
    }

    fn mark(self) -> Mark {
        match self {
            Self::Proved | Self::Exists => ("✔", GOOD),
            Self::NotValidatedThere => ("!", CARE),
            Self::NotValidated | Self::FailedValidation | Self::NotRestored => ("✘", BAD),
        }
    }

    fn of(judgement: &Judgement) -> Self {
        match (judgement.verdict, judgement.proves) {
            (Verdict::Successful, Proves::Data) => Self::Proved,
            (Verdict::Successful, Proves::Existence) => Self::Exists,
            (Verdict::Failed, _) => Self::FailedValidation,
            (Verdict::Unknown, _) => Self::NotValidated,
        }
    }
}

impl Drill {
    fn of(item: &Item, region: &Region, now: Time) -> Self {
        let point = &item.source.point;
        let restored_from = item.earlier.as_ref().and_then(|job| job.point_created);
        let age = if point.continues() == Some(true) {
            Some(0)
        } else {
            restored_from.or(point.created).map(|made| (now - made) / HOUR)
        };
        Self {
            point: Some(PointFacts::from(point)),
            data_age_hours: age,
            ..Self::empty(&item.source.resource, &item.source.kind, region)
        }
    }

    fn without_point(left: &LeftOut, region: &Region) -> Self {
        let reason = Some(left.why.words().to_owned());
        Self { reason, ..Self::empty(&left.resource, &left.kind, region) }
    }

    fn empty(resource: &str, kind: &str, region: &Region) -> Self {
        Self {
            resource: resource.to_owned(),
            kind: kind.to_owned(),
            region: region.clone(),
            state: State::NotRestored,
            reason: None,
            point: None,
            data_age_hours: None,
            job: None,
            minutes: None,
            restored_as: None,
            verdict: None,
            proves: None,
            unpublished: None,
        }
    }

    fn came_to(&mut self, item: &Item, drilled: Drilled) {
        let job = match drilled.outcome {
            Outcome::Restored { job, .. }
            | Outcome::Partial { job, .. }
            | Outcome::Running { job } => Some(job),
            Outcome::Failed { job, why } => {
                self.reason = Some(why);
                job
            }
            Outcome::NotStarted => {
                let why: Vec<String> = item.obstacles().iter().map(Obstacle::words).collect();
                self.reason = Some(why.join("; "));
                None
            }
        };
        if let Some(job) = job {
            self.minutes = job.minutes();
            self.job = Some(job.id);
            self.restored_as = job.made;
        }
        self.unpublished = drilled.unpublished;
        match drilled.judged {
            Judged::Nothing => (),
            Judged::NoneThere => self.state = State::NotValidatedThere,
            Judged::Nobody(why) => {
                self.state = State::NotValidated;
                self.reason = Some(why);
            }
            Judged::By(judgement) => {
                self.state = State::of(&judgement);
                self.verdict = Some(judgement.verdict);
                self.proves = Some(judgement.proves);
                self.reason = Some(judgement.found);
            }
        }
    }
}

impl Report for DrillRestoreReport {
    fn schema(&self) -> &'static str {
        "mrbackup.drill-restore/1"
    }

    fn exit(&self) -> Exit {
        if self.healthy { Exit::Success } else { Exit::NeedsAttention }
    }

    fn is_refused(&self) -> bool {
        !self.drills.is_empty() && self.drills.iter().all(|drill| drill.job.is_none())
    }
}

impl fmt::Display for DrillRestoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_verdict(f)?;
        let told = self.drills.iter().filter_map(|drill| Some((drill, drill.reason.as_ref()?)));
        for (drill, reason) in told {
            let (sign, style) = drill.state.mark();
            writeln!(f, "{style}{sign}{style:#} {}: {reason}", drill.resource)?;
        }
        let unpublished =
            self.drills.iter().filter_map(|drill| Some((drill, drill.unpublished.as_ref()?)));
        for (drill, why) in unpublished {
            let name = name_of(&drill.resource);
            writeln!(f, "{CARE}!{CARE:#} The numbers of {name} are not in CloudWatch: {why}")?;
        }
        self.write_left(f)?;
        self.write_table(f)
    }
}

impl DrillRestoreReport {
    fn write_verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, style) = if self.healthy { ("✔", GOOD) } else { ("✘", BAD) };
        write!(f, "{style}{mark}{style:#} ")?;
        if !self.drills.is_empty() {
            let well = self.drills.iter().filter(|drill| drill.state.is_well()).count();
            let drills = plural(self.drills.len(), "drill");
            return writeln!(f, "{well} of {drills} went well; {}.", self.what_is_left());
        }
        if self.deleted.is_empty() && self.left.is_empty() {
            return writeln!(
                f,
                "No drill has left anything in the regions of this deployment that were read."
            );
        }
        writeln!(f, "{} deleted; {}.", self.deleted.len(), self.what_is_left())
    }

    fn what_is_left(&self) -> String {
        let scheduled = self.left.iter().filter(|left| left.scheduled).count();
        let things = |count: usize| plural(count, "thing");
        match (self.left.len(), scheduled) {
            (0, _)
                if self.drills.iter().all(|drill| drill.job.is_none())
                    && self.deleted.is_empty() =>
            {
                "nothing was made".to_owned()
            }
            (0, _) => "what was made is deleted".to_owned(),
            (left, scheduled) if left == scheduled => {
                format!("{} will be deleted by AWS in the next days", things(left))
            }
            (left, _) => format!("{} still there", things(left)),
        }
    }

    fn write_left(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for left in &self.left {
            let (mark, style) = match &left.reason {
                Some(_) if !left.scheduled => ("✘", BAD),
                _ => ("!", CARE),
            };
            let reason = left.reason.as_deref().unwrap_or("kept, and it costs while it is there");
            writeln!(f, "{style}{mark}{style:#} {}: {reason}", left.what)?;
        }
        let mut regions: Vec<&Region> = self.left.iter().map(|left| &left.region).collect();
        regions.sort();
        regions.dedup();
        for region in regions {
            let command = format!("drill restore --clean-up --region {region}");
            writeln!(f, "    Delete it: {}", self.deployment.command(&command))?;
        }
        Ok(())
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.drills.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        let mut table = Table::new([
            Column::Text("resource"),
            Column::Text("type"),
            Column::Text("verdict"),
            Column::Number("took"),
            Column::Number("data age"),
            Column::Text("region"),
        ]);
        for drill in &self.drills {
            table.row(
                drill.state.mark(),
                [
                    name_of(&drill.resource).to_owned(),
                    drill.kind.clone(),
                    drill.state.words().to_owned(),
                    drill.minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default(),
                    drill.data_age_hours.map(|hours| format!("{hours} h")).unwrap_or_default(),
                    drill.region.to_string(),
                ],
            );
        }
        table.write(f)
    }
}
