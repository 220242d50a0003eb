//! The report of `down`.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::subscriber::options_to_add;
use crate::deployment::search::Looked;
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::protection::deletion::Released;
use crate::report::by_region::write_by_region;
use crate::report::disassociated::{Tense, write_disassociated};
use crate::report::full_vault::refusal;
use crate::report::or_null::{self, OrNull};
use crate::report::row::Condition;
use crate::report::{
    BAD, CARE, Deployment, DisassociatedRow, Exit, FullVault, GOOD, PlanReport, Report, Row,
    Searched, plural, write_rows,
};

/// What `down` removed and what it kept.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DownReport {
    #[serde(flatten)]
    deployment: Deployment,
    removed: usize,
    kept: usize,
    failed: usize,
    /// Because of these nothing was removed.
    full_vaults: Vec<FullVault>,
    /// What these hold stays, with the service role, until AWS Backup has expired it.
    kept_vaults: Vec<FullVault>,
    /// Subscribers of the alarms whose addresses the record of what was kept does not hold.
    unsubscribed: BTreeSet<String>,
    /// Resources whose continuous backups are their own service's again.
    disassociated: Vec<DisassociatedRow>,
    /// Where a deployment without a record was looked for.
    #[serde(flatten, serialize_with = "or_null::members")]
    #[schemars(with = "OrNull<Searched>")]
    searched: Option<Searched>,
    /// Regions that were left out on purpose: what is in them stays, and with it the record.
    left_out: Vec<Region>,
    /// Resources of the primary that have the select tags; `null` where that was not read.
    still_tagged: Option<usize>,
    /// What was selected, and where.
    #[serde(skip)]
    selected: Option<Settings>,
    resources: Vec<Row>,
}

impl DownReport {
    pub(crate) fn refused(deployment: Deployment, full_vaults: Vec<FullVault>) -> Self {
        Self { full_vaults, ..Self::removed(deployment, Vec::new()) }
    }

    pub(crate) fn removed(deployment: Deployment, resources: Vec<Row>) -> Self {
        let count = |condition| resources.iter().filter(|row| row.is(condition)).count();
        Self {
            removed: count(Condition::Removed),
            kept: count(Condition::Kept) + count(Condition::NotOurs) + count(Condition::Skipped),
            failed: count(Condition::Failed) + count(Condition::Unknown),
            full_vaults: Vec::new(),
            kept_vaults: Vec::new(),
            unsubscribed: BTreeSet::new(),
            disassociated: Vec::new(),
            searched: None,
            left_out: Vec::new(),
            still_tagged: None,
            selected: None,
            deployment,
            resources,
        }
    }

    /// The report with what was kept because it holds backups.
    pub(crate) fn with_kept(self, kept_vaults: Vec<FullVault>) -> Self {
        Self { kept_vaults, ..self }
    }

    /// The report with whom the next `up` cannot tell by itself.
    pub(crate) fn with_unsubscribed(self, unsubscribed: BTreeSet<String>) -> Self {
        Self { unsubscribed, ..self }
    }

    /// The report with how many resources nothing of this deployment backs up from now on.
    pub(crate) fn with_still_tagged(
        self,
        still_tagged: Option<usize>,
        settings: &Settings,
    ) -> Self {
        Self { still_tagged, selected: Some(settings.clone()), ..self }
    }

    /// The report with where a deployment without a record was looked for.
    pub(crate) fn with_searched(self, looked: Option<&Looked>) -> Self {
        Self { searched: looked.map(Searched::new), ..self }
    }

    /// The report with the regions that were left out.
    pub(crate) fn with_left_out(self, left_out: &[Region]) -> Self {
        Self { left_out: left_out.to_vec(), ..self }
    }

    /// Whether all was looked at that "nothing is left" speaks of.
    fn all_was_read(&self) -> bool {
        self.left_out.is_empty() && self.searched.as_ref().is_none_or(Searched::is_conclusive)
    }

    /// The report with what was let go of.
    pub(crate) fn with_disassociated(self, released: &Released) -> Self {
        Self { disassociated: DisassociatedRow::all(released), ..self }
    }
}

impl DownReport {
    /// The verdict, and what was removed, in a line a region.
    fn write_done(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let removed = plural(self.removed, "resource");
        let given =
            self.resources.iter().filter(|row| row.is(Condition::Given)).collect::<Vec<_>>();
        let left = match given.len() {
            0 => "nothing is left",
            _ => "only what was given is left, as it was",
        };
        writeln!(f, "{GOOD}✔{GOOD:#} Removed {removed}; {left}.")?;
        if f.alternate() {
            return write_rows(f, &self.deployment, &self.resources);
        }
        let removed = self.resources.iter().filter(|row| row.is(Condition::Removed));
        write_by_region(f, &self.deployment, removed, &[(Condition::Removed, "removed")])?;
        write_rows(f, &self.deployment, given)
    }

    /// Every row, and last of all what was not removed, and how to go on.
    fn write_undone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { removed, kept, failed, .. } = self;
        let name = &self.deployment.deployment;
        let (sign, style) = if *failed > 0 { ("✘", BAD) } else { ("!", CARE) };
        let counts = [("kept", kept), ("failed", failed), ("removed", removed)];
        let counts = counts.iter().filter(|(_, count)| **count > 0);
        let counts: Vec<String> = counts.map(|(word, count)| format!("{word} {count}")).collect();
        let counts =
            if counts.is_empty() { "removed nothing".to_owned() } else { counts.join(", ") };
        writeln!(f, "{style}{sign}{style:#} {name} is not removed as a whole: {counts}.")?;
        let is_left = |row: &&Row| !row.is_well();
        let (left, gone): (Vec<_>, Vec<_>) = self.resources.iter().partition(is_left);
        write_rows(f, &self.deployment, gone)?;
        write_rows(f, &self.deployment, left)?;
        for region in &self.left_out {
            writeln!(
                f,
                "{CARE}!{CARE:#} {region} was left out: what is there stays, and with it the service role and the record."
            )?;
        }
        let again = self.deployment.command("down");
        writeln!(f, "What is left stays in working order. Continue with: {again}")
    }

    /// The verdict where there was nothing.
    fn write_nothing(&self, f: &mut fmt::Formatter<'_>, searched: &Searched) -> fmt::Result {
        let name = &self.deployment.deployment;
        let (sign, style) = if self.all_was_read() { ("✔", GOOD) } else { ("!", CARE) };
        let extent = searched.extent();
        writeln!(f, "{style}{sign}{style:#} No deployment {name} {extent}: nothing to remove.")?;
        searched.there_are().iter().try_for_each(|others| writeln!(f, "{others}"))
    }

    /// What has the tags still, and no backup from now on.
    fn write_still_tagged(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(settings) = &self.selected else { return Ok(()) };
        let region = &settings.regions.primary;
        let (count, verb, them) = match self.still_tagged {
            None | Some(0) => return Ok(()),
            Some(1) => ("1 resource".to_owned(), settings.is_selected_words(), "it"),
            Some(count) => (format!("{count} resources"), settings.are_selected_words(), "them"),
        };
        writeln!(
            f,
            "{CARE}!{CARE:#} {count} in {region} still {verb}: this deployment no longer backs {them} up."
        )
    }

    /// Who is told of failures no more, and how to add them again.
    fn write_unsubscribed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subscribers, are) = match self.unsubscribed.len() {
            0 => return Ok(()),
            1 => ("1 subscriber".to_owned(), "is"),
            count => (format!("{count} subscribers"), "are"),
        };
        let add = format!("up {}", options_to_add(&self.unsubscribed));
        let again = self.deployment.command(&add);
        writeln!(
            f,
            "{CARE}!{CARE:#} {subscribers} {are} no longer subscribed, and no address is kept: add them again with `{again}`"
        )
    }
}

impl Report for DownReport {
    fn schema(&self) -> &'static str {
        "mrbackup.down/1"
    }

    fn exit(&self) -> Exit {
        if self.failed > 0 {
            Exit::Failed
        } else if self.kept > 0 || !self.full_vaults.is_empty() || !self.all_was_read() {
            Exit::NeedsAttention
        } else {
            Exit::Success
        }
    }

    fn is_refused(&self) -> bool {
        !self.full_vaults.is_empty()
    }
}

impl fmt::Display for DownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.deployment.deployment;
        if !self.full_vaults.is_empty() {
            writeln!(f, "{BAD}✘{BAD:#} Nothing was removed: deployment {name} holds backups.")?;
            return refusal(f, &self.deployment, &self.full_vaults);
        }
        match &self.searched {
            Some(searched) if self.removed + self.kept + self.failed == 0 => {
                self.write_nothing(f, searched)?;
            }
            _ if self.kept + self.failed == 0 && self.all_was_read() => self.write_done(f)?,
            _ => self.write_undone(f)?,
        }
        write_disassociated(f, &self.disassociated, Tense::Past)?;
        for vault in &self.kept_vaults {
            writeln!(f, "{CARE}!{CARE:#} kept: {vault}")?;
            vault.write_details(f)?;
        }
        if !self.kept_vaults.is_empty() {
            writeln!(
                f,
                "The service role stays with them: without it AWS Backup could not expire them. `{}` takes them up again.",
                self.deployment.command("up")
            )?;
        }
        self.write_still_tagged(f)?;
        self.write_unsubscribed(f)?;
        self.searched.iter().try_for_each(|searched| searched.write_unread(f))
    }
}

/// What `down` would do.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DownDryRun {
    #[serde(flatten)]
    plan: PlanReport,
    /// What `down` itself would print where there is nothing.
    #[serde(skip)]
    nothing: Option<DownReport>,
}

impl DownDryRun {
    pub(crate) fn new(plan: PlanReport) -> Self {
        Self { plan, nothing: None }
    }

    /// Of what is not there; `nothing` is what `down` itself would print.
    pub(crate) fn of_nothing(plan: PlanReport, nothing: DownReport) -> Self {
        Self { plan, nothing: Some(nothing) }
    }
}

impl Report for DownDryRun {
    fn schema(&self) -> &'static str {
        "mrbackup.down-dry-run/1"
    }

    fn exit(&self) -> Exit {
        self.nothing.as_ref().map_or_else(|| self.plan.exit(), Report::exit)
    }
}

impl fmt::Display for DownDryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.nothing {
            Some(nothing) => nothing.fmt(f),
            None => self.plan.fmt(f),
        }
    }
}

/// What `down` did, or what it would do.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
pub(crate) enum DownOutcome {
    Down(DownReport),
    DryRun(DownDryRun),
}

impl Report for DownOutcome {
    fn schema(&self) -> &'static str {
        match self {
            Self::Down(report) => report.schema(),
            Self::DryRun(report) => report.schema(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Down(report) => report.exit(),
            Self::DryRun(report) => report.exit(),
        }
    }

    fn is_refused(&self) -> bool {
        match self {
            Self::Down(report) => report.is_refused(),
            Self::DryRun(report) => report.is_refused(),
        }
    }
}

impl fmt::Display for DownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down(report) => report.fmt(f),
            Self::DryRun(report) => report.fmt(f),
        }
    }
}
