//! What every step works with: clients, names and settings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::account::listings::Listings;
use crate::aws::{Caller, Clients, RegionClients};
use crate::engine::StepId;
use crate::model::manifest::Manifest;
use crate::model::names::{DEPLOYMENT_TAG, ID_TAG, Names, subscriber_hash};
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::tags::Tags;
use crate::protection::deletion::DeletionPolicy;

/// The surroundings of the steps of one deployment in one run.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) caller: Caller,
    pub(crate) clients: Clients,
    pub(crate) names: Arc<Names>,
    pub(crate) settings: Arc<Settings>,
    /// The deployment's id; empty where only a removal is wanted and no record was found.
    pub(crate) id: Arc<str>,
    /// Counts the changing runs, so that a request id of one run is not taken for another's.
    pub(crate) run: u64,
    /// The record as tags, put on the service role and on every vault when they are made.
    pub(crate) record: Arc<Tags>,
    /// How vaults are emptied before they are removed; `None` where they are not.
    pub(crate) emptying: Option<Arc<DeletionPolicy>>,
    /// What the regions' lists said, the record's reader among those who asked.
    pub(crate) listings: Listings,
    /// Subscribers' addresses as they were typed, by keyed hash.
    pub(crate) addresses: Arc<BTreeMap<String, String>>,
}

impl Context {
    pub(crate) fn new(
        caller: Caller,
        clients: Clients,
        names: Names,
        manifest: &Manifest,
        record: Tags,
        addresses: &BTreeSet<String>,
        listings: Listings,
    ) -> Self {
        let hashed = |address: &String| (subscriber_hash(&manifest.id, address), address.clone());
        let addresses: BTreeMap<String, String> = addresses.iter().map(hashed).collect();
        Self {
            caller,
            clients,
            names: Arc::new(names),
            settings: Arc::new(manifest.settings.clone()),
            id: manifest.id.as_str().into(),
            run: manifest.revision.counter,
            record: Arc::new(record),
            emptying: None,
            listings,
            addresses: Arc::new(addresses),
        }
    }

    /// The same context with nothing listed, for reading back what was made.
    pub(crate) fn afresh(&self) -> Self {
        Self { listings: Listings::default(), ..self.clone() }
    }

    /// The same context, speaking on behalf of a step.
    pub(crate) fn on_behalf_of(&self, step: &StepId) -> Self {
        let region = step.region.as_ref().map(Region::as_str);
        Self { caller: self.caller.on_behalf_of(region, &step.to_string()), ..self.clone() }
    }

    pub(crate) fn region(&self, region: &Region) -> RegionClients {
        self.clients.region(region)
    }

    /// A resource is ours if it carries our deployment tag; our other tags are settings.
    pub(crate) fn is_ours(&self, tags: &Tags) -> bool {
        tags.get(DEPLOYMENT_TAG).map(String::as_str) == Some(self.names.deployment.as_str())
    }

    /// Tags of everything that is made, given in the call that makes it.
    pub(crate) fn tags(&self) -> Tags {
        let mut tags = self.settings.tags.clone();
        tags.insert(DEPLOYMENT_TAG.to_owned(), self.names.deployment.to_string());
        tags.insert(ID_TAG.to_owned(), self.id.to_string());
        tags
    }

    /// Those of a resource's tags that are ours to compare: the program's but for the record, and
    /// the user's, those too that are to be taken off. Other people's are none of ours.
    pub(crate) fn our_tags(&self, live: &Tags) -> Tags {
        let Settings { tags, former, .. } = self.settings.as_ref();
        let ours = |key: &String| {
            let program = key.starts_with("mrbackup:") && !Manifest::owns_key(key);
            program || tags.contains_key(key) || former.tags.contains(key)
        };
        live.iter().filter(|(key, _)| ours(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// Tags of a place that carries the record, as far as they are compared: the regions too, which
    /// stand there for people.
    pub(crate) fn place_tags(&self) -> Tags {
        let regions = self.record.iter().filter(|(key, _)| Manifest::is_region_key(key));
        let mut tags = self.tags();
        tags.extend(regions.map(|(key, value)| (key.clone(), value.clone())));
        tags
    }

    /// Those of such a place's tags that are ours to compare. Regions that are as the record beside
    /// them says are as they should be, even where the record is about to change.
    pub(crate) fn our_place_tags(&self, live: &Tags) -> Tags {
        let agrees = Manifest::names_its_regions(&self.names.deployment, live);
        let mut tags = self.our_tags(live);
        let regions = if agrees { self.record.as_ref() } else { live };
        let regions = regions.iter().filter(|(key, _)| Manifest::is_region_key(key));
        tags.extend(regions.map(|(key, value)| (key.clone(), value.clone())));
        tags
    }

    /// The keyed hash by which the record knows a subscriber.
    pub(crate) fn subscriber_hash(&self, address: &str) -> String {
        subscriber_hash(&self.id, address)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::aws::{Connect, connect};
    use crate::terminal::interrupt::Interrupt;
    use crate::terminal::progress::Progress;

    /// A context of the default deployment whose clients are never used.
    pub(crate) fn context() -> Context {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let clients = runtime.block_on(connect(&Connect::default())).unwrap();
        let manifest = crate::model::manifest::tests::manifest();
        let caller = Caller::new(Interrupt::never(), Progress::silent());
        let record = manifest.tags().unwrap();
        let names = crate::model::names::tests::names();
        let listings = Listings::default();
        Context::new(caller, clients, names, &manifest, record, &BTreeSet::new(), listings)
    }

    #[test]
    fn the_records_tags_and_other_peoples_are_not_compared() {
        let mut live = crate::model::manifest::tests::manifest().tags().unwrap();
        live.insert("team".to_owned(), "storage".to_owned());
        assert_eq!(context().our_tags(&live), context().tags());
    }

    #[test]
    fn a_subscribers_hash_depends_on_the_deployment_and_not_on_case() {
        let hash = subscriber_hash("id-1", "Ops@example.com");
        assert_eq!(hash, subscriber_hash("id-1", "ops@example.com"));
        assert_ne!(hash, subscriber_hash("id-2", "ops@example.com"));
        assert_eq!(hash.len(), 12);
    }
}
