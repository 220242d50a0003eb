//! The report of `config from-plan`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{CARE, Exit, GOOD, Report};
use crate::terminal::wrap::{in_a_row, wrapped};

/// The file that is nearest to a plan, what it does not keep, and the way to take over.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct FromPlanReport {
    /// `null` where it was printed.
    pub(crate) path: Option<String>,
    /// The plan's name.
    pub(crate) plan: String,
    /// What the plan has and the file does not; each is a comment in the file too.
    pub(crate) losses: Vec<LossRow>,
    /// What the plan works with and the deployment does not: vaults and roles.
    pub(crate) replaced: Vec<String>,
    pub(crate) lost_copies_per_year: LostOfBoth,
    /// Copies that overlapping rules lose in the file too: `up` refuses them without `--allow-gaps`.
    pub(crate) gaps: Vec<String>,
    /// The way to take over without a night between.
    pub(crate) steps: Vec<Step>,
    /// The file's content.
    pub(crate) text: String,
}

/// What the settings nearest to a plan do not keep.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct LossRow {
    /// Such as `rule daily`; `null` of the whole plan.
    pub(crate) place: Option<String>,
    pub(crate) text: String,
}

/// Copies that are scheduled and not made, in a year.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct LostOfBoth {
    pub(crate) plan: i64,
    pub(crate) file: i64,
}

/// A step of the way to take over.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Step {
    /// `null` where it is done elsewhere, or is a fact to know.
    pub(crate) command: Option<String>,
    pub(crate) reason: String,
}

impl Report for FromPlanReport {
    fn schema(&self) -> &'static str {
        "mrbackup.config-from-plan/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl FromPlanReport {
    /// What stands beside the file, for a person.
    pub(crate) fn about(&self) -> String {
        About(self).to_string()
    }
}

struct About<'a>(&'a FromPlanReport);

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FromPlanReport { losses, replaced, lost_copies_per_year: lost, gaps, steps, .. } =
            self.0;
        for LossRow { place, text } in losses {
            let place = place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
            wrapped(f, &format!("{CARE}!{CARE:#} "), "  ", &format!("{place}{text}"))?;
        }
        if !replaced.is_empty() {
            let replaced: Vec<&str> = replaced.iter().map(String::as_str).collect();
            let text = format!(
                "Not used, and replaced by mrbackup's own: {}. To keep them: --keep-vaults, --keep-role.",
                in_a_row(&replaced)
            );
            wrapped(f, "  ", "  ", &text)?;
        }
        if lost.plan != 0 || lost.file != 0 {
            let text = format!(
                "Copies that overlapping rules lose in a year: {} in the plan, {} in the file.",
                lost.plan, lost.file
            );
            wrapped(f, "  ", "  ", &text)?;
        }
        for gap in gaps {
            wrapped(
                f,
                &format!("{CARE}!{CARE:#} "),
                "  ",
                &format!("up needs --allow-gaps: {gap}"),
            )?;
        }
        writeln!(f, "\nTake over without a night between:")?;
        for Step { command, reason } in steps {
            wrapped(f, "- ", "  ", reason)?;
            if let Some(command) = command {
                writeln!(f, "    {command}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for FromPlanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, plan, losses, text, .. } = self;
        let Some(path) = path else { return f.write_str(text) };
        if losses.is_empty() {
            writeln!(f, "{GOOD}✔{GOOD:#} Wrote plan {plan} to {path}, with no loss.")?;
        } else {
            let count = match losses.len() {
                1 => "1 loss".to_owned(),
                several => format!("{several} losses"),
            };
            let text =
                format!("Wrote the settings nearest to plan {plan} to {path}, with {count}.");
            wrapped(f, &format!("{CARE}!{CARE:#} "), "  ", &text)?;
        }
        write!(f, "{}", About(self))
    }
}
