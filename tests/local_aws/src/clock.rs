//! Time, of which a test decides: what happens in an account because some of it has passed.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::account::Account;

/// Why a scheduled rule has come to nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum NotRun {
    /// The function was not run: the rule is disabled, the permission is missing, and so on.
    Refused(String),
    /// What the function has raised, at its last attempt.
    Failed(Value),
}

impl fmt::Display for NotRun {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => formatter.write_str(why),
            Self::Failed(error) => write!(formatter, "the function failed: {error}"),
        }
    }
}

impl Account {
    /// Lets time pass for `CloudWatch`: its data points of this account become that much older, in all regions, and its
    /// alarms are judged at the end of every period in between. All else keeps to the clock on the wall: the dates of
    /// recovery points and jobs are the test's to choose.
    #[track_caller]
    pub fn advance(&self, time: Duration) {
        let question = json!({ "account": self.id(), "seconds": time.as_secs_f64() });
        self.ask("advance", &question);
    }

    /// The state of an alarm: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    ///
    /// # Panics
    ///
    /// When there is no such alarm.
    #[track_caller]
    pub fn alarm_state(&self, region: &str, alarm: &str) -> String {
        let names = json!({ "AlarmNames": [alarm] });
        let answer = self.call("cloudwatch", region, "describe_alarms", names);
        let state = answer["MetricAlarms"][0]["StateValue"].as_str();
        state.unwrap_or_else(|| panic!("there is no alarm {alarm} in {region}")).to_owned()
    }

    /// It is time for a scheduled rule: runs the function that is its target, with the target's input, and waits for
    /// its end, retries and the destination of failures included. Returns what the function returned.
    ///
    /// # Errors
    ///
    /// What the function raised, or why nobody has run it.
    #[track_caller]
    pub fn run_schedule(&self, region: &str, rule: &str) -> Result<Value, NotRun> {
        let question = json!({ "account": self.id(), "region": region, "rule": rule });
        let mut answer = self.ask("run_schedule", &question);
        if let Some(why) = answer["refused"].as_str() {
            return Err(NotRun::Refused(why.to_owned()));
        }
        match answer["error"].take() {
            Value::Null => Ok(answer["ok"].take()),
            error => Err(NotRun::Failed(error)),
        }
    }
}
