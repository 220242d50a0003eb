//! The role that AWS Backup assumes: the deployment's lock, its record, and the last thing to go.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::role_points;
use crate::account::roles::{self, NewRole};
use crate::account::tagging::{Tagging, from_iam};
use crate::engine::{
    Difference, Fact, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::names::{ID_TAG, ROLE_PATH};
use crate::model::settings::VaultId;
use crate::model::tags::Tags;
use crate::steps::function_role::RoleId;
use crate::steps::scope::{Entry, Scope};

pub(crate) static KIND: Kind = Kind::root("service role").tells(&[ID.name()]);

pub(super) const ID: RoleId = Fact::new("the service role");

pub(super) const ENTRY: Entry =
    Entry::new(Scope::Account(|context| Arc::new(ServiceRole::new(context))));

/// Who assumes it.
pub(super) const PRINCIPAL: &str = "backup.amazonaws.com";

#[derive(Serialize)]
pub(super) struct Spec {
    path: String,
    trust: Value,
    permissions_boundary: Option<String>,
    /// Of the attached policies those that are ours; others' are noted and left.
    managed_policies: BTreeSet<String>,
    tags: Tags,
}

pub(super) struct ServiceRole {
    context: Context,
    name: String,
}

impl ServiceRole {
    pub(super) fn new(context: &Context) -> Self {
        let id = StepId::global(&KIND);
        Self { context: context.on_behalf_of(&id), name: context.names.service_role() }
    }

    fn policies(&self) -> BTreeSet<String> {
        self.context.names.service_role_policies().into_iter().collect()
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new_of_role(&self.context, &self.name)
    }

    /// The role's `RoleId` where it is of this very deployment.
    async fn look(&self) -> Result<Option<String>, Failure> {
        let found = roles::get_ours(&self.context, &self.name).await?;
        let Some(found) = found else { return Ok(None) };
        if from_iam(found.tags()).get(ID_TAG).map(String::as_str) != Some(&*self.context.id) {
            return Err(Failure::refused(
                "another run has just made this deployment",
                "run the same command again: it continues with what is there",
            ));
        }
        Ok(Some(found.role_id))
    }

    /// `CreateRole` is the lock of a deployment: the name is unique, and the tags come with it.
    async fn make_role(&self) -> Result<String, Failure> {
        let role = NewRole {
            name: &self.name,
            description: "Lets AWS Backup back up, copy and restore for mrbackup".to_owned(),
            principal: PRINCIPAL,
            tags: &self.context.record,
        };
        roles::create(&self.context, role, || self.look()).await
    }

    async fn attach(&self, policies: impl IntoIterator<Item = String>) -> Result<(), Failure> {
        let iam = roles::clients(&self.context).iam;
        let attach = |policy: String| {
            let iam = iam.clone();
            async move {
                let send =
                    || iam.attach_role_policy().role_name(&self.name).policy_arn(&policy).send();
                let site = CallSite::global("iam:AttachRolePolicy", &self.name);
                self.context.caller.call(site, send).await
            }
        };
        try_join_all(policies.into_iter().map(attach)).await?;
        Ok(())
    }
}

#[async_trait]
impl Resource for ServiceRole {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::global(&KIND)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        Spec {
            path: ROLE_PATH.to_owned(),
            trust: roles::trust(PRINCIPAL),
            permissions_boundary: self.context.settings.permissions_boundary.clone(),
            managed_policies: self.policies(),
            tags: self.context.place_tags(),
        }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let (found, attached, inline) = tokio::join!(
            roles::get(&self.context, &self.name),
            roles::attached(&self.context, &self.name),
            roles::inline(&self.context, &self.name)
        );
        // AWS Backup works with a given one, whose id that one's step tells.
        let is_former = self.context.settings.service_role.is_some();
        let told = |id| if is_former { Told::nothing() } else { Told::one(&ID, id) };
        let Some(found) = found? else {
            return Ok(Seen { told: told(None), ..Live::Absent.into() });
        };
        let tags = from_iam(found.tags());
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours().into());
        }
        let told = told(Some(found.role_id.clone()));
        // The list may lag behind the role itself.
        let attached = if_found(attached)?.unwrap_or_default();
        let (ours, others): (BTreeSet<_>, BTreeSet<_>) =
            attached.into_iter().partition(|arn| self.policies().contains(arn));
        let (permissions_boundary, foreign_boundary) = roles::boundary(&self.context, &found);
        let mut observed = Observed::new(Spec {
            path: found.path.clone(),
            trust: roles::document(found.assume_role_policy_document()),
            permissions_boundary,
            managed_policies: ours,
            tags: self.context.our_place_tags(&tags),
        });
        let inline = if_found(inline)?.unwrap_or_default();
        if is_former {
            observed.keep_reason = role_points::held_with(&self.context, |_| true).await?;
        }
        observed.notes = roles::additions(&others.into_iter().collect::<Vec<_>>(), &inline);
        observed.notes.extend(foreign_boundary);
        Ok(Seen { told, ..Live::Ours(observed).into() })
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        let role_id = self.make_role().await?;
        self.attach(wanted.managed_policies.clone()).await?;
        Ok(Told::one(&ID, Some(role_id)))
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        if let Some((_, trust)) = difference.of(|role| &role.trust) {
            roles::put_trust(&self.context, &self.name, trust).await?;
        }
        if let Some((_, boundary)) = difference.of(|role| &role.permissions_boundary) {
            roles::put_boundary(&self.context, &self.name, boundary.as_deref()).await?;
        }
        self.tagging().retag(difference.of(|role| &role.tags)).await?;
        if let Some((live, wanted)) = difference.of(|role| &role.managed_policies) {
            self.attach(wanted.difference(live).cloned()).await?;
        }
        Ok(Told::nothing())
    }

    /// A given vault stays with what was made in it. The deployment's own are gone by now.
    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        let in_given = |vault: &VaultId| vault.given.is_some();
        if let Some(why) = role_points::held_with(&self.context, in_given).await? {
            return Ok(Some(why));
        }
        roles::removal_blocker(&self.context, &self.name, &self.policies()).await
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        let in_given = |vault: &VaultId| vault.given.is_some();
        if let Some(why) = role_points::held_with(&self.context, in_given).await? {
            return Ok(Removal::Kept(why));
        }
        let policies = self.policies();
        let detach = policies.iter().map(|policy| roles::detach(&self.context, &self.name, policy));
        try_join_all(detach).await?;
        roles::delete(&self.context, &self.name).await
    }
}
