//! A log group, such as a function's: made before whoever writes to it, so that it has a retention.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::tagging::{Service, Tagging, of_log_group};
use crate::aws::SendingOnce;
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::scope::{Entry, Scope};

pub(super) static VALIDATOR: Kind = Kind::new("log group").part_of("alarms");
pub(super) static WATCHDOG: Kind = Kind::new("watchdog log group").part_of("watchdog");

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(LogGroup::of_function(context, Lambda::Validator, region))
}));
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(LogGroup::of_function(context, Lambda::Watchdog, region))
}));

fn kind(lambda: Lambda) -> &'static Kind {
    match lambda {
        Lambda::Validator => &VALIDATOR,
        Lambda::Watchdog => &WATCHDOG,
    }
}

#[derive(Serialize)]
pub(super) struct Spec {
    /// `null` means for ever.
    retention_days: Option<i32>,
    tags: Tags,
}

pub(super) struct LogGroup {
    context: Context,
    kind: &'static Kind,
    region: Region,
    name: String,
    arn: String,
}

impl LogGroup {
    /// That of a function.
    fn of_function(context: &Context, lambda: Lambda, region: &Region) -> Self {
        Self::new(context, kind(lambda), region, context.names.log_group(lambda))
    }

    /// The log group of this name, as a step of this kind.
    pub(super) fn new(
        context: &Context,
        kind: &'static Kind,
        region: &Region,
        name: String,
    ) -> Self {
        let arn = context.names.named_log_group_arn(region, &name);
        let id = StepId::regional(kind, region);
        Self { context: context.on_behalf_of(&id), kind, region: region.clone(), name, arn }
    }

    /// The retention; `None` where there is no such log group.
    async fn retention(&self) -> Result<Option<Option<i32>>, Failure> {
        let logs = self.context.region(&self.region).logs;
        let send = |token| {
            let list = logs.describe_log_groups().log_group_name_prefix(&self.name);
            list.set_next_token(token).send()
        };
        let site = CallSite::new("logs:DescribeLogGroups", &self.region, &self.arn);
        let read = self.context.caller.pages("log groups", site, send, |page| {
            (page.log_groups.unwrap_or_default(), page.next_token)
        });
        let groups = read.await?;
        let ours = groups.into_iter().find(|group| group.log_group_name() == Some(&self.name));
        Ok(ours.map(|group| group.retention_in_days))
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.context, Service::Logs, &self.region, &self.arn)
    }

    async fn tags(&self) -> Result<Option<Tags>, Failure> {
        of_log_group(&self.context, &self.region, &self.arn).await
    }

    async fn look(&self) -> Result<Option<()>, Failure> {
        let tags = self.tags().await?;
        let require = |tags| require_ours(&self.context, &tags, "log group", &self.name);
        tags.map(require).transpose()
    }

    async fn make_group(&self) -> Result<(), Failure> {
        let clients = self.context.region(&self.region);
        let send = |once: &SendingOnce| {
            once.logs()
                .create_log_group()
                .log_group_name(&self.name)
                .set_tags(Some(self.context.tags().into_iter().collect()))
                .send()
        };
        let site = CallSite::new("logs:CreateLogGroup", &self.region, &self.arn);
        self.context.caller.create(&clients, site, send, |_| Some(()), || self.look()).await
    }

    async fn put_retention(&self) -> Result<(), Failure> {
        let logs = self.context.region(&self.region).logs;
        let days = self.context.settings.log_retention_days;
        let send = || {
            logs.put_retention_policy().log_group_name(&self.name).retention_in_days(days).send()
        };
        let site = CallSite::new("logs:PutRetentionPolicy", &self.region, &self.arn);
        self.context.caller.call(site, send).await?;
        Ok(())
    }
}

#[async_trait]
impl Resource for LogGroup {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(self.kind, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        let retention_days = Some(self.context.settings.log_retention_days);
        Spec { retention_days, tags: self.context.tags() }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let (retention, tags) = tokio::join!(self.retention(), self.tags());
        let Some(retention_days) = retention? else { return Ok(Live::Absent.into()) };
        let tags = tags?.unwrap_or_default();
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours().into());
        }
        let spec = Spec { retention_days, tags: self.context.our_tags(&tags) };
        Ok(Live::Ours(Observed::new(spec)).into())
    }

    async fn create(&self, _: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.make_group().await?;
        self.put_retention().await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        self.tagging().retag(difference.of(|group| &group.tags)).await?;
        if difference.of(|group| group.retention_days).is_some() {
            self.put_retention().await?;
        }
        Ok(Told::nothing())
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        let logs = self.context.region(&self.region).logs;
        let send = || logs.delete_log_group().log_group_name(&self.name).send();
        let site = CallSite::new("logs:DeleteLogGroup", &self.region, &self.arn);
        if_found(self.context.caller.call(site, send).await)?;
        Ok(Removal::Gone)
    }
}
