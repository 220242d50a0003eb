//! Jobs: those that the test puts there, and those that were started.

use serde_json::{Value, json};

use super::filter::Filter;
use super::{Case, answer_page};
use crate::account::now;
use crate::answer::Answer;
use crate::job::{Ending, Kind};

/// AWS lists no older jobs.
const KEPT_SECONDS: u64 = 30 * 86_400;

/// The types whose backups cannot be stopped.
const UNSTOPPABLE: [&str; 6] =
    ["Aurora", "DocumentDB", "FSx", "Neptune", "RDS", "SAP HANA on Amazon EC2"];

pub(crate) fn describe(case: Case<'_>) -> Answer {
    let kind = Kind::of(&case.request.operation);
    let id = case.text(kind.id());
    let mut state = case.proxied.state();
    let jobs = state.store.jobs.get(&(kind, case.request.region.clone()));
    let Some(job) = jobs.and_then(|jobs| jobs.get(id)) else { return not_found(case, id) };
    // A backup job is answered flat and a copy job wrapped.
    let answer = match kind {
        Kind::Copy => Answer::json(&json!({ "CopyJob": job.members })),
        Kind::Backup | Kind::Restore => Answer::json(&job.members),
    };
    if case.counts() {
        state.store.read_jobs(kind, &case.request.region, Some(id));
    }
    answer
}

pub(crate) fn list(case: Case<'_>) -> Answer {
    let kind = Kind::of(&case.request.operation);
    let filter = Filter::of(case);
    let (start, limit) = case.page();
    let oldest = now().saturating_sub(KEPT_SECONDS);
    let mut state = case.proxied.state();
    let Some(jobs) = state.store.jobs.get(&(kind, case.request.region.clone())) else {
        return answer_page(kind.list(), &[], None);
    };
    let page = jobs.page(start, limit, |job| {
        let is_young = job.members["CreationDate"].as_u64().is_none_or(|date| date >= oldest);
        is_young && filter.wants(&job.members)
    });
    let items: Vec<&Value> = page.items.iter().map(|job| &job.members).collect();
    let answer = answer_page(kind.list(), &items, page.next);
    // A list of many pages is one look.
    if case.counts() && start == 0 {
        state.store.read_jobs(kind, &case.request.region, None);
    }
    answer
}

/// The next read finds the job being aborted, and the one after that finds it gone.
pub(crate) fn stop(case: Case<'_>) -> Answer {
    let id = case.text("BackupJobId");
    let mut state = case.proxied.state();
    let jobs = state.store.jobs.get_mut(&(Kind::Backup, case.request.region.clone()));
    let Some(job) = jobs.and_then(|jobs| jobs.get_mut(id)) else { return not_found(case, id) };
    let refuse = |message: &str| case.refuse(400, "InvalidRequestException", message);
    if job.is_over() || job.members["State"] == "ABORTING" {
        let state = job.members["State"].as_str().unwrap_or_default();
        return refuse(&format!("Backup job {id} cannot be stopped: it is {state}"));
    }
    let resource_type = job.members["ResourceType"].as_str().unwrap_or_default();
    if UNSTOPPABLE.contains(&resource_type) {
        return refuse(&format!("Stopping a backup job is not supported for {resource_type}"));
    }
    job.members["State"] = "ABORTING".into();
    job.reads_left = Some(1);
    job.ending = Ending::Aborted;
    Answer::new(200, "application/json", "")
}

pub(crate) fn not_found(case: Case<'_>, id: &str) -> Answer {
    case.refuse(400, "ResourceNotFoundException", &format!("Cannot find job {id}"))
}
