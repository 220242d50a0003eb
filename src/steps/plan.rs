//! The backup plan with its rules and copy actions, in the primary region.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::types::BackupPlansListMember;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::ownership::taken;
use crate::account::tagging::{Service, Tagging};
use crate::account::{plans, selections};
use crate::aws::SendingOnce;
use crate::engine::Dependency::Everywhere;
use crate::engine::{
    Difference, Fact, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::settings::MAIN;
use crate::model::tags::Tags;
use crate::steps::plan_document::PlanDocument;
use crate::steps::scope::{Entry, Scope};
use crate::steps::{plan_preview, vault};

pub(crate) static KIND: Kind = Kind::new("backup plan")
    .depends_on(&[Everywhere(&vault::KIND)])
    .each_tells_its_own()
    .tells(&[PLAN.name()])
    .uses(&[PLAN.name()]);

/// The plan of the region in which it was told.
pub(crate) const PLAN: Fact<KnownPlan> = Fact::new("the backup plan");

/// A plan of ours.
pub(crate) struct KnownPlan {
    pub(crate) id: String,
    /// This run has made it: nothing is in it yet.
    pub(super) is_new: bool,
}

pub(super) const ENTRY: Entry =
    Entry::new(Scope::EachPlan(|context, region, plan| Arc::new(Plan::new(context, region, plan))));

/// The step of a kind that each plan has, for the plan of this name in the settings.
pub(crate) fn step_id(kind: &'static Kind, region: &Region, plan: &str) -> StepId {
    StepId::variant(kind, region, variant(plan))
}

/// What tells the steps of one plan from those of another; that of the top is the one that is there mostly.
pub(crate) fn variant(plan: &str) -> Option<&str> {
    Some(plan).filter(|plan| *plan != MAIN)
}

/// What the settings call the plan that a step is of; `None` of a kind that is of no plan.
pub(crate) fn plan_of(id: &StepId) -> Option<&str> {
    id.is_one_of_several().then(|| id.variant.as_deref().unwrap_or(MAIN))
}

#[derive(Serialize)]
pub(super) struct Spec {
    #[serde(flatten)]
    document: PlanDocument,
    tags: Tags,
    /// Younger plans of this deployment: a create whose answer came too late made them.
    twins: Vec<String>,
}

pub(super) struct Plan {
    context: Context,
    region: Region,
    /// Its name in the settings.
    plan: String,
}

impl Plan {
    pub(super) fn new(context: &Context, region: &Region, plan: &str) -> Self {
        let context = context.on_behalf_of(&step_id(&KIND, region, plan));
        Self { context, region: region.clone(), plan: plan.to_owned() }
    }

    fn plan_name(&self) -> String {
        self.context.names.plan(&self.plan)
    }

    fn tagging<'a>(&'a self, arn: &'a str) -> Tagging<'a> {
        Tagging::new(&self.context, Service::Backup, &self.region, arn)
    }

    fn document(&self) -> PlanDocument {
        PlanDocument::from_settings(&self.plan, &self.context.settings, &self.context.names)
    }

    async fn find(&self) -> Result<plans::Found, Failure> {
        let all = plans::list_once(&self.context, &self.region).await?;
        plans::find(&self.context, &self.region, &self.plan, all).await
    }

    async fn look(&self) -> Result<Option<String>, Failure> {
        let found = self.find().await?;
        match found.ours.into_iter().next() {
            Some((id, _)) => Ok(Some(id)),
            None if found.foreign.is_some() => Err(taken("backup plan", &self.plan_name())),
            None => Ok(None),
        }
    }

    async fn make_plan(&self) -> Result<String, Failure> {
        let clients = self.context.region(&self.region);
        let plans = plans::list_once(&self.context, &self.region).await?;
        let request_id = first_unused(&plans::request_prefix(&self.context.id, &self.plan), &plans);
        self.context.listings.plans.forget(&self.region);
        let send = |once: &SendingOnce| {
            once.backup()
                .create_backup_plan()
                .backup_plan(self.document().to_aws())
                .set_backup_plan_tags(Some(self.context.tags().into_iter().collect()))
                .creator_request_id(&request_id)
                .send()
        };
        let site = CallSite::new("backup:CreateBackupPlan", &self.region, self.plan_name());
        self.context
            .caller
            .create(&clients, site, send, |answer| answer.backup_plan_id, || self.look())
            .await
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
        let site = CallSite::new("backup:UpdateBackupPlan", &self.region, self.plan_name());
        self.context.caller.call(site, send).await?;
        Ok(())
    }

    fn id_of<'a>(&self, known: Known<'a>) -> &'a str {
        known
            .of_variant(&PLAN, &self.region, variant(&self.plan))
            .map(|plan| plan.id.as_str())
            .unwrap_or_default()
    }

    async fn kept_by_selections(&self, id: &str) -> Result<Option<String>, Failure> {
        let foreign = selections::foreign_in(&self.context, &self.region, id).await?.join(", ");
        Ok((!foreign.is_empty()).then(|| format!("it has selections that are not ours: {foreign}")))
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

/// The first request id of this beginning that no plan has ever had, deleted ones among them: AWS
/// does not document what the id of a deleted plan does.
fn first_unused(prefix: &str, plans: &[BackupPlansListMember]) -> String {
    let used: HashSet<&str> = plans.iter().filter_map(|plan| plan.creator_request_id()).collect();
    // One more than there are plans is enough to find a free one.
    let mut generations = (1..=plans.len() + 1).map(|n| format!("{prefix}{n}"));
    generations.find(|id| !used.contains(id.as_str())).expect("one of them is free")
}

#[async_trait]
impl Resource for Plan {
    type Spec = Spec;

    fn id(&self) -> StepId {
        step_id(&KIND, &self.region, &self.plan)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.plan_name()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        Spec { document: self.document(), tags: self.context.tags(), twins: Vec::new() }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let found = self.find().await?;
        let mut ours = found.ours.into_iter();
        let Some((id, tags)) = ours.next() else {
            let Some(foreign) = found.foreign else { return Ok(Live::Absent.into()) };
            let arn = self.context.names.plan_arn(&self.region, &foreign);
            return Ok(self.tagging(&arn).not_ours().into());
        };
        let twins: Vec<String> = ours.map(|(id, _)| id).collect();
        let told = Told::one(&PLAN, KnownPlan { id: id.clone(), is_new: false });
        let Some(output) = plans::document(&self.context, &self.region, &id).await? else {
            return Ok(Seen { told, ..Live::Absent.into() });
        };
        let Some(plan) = output.backup_plan else {
            return Err(Failure::failed(
                format!("AWS gave no document for backup plan {id}"),
                "run the same command again",
            ));
        };
        let document = PlanDocument::from_aws(&plan);
        let tags = self.context.our_tags(&tags);
        let mut observed = Observed::new(Spec { document, tags, twins });
        let preview = output.scheduled_runs_preview.unwrap_or_default();
        observed.warnings = plan_preview::disagreements(&plan, &preview);
        Ok(Seen { told, ..Live::Ours(observed).into() })
    }

    async fn create(&self, _: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        let id = self.make_plan().await?;
        Ok(Told::one(&PLAN, KnownPlan { id, is_new: true }))
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        known: Known<'_>,
    ) -> Result<Told, Failure> {
        let id = self.id_of(known);
        if difference.of(|plan| &plan.document).is_some() {
            self.update(id).await?;
        }
        let arn = self.context.names.plan_arn(&self.region, id);
        plans::forget(&self.context, &self.region, id);
        self.tagging(&arn).retag(difference.of(|plan| &plan.tags)).await?;
        for twin in &difference.live.twins {
            selections::remove_ours(&self.context, &self.region, twin).await?;
            self.delete(twin).await?;
        }
        Ok(Told::nothing())
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        for (id, _) in self.find().await?.ours {
            if let Some(why) = self.kept_by_selections(&id).await? {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    async fn remove(&self, live: &Spec, known: Known<'_>) -> Result<Removal, Failure> {
        let twins = live.twins.iter().map(String::as_str);
        for id in [self.id_of(known)].into_iter().chain(twins) {
            // Read anew: AWS deletes no plan that has a selection.
            selections::forget(&self.context, id);
            if let Some(why) = self.kept_by_selections(id).await? {
                return Ok(Removal::Kept(why));
            }
            self.delete(id).await?;
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
        let unused = |id: &str, plan: &str| first_unused(&plans::request_prefix(id, plan), &plans);
        assert_eq!(unused("x", MAIN), "mrb-x-plan-3");
        assert_eq!(unused("y", MAIN), "mrb-y-plan-1");
        assert_eq!(unused("x", "gold"), "mrb-x-plan-gold-1");
        assert!(unused(&"f".repeat(16), &"p".repeat(20)).len() <= 50);
    }
}
