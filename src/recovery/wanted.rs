//! What has to be asked of a region before its recovery points can be translated: only what their types need.

use crate::recovery::landing::Landing;
use crate::recovery::region_facts::{Fact, RegionFacts, Wanted, Whole};
use crate::recovery::source::Source;
use crate::recovery::translate::{
    EBS_KEY, EFS_KEY, bucket_of, image_of, instance_type, snapshot_of,
};

/// What is asked first.
pub(crate) fn first<'a>(sources: impl Iterator<Item = (&'a Source, Landing<'a>)>) -> Wanted {
    let mut wanted = Wanted::default();
    for (source, landing) in sources {
        add(&mut wanted, source, &landing);
    }
    wanted
}

/// What can be asked only when the first facts are known: the keys and engines of snapshots.
pub(crate) fn second(facts: &RegionFacts, asked: &Wanted) -> Wanted {
    let mut wanted = Wanted::default();
    if let Fact::Known(databases) = &facts.databases {
        let snapshots = databases.snapshots.values();
        wanted.keys.extend(snapshots.clone().filter_map(|snapshot| snapshot.key.clone()));
        wanted.engines.extend(snapshots.map(|snapshot| snapshot.engine.clone()));
    }
    if let Fact::Known(snapshots) = &facts.snapshots {
        wanted.keys.extend(snapshots.values().filter_map(|snapshot| snapshot.key.clone()));
    }
    wanted.keys.retain(|key| !asked.keys.contains(key));
    wanted
}

fn add(wanted: &mut Wanted, source: &Source, landing: &Landing<'_>) {
    wanted.keys.extend(landing.settings.kms_key.clone());
    let point = source.point.arn.as_str();
    match source.kind.as_str() {
        "EBS" => {
            wanted.whole.extend([Whole::Network, Whole::Quotas]);
            wanted.volume_snapshots.extend(snapshot_of(point).map(str::to_owned));
        }
        "EC2" => {
            wanted.whole.extend([Whole::Network, Whole::Quotas]);
            wanted.keys.insert(EBS_KEY.to_owned());
            wanted.images.extend(image_of(point).map(str::to_owned));
            wanted.instance_types.extend(instance_type(source, landing));
            wanted.key_pairs.extend(source.said("KeyName").map(str::to_owned));
        }
        "RDS" | "Aurora" | "DocumentDB" | "Neptune" => {
            let whole = [Whole::Network, Whole::Databases, Whole::DatabaseSnapshots, Whole::Quotas];
            wanted.whole.extend(whole);
        }
        "DynamoDB" => {
            wanted.whole.insert(Whole::Tables);
        }
        "EFS" => {
            wanted.whole.insert(Whole::Network);
            wanted.keys.insert(EFS_KEY.to_owned());
        }
        "S3" => wanted.buckets.extend(bucket_of(source, landing)),
        _ => (),
    }
}
