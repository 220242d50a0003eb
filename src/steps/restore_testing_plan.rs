//! AWS Backup's own restore tests of a region's vault: when they run, and which recovery points they take.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::operation::create_restore_testing_plan::CreateRestoreTestingPlanOutput as CreateOutput;
use aws_sdk_backup::types::RestoreTestingPlanForGet;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::restore_testing;
use crate::account::tagging::{Service, Tagging, of_vault_or_plan};
use crate::aws::SendingOnce;
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Difference, Fact, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::settings::table::Switch;
use crate::model::tags::Tags;
use crate::model::time::Time;
use crate::steps::restore_testing_document::PlanContent;
use crate::steps::scope::{Entry, Scope};
use crate::steps::vault;

/// AWS Backup makes its service-linked role `AWSServiceRoleForBackupRestoreTesting` with the first plan of an account, and
/// deletes with it what the tests restored: it stays when the plan goes.
pub(crate) static KIND: Kind = Kind::new("restore testing plan")
    .part_of("restore tests")
    .depends_on(&[InRegion(&vault::KIND)])
    .tells(&[TESTING_PLAN.name()])
    .uses(&[TESTING_PLAN.name()]);

/// The setting that has it somewhere.
pub(super) const ON: Switch = Switch::named("restore_test");

pub(super) const ENTRY: Entry = Entry::new(Scope::Switched(ON, |context, region| {
    Arc::new(RestoreTestingPlan::new(context, region))
}));

/// What it costs, said before it is switched on (AWS Backup pricing, "Restore testing", as a user quoted it in 2026).
pub(crate) const PRICE: &str = "restore tests: AWS bills 1.50 USD for each recovery point that is tested, and what is restored until it is deleted";

/// The plan of a region that is there.
pub(crate) const TESTING_PLAN: Fact<KnownTestingPlan> = Fact::new("restore testing plan");

/// What is known of a plan of ours.
pub(crate) struct KnownTestingPlan {
    pub(crate) arn: String,
    /// When its tests began last; `None` before their first run.
    pub(crate) last_run: Option<Time>,
}

#[derive(Serialize)]
pub(super) struct Spec {
    #[serde(flatten)]
    content: PlanContent,
    tags: Tags,
}

pub(super) struct RestoreTestingPlan {
    context: Context,
    region: Region,
    name: String,
}

impl RestoreTestingPlan {
    fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        let name = context.names.restore_testing_plan();
        Self { context: context.on_behalf_of(&id), region: region.clone(), name }
    }

    fn site(&self, action: &'static str) -> CallSite {
        CallSite::new(action, &self.region, &self.name)
    }

    fn tagging<'a>(&'a self, arn: &'a str) -> Tagging<'a> {
        Tagging::new(&self.context, Service::Backup, &self.region, arn)
    }

    /// The plan of our name with its tags; AWS draws the end of the ARN that they are asked by.
    async fn find(&self) -> Result<Option<(RestoreTestingPlanForGet, Tags)>, Failure> {
        let Some(plan) = restore_testing::plan(&self.context, &self.region).await? else {
            return Ok(None);
        };
        let Context { caller, clients, .. } = &self.context;
        let arn = &plan.restore_testing_plan_arn;
        let tags = if_found(of_vault_or_plan(caller, clients, &self.region, arn).await)?;
        Ok(tags.map(|tags| (plan, tags)))
    }

    /// The ARN of the plan of our name, if it is ours.
    async fn look(&self) -> Result<Option<String>, Failure> {
        let Some((plan, tags)) = self.find().await? else { return Ok(None) };
        require_ours(&self.context, &tags, "restore testing plan", &self.name)?;
        Ok(Some(plan.restore_testing_plan_arn))
    }

    /// The selections in it that are not ours.
    async fn kept_by_selections(&self) -> Result<Option<String>, Failure> {
        let (_, foreign) = restore_testing::selections(&self.context, &self.region).await?;
        let foreign = foreign.join(", ");
        Ok((!foreign.is_empty()).then(|| format!("it has selections that are not ours: {foreign}")))
    }
}

#[async_trait]
impl Resource for RestoreTestingPlan {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        let content = PlanContent::wanted(&self.context, &self.region);
        Spec { content, tags: self.context.tags() }
    }

    fn reason(&self, difference: Option<Difference<'_, Spec>>, _: Known<'_>) -> Option<String> {
        let is_wanted = self.context.settings.restore_test.regions.contains(&self.region);
        (difference.is_none() && is_wanted).then(|| PRICE.to_owned())
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let Some((plan, tags)) = self.find().await? else { return Ok(Live::Absent.into()) };
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging(&plan.restore_testing_plan_arn).not_ours().into());
        }
        let content = PlanContent::from_aws(&plan);
        let last_run = plan.last_execution_time.map(|time| time.secs());
        let arn = plan.restore_testing_plan_arn;
        let told = Told::one(&TESTING_PLAN, KnownTestingPlan { arn, last_run });
        let observed = Observed::new(Spec { content, tags: self.context.our_tags(&tags) });
        Ok(Seen { told, ..Live::Ours(observed).into() })
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        let clients = self.context.region(&self.region);
        let document = wanted.content.to_aws(&self.name)?;
        let tags = &wanted.tags;
        let Context { id, run, .. } = &self.context;
        let request_id = format!("mrb-{id}-tests-{run}");
        let send = |once: &SendingOnce| {
            once.backup()
                .create_restore_testing_plan()
                .restore_testing_plan(document.clone())
                .set_tags(Some(tags.clone().into_iter().collect()))
                .creator_request_id(&request_id)
                .send()
        };
        let site = self.site("backup:CreateRestoreTestingPlan");
        let made = |answer: CreateOutput| Some(answer.restore_testing_plan_arn);
        let arn = self.context.caller.create(&clients, site, send, made, || self.look()).await?;
        Ok(Told::one(&TESTING_PLAN, KnownTestingPlan { arn, last_run: None }))
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        known: Known<'_>,
    ) -> Result<Told, Failure> {
        if let Some((_, wanted)) = difference.of(|plan| &plan.content) {
            let backup = self.context.region(&self.region).backup;
            let send = || {
                backup
                    .update_restore_testing_plan()
                    .restore_testing_plan_name(&self.name)
                    .restore_testing_plan(wanted.to_update())
                    .send()
            };
            self.context.caller.call(self.site("backup:UpdateRestoreTestingPlan"), send).await?;
        }
        let arn = known.of(&TESTING_PLAN, &self.region).map(|plan| plan.arn.clone());
        let arn = arn.unwrap_or_default();
        self.tagging(&arn).retag(difference.of(|plan| &plan.tags)).await?;
        Ok(Told::nothing())
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        self.kept_by_selections().await
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        // AWS deletes no plan that has a selection.
        if let Some(why) = self.kept_by_selections().await? {
            return Ok(Removal::Kept(why));
        }
        let backup = self.context.region(&self.region).backup;
        let send =
            || backup.delete_restore_testing_plan().restore_testing_plan_name(&self.name).send();
        let site = self.site("backup:DeleteRestoreTestingPlan");
        if_found(self.context.caller.call(site, send).await)?;
        Ok(Removal::Gone)
    }
}
