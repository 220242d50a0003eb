//! What needs attention in the backups.

use std::collections::BTreeMap;

use crate::backups::FailedJob;
use crate::model::region::Region;
use crate::model::time::DAY;
use crate::report::backups::{BackupsReport, resources};
use crate::report::finding::{Finding, Severity, listed};
use crate::report::plural;

impl BackupsReport {
    /// Everything that a person has to know of, but of the regions that do not answer.
    pub(in crate::report) fn findings(&self, away: &[&Region]) -> Vec<Finding> {
        let answers = |region: &Region| !away.contains(&region);
        let mut findings: Vec<Finding> = Vec::new();
        if let Some(error) = self.error.as_ref().filter(|_| answers(&self.primary)) {
            let what = format!("{}: which resources there are is unknown", self.primary);
            findings.push(Finding::unread(what, error));
        }
        for row in self.regions.iter().filter(|row| answers(&row.region)) {
            if let Some(error) = &row.error {
                findings.push(Finding::unread(format!("{} is unknown", row.region), error));
            }
        }
        if let Some(error) = &self.waiting_error {
            let what = "Since when resources wait for a first backup is unknown";
            findings.push(Finding::unread(what, error));
        }
        // That nothing is backed up is the verdict.
        findings.extend(self.near_misses.findings(self.limit()));
        findings.extend(self.not_selected.iter().map(|gone| {
            let text = format!(
                "{} is not among the resources of {} that {}: nothing backs it up now; {}",
                gone.resource,
                self.primary,
                self.are_selected,
                gone.what_is_left(self.now)
            );
            Finding::new(Severity::Unprotected, text)
        }));
        let rows = self.regions.iter();
        let rows = rows.flat_map(|row| row.named().map(move |one| (&row.region, one)));
        findings.extend(resources::findings(rows, self.now, self.limit()));
        findings.extend(self.without_rule());
        findings.extend(self.unlisted());
        findings.extend(self.plans.finding(self.limit()));
        findings.extend(self.unknown.finding(self.limit()));
        findings.extend(self.failed_jobs(answers(&self.primary)));
        findings.extend(self.not_covered.findings());
        let vaults = self.vaults.iter().filter(|vault| answers(&vault.region));
        findings.extend(vaults.flat_map(crate::report::VaultRow::findings));
        findings
    }

    /// That nothing is backed up.
    pub(super) fn nothing_selected(&self) -> String {
        let known = if self.unknown.is_empty() { "" } else { " of a type that mrbackup knows" };
        let Self { primary, is_selected, .. } = self;
        format!("nothing is backed up: no resource{known} in {primary} {is_selected}")
    }

    /// What a selection takes and no list shows.
    fn unlisted(&self) -> Option<Finding> {
        let which = match &self.unlisted_selections[..] {
            [] => return None,
            [one] => format!("selection {one} takes"),
            several => format!("selections {} take", several.join(", ")),
        };
        let text = format!(
            "Resources that never had a tag are in no list of AWS: of those that {which} it is unknown whether they are backed up"
        );
        Some(Finding::new(Severity::Note, text))
    }

    fn without_rule(&self) -> Vec<Finding> {
        let without =
            self.regions.iter().filter(|row| row.error.is_none() && row.rpo_hours.is_none());
        let text = |region| format!("no rule reaches {region}: it has no RPO");
        without.map(|row| Finding::new(Severity::Note, text(&row.region))).collect()
    }

    /// Jobs that did not end well, by AWS's words; those that say why a resource is not fresh are said there.
    fn failed_jobs(&self, primary_answers: bool) -> Vec<Finding> {
        let Some(failed_jobs) = &self.failed_jobs else {
            let unknown = Finding::new(
                Severity::Unread,
                "Jobs of the last week are unknown: they could not be read",
            );
            return if primary_answers { vec![unknown] } else { Vec::new() };
        };
        if failed_jobs.is_empty() {
            return Vec::new();
        }
        let day = failed_jobs
            .iter()
            .filter(|job| job.ended.is_some_and(|at| at >= self.now - DAY))
            .count();
        let text = format!(
            "{} did not end well in the last week, {day} of them in the last day",
            plural(failed_jobs.len(), "job")
        );
        let mut of_words: BTreeMap<(&str, &str, Option<&str>, &str), Vec<&str>> = BTreeMap::new();
        for FailedJob { what, state, resource, to, message, .. } in failed_jobs {
            let words = (*what, state.as_str(), to.as_deref(), message.as_str());
            of_words.entry(words).or_default().push(resource);
        }
        let count = of_words.len();
        let line = |((what, state, to, message), resources): (
            (&str, &str, Option<&str>, &str),
            Vec<&str>,
        )| {
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            match resources[..] {
                [one] => format!("{what}{to} {state}: {one}: {message}"),
                [one, ..] => format!(
                    "{} × {what}{to} {state}: {message} (the last of {one})",
                    resources.len()
                ),
                [] => String::new(),
            }
        };
        let details = listed(of_words.into_iter().map(line), count, self.limit());
        vec![Finding::new(Severity::Note, text).with(details)]
    }
}
