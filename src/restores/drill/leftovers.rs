//! What drills have left in a region: found by its tag, and by the restore job where a run was killed before it could put one.

use std::collections::BTreeMap;

use crate::account::context::Context;
use crate::account::resource_tags::carrying;
use crate::account::restored::{self, Thing};
use crate::account::{restore_jobs, security_groups};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::recovery::drill::{DRILL_TAG, name};
use crate::recovery::identity::is_of;
use crate::recovery::job::{JobState, RestoreJob};
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

/// All that drills of the deployment have left in a region.
///
/// # Errors
/// Where the tags, the restore jobs, or what one of them made cannot be read.
pub(crate) async fn find(context: &Context, region: &Region) -> Result<Vec<Leftover>, Failure> {
    // Each thing that mrbackup restored carries it, a drill's or not.
    let (marked, drills, jobs) = tokio::try_join!(
        carrying(context, region, RECOVERED_FROM),
        carrying(context, region, DRILL_TAG),
        restore_jobs::list(context, region, None),
    )?;
    let mut found = Vec::new();
    for (arn, tags) in &drills {
        if tags.get(DRILL_TAG).map(String::as_str) != Some(context.names.deployment.as_str()) {
            continue;
        }
        if let Some(what) = there(context, region, arn).await? {
            found.push(Leftover { what, source: tags.get(RECOVERED_FROM).cloned() });
        }
    }
    found.extend(of_jobs(context, region, &jobs, &marked).await?);
    found.sort();
    Ok(found)
}

/// What carries the tag, if it is still there: the tagging API goes on showing what was deleted for a while.
async fn there(context: &Context, region: &Region, arn: &str) -> Result<Option<What>, Failure> {
    let Context { caller, clients, .. } = context;
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
    marked: &BTreeMap<String, Tags>,
) -> Result<Vec<Leftover>, Failure> {
    let mut found = Vec::new();
    for job in jobs.iter().filter(|job| !job.is_test && job.state != JobState::Failed) {
        let Some(source) = &job.resource else { continue };
        let made = job.made.as_ref().filter(|_| job.has_ended());
        if made.is_some_and(|made| marked.contains_key(made)) {
            continue;
        }
        let leftover = match made {
            Some(made) => {
                if is_named(made) && !made.ends_with(&name(&context.names, region, source)) {
                    continue;
                }
                match there(context, region, made).await? {
                    Some(what) => what,
                    None => continue,
                }
            }
            None if !job.has_ended() => What::Running { job: job.id.clone() },
            None => continue,
        };
        let own_name = name(&context.names, region, source);
        let metadata = restore_jobs::metadata(context, region, &job.id).await?;
        if is_of(&metadata, &context.names.deployment, region, source, &own_name) {
            found.push(Leftover { what: leftover, source: Some(source.clone()) });
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
