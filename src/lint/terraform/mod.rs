//! Terraform's `show -json` of a plan or a state: backup plans, selections and vaults of all modules.

mod references;
mod resource;

use serde_json::Value;

use crate::lint::members::{Reader, TERRAFORM, others, read_conditions};
use crate::lint::model::{AnyTag, Content, Field, Known, Note, Place, Plan, Selection, Vault};
use crate::lint::organization_policy;
use crate::lint::tree::{self, Kind, Node};
use crate::model::region::Region;
use crate::model::vault_lock::VaultLock;
use references::References;
use resource::Resource;

/// What is read of a plan and of a selection, and what Terraform itself adds.
const OF_PLAN: &[&str] =
    &["name", "rule", "arn", "id", "region", "tags", "tags_all", "version", "timeouts"];
const OF_SELECTION: &[&str] = &[
    "name",
    "iam_role_arn",
    "resources",
    "not_resources",
    "selection_tag",
    "condition",
    "id",
    "plan_id",
    "region",
    "timeouts",
];

/// Whether it is worth while to read a text as such a document: state files are large.
pub(crate) fn may_be_it(text: &str) -> bool {
    text.contains("\"format_version\"") || text.contains("\"terraform_version\"")
}

/// Whether a document is one of these.
pub(crate) fn is_it(value: &Value) -> bool {
    root(value).is_some() || value.get("format_version").is_some()
}

fn root(value: &Value) -> Option<&Value> {
    value.pointer("/planned_values/root_module").or_else(|| value.pointer("/values/root_module"))
}

/// Reads all resources about backups.
pub(crate) fn read(value: &Value, place: &Place) -> Content {
    let mut resources = Vec::new();
    if let Some(root) = root(value) {
        collect(root, &mut resources);
    }
    let references = References::new(value, &resources);
    let mut reader = Reader::new(&TERRAFORM);
    let mut content = Content::default();
    let mut plans: Vec<(String, Plan)> = Vec::new();
    for resource in &resources {
        let at = Place { pointer: Some(resource.address.to_owned()), ..place.clone() };
        match resource.kind {
            "aws_backup_plan" => {
                let plan = plan(&mut reader, &references, resource, &at);
                plans.push((References::identity(resource), plan));
            }
            "aws_backup_vault" => content.vaults.extend(vault(&references, resource, &resources)),
            "aws_organizations_policy" => {
                let policy = resource.values["content"].as_str();
                let policy = policy.and_then(|text| tree::json_inside(text).ok());
                if let Some(policy) = policy.filter(organization_policy::is_it) {
                    let policy = organization_policy::read(&policy, &at);
                    content.plans.extend(policy.plans);
                    content.notes.extend(policy.notes);
                }
            }
            _ => (),
        }
    }
    for resource in resources.iter().filter(|resource| resource.kind == "aws_backup_selection") {
        let at = Place { pointer: Some(resource.address.to_owned()), ..place.clone() };
        let selection = selection(&mut reader, &references, resource, &at);
        let of = references.plan_of(resource);
        let plan = plans.iter_mut().find(|(identity, _)| Some(identity) == of.as_ref());
        if let Some((_, plan)) = plan {
            plan.selections.push(selection);
        } else {
            let label = format!("of selection {}", selection.label);
            let selections = vec![selection];
            content.plans.push(Plan { label, selections, place: at, ..Plan::default() });
        }
    }
    content.plans.splice(0..0, plans.into_iter().map(|(_, plan)| plan));
    content.notes.extend(reader.notes);
    content.notes.extend(references.note(place));
    content
}

fn collect<'a>(module: &'a Value, resources: &mut Vec<Resource<'a>>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        let text = |member: &str| resource[member].as_str().unwrap_or_default();
        if resource["mode"] == "managed" || resource["mode"].is_null() {
            let values = &resource["values"];
            resources.push(Resource { address: text("address"), kind: text("type"), values });
        }
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        collect(child, resources);
    }
}

fn plan(
    reader: &mut Reader,
    references: &References<'_>,
    resource: &Resource<'_>,
    place: &Place,
) -> Plan {
    let node = references.completed(resource);
    let name = Reader::symbol(&node, "name");
    if let Some(Kind::Symbolic { why, .. }) = node.get("rule").map(|rules| &rules.kind) {
        let text = format!("its rules are not known ({why}), and were not checked");
        reader.notes.push(Note { place: place.clone(), text });
    }
    let rules = node.get("rule").map_or(&[][..], Node::items);
    let rules = rules.iter().filter(|rule| matches!(rule.kind, Kind::Map(_)));
    let rules: Vec<_> = rules.map(|rule| reader.rule(rule, place)).collect();
    let arn = resource.values["arn"].as_str().unwrap_or_default();
    let fields: Vec<&str> = arn.split(':').collect();
    let region = fields.get(3).and_then(|name| Region::parse_lenient(name).ok());
    let label = match &name.value {
        Known::Is(name) => name.clone(),
        _ => resource.address.to_owned(),
    };
    Plan {
        label,
        name,
        regions: region.or_else(|| references.region(resource)).into_iter().collect(),
        account: fields.get(4).map(|account| (*account).to_owned()),
        rules,
        others: others(&node, OF_PLAN),
        id: resource.values["id"].as_str().map(str::to_owned),
        place: place.clone(),
        ..Plan::default()
    }
}

fn selection(
    reader: &mut Reader,
    references: &References<'_>,
    resource: &Resource<'_>,
    place: &Place,
) -> Selection {
    let node = references.completed(resource);
    let (resources, all) = reader.texts(&node, "resources", place);
    let (not_resources, all_but) = reader.texts(&node, "not_resources", place);
    let tags = node.get("selection_tag").map_or(&[][..], Node::items);
    let tag = |tag: &Node| {
        let word =
            |member: &str| tag.get(member).and_then(Node::text).unwrap_or_default().to_owned();
        AnyTag { key: word("key"), values: vec![word("value")] }
    };
    let conditions = node.get("condition").map_or(&[][..], Node::items).iter();
    let conditions = conditions.flat_map(|block| read_conditions(block, ("key", "value")));
    let name = Reader::symbol(&node, "name");
    Selection {
        label: name.value.get().cloned().unwrap_or_else(|| resource.address.to_owned()),
        name,
        role: role(&node),
        resources,
        not_resources,
        any_tags: tags.iter().filter(|tag| matches!(tag.kind, Kind::Map(_))).map(tag).collect(),
        conditions: conditions.collect(),
        is_known: all && all_but,
        others: others(&node, OF_SELECTION),
        id: resource.values["id"].as_str().map(str::to_owned),
        place: place.clone(),
    }
}

fn role(node: &Node) -> Field<String> {
    node.get("iam_role_arn").map(crate::lint::members::symbol_of).unwrap_or_default()
}

/// A vault, with the lock that another resource puts on it.
fn vault(
    references: &References<'_>,
    resource: &Resource<'_>,
    resources: &[Resource<'_>],
) -> Option<Vault> {
    let name = resource.values["name"].as_str()?.to_owned();
    let locks =
        resources.iter().filter(|other| other.kind == "aws_backup_vault_lock_configuration");
    let mut lock =
        locks.filter(|lock| references.vault_of(lock).as_deref() == Some(&name)).map(|lock| {
            let days = |member: &str| lock.values[member].as_i64();
            VaultLock {
                final_from: None,
                min_days: days("min_retention_days"),
                max_days: days("max_retention_days"),
            }
        });
    let lock = lock.next_back();
    let key = resource.values["kms_key_arn"].as_str().map(str::to_owned);
    Some(Vault { name, region: references.region(resource), lock, key, is_air_gapped: false })
}
