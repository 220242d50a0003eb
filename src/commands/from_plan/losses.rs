//! What a plan has and the settings nearest to it do not, each with its place.

use std::fmt::Display;

use crate::config::file::written::notes::Spot;
use crate::lint::model::{Field, Known};

/// The losses, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) list: Vec<(Spot, String)>,
}

impl Losses {
    pub(super) fn at(&mut self, spot: Spot) -> At<'_> {
        At { spot, losses: self }
    }

    pub(super) fn add(&mut self, spot: Spot, text: impl Into<String>) {
        let loss = (spot, text.into());
        if !self.list.contains(&loss) {
            self.list.push(loss);
        }
    }
}

/// The losses of one place.
pub(super) struct At<'a> {
    spot: Spot,
    losses: &'a mut Losses,
}

impl At<'_> {
    pub(super) fn lose(&mut self, text: impl Into<String>) {
        self.losses.add(self.spot.clone(), text);
    }

    /// Members that no setting holds.
    pub(super) fn lose_all(&mut self, others: &[String]) {
        for other in others {
            self.lose(format!("{other}: mrbackup has no such setting"));
        }
    }

    /// The value, or AWS's default where it is left out; a value that is not known is a loss.
    pub(super) fn known<T: Clone + Display>(
        &mut self,
        field: &Field<T>,
        default: T,
        what: &str,
    ) -> T {
        if matches!(field.value, Known::Unknown) {
            self.lose(format!(
                "{what} is not known from the document: AWS's default, {default}, stands in its place"
            ));
        }
        field.value.or(default.clone()).unwrap_or(default)
    }
}
