//! The EventBridge rule for the jobs of our vault that have ended.

use async_trait::async_trait;
use aws_sdk_eventbridge::types::{RuleState, Tag};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::Site;
use crate::context::{Context, Tags};
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{Failure, if_found};
use crate::region::Region;
use crate::steps::{TagLine, event_target, not_ours, surplus, taken};

const ENDED: [&str; 5] = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL", "COMPLETED"];

#[derive(Serialize, Deserialize)]
struct Spec {
    pattern: Value,
    state: String,
    tags: Tags,
}

pub(super) struct EventRule {
    context: Context,
    region: Region,
    arn: String,
}

impl EventRule {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(Kind::EventRule, region);
        let arn = context.names.event_rule_arn(region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), arn }
    }

    /// Copy events come from the region that is copied from, and name the vault by its ARN only.
    fn pattern(&self) -> Value {
        let names = &self.context.names;
        let vault = self.context.settings.vault_in(&self.region);
        json!({
            "source": ["aws.backup"],
            "$or": [
                {
                    "detail-type": ["Backup Job State Change"],
                    "detail": {"state": ENDED, "backupVaultName": [names.vault(&vault)]},
                },
                {
                    "detail-type": ["Copy Job State Change"],
                    "detail": {
                        "state": ENDED,
                        "sourceBackupVaultArn": [names.vault_arn(&vault)],
                    },
                },
            ],
        })
    }

    async fn tags(&self) -> Result<Option<Tags>, Failure> {
        let events = self.context.region(&self.region).events;
        let send = || events.list_tags_for_resource().resource_arn(&self.arn).send();
        let site = Site::new("events:ListTagsForResource", &self.region, &self.arn);
        let found = if_found(self.context.caller.call(site, send).await)?;
        let pair = |tag: Tag| (tag.key, tag.value);
        Ok(found.map(|output| output.tags.unwrap_or_default().into_iter().map(pair).collect()))
    }

    async fn describe(&self) -> Result<Option<(Value, String)>, Failure> {
        let events = self.context.region(&self.region).events;
        let send = || events.describe_rule().name(self.name()).send();
        let site = Site::new("events:DescribeRule", &self.region, &self.arn);
        let found = if_found(self.context.caller.call(site, send).await)?;
        Ok(found.map(|rule| {
            let pattern = rule.event_pattern().unwrap_or_default();
            let pattern = serde_json::from_str(pattern).unwrap_or_else(|_| pattern.into());
            (pattern, rule.state().map_or("", RuleState::as_str).to_owned())
        }))
    }

    /// Replaces the whole rule. AWS ignores the tags where the rule exists, and would do so on
    /// somebody else's rule too: hence they are read before, and read again after.
    async fn put(&self, new: bool) -> Result<(), Failure> {
        let events = self.context.region(&self.region).events;
        let tags = new.then(|| to_events(&self.context.tags()));
        let send = || {
            events
                .put_rule()
                .name(self.name())
                .description("AWS Backup jobs of mrbackup's vault that have ended")
                .event_pattern(self.pattern().to_string())
                .state(RuleState::Enabled)
                .set_tags(tags.clone())
                .send()
        };
        let site = Site::new("events:PutRule", &self.region, &self.arn);
        self.context.caller.call(site, send).await?;
        match self.tags().await? {
            Some(tags) if self.context.is_ours(&tags) => Ok(()),
            _ => Err(taken("event rule", &self.name())),
        }
    }

    async fn retag(&self, live: &Tags) -> Result<(), Failure> {
        let events = self.context.region(&self.region).events;
        let wanted = self.context.tags();
        let tags = to_events(&wanted);
        let send =
            || events.tag_resource().resource_arn(&self.arn).set_tags(Some(tags.clone())).send();
        let site = Site::new("events:TagResource", &self.region, &self.arn);
        self.context.caller.call(site, send).await?;
        let surplus = surplus(live, &wanted);
        if !surplus.is_empty() {
            let send = || {
                let keys = Some(surplus.clone());
                events.untag_resource().resource_arn(&self.arn).set_tag_keys(keys).send()
            };
            let site = Site::new("events:UntagResource", &self.region, &self.arn);
            self.context.caller.call(site, send).await?;
        }
        Ok(())
    }
}

fn to_events(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().expect("key and value are set")
        })
        .collect()
}

#[async_trait]
impl Step for EventRule {
    fn id(&self) -> StepId {
        StepId::regional(Kind::EventRule, &self.region)
    }

    fn name(&self) -> String {
        self.context.names.event_rule()
    }

    fn needs(&self) -> Vec<StepId> {
        vec![StepId::global(Kind::ServiceRole)]
    }

    fn wanted(&self) -> Value {
        to_value(&Spec {
            pattern: self.pattern(),
            state: RuleState::Enabled.as_str().to_owned(),
            tags: self.context.tags(),
        })
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let (rule, tags) = tokio::join!(self.describe(), self.tags());
        let Some((pattern, state)) = rule? else { return Ok(Live::Absent) };
        let tags = tags?.unwrap_or_default();
        if !self.context.is_ours(&tags) {
            let command = format!("events tag-resource --resource-arn {}", self.arn);
            return Ok(not_ours(&self.context, &TagLine::list(command, Some(&self.region))));
        }
        Ok(Live::Ours(Observed::of(&Spec { pattern, state, tags: self.context.our_tags(&tags) })))
    }

    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure> {
        let Some(observed) = live else { return self.put(true).await };
        let live: Spec = serde_json::from_value(observed.spec.clone()).expect("made from a Spec");
        if live.tags != self.context.tags() {
            self.retag(&live.tags).await?;
        }
        if live.pattern != self.pattern() || live.state != RuleState::Enabled.as_str() {
            self.put(false).await?;
        }
        Ok(())
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        let foreign = event_target::foreign_on(&self.context, &self.region).await?;
        if !foreign.is_empty() {
            let foreign = foreign.join(", ");
            return Ok(Removal::Kept(format!("it has targets that are not ours: {foreign}")));
        }
        let events = self.context.region(&self.region).events;
        let send = || events.delete_rule().name(self.name()).send();
        let site = Site::new("events:DeleteRule", &self.region, &self.arn);
        if_found(self.context.caller.call(site, send).await)?;
        Ok(Removal::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::tests::context;

    /// EventBridge's quota page allows 2048 characters, its API 4096.
    #[test]
    fn the_pattern_stays_below_the_quota() {
        let rule = EventRule::new(&context(), &Region::parse("us-east-1").unwrap());
        assert!(rule.pattern().to_string().len() < 2048);
    }
}
