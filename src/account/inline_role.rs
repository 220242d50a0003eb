//! A role of ours with one inline policy: how it is compared, made, repaired and removed.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::roles::{self, NewRole};
use crate::account::tagging::{Tagging, from_iam};
use crate::engine::{Difference, Live, Observed, Removal};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::names::ROLE_PATH;
use crate::model::policy_document;
use crate::model::tags::Tags;

/// A role as it is compared.
#[derive(Serialize)]
pub(crate) struct RoleSpec {
    path: String,
    trust: Value,
    permissions_boundary: Option<String>,
    /// The inline policy; `null` where it is missing.
    policy: Value,
    tags: Tags,
}

/// What such a role is to be.
pub(crate) struct InlineRole<'a> {
    pub(crate) context: &'a Context,
    pub(crate) name: &'a str,
    pub(crate) description: String,
    /// The service that assumes it.
    pub(crate) principal: &'static str,
    pub(crate) policy_name: &'static str,
    pub(crate) policy: Value,
}

/// A role as it was found, and its `RoleId` where it is ours.
pub(crate) struct Found {
    pub(crate) live: Live<RoleSpec>,
    pub(crate) role_id: Option<String>,
}

impl InlineRole<'_> {
    fn tagging(&self) -> Tagging<'_> {
        Tagging::new_of_role(self.context, self.name)
    }

    fn policy(&self) -> Value {
        policy_document::normal(&self.policy)
    }

    async fn live_policy(&self) -> Result<Value, Failure> {
        let iam = roles::clients(self.context).iam;
        let send =
            || iam.get_role_policy().role_name(self.name).policy_name(self.policy_name).send();
        let site = CallSite::global("iam:GetRolePolicy", self.name);
        let found = if_found(self.context.caller.call(site, send).await)?;
        Ok(found.map_or(Value::Null, |output| roles::document(Some(&output.policy_document))))
    }

    /// Puts its policy, in place of one of the same name.
    ///
    /// # Errors
    /// Where IAM does not take it.
    pub(crate) async fn put_policy(&self) -> Result<(), Failure> {
        let iam = roles::clients(self.context).iam;
        let send = || {
            iam.put_role_policy()
                .role_name(self.name)
                .policy_name(self.policy_name)
                .policy_document(self.policy().to_string())
                .send()
        };
        self.context.caller.call(CallSite::global("iam:PutRolePolicy", self.name), send).await?;
        Ok(())
    }

    async fn look(&self) -> Result<Option<String>, Failure> {
        let found = roles::get_ours(self.context, self.name).await?;
        Ok(found.map(|found| found.role_id))
    }

    /// The role as it is to be, as it is compared.
    pub(crate) fn wanted(&self) -> RoleSpec {
        RoleSpec {
            path: ROLE_PATH.to_owned(),
            trust: roles::trust(self.principal),
            permissions_boundary: self.context.settings.permissions_boundary.clone(),
            policy: self.policy(),
            tags: self.context.tags(),
        }
    }

    /// Reads the role with all that is on it.
    ///
    /// # Errors
    /// Where the role cannot be read.
    pub(crate) async fn observe(&self) -> Result<Found, Failure> {
        let (found, policy, attached, inline) = tokio::join!(
            roles::get(self.context, self.name),
            self.live_policy(),
            roles::attached(self.context, self.name),
            roles::inline(self.context, self.name)
        );
        let Some(found) = found? else { return Ok(Found { live: Live::Absent, role_id: None }) };
        let tags = from_iam(found.tags());
        if !self.context.is_ours(&tags) {
            return Ok(Found { live: self.tagging().not_ours(), role_id: None });
        }
        let (permissions_boundary, foreign_boundary) = roles::boundary(self.context, &found);
        let mut observed = Observed::new(RoleSpec {
            path: found.path.clone(),
            trust: roles::document(found.assume_role_policy_document()),
            permissions_boundary,
            policy: policy?,
            tags: self.context.our_tags(&tags),
        });
        let mut inline = if_found(inline)?.unwrap_or_default();
        inline.retain(|name| name != self.policy_name);
        observed.notes = roles::additions(&if_found(attached)?.unwrap_or_default(), &inline);
        observed.notes.extend(foreign_boundary);
        Ok(Found { live: Live::Ours(observed), role_id: Some(found.role_id) })
    }

    /// Makes the role, and gives its `RoleId`. Until its policy is put it can do nothing.
    ///
    /// # Errors
    /// Where it cannot be made, or is somebody else's.
    pub(crate) async fn create(&self) -> Result<String, Failure> {
        let role = NewRole {
            name: self.name,
            description: self.description.clone(),
            principal: self.principal,
            tags: &self.context.tags(),
        };
        roles::create(self.context, role, || self.look()).await
    }

    /// Makes one that is ours as it is to be.
    ///
    /// # Errors
    /// Where it cannot be changed.
    pub(crate) async fn repair(
        &self,
        difference: &Difference<'_, RoleSpec>,
    ) -> Result<(), Failure> {
        if let Some((_, trust)) = difference.of(|role| &role.trust) {
            roles::put_trust(self.context, self.name, trust).await?;
        }
        if let Some((_, boundary)) = difference.of(|role| &role.permissions_boundary) {
            roles::put_boundary(self.context, self.name, boundary.as_deref()).await?;
        }
        self.tagging().retag(difference.of(|role| &role.tags)).await?;
        if difference.of(|role| &role.policy).is_some() {
            self.put_policy().await?;
        }
        Ok(())
    }

    /// What of others would keep it.
    ///
    /// # Errors
    /// Where its policies cannot be read.
    pub(crate) async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        let ours = BTreeSet::from([self.policy_name.to_owned()]);
        roles::removal_blocker(self.context, self.name, &ours).await
    }

    /// Removes its policy and the role.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub(crate) async fn remove(&self) -> Result<Removal, Failure> {
        roles::delete_inline(self.context, self.name, self.policy_name).await?;
        roles::delete(self.context, self.name).await
    }
}
