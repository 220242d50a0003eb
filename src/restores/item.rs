//! What is to be brought back: one item a resource, with the restore that it is known by.

use std::collections::BTreeSet;

use crate::model::region::Region;
use crate::model::restore_settings::RestoreSettings;
use crate::model::time::Time;
use crate::recovery::job::RestoreJob;
use crate::recovery::landing::Typed;
use crate::recovery::region_facts::RegionFacts;
use crate::recovery::source::{Choice, Metadata, NoPoint, Source};
use crate::recovery::translate::{Obstacle, TagCopy, Translation};

/// Calls under way at once: AWS Backup throttles more.
pub(super) const AT_ONCE: usize = 10;

/// What is asked for.
pub(crate) struct Scope {
    pub(crate) region: Region,
    /// Types by AWS Backup's names; all where it is empty.
    pub(crate) only_types: BTreeSet<String>,
    /// ARNs; all where it is empty.
    pub(crate) resources: BTreeSet<String>,
    /// ARNs of what comes back before everything else.
    pub(crate) first: Vec<String>,
    pub(crate) choice: Choice,
    pub(crate) typed: Typed,
    pub(crate) settings: RestoreSettings,
    /// Whether what is made only proves something, and is set apart.
    pub(crate) is_drill: bool,
    pub(crate) now: Time,
}

/// One resource that can be brought back, or what stands in the way.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) source: Source,
    /// Whether what is made only proves something.
    pub(crate) is_drill: bool,
    pub(crate) translation: Translation,
    /// A restore of it that runs, or whose result is there.
    pub(crate) earlier: Option<RestoreJob>,
    /// Whether what that restore made lacks what it is reached by: a cluster's writer, a file system's mount targets.
    pub(crate) is_unfinished: bool,
    /// Restores of it that have ended with nothing that is still there.
    pub(crate) attempts: usize,
    /// Ids of the restore jobs of it that were looked at.
    pub(crate) known_jobs: BTreeSet<String>,
    /// Minutes that restores of its type took in this region; `None` where there was none to go by.
    pub(crate) usual_minutes: Option<i64>,
}

/// A resource of which no recovery point is taken.
#[derive(Debug)]
pub(crate) struct LeftOut {
    pub(crate) resource: String,
    pub(crate) kind: String,
    pub(crate) why: NoPoint,
}

/// Everything that was asked for, in the order in which it comes back.
pub(crate) struct RecoveryPlan {
    pub(crate) items: Vec<Item>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) facts: RegionFacts,
}

impl RecoveryPlan {
    /// Where the select tags are not to be there AWS Backup is not told to copy the source's, so that none of them is back.
    pub(crate) fn lose_source_tags(&mut self) {
        for item in &mut self.items {
            if item.translation.tags == TagCopy::Asked && !item.translation.tries.is_empty() {
                item.translation.losses.push("it has none of the source's tags".to_owned());
            }
        }
    }
}

impl Item {
    /// Whether nothing has to be started: it runs already, or is there.
    pub(crate) fn is_adopted(&self) -> bool {
        self.earlier.is_some()
    }

    /// Whether a point has landed since the one that its earlier restore is from.
    pub(crate) fn has_newer_point(&self) -> bool {
        let restored = self.earlier.as_ref().and_then(|job| job.point_created);
        restored.is_some_and(|restored| {
            self.source.point.created.is_some_and(|newest| newest > restored)
        })
    }

    /// What stands in the way of its start.
    pub(crate) fn obstacles(&self) -> &[Obstacle] {
        if self.is_adopted() { &[] } else { &self.translation.obstacles }
    }

    /// The map of a try; the last where there are no more.
    pub(crate) fn map(&self, number: usize) -> Option<&Metadata> {
        self.translation.tries.get(number).or(self.translation.tries.last())
    }
}
