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
    volume_size: i64,
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
        (found.snapshot_id, VolumeSnapshot { size: found.volume_size, encrypted, key })
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

fn offerings(batch: &[&str], token: Option<String>) -> Request<Page<Offering>> {
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

fn images_of(batch: &[&str], token: Option<String>) -> Request<Page<FoundImage>> {
    Request::of(&EC2, "DescribeImages", own("image-id", batch, token))
}

fn snapshots_of(batch: &[&str], token: Option<String>) -> Request<Page<FoundSnapshot>> {
    Request::of(&EC2, "DescribeSnapshots", own("snapshot-id", batch, token))
}

/// What the account owns: recovery points are its own, and all others' would be searched too.
fn own(name: &str, batch: &[&str], token: Option<String>) -> Value {
    json!({
        "Owner": ["self"],
        "Filter": [filter(name, batch.iter().copied())],
        "MaxResults": 1000,
        "NextToken": token
    })
}
