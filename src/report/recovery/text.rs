//! The report of a recovery as text: the verdict, what is not ready, the table, what differs.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::names;
use crate::recovery::source::name_of;
use crate::report::finding::listed;
use crate::report::recovery::RecoveryReport;
use crate::report::recovery::row::{ResourceRow, State};
use crate::report::table::{Column, Mark, Table};
use crate::report::{BAD, CARE, GOOD, plural};

/// Rows that a summary shows one by one; more are counted by type.
const ROWS: usize = 20;
/// Resources that are named of those that wait for the same.
const NAMES: usize = 5;
const COLUMNS: [Column; 8] = [
    Column::Text("resource"),
    Column::Text("type"),
    Column::Text("state"),
    Column::Number("data age"),
    Column::Number("estimate"),
    Column::Number("took"),
    Column::Text("restored as"),
    Column::Text("endpoint"),
];

impl RecoveryReport {
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_verdict(f)?;
        self.write_obstacles(f)?;
        for warning in &self.warnings {
            writeln!(f, "{CARE}!{CARE:#} {warning}")?;
        }
        if !self.resources.is_empty() {
            writeln!(f)?;
            if f.alternate() || self.resources.len() <= ROWS || !self.dry_run {
                self.write_rows(f)?;
            } else {
                self.write_types(f)?;
            }
        }
        if let Some(estimate) = &self.estimate {
            estimate.write(f)?;
        }
        self.write_losses(f)?;
        self.write_imports(f)?;
        self.write_next(f)
    }

    fn write_verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.resources.len();
        let region = &self.region;
        if all == 0 {
            return writeln!(
                f,
                "{BAD}✘{BAD:#} The vault in {region} holds no recovery point of what was asked for."
            );
        }
        let (mark, style) = if self.not_ready == 0 { ("✔", GOOD) } else { ("✘", BAD) };
        let is_there = |row: &ResourceRow| row.state == State::Restored;
        let verb = match (self.dry_run, all) {
            (true, _) if self.resources.iter().all(is_there) => "restored already",
            (true, _) => "can be restored",
            (false, 1) => "is restored",
            (false, _) => "are restored",
        };
        let age = self.oldest_data_hours.map(|hours| {
            format!(
                "; the oldest data {} {hours} h old",
                if self.dry_run { "would be" } else { "is" }
            )
        });
        writeln!(
            f,
            "{style}{mark}{style:#} {} of {} {verb} in {region}{}.",
            self.ready,
            plural(all, "resource"),
            age.unwrap_or_default()
        )
    }

    /// What is not ready: resources that wait for the same are one finding.
    fn write_obstacles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: BTreeMap<(std::cmp::Reverse<State>, Vec<String>), Vec<&ResourceRow>> =
            BTreeMap::new();
        for row in self.resources.iter().filter(|row| !row.state.is_well()) {
            groups.entry((std::cmp::Reverse(row.state), row.why_not())).or_default().push(row);
        }
        let shown = if f.alternate() { usize::MAX } else { NAMES };
        for ((state, why), rows) in groups {
            let names = rows.iter().map(|row| format!("{} ({})", row.resource, row.kind));
            match &rows[..] {
                [row] => write!(f, "{BAD}✘{BAD:#} {} ({})", row.resource, row.kind)?,
                _ => write!(f, "{BAD}✘{BAD:#} {}", plural(rows.len(), "resource"))?,
            }
            writeln!(f, ": {}", state.0.words())?;
            why.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
            if rows.len() > 1 {
                let names = listed(names, rows.len(), shown);
                names.iter().try_for_each(|name| writeln!(f, "    · {name}"))?;
            }
        }
        let remarks = self.resources.iter().filter(|row| row.state.is_well());
        for (row, remark) in remarks.filter_map(|row| Some((row, row.reason.as_ref()?))) {
            writeln!(f, "{CARE}!{CARE:#} {}: {remark}", row.resource)?;
        }
        let newer = self.resources.iter().filter(|row| row.has_newer_point);
        let newer: Vec<String> = newer.map(|row| name_of(&row.resource).to_owned()).collect();
        if !newer.is_empty() {
            let names = listed(newer.iter().cloned(), newer.len(), 3).join(", ");
            writeln!(
                f,
                "{CARE}!{CARE:#} A newer recovery point has landed since the restore of {names}; it is not restored again."
            )?;
        }
        Ok(())
    }

    fn write_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(COLUMNS);
        for row in &self.resources {
            let minutes = |minutes: Option<i64>| minutes.map(|minutes| format!("{minutes} min"));
            let estimate = match self.estimated(row) {
                None if self.dry_run && row.is_to_start() => "none".to_owned(),
                estimate => minutes(estimate).unwrap_or_default(),
            };
            let planned = row.name.clone().filter(|_| self.dry_run);
            let made = row.restored_as.as_deref().map(|made| name_of(made).to_owned());
            table.row(
                mark(row.state),
                [
                    name_of(&row.resource).to_owned(),
                    row.kind.clone(),
                    row.state.words().to_owned(),
                    row.data_age_hours.map(|hours| format!("{hours} h")).unwrap_or_default(),
                    estimate,
                    minutes(row.minutes).unwrap_or_default(),
                    made.or(planned).unwrap_or_default(),
                    row.endpoint.clone().unwrap_or_default(),
                ],
            );
        }
        table.write(f)
    }

    /// Minutes that the restore of a row would take, where one would be started and something is known of it.
    fn estimated(&self, row: &ResourceRow) -> Option<i64> {
        self.estimate.as_ref().filter(|_| row.is_to_start())?.of(&row.kind)
    }

    /// One row for each type and state.
    fn write_types(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new([
            Column::Text("type"),
            Column::Text("state"),
            Column::Number("resources"),
            Column::Number("oldest data"),
            Column::Number("estimate"),
        ]);
        let mut groups: BTreeMap<(&str, State), Vec<&ResourceRow>> = BTreeMap::new();
        for row in &self.resources {
            groups.entry((&row.kind, row.state)).or_default().push(row);
        }
        for ((kind, state), rows) in groups {
            let oldest = rows.iter().filter_map(|row| row.data_age_hours).max();
            let estimate = rows.iter().find_map(|row| self.estimated(row));
            table.row(
                mark(state),
                [
                    kind.to_owned(),
                    state.words().to_owned(),
                    rows.len().to_string(),
                    oldest.map(|hours| format!("{hours} h")).unwrap_or_default(),
                    estimate.map_or_else(|| "none".to_owned(), |minutes| format!("{minutes} min")),
                ],
            );
        }
        table.write(f)
    }

    /// What differs, once for all that differ in the same way.
    fn write_losses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut losses: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in
            self.resources.iter().filter(|row| row.state.is_well() || row.state == State::Partial)
        {
            for loss in &row.losses {
                *losses.entry((&row.kind, loss)).or_default() += 1;
            }
        }
        if losses.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\nWhat {} from the source:",
            if self.dry_run { "will differ" } else { "differs" }
        )?;
        for ((kind, loss), count) in losses {
            writeln!(f, "{CARE}!{CARE:#} {kind} ({count}): {loss}")?;
        }
        Ok(())
    }

    fn write_imports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks = self.resources.iter().filter_map(|row| row.terraform_import.as_ref());
        for block in blocks.filter(|_| self.imports) {
            write!(f, "\n{block}")?;
        }
        Ok(())
    }

    /// What a person types next, after a recovery.
    fn write_next(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.command != "recover" {
            return Ok(());
        }
        let is = |states: &[State]| self.resources.iter().any(|row| states.contains(&row.state));
        let region = &self.region;
        let (what, next) = if self.dry_run {
            let to_start = is(&[State::Ready, State::ReadyWithLosses, State::Running]);
            if !to_start {
                return Ok(());
            }
            ("Nothing was started. To restore", format!("recover --region {region}"))
        } else if is(&[State::Running, State::Failed]) {
            ("To continue what runs and restore what failed", format!("recover --region {region}"))
        } else if self.ready > 0 && self.deployment.role_of(region) != Some("primary") {
            let former =
                self.deployment.regions.first().map_or("REGION", |row| row.region.as_str());
            let plan = format!("plan --primary {region} --secondary {former}");
            let what = format!(
                "To see what backs up from here what was restored (while {former} is down, with another secondary)"
            );
            return writeln!(f, "\n{what}: {}", names::command(&self.deployment.deployment, &plan));
        } else {
            return Ok(());
        };
        writeln!(f, "\n{what}: {}", names::command(&self.deployment.deployment, &next))
    }
}

fn mark(state: State) -> Mark {
    match state {
        State::Ready | State::ReadyWithLosses | State::Restored => ("✔", GOOD),
        State::Running => ("…", CARE),
        State::Unknown => ("?", BAD),
        State::Partial | State::NeedsSetting | State::Cannot | State::Failed => ("✘", BAD),
    }
}
