//! The deployment's record as tags: settings ⇄ tags, pure, checked for damage, and small enough for a role.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::names::{self, DEPLOYMENT_TAG, DeploymentName, ID_TAG};
use crate::model::region::Region;
use crate::model::settings::Settings;

const STATE_TAG: &str = "mrbackup:state";
const REGION_TAG: &str = "mrbackup:region:";
const SPEC_TAG: &str = "mrbackup:spec:";
/// The role of a region that only has something left behind.
const FORMER: &str = "former";
/// Version of the encoding; a reader that meets a higher one does not guess.
const SCHEMA: u32 = 1;
/// A tag value of IAM takes 256 characters.
const VALUE_MAX: usize = 256;
/// A role and a vault take 50 tags.
const TAGS_MAX: usize = 50;

/// Where a deployment is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// An `up` has begun and not finished.
    Building,
    Ready,
    /// A `down` has begun and not finished.
    Removing,
    /// A `down` has left full vaults, and the service role that AWS Backup needs to expire them.
    Kept,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Ready => "ready",
            Self::Removing => "removing",
            Self::Kept => "kept",
        }
    }

    fn parse(value: &str) -> Option<Self> {
        [Self::Building, Self::Ready, Self::Removing, Self::Kept]
            .into_iter()
            .find(|s| s.as_str() == value)
    }
}

/// Counts the changing runs; the random part tells two runs apart that began at the same count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Revision {
    pub(crate) counter: u64,
    pub(crate) random: String,
}

impl Revision {
    pub(crate) fn after(previous: Option<&Self>) -> Self {
        Self { counter: previous.map_or(0, |p| p.counter) + 1, random: random_hex(4) }
    }
}

/// The record of a deployment, as it stands on the service role and on every vault.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) deployment: DeploymentName,
    /// Drawn once per deployment; 16 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) state: State,
    pub(crate) revision: Revision,
    pub(crate) settings: Settings,
}

/// What the tags of a resource say of the deployment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// No `mrbackup:deployment` tag with this deployment's name: not ours.
    NotOurs,
    /// Ours, but its settings cannot be read: damaged, or only half written.
    Torn {
        id: Option<String>,
        regions: Vec<Region>,
        why: String,
    },
    /// Ours, written by a version of this program that knows more.
    Newer {
        writer: String,
    },
    Valid(Manifest),
}

/// The record does not fit into the tags that AWS allows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    pub(crate) tags: usize,
}

/// `bytes` random bytes as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    if getrandom::fill(&mut buffer).is_err() {
        // No entropy source: uniqueness is all that is needed, not secrecy.
        fastrand::fill(&mut buffer);
    }
    names::hex(&buffer)
}

impl Manifest {
    /// The tags of the places that carry this record: the record itself and the user's own.
    ///
    /// # Errors
    /// [`TooLarge`] where a role's 50 tags do not hold them.
    pub(crate) fn tags(&self) -> Result<BTreeMap<String, String>, TooLarge> {
        let mut tags = BTreeMap::from([
            (DEPLOYMENT_TAG.to_owned(), self.deployment.to_string()),
            (ID_TAG.to_owned(), self.id.clone()),
            (STATE_TAG.to_owned(), self.state.as_str().to_owned()),
        ]);
        tags.extend(self.settings.tags.clone());
        for region in self.settings.former.regions() {
            tags.insert(format!("{REGION_TAG}{region}"), FORMER.to_owned());
        }
        for (region, role) in self.settings.regions.all() {
            tags.insert(format!("{REGION_TAG}{region}"), role.as_str().to_owned());
        }
        let json = serde_json::to_vec(&self.settings).expect("settings have only string keys");
        for (n, chunk) in chunks(&self.spec(&json)).into_iter().enumerate() {
            tags.insert(format!("{SPEC_TAG}{n}"), chunk);
        }
        if tags.len() > TAGS_MAX { Err(TooLarge { tags: tags.len() }) } else { Ok(tags) }
    }

    /// Header and payload: `schema/writer/counter-random/length/checksum/payload`.
    fn spec(&self, json: &[u8]) -> String {
        let payload = URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(json, 9));
        format!(
            "{SCHEMA}/{}/{}-{}/{}/{:08x}/{payload}",
            env!("CARGO_PKG_VERSION"),
            self.revision.counter,
            self.revision.random,
            payload.len(),
            crc32fast::hash(payload.as_bytes()),
        )
    }

    /// Reads the record from a resource's tags.
    pub(crate) fn read(deployment: &DeploymentName, tags: &BTreeMap<String, String>) -> Reading {
        if tags.get(DEPLOYMENT_TAG).map(String::as_str) != Some(deployment.as_str()) {
            return Reading::NotOurs;
        }
        let id = tags.get(ID_TAG).cloned();
        let torn = |why: &str| Reading::Torn {
            id: id.clone(),
            regions: region_tags(tags),
            why: why.to_owned(),
        };
        let Some(state) = tags.get(STATE_TAG).and_then(|value| State::parse(value)) else {
            return torn("its tag mrbackup:state is missing or unknown");
        };
        let Some(id) = id.clone() else { return torn("its tag mrbackup:id is missing") };
        match Spec::parse(tags) {
            Ok(spec) => match serde_json::from_slice(&spec.json) {
                Ok(settings) => Reading::Valid(Self {
                    deployment: deployment.clone(),
                    id,
                    state,
                    revision: spec.revision,
                    settings,
                }),
                // The checksum was right, so a writer meant this: one that knows more settings.
                Err(_) => Reading::Newer { writer: spec.writer },
            },
            Err(SpecError::Newer(writer)) => Reading::Newer { writer },
            Err(SpecError::Damaged(why)) => torn(why),
        }
    }

    /// Whether the regions that the tags name for people are those of the record beside them. Tags
    /// without a record that can be read contradict nothing.
    pub(crate) fn names_its_regions(
        deployment: &DeploymentName,
        tags: &BTreeMap<String, String>,
    ) -> bool {
        let Reading::Valid(manifest) = Self::read(deployment, tags) else { return true };
        let regions = |tags: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            let mut tags = tags.clone();
            tags.retain(|key, _| Self::is_region_key(key));
            tags
        };
        manifest.tags().is_ok_and(|recorded| regions(&recorded) == regions(tags))
    }

    /// Whether a tag names a region for people.
    pub(crate) fn is_region_key(key: &str) -> bool {
        key.starts_with(REGION_TAG)
    }

    /// The tags of the record among a resource's tags, whatever they hold: what a new record replaces.
    pub(crate) fn owns_key(key: &str) -> bool {
        key == STATE_TAG || key.starts_with(SPEC_TAG) || key.starts_with(REGION_TAG)
    }
}

struct Spec {
    writer: String,
    revision: Revision,
    json: Vec<u8>,
}

enum SpecError {
    Newer(String),
    Damaged(&'static str),
}

impl Spec {
    fn parse(tags: &BTreeMap<String, String>) -> Result<Self, SpecError> {
        use SpecError::Damaged;
        let joined: String =
            (0..).map_while(|n| tags.get(&format!("{SPEC_TAG}{n}"))).map(String::as_str).collect();
        if joined.is_empty() {
            return Err(Damaged("its tags mrbackup:spec:* are missing"));
        }
        let mut fields = joined.splitn(6, '/');
        let mut field = || fields.next().ok_or(Damaged("its tag mrbackup:spec:0 has no header"));
        let schema = field()?.parse::<u32>().map_err(|_| Damaged("its schema is unreadable"))?;
        let writer = field()?.to_owned();
        if schema > SCHEMA {
            return Err(SpecError::Newer(writer));
        }
        let revision = parse_revision(field()?).ok_or(Damaged("its revision is unreadable"))?;
        let length = field()?.parse::<usize>().map_err(|_| Damaged("its length is unreadable"))?;
        let checksum = field()?.to_owned();
        // An UntagRole that did not come to pass leaves the tail of a longer, older record.
        let payload = field()?.get(..length).ok_or(Damaged("a part of its settings is missing"))?;
        if format!("{:08x}", crc32fast::hash(payload.as_bytes())) != checksum {
            return Err(Damaged("the checksum of its settings is wrong"));
        }
        let json = URL_SAFE_NO_PAD
            .decode(payload)
            .ok()
            .and_then(|bytes| {
                miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, 1 << 20).ok()
            })
            .ok_or(Damaged("its settings cannot be unpacked"))?;
        Ok(Self { writer, revision, json })
    }
}

/// The regions that the tags for people name: enough to look in when the settings are lost.
fn region_tags(tags: &BTreeMap<String, String>) -> Vec<Region> {
    let names = tags.keys().filter_map(|key| key.strip_prefix(REGION_TAG));
    names.filter_map(|name| Region::parse_lenient(name).ok()).collect()
}

fn parse_revision(field: &str) -> Option<Revision> {
    let (counter, random) = field.split_once('-')?;
    Some(Revision { counter: counter.parse().ok()?, random: random.to_owned() })
}

fn chunks(text: &str) -> Vec<String> {
    // Only ASCII goes in, so bytes are characters.
    text.as_bytes()
        .chunks(VALUE_MAX)
        .map(|chunk| String::from_utf8_lossy(chunk).into_owned())
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
