//! The backup plan with its rules and copy actions, in the primary region.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::types::BackupPlansListMember;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::context::Context;
use crate::account::ownership::taken;
use crate::account::tagging::{Service, Tagging};
use crate::account::{plans, selections};
use crate::aws::SendingOnce;
use crate::engine::Dependency::Everywhere;
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::plan_document::PlanDocument;
use crate::steps::scope::{Entry, Scope};
use crate::steps::{plan_preview, vault};

pub(crate) static KIND: Kind = Kind::new("backup plan").depends_on(&[Everywhere(&vault::KIND)]);

pub(super) const ENTRY: Entry =
    Entry::new(Scope::Primary(|context, region| Arc::new(Plan::new(context, region))));

#[derive(Serialize, Deserialize)]
struct Spec {
    #[serde(flatten)]
    document: PlanDocument,
    tags: Tags,
    /// Younger plans of this deployment: a create whose answer came too late made them.
    twins: Vec<String>,
}

pub(super) struct Plan {
    context: Context,
    region: Region,
}

impl Plan {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        Self { context: context.on_behalf_of(&id), region: region.clone() }
    }

    fn tagging<'a>(&'a self, arn: &'a str) -> Tagging<'a> {
        Tagging::new(&self.context, Service::Backup, &self.region, arn)
    }

    fn document(&self) -> PlanDocument {
        PlanDocument::from_settings(&self.context.settings, &self.context.names)
    }

    async fn find(&self) -> Result<plans::Found, Failure> {
        let all = plans::list_once(&self.context, &self.region).await?;
        plans::find(&self.context, &self.region, all).await
    }

    async fn look(&self) -> Result<Option<String>, Failure> {
        let found = self.find().await?;
        match found.ours.into_iter().next() {
            Some((id, _)) => Ok(Some(id)),
            None if found.foreign.is_some() => Err(taken("backup plan", &self.name())),
            None => Ok(None),
        }
    }

    async fn create(&self) -> Result<(), Failure> {
        let clients = self.context.region(&self.region);
        let plans = plans::list_once(&self.context, &self.region).await?;
        let request_id = first_unused(&self.context.id, &plans);
        self.context.listings.plans.forget(&self.region);
        let send = |once: &SendingOnce| {
            once.backup()
                .create_backup_plan()
                .backup_plan(self.document().to_aws())
                .set_backup_plan_tags(Some(self.context.tags().into_iter().collect()))
                .creator_request_id(&request_id)
                .send()
        };
        let site = CallSite::new("backup:CreateBackupPlan", &self.region, self.name());
        let id = self
            .context
            .caller
            .create(&clients, site, send, |answer| answer.backup_plan_id, || self.look())
            .await?;
        let mut facts = self.context.facts();
        facts.plan_ids.insert(self.region.clone(), id);
        facts.new_plans.insert(self.region.clone());
        Ok(())
    }

    async fn update(&self, id: &str) -> Result<(), Failure> {
        plans::forget(&self.context, &self.region, id);
        let backup = self.context.region(&self.region).backup;
        let send = || {
            backup
                .update_backup_plan()
                .backup_plan_id(id)
                .backup_plan(self.document().to_aws())
                .send()
        };
        let site = CallSite::new("backup:UpdateBackupPlan", &self.region, self.name());
        self.context.caller.call(site, send).await?;
        Ok(())
    }

    async fn kept_by_selections(&self, id: &str) -> Result<Option<String>, Failure> {
        let foreign = selections::foreign_in(&self.context, &self.region, id).await?.join(", ");
        Ok((!foreign.is_empty()).then(|| format!("it has selections that are not ours: {foreign}")))
    }

    fn learn(&self, id: &str, twins: &[String]) {
        let mut facts = self.context.facts();
        facts.plan_ids.insert(self.region.clone(), id.to_owned());
        facts.twin_plans.insert(self.region.clone(), twins.to_vec());
    }

    /// Ids of all plans of ours that were found.
    fn known(&self) -> Vec<String> {
        let facts = self.context.facts();
        let twins = facts.twin_plans.get(&self.region).into_iter().flatten();
        facts.plan_ids.get(&self.region).into_iter().chain(twins).cloned().collect()
    }

    /// Deletes a plan; its selections have to be gone.
    async fn delete(&self, id: &str) -> Result<(), Failure> {
        plans::forget(&self.context, &self.region, id);
        let backup = self.context.region(&self.region).backup;
        let send = || backup.delete_backup_plan().backup_plan_id(id).send();
        let arn = self.context.names.plan_arn(&self.region, id);
        let site = CallSite::new("backup:DeleteBackupPlan", &self.region, arn);
        if_found(self.context.caller.call(site, send).await)?;
        Ok(())
    }
}

/// The first request id of this deployment that no plan has ever had, deleted ones among them: AWS
/// does not document what the id of a deleted plan does.
fn first_unused(deployment_id: &str, plans: &[BackupPlansListMember]) -> String {
    let used: HashSet<&str> = plans.iter().filter_map(|plan| plan.creator_request_id()).collect();
    // One more than there are plans is enough to find a free one.
    let mut generations = (1..=plans.len() + 1).map(|n| format!("mrb-{deployment_id}-plan-{n}"));
    generations.find(|id| !used.contains(id.as_str())).expect("one of them is free")
}

#[async_trait]
impl Step for Plan {
    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self) -> String {
        self.context.names.plan()
    }

    fn wanted(&self) -> Value {
        to_value(&Spec { document: self.document(), tags: self.context.tags(), twins: Vec::new() })
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let found = self.find().await?;
        let mut ours = found.ours.into_iter();
        let Some((id, tags)) = ours.next() else {
            let Some(foreign) = found.foreign else { return Ok(Live::Absent) };
            let arn = self.context.names.plan_arn(&self.region, &foreign);
            return Ok(self.tagging(&arn).not_ours());
        };
        let twins: Vec<String> = ours.map(|(id, _)| id).collect();
        self.learn(&id, &twins);
        let Some(output) = plans::document(&self.context, &self.region, &id).await? else {
            return Ok(Live::Absent);
        };
        let Some(plan) = output.backup_plan else {
            return Err(Failure::failed(
                format!("AWS gave no document for backup plan {id}"),
                "run the same command again",
            ));
        };
        let document = PlanDocument::from_aws(&plan);
        let tags = self.context.our_tags(&tags);
        let mut observed = Observed::new(&Spec { document, tags, twins });
        let preview = output.scheduled_runs_preview.unwrap_or_default();
        observed.warnings = plan_preview::disagreements(&plan, &preview);
        Ok(Live::Ours(observed))
    }

    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure> {
        let Some(observed) = live else { return self.create().await };
        let live: Spec = serde_json::from_value(observed.spec.clone()).expect("made from a Spec");
        let id = self.context.facts().plan_ids.get(&self.region).cloned().unwrap_or_default();
        if live.document != self.document() {
            self.update(&id).await?;
        }
        let arn = self.context.names.plan_arn(&self.region, &id);
        plans::forget(&self.context, &self.region, &id);
        self.tagging(&arn).retag(&live.tags, &self.context.tags()).await?;
        for twin in &live.twins {
            selections::remove_ours(&self.context, &self.region, twin).await?;
            self.delete(twin).await?;
        }
        Ok(())
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        for (id, _) in self.find().await?.ours {
            if let Some(why) = self.kept_by_selections(&id).await? {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        let ours = self.known();
        for id in ours {
            // Read anew: AWS deletes no plan that has a selection.
            selections::forget(&self.context, &id);
            if let Some(why) = self.kept_by_selections(&id).await? {
                return Ok(Removal::Kept(why));
            }
            self.delete(&id).await?;
        }
        Ok(Removal::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(request_id: &str) -> BackupPlansListMember {
        BackupPlansListMember::builder().creator_request_id(request_id).build()
    }

    #[test]
    fn a_request_id_is_never_used_twice() {
        let plans = [plan("mrb-x-plan-1"), plan("mrb-x-plan-2")];
        assert_eq!(first_unused("x", &plans), "mrb-x-plan-3");
        assert_eq!(first_unused("y", &plans), "mrb-y-plan-1");
        assert!(first_unused(&"f".repeat(16), &[]).len() <= 50);
    }
}
