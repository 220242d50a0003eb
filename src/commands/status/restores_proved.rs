//! What `status` reads of the metrics: which restores were proved, and when the watchdog has run.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::account::context::Context;
use crate::account::restore_metrics::{self, Remembered};
use crate::commands::status::options::StatusOptions;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::resource_types::{of_arn, sharing_arns_of};
use crate::model::settings::Settings;
use crate::model::time::Time;
use crate::protection::restores_proved::{REMEMBERED_DAYS, TypeProved, unproved};
use crate::protection::schedule::span;
use crate::report::RestoresProvedRow;

/// What the metrics of each region have kept.
#[derive(Default)]
pub(super) struct Memory {
    regions: Vec<(Region, Result<Remembered, Failure>)>,
}

/// Asks each region that is looked at, and of the watchdog its own.
pub(super) async fn read(context: &Context, look: &StatusOptions) -> Memory {
    let now = Timestamp::now().as_second();
    let regions = context.settings.regions.names().into_iter().filter(|region| look.takes(region));
    let read = regions.map(|region| async move {
        let runs_watchdog = region == context.settings.regions.secondary;
        let remembered = restore_metrics::read(context, &region, runs_watchdog, now).await;
        (region, remembered)
    });
    Memory { regions: join_all(read).await }
}

impl Memory {
    /// When the watchdog was seen last, in a region that was looked at.
    pub(super) fn watchdog_seen(&self) -> Option<Time> {
        let mut read = self.regions.iter().filter_map(|(_, known)| known.as_ref().ok());
        read.find_map(|known| known.watchdog_seen)
    }

    /// A row for each region; of resources that were asked for their types alone. A region of which nothing was read says so
    /// itself.
    pub(super) fn rows(
        &self,
        settings: &Settings,
        look: &StatusOptions,
        away: &[Region],
    ) -> Vec<RestoresProvedRow> {
        let asked: BTreeSet<&str> =
            look.resources.iter().filter_map(|arn| of_arn(arn)).flat_map(sharing_arns_of).collect();
        let is_asked =
            |known: &&TypeProved| look.resources.is_empty() || asked.contains(known.kind.as_str());
        let answers = |(region, known): &&(Region, Result<Remembered, Failure>)| {
            let is_silent = known.as_ref().is_err_and(Failure::is_silence);
            !(is_silent && away.contains(region))
        };
        let row = |(region, known): &(Region, Result<Remembered, Failure>)| {
            let types = match known {
                Ok(known) => Ok(known.types.iter().filter(is_asked).cloned().collect()),
                Err(failure) => Err(failure.into()),
            };
            RestoresProvedRow::new(region, types, settings)
        };
        self.regions.iter().filter(answers).map(row).collect()
    }

    /// That an RTO is not known to be kept, if so: one sentence for the types of `kinds` of which none was proved. Nothing where
    /// a region could not be read.
    pub(super) fn warning(
        &self,
        settings: &Settings,
        look: &StatusOptions,
        kinds: &BTreeSet<String>,
        drill: Option<&str>,
    ) -> Option<String> {
        let known: Option<Vec<&Remembered>> =
            self.regions.iter().map(|(_, known)| known.as_ref().ok()).collect();
        let known: Vec<&TypeProved> = known?.into_iter().flat_map(|known| &known.types).collect();
        let lacking = unproved(settings, kinds, &known);
        let with_rto: Vec<String> = lacking
            .iter()
            .filter_map(|kind| Some(format!("{kind} (RTO {})", span(settings.rto_for(kind)?))))
            .collect();
        let place = match &look.only[..] {
            [] => String::new(),
            only => {
                format!(" in {}", only.iter().map(Region::as_str).collect::<Vec<_>>().join(", "))
            }
        };
        (!with_rto.is_empty()).then(|| {
            format!(
                "no restore was proved{place} in the last {REMEMBERED_DAYS} days of {}, so whether the RTO is kept is unknown{}",
                with_rto.join(", "),
                drill.map(|drill| format!(": `{drill}`")).unwrap_or_default()
            )
        })
    }
}
