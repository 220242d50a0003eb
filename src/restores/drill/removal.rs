//! The deletion of what drills made. Each round looks what is there, and takes the next step of each: a run that was killed is
//! finished by the next.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::account::context::Context;
use crate::account::restored::{self, Removal};
use crate::account::security_groups;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::recovery::source::name_of;
use crate::restores::drill::leftovers::{Leftover, What, find};
use crate::terminal::progress::Progress;

/// Between two rounds: short at first, for small resources.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long a clean-up may take: databases take minutes.
const LONGEST: Duration = Duration::from_hours(1);
const IN_USE: &str = "something is still in it";

/// What is still there after a clean-up, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) leftover: Leftover,
    pub(crate) why: String,
    /// Whether it goes without anybody doing more than the next clean-up.
    pub(crate) is_arranged: bool,
}

/// What a clean-up did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleaned {
    /// Each thing that was there and is not any more.
    pub(crate) deleted: Vec<Leftover>,
    pub(crate) left: Vec<Left>,
}

/// Deletes what drills made of these sources, or of any; then the security groups in which nothing is any more.
///
/// # Errors
/// Where it cannot be read what there is, and on Ctrl-C. What cannot be deleted is told in what is left.
pub(crate) async fn clean(
    context: &Context,
    region: &Region,
    only: Option<&BTreeSet<String>>,
) -> Result<Cleaned, Failure> {
    let begun = Instant::now();
    let mut rounds = Rounds::new(context, region);
    let mut pause = FIRST_LOOK;
    loop {
        let there = find(context, region).await?;
        let asked = |leftover: &&Leftover| match (&leftover.source, only) {
            (Some(source), Some(only)) => only.contains(source),
            // A group goes when no drill needs it.
            (None, Some(_)) => there.iter().all(|other| {
                other
                    .source
                    .as_ref()
                    .is_none_or(|source| only.is_some_and(|only| only.contains(source)))
            }),
            (_, None) => true,
        };
        let wanted: Vec<Leftover> = there.iter().filter(asked).cloned().collect();
        if rounds.take(&wanted).await? || begun.elapsed() > LONGEST {
            return Ok(rounds.end());
        }
        context.caller.pause(pause).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

struct Rounds<'a> {
    context: &'a Context,
    region: &'a Region,
    begun: Instant,
    /// All that was seen, with how it is shown.
    seen: BTreeMap<Leftover, Progress>,
    /// What each that has not gone waits for.
    waits: BTreeMap<Leftover, &'static str>,
    /// What is not tried again, and why.
    settled: BTreeMap<Leftover, Left>,
}

impl<'a> Rounds<'a> {
    fn new(context: &'a Context, region: &'a Region) -> Self {
        let (seen, waits, settled) = Default::default();
        Self { context, region, begun: Instant::now(), seen, waits, settled }
    }

    /// Takes the next step of each; says whether nothing more is to be done.
    async fn take(&mut self, there: &[Leftover]) -> Result<bool, Failure> {
        self.show(there);
        let is_open = |leftover: &Leftover| !self.settled.contains_key(leftover);
        let things = || there.iter().filter(|leftover| !leftover.is_group());
        let (some, open) = (things().next().is_some(), things().any(is_open));
        let mut is_over = true;
        for leftover in
            there.iter().filter(|leftover| is_open(leftover)).cloned().collect::<Vec<_>>()
        {
            // A group is the last to go: a thing that is still in it keeps it.
            if leftover.is_group() && some {
                is_over &= !open;
                if !open {
                    self.settle(leftover, IN_USE.to_owned(), false);
                }
                continue;
            }
            match self.step(&leftover).await {
                Ok(Removal::Gone) => is_over = false,
                Ok(Removal::Going(why)) => {
                    is_over = false;
                    self.waits(leftover, why);
                }
                Ok(Removal::Arranged(why)) => self.settle(leftover, why, true),
                Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                Err(failure) => self.settle(leftover, failure.to_string(), false),
            }
        }
        Ok(is_over)
    }

    fn settle(&mut self, leftover: Leftover, why: String, is_arranged: bool) {
        self.waits.remove(&leftover);
        self.settled.insert(leftover.clone(), Left { leftover, why, is_arranged });
    }

    fn waits(&mut self, leftover: Leftover, why: &'static str) {
        if let Some(progress) = self.seen.get(&leftover) {
            progress.waiting(why, self.begun.elapsed());
        }
        self.waits.insert(leftover, why);
    }

    /// Shows what is new, and forgets what has gone.
    fn show(&mut self, there: &[Leftover]) {
        let region = Some(self.region.as_str());
        for leftover in there {
            if !self.seen.contains_key(leftover) {
                let progress = &self.context.caller.progress;
                progress.expect([region]);
                let what = match &leftover.what {
                    What::Running { job } => format!("restore job {job}"),
                    _ => format!("deletion of {}", name_of(&leftover.name())),
                };
                let progress = progress.on_behalf_of(region, &what);
                progress.begin();
                self.seen.insert(leftover.clone(), progress);
            }
        }
        self.waits.retain(|leftover, _| there.contains(leftover));
        self.settled.retain(|leftover, _| there.contains(leftover));
    }

    async fn step(&self, leftover: &Leftover) -> Result<Removal, Failure> {
        let Context { caller, clients, .. } = self.context;
        match &leftover.what {
            What::Thing { thing, .. } => {
                restored::remove(caller, clients, self.region, thing).await
            }
            What::Group { id, .. } => {
                let gone = security_groups::delete(caller, clients, self.region, id).await?;
                Ok(if gone { Removal::Gone } else { Removal::Going(IN_USE) })
            }
            What::Running { .. } => Ok(Removal::Going("its restore has not ended")),
            What::Other { .. } => Err(Failure::refused(
                "mrbackup knows no such resource",
                "delete it, or take the tag mrbackup:drill off",
            )),
        }
    }

    fn end(self) -> Cleaned {
        let Self { seen, waits, mut settled, .. } = self;
        for (leftover, why) in waits {
            let why = format!("it was not gone after an hour: {why}");
            settled.insert(leftover.clone(), Left { leftover, why, is_arranged: false });
        }
        let mut deleted = Vec::new();
        for (leftover, progress) in seen {
            match settled.get(&leftover) {
                Some(left) => progress.end(&left.why, left.is_arranged),
                None if matches!(leftover.what, What::Running { .. }) => {
                    progress.end("ended", true);
                }
                None => {
                    progress.end("deleted", true);
                    deleted.push(leftover);
                }
            }
        }
        Cleaned { deleted, left: settled.into_values().collect() }
    }
}
