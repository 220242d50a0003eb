//! Lines of a file: a key, its value, and a comment behind it.

use toml_edit::{Key, Value};

/// Where comments behind a value begin.
const COMMENT: usize = 34;

pub(super) fn entry(key: &str, value: impl Into<Value>) -> String {
    format!("{} = {}", Key::new(key), value.into())
}

pub(super) fn line(key: &str, value: impl Into<Value>, comment: &str) -> String {
    let entry = entry(key, value);
    if comment.is_empty() { entry } else { format!("{entry:COMMENT$}  # {comment}") }
}

pub(super) fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> Value {
    items.into_iter().collect()
}

/// Lines as comments, each ended.
pub(super) fn comment(text: &str) -> String {
    text.lines().flat_map(|line| ["# ", line, "\n"]).collect()
}
