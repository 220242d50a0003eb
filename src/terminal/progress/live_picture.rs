//! The live picture on a terminal: a line for each region, with how much is done and what is waited for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::terminal::printable::printable;

/// Columns of the longest region's name.
const PLACE_WIDTH: usize = 14;

/// The lines of a command that is at work. It names no resource: the summary that takes its place does.
pub(super) struct LivePicture {
    rows: MultiProgress,
    places: Vec<(Arc<str>, Place)>,
}

/// What is done in a region.
struct Place {
    row: ProgressBar,
    total: usize,
    done: usize,
    /// What is at work, with why it waits and since when.
    running: BTreeMap<Arc<str>, Option<(String, Instant)>>,
    /// Calls that are not answered yet, the longest first: IAM's name of each, and since when it is waited for.
    calls: BTreeMap<usize, (&'static str, Instant)>,
}

impl LivePicture {
    /// The picture on stderr, or nowhere.
    pub(super) fn new(is_shown: bool) -> Self {
        let target =
            if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { rows: MultiProgress::with_draw_target(target), places: Vec::new() }
    }

    /// So many steps will be worked on in each of these places, in the order in which they are shown.
    pub(super) fn expect(&mut self, places: &[(Arc<str>, usize)]) {
        self.clear();
        for (place, total) in places {
            self.place(place).total = *total;
        }
        self.places.iter().for_each(|(name, place)| place.draw(name));
    }

    /// A call in a place of the picture is waited for. `number` counts the calls of a command.
    pub(super) fn call(&mut self, place: &str, number: usize, action: &'static str) {
        self.change_known(place, |place| {
            place.calls.insert(number, (action, Instant::now()));
        });
    }

    pub(super) fn call_ended(&mut self, place: &str, number: usize) {
        self.change_known(place, |place| {
            place.calls.remove(&number);
        });
    }

    pub(super) fn begin(&mut self, place: &Arc<str>, step: &Arc<str>) {
        self.change(place, |place| {
            place.running.insert(Arc::clone(step), None);
        });
    }

    pub(super) fn waiting(
        &mut self,
        place: &Arc<str>,
        step: &Arc<str>,
        why: &str,
        since: Duration,
    ) {
        self.change(place, |place| {
            let since = Instant::now().checked_sub(since).unwrap_or_else(Instant::now);
            place.running.insert(Arc::clone(step), Some((why.to_owned(), since)));
        });
    }

    pub(super) fn end(&mut self, place: &Arc<str>, step: &Arc<str>) {
        self.change(place, |place| {
            place.running.remove(step);
            place.done += 1;
        });
    }

    /// Takes the picture off the screen.
    pub(super) fn clear(&mut self) {
        self.places.drain(..).for_each(|(_, place)| place.row.finish_and_clear());
    }

    /// Writes lines above the picture.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        self.rows.suspend(write);
    }

    fn change(&mut self, name: &Arc<str>, change: impl FnOnce(&mut Place)) {
        let place = self.place(name);
        change(place);
        place.draw(name);
    }

    fn change_known(&mut self, name: &str, change: impl FnOnce(&mut Place)) {
        let known = self.places.iter_mut().find(|(known, _)| &**known == name);
        if let Some((_, place)) = known {
            change(place);
            place.draw(name);
        }
    }

    fn place(&mut self, name: &Arc<str>) -> &mut Place {
        let at = self.places.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            let row = self.rows.add(ProgressBar::new_spinner().with_style(style()));
            row.enable_steady_tick(Duration::from_millis(100));
            let (running, calls) = (BTreeMap::new(), BTreeMap::new());
            let place = Place { row, total: 0, done: 0, running, calls };
            self.places.push((Arc::clone(name), place));
            self.places.len() - 1
        });
        &mut self.places[at].1
    }
}

impl Place {
    fn draw(&self, name: &str) {
        let Self { row, total, done, .. } = self;
        let done = match total {
            // Who only reads does not know how much there is.
            0 => "reading".to_owned(),
            _ => format!("{done:>2} of {total}"),
        };
        let at_work = if *total == 0 { self.asked() } else { self.at_work(name) };
        let line = format!("{name:<PLACE_WIDTH$}  {done}{at_work}");
        row.set_message(printable(&line));
    }

    /// The call that is waited for the longest.
    fn asked(&self) -> String {
        let Some((action, since)) = self.calls.values().next() else {
            self.row.reset_elapsed();
            return String::new();
        };
        self.row.set_elapsed(since.elapsed());
        format!("  waits for {action}")
    }

    /// What has waited the longest, or else what is at work.
    fn at_work(&self, place: &str) -> String {
        let short = |step: &str| step.trim_start_matches(place).trim_start().to_owned();
        let waits = self.running.iter().filter_map(|(step, wait)| Some((step, wait.as_ref()?)));
        if let Some((step, (why, since))) = waits.min_by_key(|(_, (_, since))| *since) {
            self.row.set_elapsed(since.elapsed());
            return format!("  {} waits: {why}", short(step));
        }
        self.row.reset_elapsed();
        let steps: Vec<String> = self.running.keys().map(|step| short(step)).collect();
        if steps.is_empty() { String::new() } else { format!("  {}", steps.join(", ")) }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {wide_msg} {elapsed:>4}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_reads_is_shown_the_call_of_each_region_that_is_waited_for_the_longest() {
        let mut picture = LivePicture::new(false);
        picture.expect(&[("us-east-1".into(), 0), ("us-west-2".into(), 0)]);
        picture.call("us-west-2", 1, "backup:ListBackupVaults");
        picture.call("us-west-2", 2, "backup:ListTags");
        picture.call("eu-west-1", 3, "backup:ListTags");
        let messages = |picture: &LivePicture| {
            let rows = picture.places.iter().map(|(_, place)| place.row.message());
            rows.collect::<Vec<_>>()
        };
        let idle = "us-east-1       reading";
        let waits = "us-west-2       reading  waits for backup:ListBackupVaults";
        assert_eq!(messages(&picture), [idle, waits]);
        picture.call_ended("us-west-2", 1);
        let waits = "us-west-2       reading  waits for backup:ListTags";
        assert_eq!(messages(&picture), [idle, waits]);
        picture.call_ended("us-west-2", 2);
        assert_eq!(messages(&picture), [idle, "us-west-2       reading"]);
    }
}
