//! The deployment's record in the account: read from the service role and the vaults, written ahead of every change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::account::{roles, vaults};
use crate::aws::{Caller, Clients, Poll};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading, State};
use crate::model::names::{self, DeploymentName, ID_TAG, Names};
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::model::tags::Tags;

/// IAM's reads lag behind its writes by seconds; a role that is older than its vaults is asked again.
const IAM_LAG: Duration = Duration::from_secs(10);

/// What the account says of a deployment.
#[derive(Debug)]
pub(crate) enum Record {
    /// No record, in the regions that could be read.
    None(Looked),
    /// The record; with its role, or from the vaults alone.
    Found {
        manifest: Manifest,
        role: Role,
        /// Every place that could be read says the same. Where not, a write was cut short.
        agreed: bool,
    },
    /// There is a deployment, but its settings cannot be read.
    Torn { id: Option<String>, why: String, regions: Vec<Region> },
}

/// Where a record was looked for.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    pub(crate) regions: Vec<Region>,
    /// Regions that could not be read: a deployment may be there.
    pub(crate) unreachable_regions: BTreeMap<Region, Failure>,
}

/// What became of the service role, seen beside the record.
#[derive(Debug)]
pub(crate) enum Role {
    Present,
    Missing,
    Unread(Failure),
}

/// Reads records of one deployment.
pub(crate) struct Reader<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) clients: &'a Clients,
    pub(crate) listings: &'a Listings,
    pub(crate) deployment: &'a DeploymentName,
    /// The region through which IAM is called.
    pub(crate) iam_region: &'a Region,
}

/// What was read from one place.
struct Places {
    role: Result<Reading, Failure>,
    vaults: BTreeMap<Region, Result<Reading, Failure>>,
}

impl Reader<'_> {
    /// The role's tags as a reading.
    pub(crate) async fn role(&self) -> Result<Reading, Failure> {
        let name = names::service_role(self.deployment);
        let tags =
            roles::service_role_tags(self.caller, self.clients, self.iam_region, &name).await?;
        Ok(tags.map_or(Reading::NotOurs, |tags| Manifest::read(self.deployment, &tags)))
    }

    async fn vaults(
        &self,
        names: &Names,
        regions: &[Region],
    ) -> BTreeMap<Region, Result<Reading, Failure>> {
        let Self { caller, clients, listings, .. } = self;
        let read = regions.iter().map(|region| async move {
            let tags = vaults::read_all_tags(caller, clients, listings, names, region).await;
            let read = |tags: Vec<Tags>| {
                let readings = tags.iter().map(|tags| Manifest::read(self.deployment, tags));
                newest(readings.collect())
            };
            (region.clone(), tags.map(read))
        });
        join_all(read).await.into_iter().collect()
    }

    /// Reads the record, given what the role said, and the regions to look in besides those it names.
    ///
    /// # Errors
    /// A record of a newer version of this program, and an interruption.
    pub(crate) async fn read(
        &self,
        names: &Names,
        role: Result<Reading, Failure>,
        hints: &[Region],
    ) -> Result<Record, Failure> {
        let mut regions: BTreeSet<Region> = hints.iter().cloned().collect();
        if let Ok(Reading::Valid(manifest)) = &role {
            regions.extend(manifest.settings.everywhere());
        }
        let regions: Vec<Region> = regions.into_iter().collect();
        let vaults = self.vaults(names, &regions).await;
        let mut places = Places { role, vaults };
        if places.role.is_err() && places.newest_vault().is_none() {
            // With IAM and the named regions away, any other may hold a vault with the record.
            let others = names.partition.default_regions();
            places.look_in(self, names, others).await;
        }
        places.follow_the_vaults(self, names).await;
        if places.role_is_stale() {
            self.wait_for_role(&mut places).await?;
        }
        match places.conclude(regions)? {
            Record::None(looked) => Ok(Record::None(self.follow_the_roles(names, looked).await)),
            record => Ok(record),
        }
    }

    /// Adds the regions that roles of functions name: a lost record leaves what is in the others.
    async fn follow_the_roles(&self, names: &Names, mut looked: Looked) -> Looked {
        match roles::function_role_regions(self.caller, self.clients, self.iam_region, names).await
        {
            Ok(regions) => {
                let all: BTreeSet<Region> = looked.regions.into_iter().chain(regions).collect();
                looked.regions = all.into_iter().collect();
            }
            Err(failure) => {
                looked.unreachable_regions.entry(self.iam_region.clone()).or_insert(failure);
            }
        }
        looked
    }

    /// The vaults know of a newer record than the role: IAM lags, or the role is lost.
    async fn wait_for_role(&self, places: &mut Places) -> Result<(), Failure> {
        let begun = tokio::time::Instant::now();
        let fresh =
            |reading: &Reading| matches!(reading, Reading::Valid(m) if !places.newer_than(m));
        let ask = || async {
            let reading = self.role().await?;
            let enough = fresh(&reading) || begun.elapsed() >= IAM_LAG;
            Ok(if enough {
                Poll::Ready(reading)
            } else {
                Poll::Waiting(
                    "the service role is missing or older than its vaults say; IAM may lag"
                        .to_owned(),
                )
            })
        };
        let role = self.caller.poll("the service role", IAM_LAG, ask).await;
        places.role = role;
        Ok(())
    }
}

impl Places {
    /// Looks in the regions that a found vault names, where the hints did not.
    async fn follow_the_vaults(&mut self, reader: &Reader<'_>, names: &Names) {
        let Some(manifest) = self.newest_vault() else { return };
        let regions = manifest.settings.everywhere();
        self.look_in(reader, names, regions).await;
    }

    /// Looks in those of the regions in which nobody has looked.
    async fn look_in(
        &mut self,
        reader: &Reader<'_>,
        names: &Names,
        regions: impl IntoIterator<Item = Region>,
    ) {
        let missed: Vec<Region> =
            regions.into_iter().filter(|region| !self.vaults.contains_key(region)).collect();
        self.vaults.extend(reader.vaults(names, &missed).await);
    }

    fn newest_vault(&self) -> Option<&Manifest> {
        let valid = self.vaults.values().filter_map(|reading| match reading {
            Ok(Reading::Valid(manifest)) => Some(manifest),
            _ => None,
        });
        valid.max_by_key(|manifest| order(manifest))
    }

    fn newer_than(&self, role: &Manifest) -> bool {
        self.newest_vault().is_some_and(|vault| order(vault) > order(role))
    }

    fn role_is_stale(&self) -> bool {
        match &self.role {
            Ok(Reading::Valid(role)) => self.newer_than(role),
            Ok(Reading::NotOurs) => self.newest_vault().is_some(),
            Ok(Reading::Torn { .. } | Reading::Newer { .. }) | Err(_) => false,
        }
    }

    /// Whether no place that was read says anything else. A vault that is missing says nothing.
    fn agree_on(&self, manifest: &Manifest) -> bool {
        let agrees = |reading: &Reading| matches!(reading, Reading::Valid(m) if m == manifest);
        let vaults = self.vaults.values().filter_map(|reading| reading.as_ref().ok());
        let mut vaults = vaults.filter(|reading| **reading != Reading::NotOurs);
        vaults.all(agrees) && self.role.as_ref().is_ok_and(agrees)
    }

    fn conclude(self, regions: Vec<Region>) -> Result<Record, Failure> {
        let newer = |reading: &Reading| match reading {
            Reading::Newer { writer } => Some(writer.clone()),
            _ => None,
        };
        let readings = || self.vaults.values().chain([&self.role]).filter_map(|r| r.as_ref().ok());
        if let Some(writer) = readings().find_map(newer) {
            return Err(Failure::refused(
                format!(
                    "this deployment was written by mrbackup {writer}, which knows more than this one"
                ),
                format!("upgrade mrbackup (this is {})", env!("CARGO_PKG_VERSION")),
            ));
        }
        let vault = self.newest_vault().cloned();
        let torn = readings().find_map(|reading| match reading {
            Reading::Torn { id, regions, why } => Some((id.clone(), regions.clone(), why.clone())),
            _ => None,
        });
        let found = match (self.role.clone(), vault) {
            (Ok(Reading::Valid(role)), Some(vault)) => {
                let manifest = if order(&vault) > order(&role) { vault } else { role };
                Some((manifest, Role::Present))
            }
            (Ok(Reading::Valid(role)), None) => Some((role, Role::Present)),
            // A torn role is there, and will be written again.
            (Ok(Reading::Torn { .. }), Some(vault)) => Some((vault, Role::Present)),
            (Ok(_), Some(vault)) => Some((vault, Role::Missing)),
            (Err(failure), Some(vault)) => Some((vault, Role::Unread(failure))),
            (Err(failure), None) => return Err(failure),
            (Ok(_), None) => None,
        };
        if let Some((manifest, role)) = found {
            let agreed = self.agree_on(&manifest);
            return Ok(Record::Found { manifest, role, agreed });
        }
        if let Some((id, named, why)) = torn {
            let regions: BTreeSet<Region> = regions.into_iter().chain(named).collect();
            return Ok(Record::Torn { id, why, regions: regions.into_iter().collect() });
        }
        let unreachable_regions =
            self.vaults.into_iter().filter_map(|(region, r)| Some((region, r.err()?)));
        Ok(Record::None(Looked { regions, unreachable_regions: unreachable_regions.collect() }))
    }
}

/// What the vaults of one region say together: the newest record, and anything rather than nothing.
fn newest(readings: Vec<Reading>) -> Reading {
    let rank = |reading: &Reading| match reading {
        Reading::NotOurs => (0, None),
        Reading::Torn { .. } => (1, None),
        Reading::Valid(manifest) => (2, Some(order(manifest))),
        Reading::Newer { .. } => (3, None),
    };
    readings.into_iter().max_by_key(rank).unwrap_or(Reading::NotOurs)
}

/// Which of two records is newer: by revision, then by how far the run had come.
fn order(manifest: &Manifest) -> (u64, u8, String) {
    let progress = match manifest.state {
        State::Building => 0,
        State::Ready | State::Removing => 1,
        State::Kept => 2,
    };
    (manifest.revision.counter, progress, manifest.revision.random.clone())
}

/// Writes the record to every place that is there, at once: a reader takes the newest.
///
/// # Errors
/// Where a place that is there cannot be written.
pub(crate) async fn write(
    context: &Context,
    record: &Tags,
    role_is_there: bool,
    vaults: &[VaultId],
    outdated: &BTreeSet<String>,
) -> Result<(), Failure> {
    let outdated: Vec<String> = outdated.iter().cloned().collect();
    let role = async {
        if role_is_there {
            roles::write_service_role_tags(context, record, &outdated).await?;
        }
        Ok(())
    };
    let vaults = vaults.iter().map(|vault| vaults::write_tags(context, vault, record, &outdated));
    let (role, vaults) = tokio::join!(role, join_all(vaults));
    vaults.into_iter().chain([role]).collect()
}

/// Keys of an older record that a newer one does not replace.
pub(crate) fn outdated(old: Option<&Manifest>, new: &Tags) -> BTreeSet<String> {
    let old = old.and_then(|manifest| manifest.tags().ok()).unwrap_or_default();
    old.into_keys().filter(|key| key != ID_TAG && !new.contains_key(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::Revision;
    use crate::model::manifest::tests::manifest;

    fn at(counter: u64, state: State) -> Manifest {
        Manifest { state, revision: Revision { counter, random: "00".to_owned() }, ..manifest() }
    }

    fn places(role: Result<Reading, Failure>, vaults: &[Reading]) -> Places {
        let names = ["us-east-1", "us-west-2", "eu-west-1"].map(|r| Region::parse(r).unwrap());
        let vaults = names.into_iter().zip(vaults.iter().cloned().map(Ok)).collect();
        Places { role, vaults }
    }

    fn found(places: Places) -> (u64, State, Role) {
        match places.conclude(Vec::new()).unwrap() {
            Record::Found { manifest, role, .. } => {
                (manifest.revision.counter, manifest.state, role)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_highest_revision_counts() {
        let role = || Ok(Reading::Valid(at(2, State::Ready)));
        let old = Reading::Valid(at(1, State::Ready));
        assert!(!places(role(), std::slice::from_ref(&old)).role_is_stale());
        assert!(matches!(found(places(role(), &[old])), (2, State::Ready, Role::Present)));

        let newer = Reading::Valid(at(3, State::Removing));
        assert!(places(role(), std::slice::from_ref(&newer)).role_is_stale());
        assert!(matches!(found(places(role(), &[newer])), (3, State::Removing, Role::Present)));
    }

    #[test]
    fn of_one_revision_the_later_state_counts() {
        let role = Ok(Reading::Valid(at(2, State::Building)));
        let vault = Reading::Valid(at(2, State::Ready));
        assert!(matches!(found(places(role, &[vault])), (2, State::Ready, Role::Present)));
    }

    #[test]
    fn places_that_disagree_are_told() {
        let agreed = |role, vaults: &[Reading]| match places(Ok(role), vaults).conclude(vec![]) {
            Ok(Record::Found { agreed, .. }) => agreed,
            other => panic!("{other:?}"),
        };
        let ready = || Reading::Valid(at(2, State::Ready));
        let building = || Reading::Valid(at(2, State::Building));
        assert!(agreed(ready(), &[ready(), Reading::NotOurs]));
        assert!(!agreed(ready(), &[ready(), building()]));
        assert!(!agreed(building(), &[ready()]));
    }

    #[test]
    fn a_lost_role_is_known_by_its_vaults() {
        let lost = places(Ok(Reading::NotOurs), &[Reading::Valid(at(4, State::Ready))]);
        assert!(lost.role_is_stale());
        assert!(matches!(found(lost), (4, State::Ready, Role::Missing)));
    }

    #[test]
    fn without_iam_the_vaults_answer() {
        let denied = Err(Failure::refused("no", ""));
        let away = places(denied, &[Reading::NotOurs, Reading::Valid(at(4, State::Ready))]);
        assert!(!away.role_is_stale());
        assert!(matches!(found(away), (4, State::Ready, Role::Unread(_))));
    }

    #[test]
    fn nothing_is_nothing_only_where_everything_was_read() {
        let mut nothing = places(Ok(Reading::NotOurs), &[Reading::NotOurs]);
        nothing.vaults.insert(Region::parse("eu-west-1").unwrap(), Err(Failure::Interrupted));
        match nothing.conclude(Vec::new()).unwrap() {
            Record::None(looked) => assert_eq!(looked.unreachable_regions.len(), 1),
            other => panic!("{other:?}"),
        }
        assert!(places(Err(Failure::Interrupted), &[Reading::NotOurs]).conclude(vec![]).is_err());
    }

    #[test]
    fn a_shorter_record_leaves_no_tail() {
        let old = manifest();
        let mut new = old.tags().unwrap();
        new.remove("mrbackup:spec:1");
        new.remove("mrbackup:region:eu-west-1");
        let outdated: Vec<String> = super::outdated(Some(&old), &new).into_iter().collect();
        assert_eq!(outdated, ["mrbackup:region:eu-west-1", "mrbackup:spec:1"]);
    }
}
