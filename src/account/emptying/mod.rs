//! Empties a vault, where that was said in so many words: jobs first, then its recovery points, and waits until they are gone.

mod jobs;
mod left;
mod requests;

use std::time::Duration;

use tokio::time::Instant;

use crate::account::context::Context;
use crate::failure::Failure;
use crate::model::settings::VaultId;
use crate::protection::deletion::DeletionPolicy;
use crate::terminal::wrap::plural;

pub(crate) use jobs::{RunningJob, foreign, running, spared};
use left::{Asked, Left, look};
use requests::delete_all;

/// How long deleted points may take to go, without any of them going.
const NO_PROGRESS_LIMIT: Duration = Duration::from_mins(10);
/// Between two looks at a vault: each reads all that is left in it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Empties a vault as was decided; says why where something has to stay in it.
pub(crate) async fn empty(
    context: &Context,
    vault: &VaultId,
    policy: &DeletionPolicy,
) -> Result<Option<String>, Failure> {
    let jobs_of_others = jobs::end_jobs(context, vault, policy).await?;
    let begun = Instant::now();
    let (mut before, mut last_news, mut pause) = (usize::MAX, begun, FIRST_PAUSE);
    let (mut busy, mut asked) = (None, Asked::default());
    loop {
        let mut left = look(context, vault, policy, &mut asked).await?;
        left.staying.jobs = jobs_of_others;
        if left.has_ended() {
            return Ok(left.because());
        }
        let points = plural(left.going, "recovery point");
        let news = left.going < before;
        if !news && last_news.elapsed() > NO_PROGRESS_LIMIT {
            return Ok(Some(without_progress(&points, busy.or(left.words))));
        }
        context.caller.progress.waiting(&format!("{points} to delete"), begun.elapsed());
        let Left { pending, going, .. } = left;
        let result = delete_all(context, vault, policy, pending).await?;
        asked.at.get_or_insert_with(Instant::now);
        if let Some(why) = result.why {
            let refused = plural(result.refused, "recovery point");
            return Ok(Some(format!("{refused} cannot be deleted: {why}")));
        }
        busy = result.busy;
        if news {
            // Counted from when they were asked for, which takes long where there are many.
            (before, last_news) = (going, Instant::now());
        }
        context.caller.pause(pause).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn without_progress(points: &str, words: Option<String>) -> String {
    let words = words.map(|words| format!(": {words}")).unwrap_or_default();
    let minutes = NO_PROGRESS_LIMIT.as_secs() / 60;
    format!("{points} still there after {minutes} min without progress{words}")
}
