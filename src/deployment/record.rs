//! The deployment's record in the account: read from the service role and the vaults, written ahead of every change.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::account::{plans, roles, vaults};
use crate::aws::{Caller, Clients, Poll};
use crate::deployment::places::{Places, newest};
use crate::deployment::search::SearchArea;
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading};
use crate::model::names::{self, DeploymentName, ID_TAG, Names};
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::model::tags::Tags;

pub(crate) use crate::deployment::places::{Record, Role};

/// IAM's reads lag behind its writes by seconds; a role that is older than its vaults is asked again.
const IAM_LAG: Duration = Duration::from_secs(10);

/// Reads records of one deployment.
pub(crate) struct Reader<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) clients: &'a Clients,
    pub(crate) listings: &'a Listings,
    pub(crate) deployment: &'a DeploymentName,
    /// The region through which IAM is called.
    pub(crate) iam_region: &'a Region,
    /// Whether the backup plans are asked for next.
    pub(crate) plans_ahead: bool,
}

impl Reader<'_> {
    /// The role's tags as a reading.
    pub(crate) async fn role(&self) -> Result<Reading, Failure> {
        let name = names::service_role(self.deployment);
        let tags =
            roles::service_role_tags(self.caller, self.clients, self.iam_region, &name).await?;
        Ok(tags.map_or(Reading::NotOurs, |tags| Manifest::read(self.deployment, &tags)))
    }

    /// Reads the record, given what the role said. Only where the role names no region, or cannot be
    /// read, is the area searched: what exists does not depend on what was named.
    ///
    /// # Errors
    /// A record of a newer version of this program, and an interruption.
    pub(crate) async fn read(
        &self,
        names: &Names,
        role: Result<Reading, Failure>,
        area: &SearchArea,
    ) -> Result<Record, Failure> {
        let mut places = Places::new(role);
        let primary = places.newest().map(|record| record.settings.regions.primary.clone());
        tokio::join!(self.follow(&mut places, names), self.read_ahead(primary));
        if places.newest().is_none() {
            self.search(&mut places, names, area).await;
            self.follow(&mut places, names).await;
        }
        self.caller.interrupt.check()?;
        if places.role_is_stale() {
            places.role = self.wait_for_role(&places).await;
            self.follow(&mut places, names).await;
        }
        places.conclude(area)
    }

    /// Lists the backup plans of the recorded primary, where they are asked for next. What fails is said then.
    async fn read_ahead(&self, primary: Option<Region>) {
        let Self { caller, clients, listings, .. } = self;
        if let Some(primary) = primary.filter(|_| self.plans_ahead) {
            let _ = plans::list_in(caller, clients, listings, &primary).await;
        }
    }

    /// Looks in every region that any record names, and in those that these name in turn.
    async fn follow(&self, places: &mut Places, names: &Names) {
        loop {
            let missed = places.unread_recorded();
            if missed.is_empty() {
                return;
            }
            let read = missed.into_iter().map(|region| async move {
                let answer = self.usual_vault_and_others(names, &region).await;
                (region, answer)
            });
            places.vaults.extend(join_all(read).await);
        }
    }

    /// What the vaults say of a region that is likely to have one.
    async fn usual_vault_and_others(
        &self,
        names: &Names,
        region: &Region,
    ) -> Result<Reading, Failure> {
        let Self { caller, clients, listings, .. } = self;
        let tags = vaults::read_all_tags(caller, clients, listings, names, region).await?;
        Ok(self.newest_of(&tags))
    }

    /// What the vaults of a region have now, whatever was listed before.
    ///
    /// # Errors
    /// Where the region cannot be read.
    pub(crate) async fn vaults_afresh(
        &self,
        names: &Names,
        region: &Region,
    ) -> Result<Reading, Failure> {
        self.listings.vaults.forget(region);
        self.usual_vault_and_others(names, region).await
    }

    /// Looks everywhere that nothing names, until a vault has a record that can be read.
    async fn search(&self, places: &mut Places, names: &Names, area: &SearchArea) {
        let Self { caller, clients, listings, iam_region, .. } = *self;
        let is_ours = |name: &str| names.may_be_our_vault(name);
        let read = |caller: Caller, region: Region| async move {
            let tags =
                vaults::listed_tags(&caller, clients, listings, names, &region, is_ours).await?;
            Ok(self.newest_of(&tags))
        };
        // Roles of regions name them: a lost record leaves what is in them.
        let others = async {
            let regions = roles::role_regions(caller, clients, iam_region, names).await;
            regions.unwrap_or_default()
        };
        let is_record = |reading: &Reading| matches!(reading, Reading::Valid(_));
        places.vaults.extend(area.read(caller, clients, others, read, is_record).await);
    }

    fn newest_of(&self, tags: &[Tags]) -> Reading {
        let readings = tags.iter().map(|tags| Manifest::read(self.deployment, tags));
        newest(readings.collect())
    }

    /// The vaults know of a newer record than the role: IAM lags, or the role is lost.
    async fn wait_for_role(&self, places: &Places) -> Result<Reading, Failure> {
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
                    "the service role is missing or older than the record on its vaults; IAM may lag"
                        .to_owned(),
                )
            })
        };
        self.caller.poll("the service role", IAM_LAG, ask).await
    }
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
    use crate::model::manifest::tests::manifest;

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
