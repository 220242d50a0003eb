//! The end of a restore job: the emulator makes the thing, once.

use serde_json::{Value, json};

use crate::account::now;
use crate::emulator::Emulator;
use crate::job::Kind;
use crate::point_events;
use crate::proxied::{Proxied, State};
use crate::restores::events;

/// A job whose time has come, and what it is to make.
pub(crate) struct Due {
    pub(crate) region: String,
    pub(crate) id: String,
    pub(crate) recipe: Value,
}

/// Makes what is due, and tells `EventBridge` what is over. Whoever takes a job from the list makes its thing, so that
/// nobody makes it twice.
pub(crate) async fn finish(emulator: &Emulator, proxied: &Proxied, account: &str) {
    loop {
        let due = proxied.state().store.due_restores.pop();
        let Some(Due { region, id, recipe }) = due else { break };
        let question = json!({ "account": account, "region": region, "job": &recipe });
        let made = emulator.ask(account, "make_restored", &question).await;
        end(&mut proxied.state(), &region, &id, &recipe, &made);
    }
    loop {
        let told = proxied.state().store.restore_events.pop();
        let Some((region, event)) = told else { return };
        emulator.emit(account, &region, &point_events::entry(&event)).await;
    }
}

/// Ends the job with what came of it.
fn end(state: &mut State, region: &str, id: &str, recipe: &Value, made: &Value) {
    let unknown = made["unknown"].as_str().filter(|arn| !arn.is_empty());
    if let Some(arn) = unknown {
        // The emulator has nothing that it could tag.
        let tags = serde_json::from_value(recipe["Tags"].clone()).unwrap_or_default();
        state.tagged.entry(region.to_owned()).or_default().insert(arn.to_owned(), tags);
    }
    let jobs = state.store.jobs.get_mut(&(Kind::Restore, region.to_owned()));
    let Some(job) = jobs.and_then(|jobs| jobs.get_mut(id)) else { return };
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
    let event = events::of(&job.members);
    state.store.restore_events.extend(event.map(|event| (region.to_owned(), event)));
}
