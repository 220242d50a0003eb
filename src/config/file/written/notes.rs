//! Comments in a written file, each at the place that it is about.

use toml_edit::{Decor, DocumentMut, Item, Table};

/// How long a line of a comment gets.
const WIDTH: usize = 100;

/// A place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    Top,
    Regions,
    SelectTags,
    Vaults,
    Rule(String),
    Selection(String),
}

impl Spot {
    /// How a sentence begins that is about it; nothing for the whole.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Regions => "regions".to_owned(),
            Self::SelectTags => "select_tags".to_owned(),
            Self::Vaults => "vaults".to_owned(),
            Self::Rule(name) => format!("rule {name}"),
            Self::Selection(name) => format!("selection {name}"),
        }
    }

    /// What stands above it in the file; `None` where the file does not have it.
    fn decor<'a>(&self, document: &'a mut DocumentMut) -> Option<&'a mut Decor> {
        let table = |document: &'a mut DocumentMut, name: &str| {
            document.get_mut(name).and_then(Item::as_table_mut).map(Table::decor_mut)
        };
        match self {
            Self::Top => None,
            Self::Regions => table(document, "regions"),
            Self::SelectTags => table(document, "select_tags"),
            Self::Vaults => table(document, "vault"),
            Self::Rule(name) => named(document, "rules", name),
            Self::Selection(name) => named(document, "selections", name),
        }
    }
}

fn named<'a>(document: &'a mut DocumentMut, list: &str, name: &str) -> Option<&'a mut Decor> {
    let tables = document.get_mut(list).and_then(Item::as_array_of_tables_mut)?;
    let is_it = |table: &&mut Table| table.get("name").and_then(Item::as_str) == Some(name);
    tables.iter_mut().find(is_it).map(Table::decor_mut)
}

/// The file with the notes: those about what it does not have stand above its first key.
pub(crate) fn with_notes(text: &str, notes: &[(Spot, String)]) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else { return text.to_owned() };
    for (spot, note) in notes {
        if let Some(decor) = spot.decor(&mut document) {
            add(decor, note);
            continue;
        }
        let words = spot.words();
        let note = if words.is_empty() { note.clone() } else { format!("{words}: {note}") };
        let first = document.iter().next().map(|(key, _)| key.to_owned()).unwrap_or_default();
        if let Some(mut key) = document.key_mut(&first) {
            add(key.leaf_decor_mut(), &note);
        }
    }
    document.to_string()
}

fn add(decor: &mut Decor, note: &str) {
    let above = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    decor.set_prefix(format!("{above}{}", comment(note)));
}

/// A loss as lines of a comment.
fn comment(note: &str) -> String {
    let mut text = String::from("# Loss:");
    let mut length = text.len();
    for word in note.split_whitespace() {
        if length + 1 + word.chars().count() > WIDTH {
            text.push_str("\n#  ");
            length = 4;
        }
        text.push(' ');
        text.push_str(word);
        length += 1 + word.chars().count();
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stands_above_what_it_is_about() {
        let text = "# head\n\nname = \"x\"\n\n[regions]\nprimary = \"us-east-1\"\n\n# rules\n[[rules]]\nname = \"a\"\n\n[[rules]]\nname = \"b\"\n";
        let notes = [
            (Spot::Rule("b".to_owned()), "one ".repeat(40)),
            (Spot::Rule("gone".to_owned()), "two".to_owned()),
            (Spot::Regions, "three".to_owned()),
        ];
        let noted = with_notes(text, &notes);
        assert!(noted.contains("# Loss: rule gone: two\nname = \"x\""), "{noted}");
        assert!(noted.contains("# Loss: three\n[regions]"), "{noted}");
        assert!(noted.contains("one\n[[rules]]\nname = \"b\""), "{noted}");
        assert!(noted.lines().all(|line| line.chars().count() <= WIDTH), "{noted}");
        let plain: String = noted.lines().filter(|line| !line.starts_with('#')).collect();
        let before: String = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(plain, before);
    }
}
