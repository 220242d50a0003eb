//! Time, of which a test decides: what happens in an account because some of it has passed.

use std::time::Duration;

use serde_json::json;

use super::account::Account;

impl Account {
    /// Lets time pass for `CloudWatch`: its data points of this account become that much older, in all regions, and its
    /// alarms are judged at the end of every period in between. All else keeps to the clock on the wall: the dates of
    /// recovery points and jobs are the test's to choose.
    #[track_caller]
    pub(crate) fn advance(&self, time: Duration) {
        let question = json!({ "account": self.id(), "seconds": time.as_secs_f64() });
        self.ask("advance", &question);
    }
}
