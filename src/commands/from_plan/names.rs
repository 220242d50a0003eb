//! Names of a document as names that a deployment takes, each once.

use std::collections::BTreeSet;

use crate::model::selection::SIMPLE;

/// What a name has.
#[derive(Clone, Copy)]
pub(super) struct Charset {
    longest: usize,
    reserved: &'static str,
}

impl Charset {
    /// A rule's name (API reference, `BackupRule`).
    pub(super) const RULE: Self = Self { longest: 50, reserved: "" };
    /// A selection's name, which a hash of its content follows.
    pub(super) const SELECTION: Self = Self { longest: 36, reserved: SIMPLE };
}

/// The names that are taken.
pub(super) struct Names {
    charset: Charset,
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn new(charset: Charset) -> Self {
        let reserved = Some(charset.reserved.to_owned()).filter(|name| !name.is_empty());
        Self { charset, taken: reserved.into_iter().collect() }
    }

    /// The nearest name that is free.
    pub(super) fn next(&mut self, found: &str, otherwise: &str) -> String {
        let is_good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let plain: String = found.chars().map(|c| if is_good(c) { c } else { '-' }).collect();
        let plain = plain.trim_matches('-');
        let plain = if plain.is_empty() { otherwise } else { plain };
        let cut = |room: usize| plain.get(..plain.len().min(room)).unwrap_or(plain).to_owned();
        let mut name = cut(self.charset.longest);
        let mut number = 1;
        while self.taken.contains(&name) {
            number += 1;
            let end = format!("-{number}");
            name = cut(self.charset.longest - end.len()) + &end;
        }
        self.taken.insert(name.clone());
        name
    }
}

/// What a person has to know of a name that is another than the document's, and not only numbered.
pub(super) fn change(found: &str, name: &str) -> Option<String> {
    (!name.starts_with(found)).then(|| format!("its name is {found:?} in the plan"))
}
