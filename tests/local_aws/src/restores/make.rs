//! The end of a restore job: the emulator makes the thing, once.

use serde_json::{Value, json};

use crate::account::now;
use crate::emulator::Emulator;
use crate::job::Kind;
use crate::proxied::Proxied;

/// A job whose time has come, and what it is to make.
pub(crate) struct Due {
    pub(crate) region: String,
    pub(crate) id: String,
    pub(crate) recipe: Value,
}

/// Makes what is due. Whoever takes a job from the list makes its thing, so that nobody makes it twice.
pub(crate) async fn finish(emulator: &Emulator, proxied: &Proxied, account: &str) {
    loop {
        let due = proxied.state().store.due_restores.pop();
        let Some(Due { region, id, recipe }) = due else { return };
        let question = json!({ "account": account, "region": region, "job": recipe });
        let made = emulator.ask(account, "make_restored", &question).await;
        let mut state = proxied.state();
        let jobs = state.store.jobs.get_mut(&(Kind::Restore, region));
        let Some(job) = jobs.and_then(|jobs| jobs.get_mut(&id)) else { continue };
        let text = |member: &str| made[member].as_str().filter(|text| !text.is_empty());
        match (text("arn"), text("failed")) {
            (Some(arn), _) => {
                job.end("COMPLETED", None, text("message").map(str::to_owned));
                job.members["CreatedResourceArn"] = arn.into();
                job.members["PercentDone"] = "100.00%".into();
            }
            (None, failed) => {
                let why = failed.map_or_else(|| made.to_string(), str::to_owned);
                job.end("FAILED", None, Some(why));
            }
        }
        job.members["CompletionDate"] = now().into();
    }
}
