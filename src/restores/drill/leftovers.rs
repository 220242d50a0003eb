//! What drills have left in a region: found by its tag, and by the restore job where a run was killed before it could put one.

use std::collections::BTreeSet;

use crate::account::context::Context;
use crate::account::restored::{self, Thing};
use crate::account::tagged_resources::carrying;
use crate::account::{restore_jobs, security_groups};
use crate::aws::{Caller, Clients};
use crate::failure::Failure;
use crate::model::names::DeploymentName;
use crate::model::region::Region;
use crate::recovery::drill::{DRILL_TAG, name};
use crate::recovery::identity::is_of;
use crate::recovery::job::{JobState, RestoreJob};
use crate::recovery::source::name_of;
use crate::restores::marks::RECOVERED_FROM;

/// Something that a drill made and that is still there, or still being made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leftover {
    pub(crate) what: What,
    /// ARN of the resource that was drilled; `None` of what serves all drills.
    pub(crate) source: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// It can be deleted by its service's own call.
    Thing { arn: String, thing: Thing },
    /// Id of a security group.
    Group { arn: String, id: String },
    /// Id of a restore job that has not ended.
    Running { job: String },
    /// It carries the tag, and mrbackup knows no such resource.
    Other { arn: String },
}

impl Leftover {
    /// How it is named to a person: an ARN, or the job's id.
    pub(crate) fn name(&self) -> String {
        match &self.what {
            What::Thing { arn, .. } | What::Group { arn, .. } | What::Other { arn } => arn.clone(),
            What::Running { job } => format!("restore job {job}"),
        }
    }

    /// Whether it serves all drills of a VPC.
    pub(super) fn is_group(&self) -> bool {
        matches!(self.what, What::Group { .. })
    }
}

/// All that drills of the deployment have left in a region, looked up anew.
///
/// # Errors
/// Where the tags, the restore jobs, or what one of them made cannot be read.
pub(crate) async fn find(context: &Context, region: &Region) -> Result<Vec<Leftover>, Failure> {
    find_with(context, region, restore_jobs::list(context, region, None)).await
}

/// The same for a command that lists the region's restore jobs anyway: they are asked once.
///
/// # Errors
/// As [`find`].
pub(crate) async fn find_once(
    context: &Context,
    region: &Region,
) -> Result<Vec<Leftover>, Failure> {
    find_with(context, region, restore_jobs::list_once(context, region)).await
}

async fn find_with(
    context: &Context,
    region: &Region,
    jobs: impl Future<Output = Result<Vec<RestoreJob>, Failure>>,
) -> Result<Vec<Leftover>, Failure> {
    let Context { caller, clients, names, .. } = context;
    let (mut found, jobs) =
        tokio::try_join!(tagged(caller, clients, &names.deployment, region), jobs)?;
    let arns: BTreeSet<String> = found.iter().map(Leftover::name).collect();
    found.extend(of_jobs(context, region, &jobs, &arns).await?);
    found.sort();
    Ok(found)
}

/// What carries the tag of the deployment's drills.
///
/// # Errors
/// Where the tags, or what carries them, cannot be read.
pub(crate) async fn tagged(
    caller: &Caller,
    clients: &Clients,
    deployment: &DeploymentName,
    region: &Region,
) -> Result<Vec<Leftover>, Failure> {
    let mut found = Vec::new();
    for (arn, tags) in carrying(caller, clients, region, DRILL_TAG).await? {
        if tags.get(DRILL_TAG).map(String::as_str) != Some(deployment.as_str()) {
            continue;
        }
        if let Some(what) = there(caller, clients, region, &arn).await? {
            found.push(Leftover { what, source: tags.get(RECOVERED_FROM).cloned() });
        }
    }
    Ok(found)
}

/// What carries the tag, if it is still there: the tagging API goes on showing what was deleted for a while.
async fn there(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    arn: &str,
) -> Result<Option<What>, Failure> {
    if let Some((_, id)) = arn.split_once(":security-group/") {
        let is_there = security_groups::is_there(caller, clients, region, id).await?;
        return Ok(is_there.then(|| What::Group { arn: arn.to_owned(), id: id.to_owned() }));
    }
    let Some(thing) = Thing::parse(arn) else {
        return Ok(Some(What::Other { arn: arn.to_owned() }));
    };
    let found = restored::read(caller, clients, region, &thing).await?;
    Ok(found.map(|_| What::Thing { arn: arn.to_owned(), thing }))
}

/// What jobs of drills made that carries no tag yet, and jobs that have not ended.
async fn of_jobs(
    context: &Context,
    region: &Region,
    jobs: &[RestoreJob],
    tagged: &BTreeSet<String>,
) -> Result<Vec<Leftover>, Failure> {
    let Context { caller, clients, names, .. } = context;
    let is_open = |job: &&RestoreJob| {
        let made = job.made.as_deref().filter(|_| job.has_ended());
        !job.is_test
            && job.state != JobState::Failed
            && job.resource.is_some()
            && (!job.has_ended() || made.is_some_and(|made| !tagged.contains(made)))
    };
    let open: Vec<&RestoreJob> = jobs.iter().filter(is_open).collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    // What else mrbackup restored, for good, carries this one.
    let restored = carrying(caller, clients, region, RECOVERED_FROM).await?;
    let mut found = Vec::new();
    for job in open {
        let source = job.resource.clone().unwrap_or_default();
        let own_name = name(names, region, &source);
        let made = job.made.as_deref().filter(|_| job.has_ended());
        let what = match made {
            None => Some(What::Running { job: job.id.clone() }),
            Some(made) if restored.contains_key(made) => None,
            Some(made) if is_named(made) && name_of(made) != own_name => None,
            Some(made) => there(caller, clients, region, made).await?,
        };
        let Some(what) = what else { continue };
        let metadata = restore_jobs::metadata(context, region, &job.id).await?;
        if is_of(&metadata, &names.deployment, region, &source, &own_name) {
            found.push(Leftover { what, source: Some(source) });
        }
    }
    Ok(found)
}

/// Whether the ARN of what was made ends with the name that it was given.
fn is_named(arn: &str) -> bool {
    matches!(
        Thing::parse(arn),
        Some(Thing::Table(_) | Thing::Bucket(_) | Thing::DbInstance(_) | Thing::DbCluster(_))
    )
}
