//! Tags of resources, whatever their service: read, put on, taken off, and how somebody gives a resource back to its deployment.

mod read;
mod sdk_tags;

use std::error::Error;
use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Value, json};

use crate::account::context::Context;
use crate::aws::raw::{Request, SQS};
use crate::engine::Live;
use crate::failure::{CallSite, Failure};
use crate::model::names::DEPLOYMENT_TAG;
use crate::model::region::Region;
use crate::model::tags::{Tags, missing, surplus};

pub(crate) use read::{of_cloudwatch, of_event_rule, of_log_group, of_topic, of_vault_or_plan};
pub(crate) use sdk_tags::{from_iam, to_cloudwatch, to_events, to_iam, to_sns};

/// A service whose resources are tagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Backup,
    CloudWatch,
    Events,
    /// Of its resources, roles.
    Iam,
    Lambda,
    Logs,
    Sns,
    Sqs,
}

/// The tags of one resource.
#[derive(Clone, Copy)]
pub(crate) struct Tagging<'a> {
    context: &'a Context,
    service: Service,
    region: &'a Region,
    /// Its ARN; of a role the name, of a queue the URL.
    resource: &'a str,
}

impl<'a> Tagging<'a> {
    pub(crate) fn new(
        context: &'a Context,
        service: Service,
        region: &'a Region,
        resource: &'a str,
    ) -> Self {
        Self { context, service, region, resource }
    }

    /// Tags of a role: IAM is global, and every region of the partition leads to it.
    pub(crate) fn new_of_role(context: &'a Context, name: &'a str) -> Self {
        Self::new(context, Service::Iam, &context.settings.regions.primary, name)
    }

    /// Makes the tags as wanted, given those of ours that are there: only what differs is sent.
    ///
    /// # Errors
    /// Where the resource cannot be tagged.
    pub(crate) async fn retag(&self, differ: Option<(&Tags, &Tags)>) -> Result<(), Failure> {
        let Some((live, wanted)) = differ else { return Ok(()) };
        self.put(&missing(live, wanted)).await?;
        self.take_off(&surplus(live, wanted)).await
    }

    /// Puts tags on, beside those that are there; none is no call.
    ///
    /// # Errors
    /// Where the resource cannot be tagged.
    pub(crate) async fn put(&self, tags: &Tags) -> Result<(), Failure> {
        if tags.is_empty() {
            return Ok(());
        }
        let aws = self.context.region(self.region);
        let resource = self.resource;
        let map = || Some(tags.clone().into_iter().collect());
        match self.service {
            Service::Backup => {
                let tag = || aws.backup.tag_resource().resource_arn(resource).set_tags(map());
                self.call("backup:TagResource", || tag().send()).await
            }
            Service::CloudWatch => {
                let tag = || aws.cloudwatch.tag_resource().resource_arn(resource);
                let tags = Some(to_cloudwatch(tags));
                self.call("cloudwatch:TagResource", || tag().set_tags(tags.clone()).send()).await
            }
            Service::Events => {
                let tag = || aws.events.tag_resource().resource_arn(resource);
                let tags = Some(to_events(tags));
                self.call("events:TagResource", || tag().set_tags(tags.clone()).send()).await
            }
            Service::Iam => {
                let tag = || aws.iam.tag_role().role_name(resource);
                let tags = Some(to_iam(tags));
                self.call("iam:TagRole", || tag().set_tags(tags.clone()).send()).await
            }
            Service::Lambda => {
                let tag = || aws.lambda.tag_resource().resource(resource).set_tags(map());
                self.call("lambda:TagResource", || tag().send()).await
            }
            Service::Logs => {
                let tag = || aws.logs.tag_resource().resource_arn(resource).set_tags(map());
                self.call("logs:TagResource", || tag().send()).await
            }
            Service::Sns => {
                let tag = || aws.sns.tag_resource().resource_arn(resource);
                let tags = Some(to_sns(tags));
                self.call("sns:TagResource", || tag().set_tags(tags.clone()).send()).await
            }
            Service::Sqs => self.of_queue("TagQueue", "sqs:TagQueue", "Tags", json!(tags)).await,
        }
    }

    /// Takes the tags of these keys off; none is no call.
    ///
    /// # Errors
    /// Where the resource cannot be tagged.
    pub(crate) async fn take_off(&self, keys: &[String]) -> Result<(), Failure> {
        if keys.is_empty() {
            return Ok(());
        }
        let aws = self.context.region(self.region);
        let resource = self.resource;
        let keys = || Some(keys.to_vec());
        match self.service {
            Service::Backup => {
                let untag = || aws.backup.untag_resource().resource_arn(resource);
                let send = || untag().set_tag_key_list(keys()).send();
                self.call("backup:UntagResource", send).await
            }
            Service::CloudWatch => {
                let untag = || aws.cloudwatch.untag_resource().resource_arn(resource);
                let send = || untag().set_tag_keys(keys()).send();
                self.call("cloudwatch:UntagResource", send).await
            }
            Service::Events => {
                let untag = || aws.events.untag_resource().resource_arn(resource);
                self.call("events:UntagResource", || untag().set_tag_keys(keys()).send()).await
            }
            Service::Iam => {
                let untag = || aws.iam.untag_role().role_name(resource);
                self.call("iam:UntagRole", || untag().set_tag_keys(keys()).send()).await
            }
            Service::Lambda => {
                let untag = || aws.lambda.untag_resource().resource(resource);
                self.call("lambda:UntagResource", || untag().set_tag_keys(keys()).send()).await
            }
            Service::Logs => {
                let untag = || aws.logs.untag_resource().resource_arn(resource);
                self.call("logs:UntagResource", || untag().set_tag_keys(keys()).send()).await
            }
            Service::Sns => {
                let untag = || aws.sns.untag_resource().resource_arn(resource);
                self.call("sns:UntagResource", || untag().set_tag_keys(keys()).send()).await
            }
            Service::Sqs => {
                self.of_queue("UntagQueue", "sqs:UntagQueue", "TagKeys", json!(keys())).await
            }
        }
    }

    async fn of_queue(
        &self,
        operation: &'static str,
        action: &'static str,
        member: &str,
        tags: Value,
    ) -> Result<(), Failure> {
        let raw = self.context.clients.raw(self.region);
        let request: Request<Value> =
            Request::change(&SQS, operation, json!({"QueueUrl": self.resource, member: tags}));
        self.call(action, || raw.send(&request)).await
    }

    async fn call<T, E, F>(&self, action: &'static str, send: impl Fn() -> F) -> Result<(), Failure>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let site = match self.service {
            Service::Iam => CallSite::global(action, self.resource),
            _ => CallSite::new(action, self.region, self.resource),
        };
        self.context.caller.call(site, send).await.map(|_| ())
    }

    /// Why a resource of our name is not taken over, and the AWS CLI line that gives it (back) to
    /// the deployment.
    pub(crate) fn not_ours<S>(&self) -> Live<S> {
        let (key, value) = (DEPLOYMENT_TAG, &self.context.names.deployment);
        let (map, list) = (format!("{key}={value}"), format!("Key={key},Value={value}"));
        let (tag, pair) = match self.service {
            Service::Backup => ("backup tag-resource --resource-arn", &map),
            Service::CloudWatch => ("cloudwatch tag-resource --resource-arn", &list),
            Service::Events => ("events tag-resource --resource-arn", &list),
            Service::Iam => ("iam tag-role --role-name", &list),
            Service::Lambda => ("lambda tag-resource --resource", &map),
            Service::Logs => ("logs tag-resource --resource-arn", &map),
            Service::Sns => ("sns tag-resource --resource-arn", &list),
            Service::Sqs => ("sqs tag-queue --queue-url", &map),
        };
        let region = match self.service {
            Service::Iam => String::new(),
            _ => format!(" --region {}", self.region),
        };
        Live::NotOurs(format!(
            "it does not have the tag {map}; if it is: aws {tag} {} --tags {pair}{region}",
            self.resource
        ))
    }
}
