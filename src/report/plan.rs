//! The report of `plan` and `up --dry-run`, and the greater part of that of `down --dry-run`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::unprotected::Unprotected;
use crate::deployment::search::Looked;
use crate::protection::retention::Receipt;
use crate::protection::schedule::Proof;
use crate::report::by_region::write_by_region;
use crate::report::disassociated::{Tense, write_disassociated};
use crate::report::full_vault::refusal;
use crate::report::or_null::{self, OrNull};
use crate::report::row::Condition;
use crate::report::{
    BAD, BOLD, CARE, Deployment, DisassociatedRow, Emptied, Exit, FullVault, GOOD, Refusal, Report,
    Row, Searched, plural, write_attention, write_rows, write_warnings,
};

/// What a command would do.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct PlanReport {
    #[serde(flatten)]
    deployment: Deployment,
    create: usize,
    change: usize,
    delete: usize,
    unchanged: usize,
    /// What a removal would leave, as it is not ours or others need it.
    kept: Option<usize>,
    /// What could not be read.
    #[serde(rename = "unknown")]
    failed: Option<usize>,
    /// Whether the command would write anything, be it only the record.
    changes: bool,
    /// Whether changes alone end it with `NeedsAttention`: `--exit-code`.
    #[serde(skip)]
    tell_changes: bool,
    /// Where a deployment without a record was looked for.
    #[serde(flatten, serialize_with = "or_null::members")]
    #[schemars(with = "OrNull<Searched>")]
    searched: Option<Searched>,
    resources: Vec<Row>,
    /// What would be protected less than before.
    less_protection: Vec<String>,
    /// The resources that would no longer be backed up.
    unprotected: Option<Unprotected>,
    /// Why `up` with the same options would refuse.
    refusals: Vec<Refusal>,
    /// Because of these `down` with the same options would refuse.
    full_vaults: Vec<FullVault>,
    /// What `down` would delete of the vaults' recovery points.
    emptied_vaults: Vec<Emptied>,
    /// What follows from the schedules of the rules.
    schedule: Option<Proof>,
    /// How long what is kept where.
    retention: Option<Receipt>,
}

impl PlanReport {
    /// `record_changes` where the record would be written even if no resource is.
    pub(crate) fn new(deployment: Deployment, resources: Vec<Row>, record_changes: bool) -> Self {
        let count = |condition| resources.iter().filter(|row| row.is(condition)).count();
        let create = count(Condition::ToCreate);
        let change = count(Condition::ToChange);
        let delete = count(Condition::ToDelete);
        Self {
            create,
            change,
            delete,
            unchanged: count(Condition::Ok),
            kept: None,
            failed: None,
            // What only a person can mend is a difference too.
            changes: record_changes || resources.iter().any(Row::is_change),
            tell_changes: false,
            searched: None,
            deployment,
            resources,
            less_protection: Vec::new(),
            unprotected: None,
            refusals: Vec::new(),
            full_vaults: Vec::new(),
            emptied_vaults: Vec::new(),
            schedule: None,
            retention: None,
        }
    }

    /// What `down` would do.
    pub(crate) fn of_removal(deployment: Deployment, resources: Vec<Row>) -> Self {
        let left = [Condition::Kept, Condition::NotOurs, Condition::Skipped];
        let failed = [Condition::Failed, Condition::Unknown];
        let count = |any: &[Condition]| {
            let of_these = |row: &&Row| any.iter().any(|condition| row.is(*condition));
            Some(resources.iter().filter(of_these).count())
        };
        let (kept, failed) = (count(&left), count(&failed));
        Self { kept, failed, ..Self::new(deployment, resources, true) }
    }

    /// What `down` would do where nothing is, but for what could not be read.
    pub(crate) fn of_nothing(deployment: Deployment, unread: Vec<Row>) -> Self {
        Self { changes: false, ..Self::of_removal(deployment, unread) }
    }

    /// What `down` would not do, because of these.
    pub(crate) fn of_refused_removal(deployment: Deployment, full_vaults: Vec<FullVault>) -> Self {
        Self { full_vaults, ..Self::of_nothing(deployment, Vec::new()) }
    }

    /// The plan that ends with `NeedsAttention` where it has changes, if `tell_changes`.
    pub(crate) fn with_exit_code(self, tell_changes: bool) -> Self {
        Self { tell_changes, ..self }
    }

    /// The plan with where a deployment without a record was looked for.
    pub(crate) fn with_searched(self, looked: Option<&Looked>) -> Self {
        Self { searched: looked.map(Searched::new), ..self }
    }

    /// The plan with what would be deleted of the vaults' recovery points.
    pub(crate) fn with_emptied(self, emptied_vaults: Vec<Emptied>) -> Self {
        Self { emptied_vaults, ..self }
    }

    /// The plan with what its settings mean for the protection.
    pub(crate) fn with_meaning(self, schedule: Proof, retention: Receipt) -> Self {
        Self { schedule: Some(schedule), retention: Some(retention), ..self }
    }

    /// The plan with what it would protect less than before.
    pub(crate) fn with_less(
        self,
        less_protection: Vec<String>,
        unprotected: Option<Unprotected>,
    ) -> Self {
        Self { less_protection, unprotected, ..self }
    }

    /// The plan with the reasons for which `up` would refuse it.
    pub(crate) fn with_refusals(self, refusals: Vec<Refusal>) -> Self {
        Self { refusals, ..self }
    }

    /// The verdict: how many resources a run would create, change and delete.
    fn write_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.deployment.deployment;
        if !self.changes && self.is_known() {
            let all = plural(self.unchanged, "resource");
            return writeln!(f, "{GOOD}✔{GOOD:#} {name}: no changes, {all} match the record.");
        }
        let counts = [
            (Some(self.create), "to create"),
            (Some(self.change), "to change"),
            (Some(self.delete), "to delete"),
            (self.kept, "kept"),
            (self.failed, "unknown"),
            (Some(self.unchanged), "unchanged"),
        ];
        let counts = counts.iter().filter_map(|(count, word)| Some(((*count)?, word)));
        let counts = counts.filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        let counts = if counts.is_empty() { "nothing to do".to_owned() } else { counts.join(", ") };
        writeln!(f, "Plan for {name}: {counts}.")?;
        if self.changes && !self.resources.iter().any(Row::is_change) && self.kept.is_none() {
            writeln!(f, "Only the record of the deployment changes.")?;
        }
        Ok(())
    }

    /// Whether every row is of something that could be read.
    fn is_known(&self) -> bool {
        self.failed.unwrap_or_default() == 0
            && !self.resources.iter().any(|row| row.is(Condition::Unknown))
    }

    /// What would be made, in a line a region, and what would change or go, field by field.
    fn write_resources(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |row: &&Row| {
            row.is_change() || !(row.is(Condition::Ok) || row.is(Condition::NoneWanted))
        };
        if f.alternate() {
            return write_rows(
                f,
                &self.deployment,
                self.resources.iter().filter(|row| row.counts()),
            );
        }
        let told = self.resources.iter().filter(told);
        let is_summed_up = |row: &&Row| {
            let is_plain =
                row.is(Condition::ToCreate) && row.reason.is_none() && row.notes.is_empty();
            is_plain || row.is(Condition::ToDelete) && self.kept.is_some()
        };
        let (summed_up, rows): (Vec<&Row>, Vec<&Row>) = told.partition(is_summed_up);
        let counted = [(Condition::ToCreate, "to create"), (Condition::ToDelete, "to delete")];
        write_by_region(f, &self.deployment, summed_up, &counted)?;
        write_rows(f, &self.deployment, rows)
    }

    /// What the settings mean, where they are new, or asked for.
    fn write_meaning(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan_changes = |row: &Row| row.group == "backup plan" && row.is_change();
        if !f.alternate() && !self.resources.iter().any(plan_changes) {
            return Ok(());
        }
        if let Some(schedule) = &self.schedule {
            writeln!(f, "{BOLD}Next runs and worst gaps{BOLD:#}\n{schedule}")?;
        }
        match &self.retention {
            Some(retention) => writeln!(f, "{BOLD}How long it is kept{BOLD:#}\n{retention}"),
            None => Ok(()),
        }
    }

    fn lines(&self, of: fn(&Row) -> &Vec<String>) -> Vec<String> {
        self.resources.iter().flat_map(of).cloned().collect()
    }
}

impl Report for PlanReport {
    fn schema(&self) -> &'static str {
        "mrbackup.plan/1"
    }

    /// Without `--exit-code` a plan is as wanted either way, unless what exists is not known. That of a
    /// removal ends as the removal would.
    fn exit(&self) -> Exit {
        let some = |count: Option<usize>| count.is_some_and(|count| count > 0);
        let told = self.tell_changes && self.changes;
        let refused = !self.full_vaults.is_empty() || !self.refusals.is_empty();
        let unknown = self.searched.as_ref().is_some_and(|searched| !searched.is_conclusive());
        match (some(self.failed), some(self.kept) || told || refused || unknown) {
            (true, _) => Exit::Failed,
            (false, true) => Exit::NeedsAttention,
            (false, false) => Exit::Success,
        }
    }
}

impl fmt::Display for PlanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.full_vaults.is_empty() {
            let name = &self.deployment.deployment;
            let down = self.deployment.command("down");
            writeln!(f, "{BAD}✘{BAD:#} `{down}` refuses: deployment {name} holds backups.")?;
            return refusal(f, &self.deployment, &self.full_vaults);
        }
        self.write_counts(f)?;
        for refusal in &self.refusals {
            writeln!(f, "{BAD}✘{BAD:#} `mrbackup up` refuses this, because {refusal}")?;
        }
        for line in &self.less_protection {
            writeln!(f, "{BAD}✘{BAD:#} less protection: {line}")?;
        }
        for line in self.unprotected.iter().flat_map(Unprotected::lines) {
            writeln!(f, "    {line}")?;
        }
        let schedule = self.schedule.as_ref();
        let certain = schedule.map(Proof::certain_lapses).unwrap_or_default();
        let possible = schedule.map(Proof::possible_lapses).unwrap_or_default();
        write_attention(f, &[self.lines(|row| &row.attention), certain].concat())?;
        if let Some(searched) = self.searched.as_ref().filter(|searched| !searched.is_conclusive())
        {
            let name = &self.deployment.deployment;
            writeln!(f, "{CARE}!{CARE:#} No record of deployment {name} {}.", searched.extent())?;
            searched.write_unread(f)?;
        }
        write_warnings(f, &[self.lines(|row| &row.warnings), possible].concat())?;
        for vault in &self.emptied_vaults {
            writeln!(f, "{BAD}-{BAD:#} {vault}")?;
        }
        let disassociated: Vec<DisassociatedRow> =
            self.emptied_vaults.iter().flat_map(Emptied::disassociated).cloned().collect();
        write_disassociated(f, &disassociated, Tense::Conditional)?;
        self.write_resources(f)?;
        self.write_meaning(f)
    }
}
