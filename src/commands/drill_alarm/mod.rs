//! `drill alarm`: proves each link of the alarm chain, from the rule to the people, with a marked event.

mod forwarding;
mod history;
mod metric_alarms;
mod probe;
mod samples;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_sns::types::Subscription;
use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::subscribers::{Ownership, filter, is_confirmed, list_of, list_once, ownership};
use crate::aws::Caller;
use crate::commands::drill_alarm::probe::Taken;
use crate::commands::drill_alarm::samples::Sample;
use crate::commands::{context, deployed, record_tags};
use crate::config::Config;
use crate::deployment::session::Session;
use crate::engine::{Desired, DesiredStep, Live, Observation, Step, observe, told};
use crate::failure::Failure;
use crate::model::lambda::Lambda;
use crate::model::manifest::random_hex;
use crate::model::names::Alarm;
use crate::model::receiver::Receiver;
use crate::model::region::Region;
use crate::report::{Deployment, DrillReport, Link, Part, Row};
use crate::steps::metric_alarm::ON_RECOVERY;
use crate::steps::{self, function, topic};
use crate::terminal::wrap::plural;

/// What is to be tried.
pub(crate) struct DrillAlarmOptions {
    /// The regions that were named, and no others.
    pub(crate) only: Vec<Region>,
    /// Set no alarm of CloudWatch off.
    pub(crate) without_alarms: bool,
}

/// Tries the chains of the first two regions and what forwards from the others, or that of those that
/// are named.
///
/// # Errors
/// Where there is no deployment whose chain could be tried. What is broken is in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &DrillAlarmOptions,
) -> Result<DrillReport, Failure> {
    let only = &options.only;
    let session = Session::open(config, caller, only.clone()).await?;
    let manifest = deployed(&session, "drill alarm").await?;
    let addresses = config.file.as_ref().map(|file| file.subscribers.clone()).unwrap_or_default();
    let context = context(&session, manifest, record_tags(manifest)?, &addresses);
    let regions = &manifest.settings.regions;
    let is_meant = |region: &&Region| only.is_empty() || only.contains(region);
    let alarmed: Vec<&Region> = regions.with_alarms().into_iter().filter(is_meant).collect();
    let others: Vec<&Region> = regions.without_alarms().filter(is_meant).collect();
    if alarmed.is_empty() && others.is_empty() {
        return Err(Failure::Usage(format!(
            "alarms are raised from {} and {}: name one of them with --region",
            regions.primary, regions.secondary
        )));
    }
    let id = random_hex(8);
    let drill = &Drill { id, without_alarms: options.without_alarms };
    let drills = alarmed.iter().map(|region| region_of(&context, region, drill));
    let forwarding = others.iter().map(|region| forwarding::links(&context, region));
    let (links, forwarding) = tokio::join!(join_all(drills), join_all(forwarding));
    let links = [links, forwarding].concat().concat();
    session.caller.interrupt.check()?;
    let deployment = Deployment::new(&session.names, Some(&manifest.settings));
    Ok(DrillReport::new(deployment, drill.id.clone(), links))
}

/// A run of the drill.
struct Drill {
    /// What its messages carry.
    id: String,
    without_alarms: bool,
}

/// The chains that begin in a region.
async fn region_of(context: &Context, region: &Region, drill: &Drill) -> Vec<Link> {
    let mut links = Vec::new();
    let mut lambdas = vec![Lambda::Validator];
    if *region == context.settings.regions.secondary {
        lambdas.push(Lambda::Watchdog);
    }
    for lambda in lambdas {
        let observations = look(steps::chain(context, lambda, region)).await;
        links.extend(observations.iter().map(resource));
        if lambda == Lambda::Validator {
            let samples = samples::all(context, region);
            links.push(pattern(context, lambda, region, &samples).await);
        }
        links.push(message(context, lambda, region, &drill.id, &observations).await);
        if lambda == Lambda::Watchdog {
            let alarms = [Alarm::Findings, Alarm::Heartbeat];
            links.extend(metric_alarms::links(context, region, drill, alarms, &observations).await);
        }
    }
    if context.settings.recovery_alarms.contains(region) {
        let observations = look(steps::switched(context, ON_RECOVERY, region)).await;
        links.extend(observations.iter().map(resource));
        let alarms = [Alarm::Recovery, Alarm::RecoveryData];
        links.extend(metric_alarms::links(context, region, drill, alarms, &observations).await);
    }
    links.extend(people(context, region).await);
    links
}

fn resource(observation: &Observation) -> Link {
    let kind = observation.id().kind;
    let part = if *kind == topic::KIND {
        Part::Topic
    } else if [&function::VALIDATOR, &function::WATCHDOG].contains(&kind) {
        Part::Function
    } else {
        Part::Connection
    };
    Link::of_resource(part, Row::new(observation, None))
}

async fn look(steps: Vec<Arc<dyn Step>>) -> Vec<Observation> {
    let steps = steps.into_iter();
    let desired_steps: Vec<DesiredStep> =
        steps.map(|step| DesiredStep { step, desired: Desired::Present }).collect();
    observe(&desired_steps).await
}

/// Whether the rule would hear of all of this, which AWS documents.
async fn pattern(
    context: &Context,
    receiver: impl Into<Receiver>,
    region: &Region,
    samples: &[Sample],
) -> Link {
    let receiver = receiver.into();
    let link = Link::tried("event pattern", region, context.names.event_rule(receiver));
    match probe::unmatched(context, receiver, region, samples).await {
        Err(failure) => link.unknown(&failure),
        Ok(None) => link.broken("there is no pattern"),
        Ok(Some(unmatched)) if unmatched.is_empty() => {
            link.proved("matches AWS's documented events")
        }
        Ok(Some(unmatched)) => link.broken(format!("it does not match {}", unmatched.join(", "))),
    }
}

/// Why nothing can be said of the function, where Lambda does not answer.
fn silence(observations: &[Observation]) -> Option<Failure> {
    let of_function = |observation: &&Observation| {
        [&function::VALIDATOR, &function::WATCHDOG].contains(&observation.id().kind)
    };
    match &observations.iter().find(of_function)?.live {
        Live::Unknown(failure) if failure.is_silence() => Some(failure.clone()),
        _ => None,
    }
}

/// Whether the function, run with the marked event, gets a message to the topic. It is not tried in vain where Lambda
/// does not even say what it is.
async fn message(
    context: &Context,
    lambda: Lambda,
    region: &Region,
    id: &str,
    observations: &[Observation],
) -> Link {
    let link = Link::tried(
        "drill message",
        region,
        format!(
            "{} → {}",
            context.names.function(lambda),
            context.names.topic_name_in_use(&context.settings, region)
        ),
    );
    let taken = match silence(observations) {
        Some(failure) => Err(failure),
        None => probe::invoke(context, lambda, region, id, &told(observations)).await,
    };
    match taken {
        Err(failure) => link.unknown(&failure),
        Ok(Taken::Broken(why)) => link.broken(why),
        Ok(Taken::Told(message)) => link.proved(format!("SNS accepted message {message}")),
    }
}

/// Whether one subscriber has confirmed, and gets everything. What others have subscribed is theirs
/// to look after.
async fn person(context: &Context, region: &Region, subscription: &Subscription) -> Link {
    let link = Link::subscriber(region, subscription.endpoint().unwrap_or_default());
    let is_ours = ownership(context, subscription) != Ownership::Foreign;
    match (is_ours, is_confirmed(subscription)) {
        (true, true) => (),
        (true, false) => return link.pending("has not confirmed"),
        (false, true) => return link.pending("confirmed, and not recorded: subscribed by others"),
        (false, false) => {
            return link.pending("has not confirmed, and is not recorded: subscribed by others");
        }
    }
    match filter(context, region, subscription).await {
        Ok(None) => link.proved("confirmed"),
        Ok(Some(policy)) => link.broken(format!(
            "a filter policy, which mrbackup does not set, keeps alarms from it: {policy}"
        )),
        Err(failure) => link.unknown(&failure),
    }
}

/// Whether a subscriber of a given topic has confirmed, and gets everything.
async fn theirs(context: &Context, region: &Region, subscription: &Subscription) -> Link {
    let link = Link::subscriber(region, subscription.endpoint().unwrap_or_default());
    if !is_confirmed(subscription) {
        return link.pending("has not confirmed");
    }
    match filter(context, region, subscription).await {
        Ok(None) => link.proved("confirmed"),
        Ok(Some(policy)) => link.pending(format!("confirmed, with a filter policy: {policy}")),
        Err(failure) => link.unknown(&failure),
    }
}

/// Who is told by a given topic: one of them has to get everything.
async fn people_of_given(context: &Context, region: &Region, topic: &str) -> Vec<Link> {
    let no_one =
        Link::subscriber(region, context.names.topic_name_in_use(&context.settings, region));
    let found = match list_of(context, region, topic).await {
        Err(failure) => return vec![no_one.unknown(&failure)],
        Ok(found) => found.unwrap_or_default(),
    };
    let mut links = join_all(found.iter().map(|one| theirs(context, region, one))).await;
    if links.iter().all(Link::is_pending) {
        links.push(
            no_one.broken("no subscriber has confirmed that gets every alarm: alarms reach no one"),
        );
    }
    links
}

/// Who is told by the region's topic.
async fn people(context: &Context, region: &Region) -> Vec<Link> {
    if let Some(topic) = context.settings.given_topics.get(region) {
        return people_of_given(context, region, topic).await;
    }
    let nobody = || Link::subscriber(region, context.names.topic());
    let found = match list_once(context, region).await {
        Err(failure) => return vec![nobody().unknown(&failure)],
        Ok(found) => found.unwrap_or_default(),
    };
    let mut links = join_all(found.iter().map(|one| person(context, region, one))).await;
    let settings = &context.settings;
    let confirmed = found.iter().filter(|one| is_confirmed(one));
    let mut ours = confirmed.clone().filter(|one| ownership(context, one) != Ownership::Foreign);
    // Who wants no subscriber of mrbackup's may have one of their own.
    let theirs = settings.without_alerts && settings.subscribers.is_empty();
    if ours.next().is_none() && (!theirs || confirmed.count() == 0) {
        let who = if found.iter().any(is_confirmed) { "recorded subscriber" } else { "subscriber" };
        links.push(nobody().broken(format!("no {who} has confirmed: alarms reach no one")));
    }
    let hashes: BTreeSet<String> = found
        .iter()
        .map(|one| context.subscriber_hash(one.endpoint().unwrap_or_default()))
        .collect();
    let missing = settings.subscribers.difference(&hashes).count();
    if missing > 0 {
        let subscribers = plural(missing, "recorded subscriber");
        links.push(nobody().broken(format!("{subscribers} not subscribed here")));
    }
    links
}
