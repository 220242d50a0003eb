//! The last link of the second region: CloudWatch's alarms are set off, and its history says whether their messages left.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::account::alarms;
use crate::account::context::Context;
use crate::commands::drill_alarm::Drill;
use crate::commands::drill_alarm::history::{self, Action, LONGEST_SILENCE};
use crate::engine::{Live, Observation};
use crate::failure::{CallSite, Failure};
use crate::model::names::Alarm;
use crate::model::region::Region;
use crate::model::time::{DAY, Time};
use crate::report::Link;
use crate::steps::metric_alarm;

/// CloudWatch keeps the history of an alarm for so long at least (user guide, "Alarm events and
/// EventBridge": 30 days; the API reference has said two weeks).
const HISTORY_IS_KEPT: Time = 14 * DAY;

/// What is left out where an alarm is not tried.
const ALARMS: &str = "its alarms";

/// The messages of these alarms of the region. `observations` are of the alarms among others: what is
/// not ours is not set off.
pub(super) async fn links(
    context: &Context,
    region: &Region,
    drill: &Drill,
    alarms: [Alarm; 2],
    observations: &[Observation],
) -> Vec<Link> {
    let tried = alarms.map(|alarm| async move {
        let names = &context.names;
        let topic = names.topic_name_in_use(&context.settings, region);
        let name = format!("{} → {topic}", names.alarm(alarm));
        let link = Link::tried("alarm message", region, name);
        let of_alarm = |one: &&Observation| one.step.id().kind == metric_alarm::kind(alarm);
        let Some(found) = observations.iter().find(of_alarm) else {
            return link.broken("there is no such alarm");
        };
        match &found.live {
            Live::Unknown(failure) => link.unknown(failure),
            Live::Absent => link.broken("there is no such alarm"),
            Live::NotOurs(_) | Live::Given(_) | Live::Unfit(_) => {
                link.broken("not tried: the alarm is not of this deployment")
            }
            Live::Ours(_) | Live::InProgress(..) if drill.without_alarms => {
                link.not_tried("not tried (--no-alarms)", ALARMS)
            }
            Live::Ours(_) | Live::InProgress(..) => {
                let trial = Trial { context, alarm, region, id: &drill.id };
                trial.run(link.clone()).await.unwrap_or_else(|failure| link.unknown(&failure))
            }
        }
    });
    join_all(tried).await
}

/// One alarm of ours that is tried.
struct Trial<'a> {
    context: &'a Context,
    alarm: Alarm,
    region: &'a Region,
    id: &'a str,
}

impl Trial<'_> {
    async fn run(&self, link: Link) -> Result<Link, Failure> {
        let Self { context, alarm, region, .. } = self;
        let Some(live) = alarms::describe(context, *alarm, region).await? else {
            return Ok(link.broken("there is no such alarm"));
        };
        // An alarm without its action would be waited for in vain.
        if live.actions_enabled != Some(true) {
            return Ok(link.broken("its actions are disabled"));
        }
        if !live.alarm_actions().contains(&context.names.topic_in_use(&context.settings, region)) {
            return Ok(link.broken("it does not notify the topic"));
        }
        let before = history::actions(context, *alarm, region).await?;
        match live.state_value.clone() {
            Some(StateValue::Alarm) => Ok(last_message(link, &live, before.first())),
            former => {
                self.set_off(link, former.unwrap_or(StateValue::InsufficientData), &before).await
            }
        }
    }

    /// Sets the alarm off, waits for its message, and sets it back. CloudWatch evaluates it again by
    /// itself, "often within seconds" (API reference, `SetAlarmState`), but keeps the state of an alarm
    /// that ignores missing data for as long as there is none ("Configuring how CloudWatch alarms treat
    /// missing data"): until the watchdog's next run people would take the drill for a finding.
    async fn set_off(
        &self,
        link: Link,
        former: StateValue,
        before: &[Action],
    ) -> Result<Link, Failure> {
        let name = &self.context.names.deployment;
        let drill = format!("DRILL of mrbackup {name}, {}", self.id);
        let begun = format!("{drill}: nothing is wrong. This tests whether the alarm reaches you");
        self.set(StateValue::Alarm, begun).await?;
        let message = history::newer(self.context, self.alarm, self.region, before).await;
        let over = format!("{drill}, is over: the alarm is as it was before");
        let back = self.set(former, over).await;
        let link = match message? {
            None => link.broken(format!(
                "CloudWatch's history has no message of it after {} s",
                LONGEST_SILENCE.as_secs()
            )),
            Some(Action { failure: Some(words), .. }) => {
                link.broken(format!("CloudWatch could not notify the topic: {words}"))
            }
            Some(Action { failure: None, .. }) => link.proved("CloudWatch notified the topic"),
        };
        Ok(match back {
            Ok(()) => link,
            Err(failure) => link.warned(format!(
                "{}: alarm {} was not set back, and stays on until it is evaluated again: {failure}",
                self.region,
                self.context.names.alarm(self.alarm)
            )),
        })
    }

    async fn set(&self, state: StateValue, reason: String) -> Result<(), Failure> {
        let Self { context, alarm, region, .. } = self;
        let cloudwatch = context.region(region).cloudwatch;
        let send = || {
            cloudwatch
                .set_alarm_state()
                .alarm_name(context.names.alarm(*alarm))
                .state_value(state.clone())
                .state_reason(&reason)
                .send()
        };
        let arn = context.names.alarm_arn(*alarm, region);
        let site = CallSite::new("cloudwatch:SetAlarmState", region, arn);
        context.caller.call(site, send).await?;
        Ok(())
    }
}

/// What the message says with which an alarm went on that is on.
fn last_message(link: Link, live: &MetricAlarm, last: Option<&Action>) -> Link {
    let left = "it is on, and left alone";
    let since = live.state_transitioned_timestamp.or(live.state_updated_timestamp);
    match last {
        Some(Action { failure: Some(words), .. }) => {
            link.broken(format!("{left}; CloudWatch could not notify the topic: {words}"))
        }
        Some(Action { failure: None, at, .. }) => {
            let at = at.and_then(day_and_time).map(|at| format!(" at {at}")).unwrap_or_default();
            link.proved(format!("{left}; CloudWatch notified the topic{at}"))
        }
        None if since.is_some_and(is_forgotten) => link.not_tried(
            format!("not tried: {left}, and went on before CloudWatch's history begins"),
            ALARMS,
        ),
        None => link.broken(format!("{left}, and CloudWatch's history has no message of it")),
    }
}

fn is_forgotten(at: DateTime) -> bool {
    Timestamp::now().as_second() - at.secs() > HISTORY_IS_KEPT
}

fn day_and_time(at: DateTime) -> Option<String> {
    Timestamp::from_second(at.secs()).ok().map(|at| at.strftime("%F %R UTC").to_string())
}
