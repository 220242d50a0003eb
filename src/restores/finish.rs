//! What is left when a restore job has completed: a cluster has no instances, a file system no mount targets.

use crate::account::context::Context;
use crate::account::restored::{self, Thing, Writer};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::recovery::restored::Restored;
use crate::recovery::source::name_of;
use crate::recovery::translate::Finish;
use crate::restores::item::Item;

/// How far something is that a job has made.
pub(super) enum Step {
    /// It can be used; with what its service says of it, where that is asked.
    Done(Option<Restored>),
    /// What it waits for.
    Waiting(String),
    /// It was deleted meanwhile.
    Gone,
    /// A person has to do something.
    Stopped(String),
}

/// The identifier of a cluster's writer: 63 characters at most (RDS API reference, `CreateDBInstance`).
pub(crate) fn writer_name(cluster: &str) -> String {
    format!("{}-1", cluster.chars().take(61).collect::<String>())
}

/// Looks at what a job has made, and does the next thing that is left. It rests on what is there alone, so that a run that was
/// killed is finished by the next.
///
/// # Errors
/// Where it cannot be looked at, or the next thing is refused.
pub(super) async fn step(
    context: &Context,
    region: &Region,
    item: &Item,
    made: &str,
) -> Result<Step, Failure> {
    let Some(thing) = Thing::parse(made) else { return Ok(Step::Done(None)) };
    let Context { caller, clients, .. } = context;
    let Some(found) = restored::read(caller, clients, region, &thing).await? else {
        return Ok(Step::Gone);
    };
    if item.is_drill {
        return Ok(if is_up(&thing, &found) {
            Step::Done(Some(found))
        } else {
            Step::Waiting(format!("{} is {}", name_of(made), found.state))
        });
    }
    let unfinished = match (&thing, item.translation.finish.first()) {
        (Thing::DbCluster(_), _) if found.usable => false,
        (Thing::DbCluster(cluster), Some(Finish::Writer { class, engine })) => {
            if found.members == 0 {
                let (cluster, engine, class) = (cluster.clone(), engine.clone(), class.clone());
                let instance = writer_name(&cluster);
                let writer = Writer { cluster, instance, engine, class };
                restored::create_writer(caller, clients, region, &writer).await?;
            }
            true
        }
        (Thing::DbCluster(cluster), _) => {
            return Ok(Step::Stopped(format!(
                "the cluster {cluster} has no instances: set cluster_instance_class in [restore.{region}] and run again"
            )));
        }
        (Thing::FileSystem(id), Some(Finish::MountTargets { subnets, security_groups })) => {
            if found.mount_targets < subnets.len() {
                for subnet in subnets {
                    restored::create_mount_target(
                        caller,
                        clients,
                        region,
                        id,
                        subnet,
                        security_groups,
                    )
                    .await?;
                }
            }
            !found.usable || found.mount_targets < subnets.len()
        }
        _ => false,
    };
    let what = name_of(made);
    Ok(if unfinished {
        Step::Waiting(format!("{what} gets what it is reached by"))
    } else {
        Step::Done(Some(found))
    })
}

/// Whether something has come up, though nothing can reach it: a drill makes no writer and no mount targets.
fn is_up(thing: &Thing, found: &Restored) -> bool {
    match thing {
        Thing::DbCluster(_) | Thing::FileSystem(_) => found.state == "available",
        _ => found.usable,
    }
}
