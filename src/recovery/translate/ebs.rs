//! EBS volumes (developer guide, "Restore an Amazon EBS volume").

use crate::recovery::landing::Landing;
use crate::recovery::source::Source;
use crate::recovery::translate::draft::Draft;
use crate::recovery::translate::{TagCopy, Translation};

const ACCEPTED: &[&str] = &[
    "availabilityZone",
    "volumeType",
    "volumeSize",
    "iops",
    "throughput",
    "encrypted",
    "kmsKeyId",
    "temporaryRestoreDays",
    "aws:backup:request-id",
];
/// Days for which an archived snapshot is back in the standard tier; a restore from the archive wants a number.
const DAYS_BACK: &str = "7";

/// The snapshot (`snap-...`) that a recovery point of a volume is.
pub(crate) fn snapshot_of(point: &str) -> Option<&str> {
    point.rsplit_once("snapshot/").map(|(_, id)| id).filter(|id| id.starts_with("snap-"))
}

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    zone(&mut draft);
    draft.put("volumeType", "gp3");
    if draft.given("volumeType").is_none() {
        draft.lose(
            "its type is gp3: a snapshot does not know the source's type, IOPS and throughput",
        );
    }
    encryption(&mut draft);
    draft.keep(&["iops", "throughput"]);
    if source.is_cold {
        draft.put("temporaryRestoreDays", DAYS_BACK);
    }
    draft.put("aws:backup:request-id", landing.request_id);
    draft.done(ACCEPTED, TagCopy::Asked)
}

/// It is always encrypted: with the key that settings name, else with the region's default key for EBS. A snapshot whose own
/// key cannot be used cannot be read.
fn encryption(draft: &mut Draft<'_>) {
    let landing = draft.landing;
    draft.put("encrypted", "true");
    let Some(id) = snapshot_of(&draft.source.point.arn) else { return };
    let Some(snapshots) = draft.known(&landing.facts.snapshots, "snapshots") else { return };
    let Some(snapshot) = snapshots.get(id) else {
        return draft.cannot(format!("the snapshot {id} of the recovery point is not there"));
    };
    if let Some(key) = snapshot.key.as_ref().filter(|_| snapshot.encrypted) {
        draft.usable_key(key, "the snapshot's key", None);
    }
    match &landing.settings.kms_key {
        Some(key) => {
            if let Some(arn) = draft.usable_key(key, "the key", Some("kms_key")) {
                draft.put("kmsKeyId", arn);
            }
        }
        None if snapshot.encrypted => {
            draft.lose("it is encrypted with the region's default key for EBS");
        }
        None => draft.lose(
            "it is encrypted with the region's default key for EBS: the source was not encrypted",
        ),
    }
}

/// The zone: a named one, that of the named subnet, the source's own, or the first.
fn zone(draft: &mut Draft<'_>) {
    let facts = draft.landing.facts;
    let Some(network) = draft.known(&facts.network, "zones") else { return };
    let settings = draft.landing.settings;
    let of_subnet = settings.subnet.as_ref().and_then(|subnet| network.subnets.get(subnet));
    let named = draft.given("availabilityZone").or_else(|| settings.zone.clone());
    let named = named.or_else(|| of_subnet.map(|subnet| subnet.zone.clone()));
    if let Some(zone) = named {
        if !network.zones.contains(&zone) {
            let why = format!("{zone} is no zone of {} that is available", draft.landing.region);
            draft.needs("zone", why);
        }
        return draft.put("availabilityZone", zone);
    }
    let at_home =
        draft.at_home("availabilityZone").filter(|zone| network.zones.iter().any(|z| z == zone));
    match at_home.map(str::to_owned).or_else(|| network.zones.first().cloned()) {
        Some(zone) => {
            let others = network.zones.iter().filter(|other| **other != zone).cloned().collect();
            draft.else_try("availabilityZone", others);
            draft.put("availabilityZone", zone);
        }
        None => draft.cannot(format!("{} has no zone that is available", draft.landing.region)),
    }
}
