//! What Terraform knows only after it has applied: by the references of its configuration.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::lint::model::{Note, Place};
use crate::lint::terraform::resource::Resource;
use crate::lint::tree::{Kind, Node};
use crate::model::region::Region;

/// The configuration of a plan file; a state has none, and needs none.
pub(super) struct References<'a> {
    document: &'a Value,
    /// `after_unknown` by address.
    unknown: BTreeMap<&'a str, &'a Value>,
    /// Names of vaults, and their regions, by address without index.
    vaults: BTreeMap<String, (String, Option<Region>)>,
}

impl<'a> References<'a> {
    pub(super) fn new(document: &'a Value, resources: &[Resource<'_>]) -> Self {
        let changes = document["resource_changes"].as_array().into_iter().flatten();
        let unknown = changes.filter_map(|change| {
            Some((change["address"].as_str()?, change.pointer("/change/after_unknown")?))
        });
        let mut references = Self { document, unknown: unknown.collect(), vaults: BTreeMap::new() };
        for resource in resources
            .iter()
            .filter(|of| of.kind.starts_with("aws_backup") && of.kind.ends_with("vault"))
        {
            if let Some(name) = resource.values["name"].as_str() {
                let region = references.region(resource);
                let of = (name.to_owned(), region);
                references.vaults.insert(without_index(resource.address), of);
            }
        }
        references
    }

    /// The values of a resource, with a symbol in the place of each that is not known yet.
    pub(super) fn completed(&self, resource: &Resource<'_>) -> Node {
        let mut node = Node::from_value(resource.values);
        let expressions = self.configured(resource.address).map(|of| &of["expressions"]);
        if let Some(unknown) = self.unknown.get(resource.address) {
            let of = Unknown { references: self, address: resource.address };
            of.complete(&mut node, unknown, expressions.unwrap_or(&Value::Null));
        }
        node
    }

    /// The id of a plan, or its address where that is not known.
    pub(super) fn identity(resource: &Resource<'_>) -> String {
        let id = resource.values["id"].as_str();
        id.map_or_else(|| without_index(resource.address), str::to_owned)
    }

    /// The identity of a selection's plan.
    pub(super) fn plan_of(&self, resource: &Resource<'_>) -> Option<String> {
        if let Some(id) = resource.values["plan_id"].as_str() {
            return Some(id.to_owned());
        }
        self.referred(resource, "plan_id")
    }

    /// The name of the vault that a lock is put on.
    pub(super) fn vault_of(&self, lock: &Resource<'_>) -> Option<String> {
        if let Some(name) = lock.values["backup_vault_name"].as_str() {
            return Some(name.to_owned());
        }
        let address = self.referred(lock, "backup_vault_name")?;
        self.vaults.get(&address).map(|(name, _)| name.clone())
    }

    /// The address of the resource that a member refers to.
    fn referred(&self, resource: &Resource<'_>, member: &str) -> Option<String> {
        let configured = self.configured(resource.address)?;
        let reference = first_reference(&configured["expressions"][member])?;
        Some(in_module(resource.address, &resource_part(reference)))
    }

    /// The region of a resource's provider, where its configuration has it as a constant.
    pub(super) fn region(&self, resource: &Resource<'_>) -> Option<Region> {
        if let Some(region) = resource.values["region"].as_str() {
            return Region::parse_lenient(region).ok();
        }
        let fields: Vec<&str> =
            resource.values["arn"].as_str().unwrap_or_default().split(':').collect();
        if let Some(region) = fields.get(3).and_then(|name| Region::parse_lenient(name).ok()) {
            return Some(region);
        }
        let key = self.configured(resource.address)?["provider_config_key"].as_str()?;
        let provider = &self.document["configuration"]["provider_config"][key];
        let region = &provider["expressions"]["region"];
        let variable = first_reference(region).and_then(|name| name.strip_prefix("var."));
        let of_variable =
            || self.document["variables"][variable.unwrap_or_default()]["value"].as_str();
        let region = region["constant_value"].as_str().or_else(of_variable)?;
        Region::parse_lenient(region).ok()
    }

    /// The configuration of a resource, by way of the modules in its address.
    fn configured(&self, address: &str) -> Option<&'a Value> {
        let plain = without_index(address);
        let mut module = self.document.pointer("/configuration/root_module")?;
        let mut rest = plain.as_str();
        while let Some(after) = rest.strip_prefix("module.") {
            let (name, more) = after.split_once('.')?;
            module = &module["module_calls"][name]["module"];
            rest = more;
        }
        module["resources"].as_array()?.iter().find(|resource| resource["address"] == rest)
    }

    /// What a reference is equal to: the ARN or the name of a vault that is known, else a symbol.
    fn symbol(&self, address: &str, reference: &str) -> Kind {
        let of = in_module(address, &resource_part(reference));
        let attribute = reference.rsplit('.').next().unwrap_or_default();
        let why = format!("{reference} is known after apply");
        match (self.vaults.get(&of), attribute) {
            (Some((name, _)), "name" | "id") => Kind::Text(name.clone()),
            (Some((name, region)), "arn") => {
                let region = region.as_ref().map_or("${region}", Region::as_str);
                let text = format!(
                    "arn:${{AWS::Partition}}:backup:{region}:${{AWS::AccountId}}:backup-vault:{name}"
                );
                Kind::Symbolic { text, why }
            }
            _ => Kind::Symbolic { text: format!("${{{}}}", in_module(address, reference)), why },
        }
    }

    /// Without `configuration` what is not known yet has no name.
    pub(super) fn note(&self, place: &Place) -> Option<Note> {
        let has_configuration = self.document.get("configuration").is_some();
        (!self.unknown.is_empty() && !has_configuration).then(|| Note {
            place: place.clone(),
            text: "it has no configuration, so that vaults which are known after apply have no names here".to_owned(),
        })
    }
}

struct Unknown<'a, 'b> {
    references: &'a References<'b>,
    address: &'a str,
}

impl Unknown<'_, '_> {
    fn complete(&self, node: &mut Node, unknown: &Value, expressions: &Value) {
        match unknown {
            Value::Object(members) => {
                let Kind::Map(entries) = &mut node.kind else { return };
                for (member, unknown) in members {
                    let expression = &expressions[member];
                    if let Some((_, node)) = entries.iter_mut().find(|(key, _)| key == member) {
                        self.complete(node, unknown, expression);
                    } else {
                        let mut node = Node::new(None, Kind::Nothing);
                        self.complete(&mut node, unknown, expression);
                        entries.push((member.clone(), node));
                    }
                }
            }
            Value::Array(items) => {
                let Kind::List(nodes) = &mut node.kind else { return };
                for (at, unknown) in items.iter().enumerate() {
                    let Some(node) = nodes.get_mut(at) else { break };
                    let block = block_of(node, at, expressions);
                    self.complete(node, unknown, block);
                }
            }
            Value::Bool(true) => {
                node.kind = match first_reference(expressions) {
                    Some(reference) => self.references.symbol(self.address, reference),
                    None => Kind::Symbolic {
                        text: "${unknown}".to_owned(),
                        why: "known after apply".to_owned(),
                    },
                };
            }
            _ => (),
        }
    }
}

/// The block of the configuration that a block of the values is of: rules are a set, and have names.
fn block_of<'v>(node: &Node, at: usize, expressions: &'v Value) -> &'v Value {
    let blocks = expressions.as_array().map_or(&[][..], Vec::as_slice);
    let name = node.get("rule_name").and_then(Node::text);
    let named = name
        .and_then(|name| blocks.iter().find(|block| block["rule_name"]["constant_value"] == name));
    let ordered = || blocks.get(at).filter(|_| name.is_none());
    named.or_else(ordered).unwrap_or(&Value::Null)
}

fn first_reference(expression: &Value) -> Option<&str> {
    expression["references"].as_array()?.first()?.as_str()
}

/// `aws_backup_vault.dr` of `aws_backup_vault.dr[0].arn`.
fn resource_part(reference: &str) -> String {
    let plain = without_index(reference);
    let words = if plain.starts_with("data.") { 3 } else { 2 };
    plain.split('.').take(words).collect::<Vec<_>>().join(".")
}

/// A name of a module in the words of the whole.
fn in_module(address: &str, name: &str) -> String {
    let plain = without_index(address);
    let mut words = plain.split('.').collect::<Vec<_>>();
    words.truncate(words.len().saturating_sub(2));
    if words.is_empty() { name.to_owned() } else { format!("{}.{name}", words.join(".")) }
}

fn without_index(address: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for c in address.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => (),
        }
    }
    plain
}
