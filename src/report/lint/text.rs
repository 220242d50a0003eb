//! The findings as a person reads them: the worst first, each with its place, its numbers and its fix.

use std::fmt;

use crate::lint::model::Place;
use crate::lint::severity::Severity;
use crate::report::lint::{FindingRow, LintReport};
use crate::report::{BAD, BOLD, CARE, DIM, GOOD, plural};

impl fmt::Display for LintReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_verdict(f)?;
        for unread in &self.unread {
            // The message of a document begins with its name.
            let message = unread.error.to_string();
            let what = if message.starts_with(&unread.what) {
                String::new()
            } else {
                format!("{}: ", unread.what)
            };
            let mut lines = message.lines();
            writeln!(f, "{BAD}?{BAD:#} {what}{}", lines.next().unwrap_or_default())?;
            lines.try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        self.findings.iter().try_for_each(|finding| write_finding(f, finding))?;
        for note in &self.notes {
            writeln!(f, "{DIM}·{DIM:#} {}{}", prefix(&note.place), note.text)?;
        }
        if let Some(first) = self.findings.first() {
            writeln!(f, "Why, and the page of AWS: mrbackup lint --explain {}", first.id)?;
        }
        Ok(())
    }
}

impl LintReport {
    fn write_verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plans: usize = self.documents.iter().map(|document| document.plans).sum();
        let plans = plural(plans, "plan");
        let unread = match self.unread.len() {
            0 => String::new(),
            count => format!("; {count} could not be read"),
        };
        let read = match self.documents.as_slice() {
            [] => "Nothing was read".to_owned(),
            [one] => format!("{plans} of {}", one.words()),
            more if self.account.is_none() => {
                format!("{plans} in {}", plural(more.len(), "document"))
            }
            more => format!("{plans} in {}", plural(more.len(), "place")),
        };
        if self.findings.is_empty() {
            let (style, sign) = if unread.is_empty() { (GOOD, "✔") } else { (BAD, "?") };
            let claim = if self.documents.is_empty() { "" } else { "no finding: " };
            let text = format!("{claim}{read}{unread}.");
            let mut letters = text.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            return writeln!(f, "{style}{sign}{style:#} {first}{}", letters.as_str());
        }
        let count = |severity: Severity| {
            self.findings.iter().filter(|finding| finding.severity == severity).count()
        };
        let mut kinds = Vec::new();
        match count(Severity::Loses) {
            0 => (),
            1 => kinds.push("1 loses backups or copies".to_owned()),
            loses => kinds.push(format!("{loses} lose backups or copies")),
        }
        match count(Severity::Refused) {
            0 => (),
            refused => kinds.push(format!("{refused} AWS refuses or fails")),
        }
        match count(Severity::Warning) {
            0 => (),
            warnings => kinds.push(plural(warnings, "warning")),
        }
        let lost = match self.lost_copies_per_year {
            0 => String::new(),
            1 => "; 1 copy a year is lost".to_owned(),
            lost => format!("; {lost} copies a year are lost"),
        };
        let findings = plural(self.findings.len(), "finding");
        writeln!(f, "{BAD}✘{BAD:#} {findings} in {read}: {}{lost}{unread}.", kinds.join(", "))
    }
}

impl super::DocumentRow {
    fn words(&self) -> String {
        match (&self.file, &self.region, self.format) {
            (Some(file), _, Some(format)) => format!("{file} ({})", format.words()),
            (_, Some(region), _) => region.to_string(),
            _ => "a document".to_owned(),
        }
    }
}

fn write_finding(f: &mut fmt::Formatter<'_>, finding: &FindingRow) -> fmt::Result {
    let (style, sign) = match finding.severity {
        Severity::Loses | Severity::Refused => (BAD, "✘"),
        Severity::Warning => (CARE, "!"),
    };
    let of = [
        Some(format!("plan {}", finding.plan)),
        finding.rule.as_ref().map(|rule| format!("rule {rule}")),
        finding.selection.as_ref().map(|selection| format!("selection {selection}")),
    ];
    let of = of.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let (id, name) = (finding.id, finding.name);
    writeln!(f, "{style}{sign}{style:#} {BOLD}{id} {name}{BOLD:#} {}{of}", prefix(&finding.place))?;
    let given = finding.given.as_ref().map(|given| format!(" (where {given})"));
    writeln!(f, "    {}{}", finding.text, given.unwrap_or_default())?;
    writeln!(f, "    fix: {}", finding.fix)
}

/// `template.yaml:34: `, or the region.
fn prefix(place: &Place) -> String {
    match (&place.file, place.line, &place.region) {
        (Some(file), Some(line), _) => format!("{file}:{line}: "),
        (Some(file), None, _) => match place.pointer.as_deref().filter(|at| !at.is_empty()) {
            Some(pointer) => format!("{file}: {pointer}: "),
            None => format!("{file}: "),
        },
        (None, _, Some(region)) => format!("{region}: "),
        (None, _, None) => String::new(),
    }
}
