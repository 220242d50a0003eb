//! A document as a tree with lines: JSON and YAML alike, with `CloudFormation`'s short tags in their long form.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Value;

/// No document of the formats is nested deeper.
const DEEPEST: usize = 200;
/// Aliases of YAML can make a small file without end.
const NODES_MAX: usize = 2_000_000;

/// A value with the line that it begins in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: Option<usize>,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Nothing,
    /// Text, numbers, true and false, as they are written.
    Text(String),
    /// Text in which `${...}` stands for what is not known, and why it is not.
    Symbolic {
        text: String,
        why: String,
    },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Why a text is not a document.
#[derive(Clone, Debug)]
pub(crate) struct Malformed {
    pub(crate) line: Option<usize>,
    pub(crate) why: String,
}

impl Node {
    pub(crate) fn new(line: Option<usize>, kind: Kind) -> Self {
        Self { line, kind }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.kind == Kind::Nothing
    }

    /// The member of a map; what is there and `null` is not there.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let found = self.entries().iter().find(|(key, _)| key == name);
        found.map(|(_, node)| node).filter(|node| !node.is_nothing())
    }

    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; of anything else itself, as `CloudFormation` and Terraform have single blocks.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Nothing => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The only entry of a map.
    pub(crate) fn single(&self) -> Option<(&str, &Self)> {
        match self.entries() {
            [(key, node)] => Some((key, node)),
            _ => None,
        }
    }

    /// In one line, for a person; nothing where nothing is set.
    pub(crate) fn shown(&self) -> String {
        match &self.kind {
            Kind::Nothing => String::new(),
            Kind::Text(text) | Kind::Symbolic { text, .. } => text.clone(),
            Kind::List(items) => {
                let shown = items.iter().map(Self::shown).filter(|text| !text.is_empty());
                shown.collect::<Vec<_>>().join(", ")
            }
            Kind::Map(entries) => {
                let shown = entries.iter().map(|(key, node)| (key, node.shown()));
                let set = shown.filter(|(_, text)| !text.is_empty());
                set.map(|(key, text)| format!("{key} {text}")).collect::<Vec<_>>().join(", ")
            }
        }
    }

    pub(crate) fn from_value(value: &Value) -> Self {
        let kind = match value {
            Value::Null => Kind::Nothing,
            Value::Bool(value) => Kind::Text(value.to_string()),
            Value::Number(number) => Kind::Text(number.to_string()),
            Value::String(text) => Kind::Text(text.clone()),
            Value::Array(items) => Kind::List(items.iter().map(Self::from_value).collect()),
            Value::Object(members) => {
                let entry =
                    |(key, value): (&String, &Value)| (key.clone(), Self::from_value(value));
                Kind::Map(members.iter().map(entry).collect())
            }
        };
        Self::new(None, kind)
    }

    /// Whether both have the same values, whatever their lines are.
    fn is_like(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::List(ours), Kind::List(others)) => {
                ours.len() == others.len()
                    && ours.iter().zip(others).all(|(our, other)| our.is_like(other))
            }
            (Kind::Map(ours), Kind::Map(others)) => {
                ours.len() == others.len()
                    && ours.iter().all(|(key, node)| {
                        others.iter().any(|(other, value)| other == key && node.is_like(value))
                    })
            }
            (ours, others) => ours == others,
        }
    }
}

/// Reads JSON that stands as a text in another document: its lines are no lines of that.
pub(crate) fn json_inside(text: &str) -> Result<Node, Malformed> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Malformed { line: None, why: format!("the policy in it: {error}") })?;
    Ok(Node::from_value(&value))
}

/// Reads JSON. The lines are those of the YAML that it is too; where that reads otherwise there are none.
pub(crate) fn json(text: &str) -> Result<Node, Malformed> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let line = Some(error.line()).filter(|line| *line > 0);
        let words = error.to_string();
        let why = words.split(" at line ").next().unwrap_or_default().to_owned();
        Malformed { line, why }
    })?;
    let plain = Node::from_value(&value);
    let lined = yaml(text).ok().and_then(|documents| documents.into_iter().next());
    Ok(lined.filter(|lined| lined.is_like(&plain)).unwrap_or(plain))
}

/// Reads the documents of a YAML text.
pub(crate) fn yaml(text: &str) -> Result<Vec<Node>, Malformed> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Malformed {
            line: Some(error.marker().line()),
            why: error.info().to_owned(),
        })?;
        builder.event(event, span.start.line())?;
    }
    Ok(builder.documents)
}

/// What is open, from the outermost in.
#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

struct Open {
    line: usize,
    anchor: usize,
    function: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// With the key whose value is still to come.
    Map(Vec<(String, Node)>, Option<String>),
}

impl Builder {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Malformed> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let nothing = ["", "~", "null", "Null", "NULL"];
                let kind = match style {
                    ScalarStyle::Plain if nothing.contains(&&*text) && tag.is_none() => {
                        Kind::Nothing
                    }
                    _ => Kind::Text(text.into_owned()),
                };
                let node = in_function(function(tag.as_deref()), Node::new(Some(line), kind));
                self.finish(node, anchor, line)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(line, anchor, tag.as_deref(), Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(line, anchor, tag.as_deref(), Content::Map(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(line),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.unwrap_or_else(|| Node::new(Some(line), Kind::Nothing));
                self.nodes += size(&node);
                self.finish(node, 0, line)
            }
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        line: usize,
        anchor: usize,
        tag: Option<&Tag>,
        content: Content,
    ) -> Result<(), Malformed> {
        if self.open.len() >= DEEPEST {
            let why = format!("it is nested deeper than {DEEPEST} levels");
            return Err(Malformed { line: Some(line), why });
        }
        self.open.push(Open { line, anchor, function: function(tag), content });
        Ok(())
    }

    fn end(&mut self, line: usize) -> Result<(), Malformed> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let kind = match open.content {
            Content::List(items) => Kind::List(items),
            Content::Map(entries, _) => Kind::Map(entries),
        };
        let node = in_function(open.function, Node::new(Some(open.line), kind));
        self.finish(node, open.anchor, line)
    }

    /// Puts a node that is whole where it belongs.
    fn finish(&mut self, node: Node, anchor: usize, line: usize) -> Result<(), Malformed> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let why = format!("with its aliases it has more than {NODES_MAX} values");
            return Err(Malformed { line: Some(line), why });
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.push(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map(entries, key)) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => match node.kind {
                    Kind::Text(text) => *key = Some(text),
                    Kind::Nothing => *key = Some("null".to_owned()),
                    _ => {
                        let why = "a key is text here".to_owned();
                        return Err(Malformed { line: Some(line), why });
                    }
                },
            },
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match &node.kind {
        Kind::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Kind::Map(entries) => 1 + entries.iter().map(|(_, node)| size(node)).sum::<usize>(),
        _ => 1,
    }
}

/// The long name of a short tag of `CloudFormation`: `!Sub` is `Fn::Sub`.
fn function(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty())?;
    Some(match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    })
}

fn in_function(name: Option<String>, node: Node) -> Node {
    match name {
        Some(name) => Node::new(node.line, Kind::Map(vec![(name, node)])),
        None => node,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_its_lines_and_yaml_its_tags() {
        let node = json("{\n  \"a\": [1, true],\n  \"b\": \"x\\u00e9 \\ud83d\\ude00\"\n}").unwrap();
        assert_eq!(node.get("a").unwrap().items()[1].text(), Some("true"));
        assert_eq!(node.get("b").unwrap().text(), Some("xé 😀"));
        let nodes = yaml("a: !Sub\n  - x\nb: !Ref C\nc: &x {d: 1}\ne: *x\nf: null\n").unwrap();
        let of = |name: &str| nodes[0].get(name);
        assert_eq!(of("a").unwrap().single().unwrap().0, "Fn::Sub");
        assert_eq!(of("b").unwrap().single().unwrap().1.text(), Some("C"));
        assert_eq!(of("b").unwrap().line, Some(3));
        assert_eq!(of("e").unwrap().get("d").unwrap().text(), Some("1"));
        assert!(of("f").is_none());
        let lined = json("{\n \"a\": {\n  \"b\": 1}}").unwrap();
        assert_eq!(lined.get("a").unwrap().get("b").unwrap().line, Some(3));
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_line() {
        assert_eq!(json("{\n\"a\": }").unwrap_err().line, Some(2));
        assert_eq!(yaml("a: 1\nb: [1, 2\n").unwrap_err().line.map(|line| line > 1), Some(true));
        let deep = "[".repeat(5000);
        assert!(yaml(&deep).is_err() && json(&deep).is_err());
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (last, this) in ('a'..='i').zip('b'..='j') {
            let items = vec![format!("*{last}"); 10].join(",");
            bomb = format!("{bomb}{this}: &{this} [{items}]\n");
        }
        assert!(yaml(&bomb).unwrap_err().why.contains("more than"));
    }
}
