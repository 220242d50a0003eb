//! The SNS topic that alarms go to.

use async_trait::async_trait;
use aws_sdk_sns::config::Config;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::types::Tag;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::Site;
use crate::context::{Context, Tags};
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{Failure, if_found};
use crate::region::Region;
use crate::steps::{TagLine, not_ours, subscriptions, surplus, taken};

#[derive(Serialize, Deserialize)]
struct Spec {
    tags: Tags,
}

pub(super) struct Topic {
    context: Context,
    region: Region,
    arn: String,
}

impl Topic {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(Kind::Topic, region);
        let arn = context.names.topic_arn(region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), arn }
    }

    /// The topic's tags; `None` where there is no topic.
    async fn tags(&self) -> Result<Option<Tags>, Failure> {
        let sns = self.context.region(&self.region).sns;
        let send = || sns.list_tags_for_resource().resource_arn(&self.arn).send();
        let site = Site::new("sns:ListTagsForResource", &self.region, &self.arn);
        let found = if_found(self.context.caller.call(site, send).await)?;
        let pairs = |tags: Vec<Tag>| tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        Ok(found.map(|output| pairs(output.tags.unwrap_or_default())))
    }

    async fn look(&self) -> Result<Option<()>, Failure> {
        match self.tags().await? {
            Some(tags) if self.context.is_ours(&tags) => Ok(Some(())),
            Some(_) => Err(taken("topic", &self.name())),
            None => Ok(None),
        }
    }

    async fn create(&self) -> Result<(), Failure> {
        let sns = self.context.region(&self.region).sns;
        let send = || async {
            let request = sns
                .create_topic()
                .name(self.name())
                .set_tags(Some(to_sns(&self.context.tags())))
                .customize()
                .config_override(Config::builder().retry_config(RetryConfig::disabled()));
            Ok(request.send().await?.topic_arn.map(|_| ()))
        };
        let site = Site::new("sns:CreateTopic", &self.region, &self.arn);
        self.context.caller.create(site, send, || self.look()).await
    }
}

fn to_sns(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().expect("key and value are set")
        })
        .collect()
}

#[async_trait]
impl Step for Topic {
    fn id(&self) -> StepId {
        StepId::regional(Kind::Topic, &self.region)
    }

    fn name(&self) -> String {
        self.context.names.topic()
    }

    fn needs(&self) -> Vec<StepId> {
        vec![StepId::global(Kind::ServiceRole)]
    }

    fn wanted(&self) -> Value {
        to_value(&Spec { tags: self.context.tags() })
    }

    async fn observe(&self) -> Result<Live, Failure> {
        Ok(match self.tags().await? {
            None => Live::Absent,
            Some(tags) if !self.context.is_ours(&tags) => {
                let command = format!("sns tag-resource --resource-arn {}", self.arn);
                not_ours(&self.context, &TagLine::list(command, Some(&self.region)))
            }
            Some(tags) => Live::Ours(Observed::of(&Spec { tags: self.context.our_tags(&tags) })),
        })
    }

    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure> {
        let Some(observed) = live else { return self.create().await };
        let live: Spec = serde_json::from_value(observed.spec.clone()).expect("made from a Spec");
        let wanted = self.context.tags();
        let sns = self.context.region(&self.region).sns;
        let tags = to_sns(&wanted);
        let send =
            || sns.tag_resource().resource_arn(&self.arn).set_tags(Some(tags.clone())).send();
        let site = Site::new("sns:TagResource", &self.region, &self.arn);
        self.context.caller.call(site, send).await?;
        let surplus = surplus(&live.tags, &wanted);
        if !surplus.is_empty() {
            let send = || {
                let keys = Some(surplus.clone());
                sns.untag_resource().resource_arn(&self.arn).set_tag_keys(keys).send()
            };
            let site = Site::new("sns:UntagResource", &self.region, &self.arn);
            self.context.caller.call(site, send).await?;
        }
        Ok(())
    }

    /// With the topic go all its subscriptions, those that could not be unsubscribed too.
    async fn remove(&self) -> Result<Removal, Failure> {
        let foreign = subscriptions::foreign_on(&self.context, &self.region).await?;
        if !foreign.is_empty() {
            let foreign = foreign.join(", ");
            return Ok(Removal::Kept(format!("others have subscribed to it: {foreign}")));
        }
        let sns = self.context.region(&self.region).sns;
        let send = || sns.delete_topic().topic_arn(&self.arn).send();
        let site = Site::new("sns:DeleteTopic", &self.region, &self.arn);
        if_found(self.context.caller.call(site, send).await)?;
        Ok(Removal::Gone)
    }
}
