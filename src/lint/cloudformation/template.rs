//! A template with its parameters and conditions: what is known of them, and each case of what is not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::lint::tree::{Kind, Node};

/// More conditions than these are not tried in all of their cases.
const CONDITIONS_MAX: usize = 4;
/// References go no deeper, in a template that AWS takes.
pub(super) const DEEPEST: usize = 50;

/// A template in one case of its unknown conditions.
pub(super) struct Template<'a> {
    root: &'a Node,
    /// What the case is, of the conditions that are not known.
    assumed: BTreeMap<String, bool>,
    /// Parameters whose default was taken: `Days=35`.
    defaults: RefCell<BTreeSet<String>>,
}

impl<'a> Template<'a> {
    pub(super) fn new(root: &'a Node) -> Self {
        Self { root, assumed: BTreeMap::new(), defaults: RefCell::default() }
    }

    pub(super) fn section(&self, name: &str) -> &'a [(String, Node)] {
        self.root.get(name).map_or(&[][..], Node::entries)
    }

    pub(super) fn entry(&self, section: &str, name: &str) -> Option<&'a Node> {
        self.section(section).iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// The resources that are made in this case: logical id, type, and the resource.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a Node)> {
        self.section("Resources").iter().filter_map(|(id, resource)| {
            let condition = resource.get("Condition").and_then(Node::text);
            let is_made = condition.is_none_or(|name| self.condition(name, 0) != Some(false));
            let kind = resource.get("Type").and_then(Node::text)?;
            is_made.then_some((id.as_str(), kind, resource))
        })
    }

    /// The default of a parameter.
    pub(super) fn default_of(&self, name: &str) -> Option<&'a Node> {
        let default = self.entry("Parameters", name)?.get("Default")?;
        if let Some(text) = default.text() {
            self.defaults.borrow_mut().insert(format!("{name}={text}"));
        }
        Some(default)
    }

    /// The parameters whose defaults were taken, each with it.
    pub(super) fn used_defaults(&self) -> BTreeSet<String> {
        self.defaults.borrow().clone()
    }

    /// Whether a condition holds; `None` where that is not known.
    pub(super) fn condition(&self, name: &str, depth: usize) -> Option<bool> {
        if let Some(assumed) = self.assumed.get(name) {
            return Some(*assumed);
        }
        let condition = self.entry("Conditions", name)?;
        (depth < DEEPEST).then(|| self.holds(condition, depth + 1))?
    }

    fn holds(&self, condition: &Node, depth: usize) -> Option<bool> {
        if depth > DEEPEST {
            return None;
        }
        let (function, argument) = condition.single()?;
        let all = || argument.items().iter().map(|item| self.holds(item, depth + 1));
        match function {
            "Condition" => self.condition(argument.text()?, depth + 1),
            "Fn::Not" => all().next()?.map(|holds| !holds),
            "Fn::And" if all().any(|holds| holds == Some(false)) => Some(false),
            "Fn::And" => all().all(|holds| holds == Some(true)).then_some(true),
            "Fn::Or" if all().any(|holds| holds == Some(true)) => Some(true),
            "Fn::Or" => all().all(|holds| holds == Some(false)).then_some(false),
            "Fn::Equals" => {
                let [one, other] = argument.items() else { return None };
                let (one, other) = (self.resolved(one), self.resolved(other));
                Some(one.text()? == other.text()?)
            }
            _ => None,
        }
    }

    /// The conditions that decide something about backups and are not known.
    fn open_conditions(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        let of_backup = self.section("Resources").iter().filter(|(_, resource)| {
            resource
                .get("Type")
                .and_then(Node::text)
                .is_some_and(|kind| kind.starts_with("AWS::Backup::"))
        });
        for (_, resource) in of_backup {
            names.extend(resource.get("Condition").and_then(Node::text).map(str::to_owned));
            ifs(resource, &mut names);
        }
        names.retain(|name| self.condition(name, 0).is_none());
        names.into_iter().collect()
    }

    pub(super) fn has_too_many_conditions(&self) -> bool {
        self.open_conditions().len() > CONDITIONS_MAX
    }

    /// Each case of the conditions that are not known, with its words; one without any where all are known.
    pub(super) fn variants(&self) -> Vec<(Option<String>, Self)> {
        let open = self.open_conditions();
        if open.is_empty() || open.len() > CONDITIONS_MAX {
            return vec![(None, Self::new(self.root))];
        }
        let mut cases: Vec<BTreeMap<String, bool>> = vec![BTreeMap::new()];
        for name in &open {
            let mut more = Vec::new();
            for assumed in cases {
                let template = Self { assumed, ..Self::new(self.root) };
                // One that follows from those before it is no case of its own.
                let values =
                    template.condition(name, 0).map_or(vec![true, false], |known| vec![known]);
                for value in values {
                    let mut assumed = template.assumed.clone();
                    assumed.insert(name.clone(), value);
                    more.push(assumed);
                }
            }
            cases = more;
        }
        let words = |assumed: &BTreeMap<String, bool>| {
            let each = assumed.iter().map(|(name, value)| format!("{name} is {value}"));
            each.collect::<Vec<_>>().join(" and ")
        };
        let variant = |assumed: BTreeMap<String, bool>| {
            (Some(words(&assumed)), Self { assumed, ..Self::new(self.root) })
        };
        cases.into_iter().map(variant).collect()
    }

    /// The node with its functions carried out, as far as they can be.
    pub(super) fn resolved(&self, node: &Node) -> Node {
        self.resolve(node, 0)
    }
}

/// The conditions of each `Fn::If` in a node.
fn ifs(node: &Node, names: &mut BTreeSet<String>) {
    if let Some(("Fn::If", argument)) = node.single() {
        names.extend(argument.items().first().and_then(Node::text).map(str::to_owned));
    }
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| ifs(item, names)),
        Kind::Map(entries) => entries.iter().for_each(|(_, node)| ifs(node, names)),
        _ => (),
    }
}
