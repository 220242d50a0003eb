//! EC2 instances (developer guide, "Restore an Amazon EC2 instance"). The recovery point is an image with its snapshots.

use std::collections::BTreeSet;

use serde_json::json;

use crate::recovery::landing::Landing;
use crate::recovery::region_facts::Fact;
use crate::recovery::source::Source;
use crate::recovery::translate::draft::{Draft, json_list};
use crate::recovery::translate::network::{Place, places, private_places, security_groups};
use crate::recovery::translate::{TagCopy, Translation};

const ACCEPTED: &[&str] = &[
    "InstanceType",
    "KeyName",
    "SubnetId",
    "SecurityGroupIds",
    "IamInstanceProfileName",
    "BlockDeviceMappings",
    "RequireIMDSv2",
    "UserData",
    "CpuOptions",
    "CreditSpecification",
    "DisableApiTermination",
    "EbsOptimized",
    "HibernationOptions",
    "InstanceInitiatedShutdownBehavior",
    "Monitoring",
    "aws:backup:request-id",
];
/// The one profile that AWS Backup attaches.
const OWN_PROFILE: &str = "UseBackedUpValue";

/// The image (`ami-...`) that a recovery point of an instance is.
pub(crate) fn image_of(point: &str) -> Option<&str> {
    point.rsplit_once("image/").map(|(_, id)| id).filter(|id| id.starts_with("ami-"))
}

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    let find = if landing.set_apart.is_some() { private_places } else { places };
    let places = find(&mut draft, "SubnetId");
    if !places.is_empty() {
        place(&mut draft, places);
    }
    draft.keep(&[
        "EbsOptimized",
        "InstanceInitiatedShutdownBehavior",
        "DisableApiTermination",
        "Monitoring",
        "RequireIMDSv2",
    ]);
    key_pair(&mut draft);
    if source.said("IamInstanceProfileName").is_some() {
        draft.put("IamInstanceProfileName", OWN_PROFILE);
    }
    devices(&mut draft);
    draft.put("aws:backup:request-id", landing.request_id);
    draft.lose("it has a new id, private address and network interface; user data, elastic addresses and target groups are not back");
    draft.done(ACCEPTED, TagCopy::Asked)
}

/// Type, subnet and security groups: a subnet in a zone that offers the type.
fn place(draft: &mut Draft<'_>, mut places: Vec<Place>) {
    let Some(kind) = instance_type(draft.source, &draft.landing) else {
        return draft
            .needs_override("InstanceType", "the recovery point does not tell the source's type");
    };
    let facts = draft.landing.facts;
    let Some(offered) = draft.known(&facts.instance_types, "instance types") else { return };
    let zones: BTreeSet<String> = offered.get(&kind).cloned().unwrap_or_default();
    places.retain(|place| zones.contains(&place.zone));
    let Some(first) = places.first() else {
        let why = if zones.is_empty() {
            format!("{} does not offer {kind}", draft.landing.region)
        } else {
            format!("no zone of the subnet offers {kind}")
        };
        return draft.needs("instance_types", why);
    };
    if Some(kind.as_str()) != draft.source.said("InstanceType") {
        draft.lose(format!("its type is {kind}"));
    }
    if kind.starts_with('t') {
        draft.keep(&["CreditSpecification"]);
    }
    draft.put("InstanceType", kind);
    if first.public_address {
        draft.lose(format!("it gets a public address: the subnet {} gives one", first.subnet));
    }
    draft.put("SubnetId", first.subnet.clone());
    if let Some(groups) = security_groups(draft, "SecurityGroupIds", &first.vpc) {
        draft.put("SecurityGroupIds", json_list(&groups));
    }
    draft.else_try("SubnetId", places[1..].iter().map(|place| place.subnet.clone()).collect());
}

/// The type that a restore asks for: given, mapped by the settings, or the source's.
pub(crate) fn instance_type(source: &Source, landing: &Landing<'_>) -> Option<String> {
    let of_source = source.said("InstanceType");
    let mapped = || {
        let of_source = of_source?;
        landing.settings.instance_types.get(of_source).map(String::as_str).or(Some(of_source))
    };
    landing.given(source, "InstanceType").or_else(mapped).map(str::to_owned)
}

/// Key pairs are regional, and none but the source's can be chosen.
fn key_pair(draft: &mut Draft<'_>) {
    let Some(name) = draft.source.said("KeyName") else { return };
    let facts = draft.landing.facts;
    match draft.known(&facts.key_pairs, "key pairs") {
        Some(pairs) if pairs.contains(name) => draft.put("KeyName", name),
        Some(_) => draft.lose(format!(
            "no key pair: {} has none named {name}; the keys on its disk stay",
            draft.landing.region
        )),
        None => (),
    }
}

/// A key for each volume: where the source's key is not there, the restore of an encrypted one fails.
fn devices(draft: &mut Draft<'_>) {
    let landing = draft.landing;
    let Some(image) = image_of(&draft.source.point.arn) else { return };
    let Some(images) = draft.known(&landing.facts.images, "images") else { return };
    let Some(found) = images.get(image) else {
        return draft.cannot(format!("the image {image} of the recovery point is not there"));
    };
    let key = match &landing.settings.kms_key {
        Some(key) => match draft.usable_key(key, "the key", Some("kms_key")) {
            Some(arn) => arn,
            None => return,
        },
        None if !found.devices.iter().any(|device| device.encrypted) => return,
        None => default_key(&landing),
    };
    draft.lose("its volumes are encrypted with another key than the source's");
    let device = |name: &String| json!({ "DeviceName": name, "Ebs": { "Encrypted": true, "KmsKeyId": key } });
    let devices: Vec<_> = found.devices.iter().map(|found| device(&found.name)).collect();
    draft.put("BlockDeviceMappings", json!(devices).to_string());
}

/// AWS's own key for EBS in the region. It comes into being with the first encrypted volume; until then EC2 knows it by its
/// alias.
fn default_key(landing: &Landing<'_>) -> String {
    match landing.facts.keys.get(DEFAULT_KEY) {
        Some(Fact::Known(Some(key))) => key.arn.clone(),
        _ => DEFAULT_KEY.to_owned(),
    }
}

pub(crate) const DEFAULT_KEY: &str = "alias/aws/ebs";
