//! The log of what SNS delivers from a region's topic to queues, functions and URLs, where the settings ask for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::topics;
use crate::config::subscriber::Protocol;
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::table::Switch;
use crate::steps::log_group::LogGroup;
use crate::steps::scope::{Entry, Scope};
use crate::steps::subscriptions::{ADDRESSES, addresses};
use crate::steps::{delivery_log_role, topic};

/// What switches the log on, with its groups and its role.
pub(super) const SWITCH: Switch = Switch::named("delivery_log");

/// SNS would make both groups by itself, without retention and without our tags. It takes those that are there.
pub(super) static GROUP: Kind = Kind::new("delivery log group").part_of("delivery log");
pub(super) static FAILURE_GROUP: Kind = Kind::new("failure log group").part_of("delivery log");
static KIND: Kind = Kind::new("delivery log")
    .part_of("delivery log")
    .depends_on(&[
        InRegion(&topic::KIND),
        InRegion(&delivery_log_role::KIND),
        InRegion(&GROUP),
        InRegion(&FAILURE_GROUP),
    ])
    .inside(&topic::KIND)
    .uses(&[ADDRESSES.name()]);

pub(super) const GROUP_ENTRY: Entry = Entry::new(Scope::Switched(SWITCH, |context, region| {
    let name = context.names.delivery_log_group(region, false);
    Arc::new(LogGroup::new(context, &GROUP, region, name))
}));
pub(super) const FAILURE_GROUP_ENTRY: Entry =
    Entry::new(Scope::Switched(SWITCH, |context, region| {
        let name = context.names.delivery_log_group(region, true);
        Arc::new(LogGroup::new(context, &FAILURE_GROUP, region, name))
    }));
pub(super) const ENTRY: Entry = Entry::new(Scope::Switched(SWITCH, |context, region| {
    Arc::new(DeliveryLog::new(context, region))
}));

/// What SNS's attributes begin with (API reference, `SetTopicAttributes`).
const PROTOCOLS: [&str; 5] = ["Application", "Firehose", "HTTP", "Lambda", "SQS"];
const SUCCESS_ROLE: &str = "SuccessFeedbackRoleArn";
const FAILURE_ROLE: &str = "FailureFeedbackRoleArn";
const SUCCESS_PERCENT: &str = "SuccessFeedbackSampleRate";
/// Alarms are few: each delivery is logged.
const ALL: &str = "100";

/// How deliveries to the subscribers of one protocol are logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Logged {
    success_role: String,
    failure_role: String,
    success_percent: String,
}

#[derive(Serialize)]
pub(super) struct Spec {
    /// By protocol, as the attributes name it.
    logged: BTreeMap<&'static str, Logged>,
}

struct DeliveryLog {
    context: Context,
    region: Region,
}

/// What the attributes of a protocol begin with; SNS logs nothing of e-mail, and of telephones only for a whole account.
fn logged_as(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::Https => Some("HTTP"),
        Protocol::Lambda => Some("Lambda"),
        Protocol::Sqs => Some("SQS"),
        Protocol::Email | Protocol::Sms => None,
    }
}

impl Logged {
    fn by(role: &str) -> Self {
        let role = || role.to_owned();
        Self { success_role: role(), failure_role: role(), success_percent: ALL.to_owned() }
    }

    fn of(attributes: &HashMap<String, String>, protocol: &str) -> Self {
        let value = |name: &str| attributes.get(&format!("{protocol}{name}"));
        let text = |name: &str| value(name).cloned().unwrap_or_default();
        Self {
            success_role: text(SUCCESS_ROLE),
            failure_role: text(FAILURE_ROLE),
            success_percent: text(SUCCESS_PERCENT),
        }
    }

    fn has_role(&self, role: &str) -> bool {
        self.success_role == role || self.failure_role == role
    }

    fn attributes(&self) -> [(&'static str, &str); 3] {
        [
            (SUCCESS_ROLE, &self.success_role),
            (FAILURE_ROLE, &self.failure_role),
            (SUCCESS_PERCENT, &self.success_percent),
        ]
    }
}

impl DeliveryLog {
    fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        Self { context: context.on_behalf_of(&id), region: region.clone() }
    }

    fn role(&self) -> String {
        self.context.names.delivery_log_role_arn(&self.region)
    }

    async fn put(&self, protocol: &str, logged: &Logged) -> Result<(), Failure> {
        for (name, value) in logged.attributes() {
            let attribute = format!("{protocol}{name}");
            topics::set(&self.context, &self.region, &attribute, value).await?;
        }
        Ok(())
    }

    /// SNS takes no percentage off; without a role it logs none.
    async fn take_off(&self, protocol: &str) -> Result<(), Failure> {
        let (role, percent) = (String::new(), "0".to_owned());
        let none =
            Logged { success_role: role.clone(), failure_role: role, success_percent: percent };
        self.put(protocol, &none).await
    }
}

#[async_trait]
impl Resource for DeliveryLog {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        format!("of {}", self.context.names.topic())
    }

    /// Of the protocols that recorded subscribers have.
    fn wanted(&self, known: Known<'_>) -> Spec {
        let addresses = addresses(&self.context, known.everywhere(&ADDRESSES));
        let recorded = self.context.settings.subscribers.iter();
        let endpoints = recorded.filter_map(|hash| addresses.get(hash));
        let protocols =
            endpoints.filter_map(|endpoint| logged_as(Protocol::from_endpoint(endpoint)));
        let logged = Logged::by(&self.role());
        Spec { logged: protocols.map(|protocol| (protocol, logged.clone())).collect() }
    }

    /// What another's role logs is another's.
    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let Some(attributes) = topics::attributes(&self.context, &self.region).await? else {
            return Ok(Live::Absent.into());
        };
        let role = self.role();
        let of_each = PROTOCOLS.map(|protocol| (protocol, Logged::of(&attributes, protocol)));
        let (ours, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
            of_each.into_iter().partition(|(_, logged)| logged.has_role(&role));
        let is_empty = ours.is_empty();
        let mut observed = Observed { is_empty, ..Observed::new(Spec { logged: ours }) };
        for (protocol, logged) in others {
            let roles = [logged.success_role, logged.failure_role];
            let other = roles.into_iter().find(|role| !role.is_empty());
            observed.notes.extend(other.map(|role| {
                format!("the topic also logs its deliveries to {protocol} with {role}")
            }));
        }
        Ok(Live::Ours(observed).into())
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        for (protocol, logged) in &wanted.logged {
            self.put(protocol, logged).await?;
        }
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        for protocol in PROTOCOLS {
            match difference.of(|log| log.logged.get(protocol)) {
                Some((_, Some(wanted))) => self.put(protocol, wanted).await?,
                Some((_, None)) => self.take_off(protocol).await?,
                None => (),
            }
        }
        Ok(Told::nothing())
    }

    async fn remove(&self, live: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        for protocol in live.logged.keys() {
            self.take_off(protocol).await?;
        }
        Ok(Removal::Gone)
    }
}
