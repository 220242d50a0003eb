//! File systems and their mount targets, as EFS says it.

use serde::Deserialize;

use crate::account::raw_reads::RawReads;
use crate::aws::raw::{EFS, Request};
use crate::failure::Failure;
use crate::recovery::restored::Restored;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FileSystems {
    file_systems: Vec<FoundFileSystem>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundFileSystem {
    life_cycle_state: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MountTargets {
    pub(super) mount_targets: Vec<MountTarget>,
    pub(super) next_marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MountTarget {
    pub(super) mount_target_id: String,
    pub(super) subnet_id: String,
    life_cycle_state: String,
}

pub(super) async fn file_system(
    reads: &RawReads<'_>,
    id: &str,
) -> Result<Option<Restored>, Failure> {
    let answer = reads.one("elasticfilesystem:DescribeFileSystems", id, file_system_of(id)).await?;
    let found = answer.file_systems.into_iter().next();
    let found = found.filter(|found| !found.life_cycle_state.starts_with("delet"));
    let Some(found) = found else { return Ok(None) };
    let targets = mount_targets(reads, id).await?;
    let serves = targets.iter().any(|target| target.life_cycle_state == "available");
    let suffix = reads.region.partition().dns_suffix();
    Ok(Some(Restored {
        usable: found.life_cycle_state == "available" && serves,
        state: found.life_cycle_state,
        // The name of every file system (EFS user guide, "Mounting with the DNS name").
        endpoint: serves.then(|| format!("{id}.efs.{}.{suffix}", reads.region)),
        mount_targets: targets.len(),
        ..Restored::default()
    }))
}

/// All mount targets of a file system.
pub(super) async fn mount_targets(
    reads: &RawReads<'_>,
    file_system: &str,
) -> Result<Vec<MountTarget>, Failure> {
    let action = "elasticfilesystem:DescribeMountTargets";
    let request = |marker: Option<&str>| mount_targets_of(file_system, marker);
    let take = |page: MountTargets| (page.mount_targets, page.next_marker);
    reads.list("mount targets", action, request, take).await
}

fn file_system_of(id: &str) -> Request<FileSystems> {
    let query = [("FileSystemId", Some(id))];
    Request::get(&EFS, "DescribeFileSystems", "/2015-02-01/file-systems", &query)
}

fn mount_targets_of(file_system: &str, marker: Option<&str>) -> Request<MountTargets> {
    let query = [("FileSystemId", Some(file_system)), ("Marker", marker)];
    Request::get(&EFS, "DescribeMountTargets", "/2015-02-01/mount-targets", &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_are_asked_for_in_efss_words_and_read() {
        let path = |path: &str| ("GET", path.to_owned(), "");
        assert_eq!(
            file_system_of("fs-1").wire(),
            path("/2015-02-01/file-systems?FileSystemId=fs-1")
        );
        let targets = mount_targets_of("fs-1", Some("m"));
        assert_eq!(targets.wire(), path("/2015-02-01/mount-targets?FileSystemId=fs-1&Marker=m"));
        let page = targets.answered(
            r#"{"MountTargets":[{"MountTargetId":"fsmt-1","FileSystemId":"fs-1","SubnetId":"subnet-1","LifeCycleState":"creating","OwnerId":"1","IpAddress":"10.0.0.1"}],"NextMarker":"n"}"#,
        );
        assert_eq!(page.next_marker.as_deref(), Some("n"));
        assert_eq!(page.mount_targets[0].life_cycle_state, "creating");
    }
}
