//! Resources that would come back under one name. A region that was home before holds points of what it had, and of what came
//! of it elsewhere.

use std::collections::BTreeMap;

use crate::recovery::source::Source;
use crate::recovery::translate::{Obstacle, Translation};

/// Puts in the way of each that another one aims at its name: which of them is meant, a person knows.
pub(crate) fn obstruct(items: &mut [(&Source, &mut Translation)]) {
    let mut aims: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (source, translation) in items.iter() {
        if let Some(place) = place(source, translation) {
            aims.entry(place).or_default().push(source.resource.clone());
        }
    }
    for (source, translation) in items {
        let Some(place) = place(source, translation) else { continue };
        let mut others = aims[&place].iter().filter(|other| **other != source.resource);
        if let Some(other) = others.next() {
            let why = format!(
                "{other} would come back as {} too: choose one with --resource, or leave one for `mrbackup restore` with --as",
                place.1
            );
            translation.obstacles.push(Obstacle::Cannot { why, command: None });
        }
    }
}

/// Where a name is the only one: instances and clusters of RDS share their names, whose case is no matter.
fn place(source: &Source, translation: &Translation) -> Option<(String, String)> {
    let name = translation.target.as_ref()?;
    Some(match source.kind.as_str() {
        "RDS" | "Aurora" | "DocumentDB" | "Neptune" => ("RDS".to_owned(), name.to_lowercase()),
        kind => (kind.to_owned(), name.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recovery_point::RecoveryPoint;
    use crate::recovery::translate::TagCopy;

    fn of(kind: &str, resource: &str, target: Option<&str>) -> (Source, Translation) {
        let source = Source {
            point: RecoveryPoint::default(),
            resource: resource.to_owned(),
            kind: kind.to_owned(),
            metadata: BTreeMap::new(),
            is_cold: false,
        };
        let translation = Translation {
            tries: Vec::new(),
            target: target.map(str::to_owned),
            losses: Vec::new(),
            finish: Vec::new(),
            tags: TagCopy::Asked,
            obstacles: Vec::new(),
        };
        (source, translation)
    }

    #[test]
    fn who_shares_a_name_is_named_to_the_other() {
        let mut items = [
            of("RDS", "east:db:orders", Some("orders")),
            of("Aurora", "west:cluster:Orders", Some("Orders")),
            of("DynamoDB", "east:table/orders", Some("orders")),
            of("DynamoDB", "west:table/Orders", Some("Orders")),
            of("EBS", "east:vol-1", None),
            of("EBS", "west:vol-2", None),
        ];
        let mut refs: Vec<_> =
            items.iter_mut().map(|(source, translation)| (&*source, translation)).collect();
        obstruct(&mut refs);
        let counts: Vec<usize> =
            items.iter().map(|(_, translation)| translation.obstacles.len()).collect();
        assert_eq!(counts, [1, 1, 0, 0, 0, 0]);
        let Obstacle::Cannot { why, .. } = &items[0].1.obstacles[0] else { unreachable!() };
        assert!(why.starts_with("west:cluster:Orders would come back as orders too"), "{why}");
    }
}
