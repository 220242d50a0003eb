//! What AWS CLI prints and takes: `get-backup-plan`, `get-backup-selection`, and the documents of `create-...`.

use crate::lint::members::{API, Reader, others};
use crate::lint::model::{Content, Known, Place, Plan, Selection};
use crate::lint::tree::Node;
use crate::model::region::Region;

/// Whether a document is one of these.
pub(crate) fn is_it(node: &Node) -> bool {
    let of_one = |node: &Node| {
        let has = |member: &str| node.get(member).is_some();
        has("BackupPlan") || has("BackupSelection") || has("Rules") || has("IamRoleArn")
    };
    let items = node.items();
    !items.is_empty() && items.iter().all(of_one)
}

/// Reads a document, or a list of several.
pub(crate) fn read(node: &Node, place: &Place) -> Content {
    let mut reader = Reader::new(&API);
    let mut content = Content::default();
    let several = node.items().len() > 1;
    for (at, item) in node.items().iter().enumerate() {
        let pointer = Some(if several { format!("/{at}") } else { String::new() });
        let place = Place { pointer, ..place.at(item.line) };
        content.plans.push(plan(&mut reader, item, &place));
    }
    join(&mut content.plans);
    content.notes = reader.notes;
    content
}

fn plan(reader: &mut Reader, node: &Node, place: &Place) -> Plan {
    let (document, inside) = match node.get("BackupPlan") {
        Some(document) => (document, "/BackupPlan"),
        None => (node, ""),
    };
    let pointer = place.pointer.clone().unwrap_or_default();
    let at = |rest: String| Place { pointer: Some(format!("{pointer}{rest}")), ..place.clone() };
    let rules = document.get("Rules").map_or(&[][..], Node::items);
    let rules = rules.iter().enumerate();
    let rules = rules.map(|(n, rule)| reader.rule(rule, &at(format!("{inside}/Rules/{n}"))));
    let rules = rules.collect();
    let selection =
        node.get("BackupSelection").or(Some(node).filter(|node| node.get("IamRoleArn").is_some()));
    let id = |member: &str| node.get(member).and_then(Node::text).map(str::to_owned);
    let selections: Vec<_> = selection
        .iter()
        .map(|selection| Selection { id: id("SelectionId"), ..reader.selection(selection, place) })
        .collect();
    let name = Reader::symbol(document, "BackupPlanName");
    let id = id("BackupPlanId");
    let arn = node.get("BackupPlanArn").and_then(Node::text).unwrap_or_default();
    let fields: Vec<&str> = arn.split(':').collect();
    let region = fields.get(3).and_then(|region| Region::parse_lenient(region).ok());
    let label = match &name.value {
        Known::Is(name) => name.clone(),
        _ => id.clone().unwrap_or_default(),
    };
    Plan {
        label,
        name,
        regions: region.into_iter().collect(),
        account: fields.get(4).map(|account| (*account).to_owned()),
        rules,
        selections,
        others: if rules_of(document) { others(document, &OF_PLAN) } else { Vec::new() },
        id: id.clone(),
        place: Place { pointer: id.or(place.pointer.clone()), ..place.clone() },
        ..Plan::default()
    }
}

/// What is read of a plan.
const OF_PLAN: [&str; 2] = ["BackupPlanName", "Rules"];

fn rules_of(document: &Node) -> bool {
    document.get("Rules").is_some()
}

/// Puts selections to the plan of their id, where both are in the document.
fn join(plans: &mut Vec<Plan>) {
    let (mut whole, alone): (Vec<Plan>, Vec<Plan>) =
        std::mem::take(plans).into_iter().partition(|plan| !plan.rules.is_empty());
    for plan in alone {
        let of_it = |other: &&mut Plan| other.place.pointer == plan.place.pointer;
        match whole.iter_mut().find(of_it).filter(|_| !plan.selections.is_empty()) {
            Some(other) => other.selections.extend(plan.selections),
            None => whole.push(plan),
        }
    }
    *plans = whole;
}
