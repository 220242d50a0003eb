//! Intrinsic functions, as far as the template alone tells what they give.

use crate::lint::cloudformation::VAULT;
use crate::lint::cloudformation::template::{DEEPEST, Template};
use crate::lint::tree::{Kind, Node};

fn symbol(line: Option<usize>, text: String, why: String) -> Node {
    Node::new(line, Kind::Symbolic { text, why })
}

impl Template<'_> {
    pub(super) fn resolve(&self, node: &Node, depth: usize) -> Node {
        if depth > DEEPEST {
            return symbol(node.line, "${...}".to_owned(), "it refers to itself".to_owned());
        }
        if let Some((function, argument)) = node.single()
            && (function == "Ref" || function.starts_with("Fn::"))
        {
            let mut found = self.call(function, argument, depth + 1);
            found.line = found.line.or(node.line);
            return found;
        }
        let kind = match &node.kind {
            // AWS::NoValue removes the member or the item.
            Kind::List(items) => {
                let items = items.iter().map(|item| self.resolve(item, depth + 1));
                Kind::List(items.filter(|item| !item.is_nothing()).collect())
            }
            Kind::Map(entries) => {
                let entry =
                    |(key, value): &(String, Node)| (key.clone(), self.resolve(value, depth + 1));
                Kind::Map(entries.iter().map(entry).collect())
            }
            Kind::Text(text) if text.contains("{{resolve:") => {
                return symbol(node.line, text.clone(), "a dynamic reference".to_owned());
            }
            other => other.clone(),
        };
        Node::new(node.line, kind)
    }

    fn call(&self, function: &str, argument: &Node, depth: usize) -> Node {
        let line = argument.line;
        let known = match function {
            "Ref" => argument.text().map(|name| self.reference(name, line, depth)),
            "Fn::Sub" => self.sub(argument, depth),
            "Fn::GetAtt" => self.attribute(argument, depth),
            "Fn::If" => self.branch(argument, depth),
            "Fn::Join" => self.join(argument, depth),
            "Fn::Select" => self.select(argument, depth),
            "Fn::Split" => self.split(argument, depth),
            "Fn::FindInMap" => self.mapped(argument, depth),
            _ => None,
        };
        known.unwrap_or_else(|| {
            let of = self.resolve(argument, depth);
            let of = of.text().map(|text| format!(":{text}")).unwrap_or_default();
            symbol(line, format!("${{{function}{of}}}"), format!("{function} is not known here"))
        })
    }

    fn reference(&self, name: &str, line: Option<usize>, depth: usize) -> Node {
        if name == "AWS::NoValue" {
            return Node::new(line, Kind::Nothing);
        }
        if let Some(default) = self.default_of(name) {
            let list = self.entry("Parameters", name).and_then(|parameter| parameter.get("Type"));
            let is_list = list.and_then(Node::text).is_some_and(|kind| kind.contains("List"));
            return match default.text().filter(|_| is_list) {
                Some(text) => {
                    let items = text.split(',').map(|item| text_node(line, item.trim()));
                    Node::new(line, Kind::List(items.collect()))
                }
                None => Node::new(line, default.kind.clone()),
            };
        }
        if let Some(resource) = self.entry("Resources", name) {
            return self.name_of(name, resource, line, depth);
        }
        let why = if name.starts_with("AWS::") {
            format!("{name} is known when it is deployed")
        } else {
            format!("parameter {name} has no default")
        };
        symbol(line, format!("${{{name}}}"), why)
    }

    /// What `Ref` gives of a resource: of a vault its name.
    fn name_of(&self, id: &str, resource: &Node, line: Option<usize>, depth: usize) -> Node {
        let kind = resource.get("Type").and_then(Node::text).unwrap_or_default();
        let named = resource.get("Properties").and_then(|of| of.get("BackupVaultName"));
        match named.filter(|_| kind == VAULT || kind.ends_with("BackupVault")) {
            Some(name) => Node { line, ..self.resolve(name, depth + 1) },
            None => {
                symbol(line, format!("${{{id}}}"), format!("{id} is named when it is deployed"))
            }
        }
    }

    fn attribute(&self, argument: &Node, depth: usize) -> Option<Node> {
        let words: Vec<String> = match &argument.kind {
            Kind::Text(text) => text.splitn(2, '.').map(str::to_owned).collect(),
            _ => {
                argument.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect()
            }
        };
        let [id, attribute] = &words[..] else { return None };
        let resource = self.entry("Resources", id)?;
        let line = argument.line;
        let name = self.name_of(id, resource, line, depth);
        let is_vault = resource.get("Type").and_then(Node::text).is_some_and(|kind| kind == VAULT);
        match (is_vault, attribute.as_str()) {
            (true, "BackupVaultName") => Some(name),
            (true, "BackupVaultArn") => {
                let (Kind::Text(name) | Kind::Symbolic { text: name, .. }) = name.kind else {
                    return None;
                };
                let text = format!(
                    "arn:${{AWS::Partition}}:backup:${{AWS::Region}}:${{AWS::AccountId}}:backup-vault:{name}"
                );
                Some(symbol(line, text, "its account is known when it is deployed".to_owned()))
            }
            (_, "BackupPlanId") => {
                Some(symbol(line, format!("${{{id}}}"), "known when it is deployed".to_owned()))
            }
            _ => Some(symbol(
                line,
                format!("${{{id}.{attribute}}}"),
                format!("{attribute} of {id} is known when it is deployed"),
            )),
        }
    }

    fn sub(&self, argument: &Node, depth: usize) -> Option<Node> {
        let (text, values) = match argument.items() {
            [text] => (text.text()?, None),
            [text, values] => (text.text()?, Some(values)),
            _ => return None,
        };
        let (mut whole, mut why, mut rest) = (String::new(), None, text);
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            whole += before;
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                whole += "${";
                whole += literal;
                whole += "}";
                continue;
            }
            let given = values.and_then(|values| values.get(name));
            let value = match given {
                Some(value) => self.resolve(value, depth),
                None if name.contains('.') => {
                    let attribute = text_node(argument.line, name);
                    self.attribute(&attribute, depth)?
                }
                None => self.reference(name, argument.line, depth),
            };
            match value.kind {
                Kind::Text(text) => whole += &text,
                Kind::Symbolic { text, why: reason } => {
                    whole += &text;
                    why.get_or_insert(reason);
                }
                _ => return None,
            }
        }
        whole += rest;
        Some(one(argument.line, whole, why))
    }

    fn branch(&self, argument: &Node, depth: usize) -> Option<Node> {
        let [condition, yes, no] = argument.items() else { return None };
        let name = condition.text()?;
        let Some(holds) = self.condition(name, depth) else {
            let why = format!("whether condition {name} holds is not known");
            return Some(symbol(argument.line, format!("${{Fn::If:{name}}}"), why));
        };
        Some(self.resolve(if holds { yes } else { no }, depth))
    }

    fn join(&self, argument: &Node, depth: usize) -> Option<Node> {
        let [separator, list] = argument.items() else { return None };
        let separator = separator.text()?;
        let list = self.resolve(list, depth);
        let Kind::List(items) = list.kind else { return None };
        let (mut texts, mut why) = (Vec::new(), None);
        for item in items {
            match item.kind {
                Kind::Text(text) => texts.push(text),
                Kind::Symbolic { text, why: reason } => {
                    texts.push(text);
                    why.get_or_insert(reason);
                }
                _ => return None,
            }
        }
        Some(one(argument.line, texts.join(separator), why))
    }

    fn select(&self, argument: &Node, depth: usize) -> Option<Node> {
        let [index, list] = argument.items() else { return None };
        let index: usize = self.resolve(index, depth).text()?.parse().ok()?;
        let list = self.resolve(list, depth);
        let Kind::List(items) = list.kind else { return None };
        items.into_iter().nth(index)
    }

    fn split(&self, argument: &Node, depth: usize) -> Option<Node> {
        let [separator, text] = argument.items() else { return None };
        let text = self.resolve(text, depth);
        let items = text.text()?.split(separator.text()?);
        let items = items.map(|item| text_node(argument.line, item));
        Some(Node::new(argument.line, Kind::List(items.collect())))
    }

    fn mapped(&self, argument: &Node, depth: usize) -> Option<Node> {
        let [map, first, second, ..] = argument.items() else { return None };
        let key = |node: &Node| self.resolve(node, depth).text().map(str::to_owned);
        let found = self.entry("Mappings", &key(map)?)?.get(&key(first)?)?.get(&key(second)?)?;
        Some(self.resolve(found, depth))
    }
}

fn text_node(line: Option<usize>, text: &str) -> Node {
    Node::new(line, Kind::Text(text.to_owned()))
}

fn one(line: Option<usize>, text: String, why: Option<String>) -> Node {
    let kind = match why {
        Some(why) => Kind::Symbolic { text, why },
        None => Kind::Text(text),
    };
    Node::new(line, kind)
}
