//! In which order things come back: what takes longest and what others need first, instances last.

use crate::recovery::source::Source;

/// What waits for what: instances boot and connect to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Database,
    Store,
    Volume,
    Instance,
}

impl Rank {
    pub(crate) fn of(kind: &str) -> Self {
        match kind {
            "Aurora" | "DocumentDB" | "Neptune" | "RDS" => Self::Database,
            "EBS" => Self::Volume,
            "EC2" => Self::Instance,
            _ => Self::Store,
        }
    }
}

/// Puts sources in the order of their restores: those that a person wants first, in that order; then databases, stores,
/// volumes, instances, and of each the largest first.
pub(crate) fn sort<T>(items: &mut [T], first: &[String], source: impl Fn(&T) -> &Source) {
    items.sort_by_cached_key(|item| {
        let source = source(item);
        let wanted = first.iter().position(|arn| *arn == source.resource).unwrap_or(first.len());
        let size = source.point.bytes.unwrap_or_default();
        (wanted, Rank::of(&source.kind), std::cmp::Reverse(size), source.resource.clone())
    });
}
