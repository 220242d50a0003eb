//! The role of a function, with the least that the function needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::context::Context;
use crate::account::facts::OurRole;
use crate::account::roles::{self, NewRole};
use crate::account::tagging::{Tagging, from_iam};
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::names::ROLE_PATH;
use crate::model::policy_document;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::function_policy;
use crate::steps::scope::{Entry, Scope};

pub(super) static VALIDATOR: Kind = Kind::new("validator role").part_of("alarms");
pub(super) static WATCHDOG: Kind = Kind::new("watchdog role").part_of("watchdog");

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(FunctionRole::new(context, Lambda::Validator, region))
}));
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(FunctionRole::new(context, Lambda::Watchdog, region))
}));

fn kind(lambda: Lambda) -> &'static Kind {
    match lambda {
        Lambda::Validator => &VALIDATOR,
        Lambda::Watchdog => &WATCHDOG,
    }
}

const PRINCIPAL: &str = "lambda.amazonaws.com";

#[derive(Serialize, Deserialize)]
struct Spec {
    path: String,
    trust: Value,
    permissions_boundary: Option<String>,
    /// The inline policy; `null` where it is missing.
    policy: Value,
    tags: Tags,
}

pub(super) struct FunctionRole {
    context: Context,
    lambda: Lambda,
    region: Region,
    name: String,
}

impl FunctionRole {
    pub(super) fn new(context: &Context, lambda: Lambda, region: &Region) -> Self {
        let id = StepId::regional(kind(lambda), region);
        let name = context.names.function_role(lambda, region);
        Self { context: context.on_behalf_of(&id), lambda, region: region.clone(), name }
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new_of_role(&self.context, &self.name)
    }

    fn policy(&self) -> Value {
        policy_document::normal(&function_policy::document(
            &self.context,
            self.lambda,
            &self.region,
        ))
    }

    async fn live_policy(&self) -> Result<Value, Failure> {
        let iam = roles::clients(&self.context).iam;
        let send =
            || iam.get_role_policy().role_name(&self.name).policy_name(self.lambda.as_str()).send();
        let site = CallSite::global("iam:GetRolePolicy", &self.name);
        let found = if_found(self.context.caller.call(site, send).await)?;
        Ok(found.map_or(Value::Null, |output| roles::document(Some(&output.policy_document))))
    }

    async fn put_policy(&self) -> Result<(), Failure> {
        let iam = roles::clients(&self.context).iam;
        let send = || {
            iam.put_role_policy()
                .role_name(&self.name)
                .policy_name(self.lambda.as_str())
                .policy_document(self.policy().to_string())
                .send()
        };
        self.context.caller.call(CallSite::global("iam:PutRolePolicy", &self.name), send).await?;
        Ok(())
    }

    async fn look(&self) -> Result<Option<String>, Failure> {
        let found = roles::get_ours(&self.context, &self.name).await?;
        Ok(found.map(|found| found.role_id))
    }

    async fn create(&self) -> Result<(), Failure> {
        let role = NewRole {
            name: &self.name,
            description: format!("Lets mrbackup's {} read backups and send alarms", self.lambda),
            principal: PRINCIPAL,
            tags: &self.context.tags(),
        };
        let role_id = roles::create(&self.context, role, || self.look()).await?;
        self.learn(Some(role_id));
        Ok(())
    }

    fn learn(&self, role_id: Option<String>) {
        let role = OurRole::Of(self.lambda, self.region.clone());
        self.context.facts().role_ids.insert(role, role_id);
    }
}

#[async_trait]
impl Step for FunctionRole {
    fn id(&self) -> StepId {
        StepId::regional(kind(self.lambda), &self.region)
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn wanted(&self) -> Value {
        to_value(&Spec {
            path: ROLE_PATH.to_owned(),
            trust: roles::trust(PRINCIPAL),
            permissions_boundary: self.context.settings.permissions_boundary.clone(),
            policy: self.policy(),
            tags: self.context.tags(),
        })
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let (found, policy, attached, inline) = tokio::join!(
            roles::get(&self.context, &self.name),
            self.live_policy(),
            roles::attached(&self.context, &self.name),
            roles::inline(&self.context, &self.name)
        );
        let Some(found) = found? else {
            self.learn(None);
            return Ok(Live::Absent);
        };
        let tags = from_iam(found.tags());
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours());
        }
        self.learn(Some(found.role_id.clone()));
        let (permissions_boundary, foreign_boundary) = roles::boundary(&self.context, &found);
        let mut observed = Observed::new(&Spec {
            path: found.path.clone(),
            trust: roles::document(found.assume_role_policy_document()),
            permissions_boundary,
            policy: policy?,
            tags: self.context.our_tags(&tags),
        });
        let mut inline = if_found(inline)?.unwrap_or_default();
        inline.retain(|name| name != self.lambda.as_str());
        observed.notes = roles::additions(&if_found(attached)?.unwrap_or_default(), &inline);
        observed.notes.extend(foreign_boundary);
        Ok(Live::Ours(observed))
    }

    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure> {
        let Some(observed) = live else {
            self.create().await?;
            return self.put_policy().await;
        };
        let live: Spec = serde_json::from_value(observed.spec.clone()).expect("made from a Spec");
        if live.trust != roles::trust(PRINCIPAL) {
            roles::put_trust(&self.context, &self.name, &roles::trust(PRINCIPAL)).await?;
        }
        let boundary = &self.context.settings.permissions_boundary;
        if live.permissions_boundary != *boundary {
            roles::put_boundary(&self.context, &self.name, boundary.as_deref()).await?;
        }
        self.tagging().retag(&live.tags, &self.context.tags()).await?;
        if live.policy != self.policy() {
            self.put_policy().await?;
        }
        Ok(())
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        let ours = BTreeSet::from([self.lambda.as_str().to_owned()]);
        roles::removal_blocker(&self.context, &self.name, &ours).await
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        roles::delete_inline(&self.context, &self.name, self.lambda.as_str()).await?;
        roles::delete(&self.context, &self.name).await
    }
}
