//! What EC2 says of instance types, key pairs, images and snapshots.
//!
//! All are asked for by filters: an id that is gone fails a call that names it as an id, and is only missing from what
//! a filter finds.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::raw_reads::{Page, RawReads, filter};
use crate::aws::raw::{EC2, List, Request};
use crate::failure::Failure;
use crate::recovery::region_facts::{Device, Image, VolumeSnapshot};

/// Values of a filter in one call, of 200 that it takes (EC2 user guide, "List and filter your resources").
const BATCH: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offering {
    instance_type: String,
    /// The zone.
    location: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundKeyPair {
    key_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundImage {
    image_id: String,
    #[serde(default)]
    block_device_mapping: List<Mapping>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    device_name: Option<String>,
    /// None for an instance store.
    ebs: Option<Ebs>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ebs {
    encrypted: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundSnapshot {
    snapshot_id: String,
    encrypted: Option<bool>,
    kms_key_id: Option<String>,
}

/// The zones that offer each of the types; none for a type that the region does not have.
pub(super) async fn offers(
    reads: &RawReads<'_>,
    types: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
    let found = batches(types, |batch| {
        reads.pages("instance type offerings", "ec2:DescribeInstanceTypeOfferings", move |token| {
            offerings(&batch, token)
        })
    });
    let mut zones: BTreeMap<_, BTreeSet<_>> =
        types.iter().map(|name| (name.clone(), BTreeSet::new())).collect();
    for offering in found.await? {
        zones.entry(offering.instance_type).or_default().insert(offering.location);
    }
    Ok(zones)
}

/// The names of those that are there.
pub(super) async fn key_pairs(
    reads: &RawReads<'_>,
    names: &BTreeSet<String>,
) -> Result<BTreeSet<String>, Failure> {
    let found = batches(names, |batch| async move {
        let page = reads.one("ec2:DescribeKeyPairs", "", pairs(&batch)).await?;
        Ok(page.list.items)
    });
    Ok(found.await?.into_iter().map(|pair| pair.key_name).collect())
}

/// Those that are there, by id.
pub(super) async fn images(
    reads: &RawReads<'_>,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Image>, Failure> {
    let found = batches(ids, |batch| {
        reads.pages("images", "ec2:DescribeImages", move |token| images_of(&batch, token))
    });
    let device = |mapping: Mapping| {
        let encrypted = mapping.ebs?.encrypted.unwrap_or_default();
        Some(Device { name: mapping.device_name?, encrypted })
    };
    let images = found.await?.into_iter().map(|image| {
        let devices = image.block_device_mapping.into_iter().filter_map(device).collect();
        (image.image_id, Image { devices })
    });
    Ok(images.collect())
}

/// Those that are there, by id.
pub(super) async fn snapshots(
    reads: &RawReads<'_>,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, VolumeSnapshot>, Failure> {
    let found = batches(ids, |batch| {
        reads.pages("snapshots", "ec2:DescribeSnapshots", move |token| snapshots_of(&batch, token))
    });
    let snapshots = found.await?.into_iter().map(|found| {
        let encrypted = found.encrypted.unwrap_or_default();
        let key = found.kms_key_id.filter(|key| !key.is_empty());
        (found.snapshot_id, VolumeSnapshot { encrypted, key })
    });
    Ok(snapshots.collect())
}

/// Asks for all values side by side, so many in a call as one takes.
async fn batches<'v, T, F>(
    values: &'v BTreeSet<String>,
    ask: impl Fn(Vec<&'v str>) -> F,
) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<Vec<T>, Failure>>,
{
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let asked = values.chunks(BATCH).map(|batch| ask(batch.to_vec()));
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

fn offerings(batch: &[&str], token: Option<&str>) -> Request<Page<Offering>> {
    let params = json!({
        "LocationType": "availability-zone",
        "Filter": [filter("instance-type", batch.iter().copied())],
        "MaxResults": 1000,
        "NextToken": token
    });
    Request::of(&EC2, "DescribeInstanceTypeOfferings", params)
}

/// One answer: the operation has no pages.
fn pairs(batch: &[&str]) -> Request<Page<FoundKeyPair>> {
    Request::of(
        &EC2,
        "DescribeKeyPairs",
        json!({"Filter": [filter("key-name", batch.iter().copied())]}),
    )
}

fn images_of(batch: &[&str], token: Option<&str>) -> Request<Page<FoundImage>> {
    Request::of(&EC2, "DescribeImages", own("image-id", batch, token))
}

fn snapshots_of(batch: &[&str], token: Option<&str>) -> Request<Page<FoundSnapshot>> {
    Request::of(&EC2, "DescribeSnapshots", own("snapshot-id", batch, token))
}

/// What the account owns: recovery points are its own, and all others' would be searched too.
fn own(name: &str, batch: &[&str], token: Option<&str>) -> Value {
    json!({
        "Owner": ["self"],
        "Filter": [filter(name, batch.iter().copied())],
        "MaxResults": 1000,
        "NextToken": token
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_values_of_filters_which_no_lost_one_fails() {
        let start = |operation: &str| format!("Action={operation}&Version=2016-11-15");
        let filter =
            |name: &str| format!("&Filter.1.Name={name}&Filter.1.Value.1=a&Filter.1.Value.2=b");
        let batch = ["a", "b"];
        assert_eq!(
            offerings(&batch, Some("t")).wire().2,
            start("DescribeInstanceTypeOfferings")
                + &filter("instance-type")
                + "&LocationType=availability-zone&MaxResults=1000&NextToken=t"
        );
        assert_eq!(pairs(&batch).wire().2, start("DescribeKeyPairs") + &filter("key-name"));
        assert_eq!(
            images_of(&batch, None).wire().2,
            start("DescribeImages") + &filter("image-id") + "&MaxResults=1000&Owner.1=self"
        );
        assert_eq!(
            snapshots_of(&batch, None).wire().2,
            start("DescribeSnapshots") + &filter("snapshot-id") + "&MaxResults=1000&Owner.1=self"
        );
    }

    #[test]
    fn images_and_snapshots_are_read_with_what_their_keys_need() {
        let page = images_of(&["ami-1"], None).answered(
            r#"<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
  <imagesSet>
    <item>
      <imageId>ami-1</imageId><imageState>available</imageState><architecture>x86_64</architecture>
      <blockDeviceMapping>
        <item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize><deleteOnTermination>true</deleteOnTermination><volumeType>gp3</volumeType><encrypted>true</encrypted></ebs></item>
        <item><deviceName>/dev/sdb</deviceName><virtualName>ephemeral0</virtualName></item>
      </blockDeviceMapping>
      <virtualizationType>hvm</virtualizationType>
    </item>
  </imagesSet>
</DescribeImagesResponse>"#,
        );
        let mappings = &page.list.items[0].block_device_mapping.items;
        assert_eq!(mappings[0].device_name.as_deref(), Some("/dev/xvda"));
        assert_eq!(mappings[0].ebs.as_ref().and_then(|ebs| ebs.encrypted), Some(true));
        assert!(mappings[1].ebs.is_none(), "an instance store");

        let page = snapshots_of(&["snap-1"], None).answered(
            "<DescribeSnapshotsResponse><requestId>r</requestId><snapshotSet><item><snapshotId>snap-1</snapshotId><volumeId>vol-ffffffff</volumeId><status>completed</status><progress>100%</progress><volumeSize>15</volumeSize><encrypted>true</encrypted><kmsKeyId>arn:aws:kms:us-west-2:111122223333:key/k</kmsKeyId></item></snapshotSet></DescribeSnapshotsResponse>",
        );
        let snapshot = &page.list.items[0];
        assert_eq!(snapshot.encrypted, Some(true));
        assert_eq!(
            snapshot.kms_key_id.as_deref(),
            Some("arn:aws:kms:us-west-2:111122223333:key/k")
        );
    }

    #[tokio::test]
    async fn many_ids_are_asked_for_in_batches() {
        let ids: BTreeSet<String> = (0..250).map(|n| format!("ami-{n:03}")).collect();
        let sizes = batches(&ids, |batch| std::future::ready(Ok(vec![batch.len()]))).await;
        assert_eq!(sizes.unwrap(), [100, 100, 50]);
    }
}
