//! Backup policies of AWS Organizations, with their inheritance operators and as effective policies.

use crate::lint::members::{ORGANIZATION, Reader, others};
use crate::lint::model::{
    AnyTag, Condition, Content, Field, Known, Note, Operator, Place, Plan, Rule, Selection,
};
use crate::lint::tree::{Kind, Node};
use crate::model::region::Region;

/// Whether a document is one of these.
pub(crate) fn is_it(node: &Node) -> bool {
    node.get("plans").is_some_and(|plans| matches!(plans.kind, Kind::Map(_)))
}

/// The text of a policy inside what AWS CLI prints of it (`describe-policy`, `describe-effective-policy`).
pub(crate) fn inside(node: &Node) -> Option<&str> {
    let of = |outer: &str, inner: &str| node.get(outer)?.get(inner)?.text();
    of("Policy", "Content").or_else(|| of("EffectivePolicy", "PolicyContent"))
}

/// Reads the plans of a policy. What the policies above it add is not in the document.
pub(crate) fn read(node: &Node, place: &Place) -> Content {
    let mut reader = Reader::new(&ORGANIZATION);
    let plans = node.get("plans").map_or(&[][..], Node::entries);
    let plans: Vec<Plan> = plans
        .iter()
        .filter(|(name, _)| !name.starts_with("@@"))
        .map(|(name, plan)| read_plan(&mut reader, name, plan, place))
        .collect();
    let mut notes = reader.notes;
    if inherits(node) {
        let text = "what policies above this one assign is not in the document, and was not checked: lint the effective policy for that (aws organizations describe-effective-policy --policy-type BACKUP_POLICY)";
        notes.push(Note { place: place.clone(), text: text.to_owned() });
    }
    Content { plans, vaults: Vec::new(), notes }
}

/// Whether it has an operator that a policy above may give something to.
fn inherits(node: &Node) -> bool {
    match &node.kind {
        Kind::Map(entries) => entries.iter().any(|(key, value)| {
            ["@@append", "@@remove"].contains(&key.as_str()) || inherits(value)
        }),
        Kind::List(items) => items.iter().any(inherits),
        _ => false,
    }
}

/// The node without operators: what is assigned or appended stands in its place.
fn assigned(node: &Node) -> Node {
    for operator in ["@@assign", "@@append"] {
        if let Some(value) = node.get(operator) {
            return value.clone();
        }
    }
    let kind = match &node.kind {
        Kind::Map(entries) => {
            let entries = entries.iter().filter(|(key, _)| !key.starts_with("@@"));
            Kind::Map(entries.map(|(key, node)| (key.clone(), assigned(node))).collect())
        }
        Kind::List(items) => Kind::List(items.iter().map(assigned).collect()),
        other => other.clone(),
    };
    Node::new(node.line, kind)
}

fn read_plan(reader: &mut Reader, name: &str, node: &Node, place: &Place) -> Plan {
    let document = assigned(node);
    let pointer = format!("/plans/{name}");
    let place = Place { pointer: Some(pointer.clone()), ..place.at(document.line) };
    let (regions, _) = reader.texts(&document, "regions", &place);
    let rules = document.get("rules").map_or(&[][..], Node::entries).iter();
    let rules = rules.map(|(name, rule)| {
        let pointer = Some(format!("{pointer}/rules/{name}"));
        read_rule(reader, name, rule, &Place { pointer, ..place.clone() })
    });
    let rules = rules.collect();
    Plan {
        label: name.to_owned(),
        name: Field { value: Known::Is(name.to_owned()), line: document.line },
        regions: regions.iter().filter_map(|name| Region::parse_lenient(name).ok()).collect(),
        rules,
        selections: selections(reader, &document, &place),
        others: others(&document, &["regions", "rules", "selections", "backup_plan_tags"]),
        place,
        ..Plan::default()
    }
}

fn read_rule(reader: &mut Reader, name: &str, node: &Node, place: &Place) -> Rule {
    let copies = node.get(ORGANIZATION.copies).map_or(&[][..], Node::entries);
    let copies = copies.iter().map(|(arn, copy)| {
        let key = Node::new(copy.line, Kind::Text(arn.clone()));
        let vault = copy.get(ORGANIZATION.destination).cloned().unwrap_or(key);
        let pointer = place.pointer.as_ref().map(|at| format!("{at}/copy_actions/{arn}"));
        reader.copy(copy, Some(&vault), Place { pointer, ..place.at(copy.line) })
    });
    let copies: Vec<_> = copies.collect();
    // The list that the shared reader would make of the map is none.
    let without = node.entries().iter().filter(|(key, _)| key != ORGANIZATION.copies).cloned();
    let rest = Node::new(node.line, Kind::Map(without.collect()));
    let name = Field { value: Known::Is(name.to_owned()), line: node.line };
    Rule { name, copies, ..reader.rule(&rest, place) }
}

/// By tags any value of which selects, or by types and conditions that have to hold together.
fn selections(reader: &mut Reader, plan: &Node, place: &Place) -> Vec<Selection> {
    let Some(all) = plan.get("selections") else { return Vec::new() };
    let mut selections = Vec::new();
    for (kind, named) in all.entries() {
        for (name, node) in named.entries() {
            let pointer = place.pointer.as_ref().map(|at| format!("{at}/selections/{kind}/{name}"));
            let place = Place { pointer, ..place.at(node.line) };
            let (resources, known) = reader.texts(node, "resource_types", &place);
            let (not_resources, rest) = reader.texts(node, "not_resource_types", &place);
            selections.push(Selection {
                label: name.clone(),
                name: Field { value: Known::Is(name.clone()), line: node.line },
                role: Reader::symbol(node, "iam_role_arn"),
                resources,
                not_resources,
                // One key; its values are alternatives by design.
                any_tags: any_tag(node).into_iter().collect(),
                conditions: conditions(node),
                is_known: known && rest,
                others: others(node, &OF_SELECTION),
                id: None,
                place,
            });
        }
    }
    selections
}

/// What is read of a selection.
const OF_SELECTION: [&str; 6] =
    ["iam_role_arn", "tag_key", "tag_value", "resource_types", "not_resource_types", "conditions"];

fn any_tag(selection: &Node) -> Option<AnyTag> {
    let key = selection.get("tag_key")?.text()?.to_owned();
    let values = selection.get("tag_value").map_or(&[][..], Node::items);
    Some(AnyTag { key, values: values.iter().map(Node::shown).collect() })
}

/// The conditions, each under a name of its own.
fn conditions(selection: &Node) -> Vec<Condition> {
    let lists = selection.get("conditions").map_or(&[][..], Node::entries).iter();
    let one = |operator: &str, node: &Node| {
        let word = |member: &str| node.get(member).map(Node::shown).unwrap_or_default();
        let operator = Operator::parse(operator);
        Condition { operator, key: word("condition_key"), value: word("condition_value") }
    };
    lists
        .flat_map(|(operator, named)| {
            named.entries().iter().map(move |(_, node)| one(operator, node))
        })
        .collect()
}
