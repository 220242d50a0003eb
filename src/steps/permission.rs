//! The function's permission for exactly our event rule and account.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::aws::SendingOnce;
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::policy_document;
use crate::model::region::Region;
use crate::steps::scope::{Entry, Scope};
use crate::steps::{event_rule, function};

pub(super) static VALIDATOR: Kind = Kind::new("invoke permission")
    .part_of("alarms")
    .depends_on(&[InRegion(&event_rule::VALIDATOR), InRegion(&function::VALIDATOR)])
    .inside(&function::VALIDATOR);
pub(super) static WATCHDOG: Kind = Kind::new("watchdog permission")
    .part_of("watchdog")
    .depends_on(&[InRegion(&event_rule::WATCHDOG), InRegion(&function::WATCHDOG)])
    .inside(&function::WATCHDOG);

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(Permission::new(context, Lambda::Validator, region))
}))
.linked(Lambda::Validator, 3);
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(Permission::new(context, Lambda::Watchdog, region))
}))
.linked(Lambda::Watchdog, 3);

fn kind(lambda: Lambda) -> &'static Kind {
    match lambda {
        Lambda::Validator => &VALIDATOR,
        Lambda::Watchdog => &WATCHDOG,
    }
}

const PRINCIPAL: &str = "events.amazonaws.com";
const ACTION: &str = "lambda:InvokeFunction";

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Spec {
    effect: String,
    principal: String,
    action: String,
    source_arn: String,
    source_account: String,
}

pub(super) struct Permission {
    context: Context,
    lambda: Lambda,
    region: Region,
}

impl Permission {
    pub(super) fn new(context: &Context, lambda: Lambda, region: &Region) -> Self {
        let id = StepId::regional(kind(lambda), region);
        Self { context: context.on_behalf_of(&id), lambda, region: region.clone() }
    }

    fn spec(&self) -> Spec {
        Spec {
            effect: "Allow".to_owned(),
            principal: PRINCIPAL.to_owned(),
            action: ACTION.to_owned(),
            source_arn: self.context.names.event_rule_arn(self.lambda, &self.region),
            source_account: self.context.names.account.clone(),
        }
    }

    fn sid(&self) -> String {
        self.context.names.statement_id(self.lambda)
    }

    fn site(&self, action: &'static str) -> CallSite {
        CallSite::new(
            action,
            &self.region,
            self.context.names.function_arn(self.lambda, &self.region),
        )
    }

    /// The function's policy; `null` where it has none.
    async fn policy(&self) -> Result<Value, Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send =
            || lambda.get_policy().function_name(self.context.names.function(self.lambda)).send();
        let answer = self.context.caller.call(self.site("lambda:GetPolicy"), send).await;
        let text = if_found(answer)?.and_then(|output| output.policy).unwrap_or_default();
        Ok(policy_document::normal(&serde_json::from_str(&text).unwrap_or_default()))
    }

    async fn look(&self) -> Result<Option<()>, Failure> {
        let live = statement(&self.policy().await?, &self.sid());
        Ok(live.filter(|live| *live == self.spec()).map(|_| ()))
    }

    async fn add(&self) -> Result<(), Failure> {
        let clients = self.context.region(&self.region);
        let spec = self.spec();
        let send = |once: &SendingOnce| {
            once.lambda()
                .add_permission()
                .function_name(self.context.names.function(self.lambda))
                .statement_id(self.sid())
                .action(&spec.action)
                .principal(&spec.principal)
                .source_arn(&spec.source_arn)
                .source_account(&spec.source_account)
                .send()
        };
        let site = self.site("lambda:AddPermission");
        self.context
            .caller
            .create(&clients, site, send, |answer| answer.statement.map(|_| ()), || self.look())
            .await
    }

    async fn take_away(&self) -> Result<(), Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send = || {
            lambda
                .remove_permission()
                .function_name(self.context.names.function(self.lambda))
                .statement_id(self.sid())
                .send()
        };
        if_found(self.context.caller.call(self.site("lambda:RemovePermission"), send).await)?;
        Ok(())
    }
}

/// The statement with this id, as far as it is ours to compare.
fn statement(policy: &Value, sid: &str) -> Option<Spec> {
    let found = policy["Statement"].as_array()?.iter().find(|statement| statement["Sid"] == sid)?;
    // Condition keys are case-insensitive, and AWS writes `AWS:SourceArn`.
    let condition = |key: &str| {
        let operators = found["Condition"].as_object().into_iter().flatten();
        let mut pairs = operators.filter_map(|(_, pairs)| pairs.as_object()).flatten();
        let value = pairs.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let principal = &found["Principal"];
    Some(Spec {
        effect: text(&found["Effect"]),
        principal: text(principal.get("Service").unwrap_or(principal)),
        action: text(&found["Action"]),
        source_arn: condition("aws:SourceArn"),
        source_account: condition("aws:SourceAccount"),
    })
}

#[async_trait]
impl Resource for Permission {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.lambda), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.sid()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        self.spec()
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let policy = self.policy().await?;
        let Some(spec) = statement(&policy, &self.sid()) else { return Ok(Live::Absent.into()) };
        let mut observed = Observed::new(spec);
        let others = policy["Statement"].as_array().into_iter().flatten();
        let others = others.map(|other| other["Sid"].as_str().unwrap_or("without a Sid"));
        let others = others.filter(|sid| *sid != self.sid());
        observed.notes =
            others.map(|sid| format!("the function also has the permission {sid}")).collect();
        Ok(Live::Ours(observed).into())
    }

    async fn create(&self, _: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.add().await?;
        Ok(Told::nothing())
    }

    /// A statement cannot be changed, only removed and added again.
    async fn change(&self, _: Difference<'_, Spec>, _: Known<'_>) -> Result<Told, Failure> {
        self.take_away().await?;
        self.add().await?;
        Ok(Told::nothing())
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        self.take_away().await?;
        Ok(Removal::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_statement_is_read_as_lambda_writes_it() {
        let policy = r#"{"Version":"2012-10-17","Id":"default","Statement":[
            {"Sid":"other","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction"},
            {"Sid":"mrbackup-default-jobs","Effect":"Allow",
             "Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction",
             "Resource":"arn:aws:lambda:us-east-1:111122223333:function:f",
             "Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"},
                          "ArnLike":{"AWS:SourceArn":"arn:aws:events:us-east-1:111122223333:rule/r"}}}]}"#;
        let policy = policy_document::normal(&serde_json::from_str(policy).unwrap());
        assert_eq!(
            statement(&policy, "mrbackup-default-jobs"),
            Some(Spec {
                effect: "Allow".to_owned(),
                principal: "events.amazonaws.com".to_owned(),
                action: "lambda:InvokeFunction".to_owned(),
                source_arn: "arn:aws:events:us-east-1:111122223333:rule/r".to_owned(),
                source_account: "111122223333".to_owned(),
            })
        );
        assert_eq!(statement(&policy, "missing"), None);
        assert_eq!(statement(&Value::Null, "missing"), None);
    }
}
