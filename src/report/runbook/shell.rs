//! Words and lines for a POSIX shell: what AWS gave as a name is never more than a word.

use serde_json::{Map, Value};

/// A word as the shell reads it: in single quotes where it has anything but what no shell acts on.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { quoted(text) }
}

/// A text in single quotes, in which a shell reads everything as it is. One quote itself stands outside of them.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A map as JSON on one line.
pub(super) fn json_map<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let pairs = pairs.into_iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
    Value::Object(pairs.collect::<Map<_, _>>()).to_string()
}

/// What stands in a comment or a heading: on one line, whatever is in it.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_whatever_is_in_it() {
        assert_eq!(
            word("arn:aws:ec2:us-west-2::snapshot/snap-1"),
            "arn:aws:ec2:us-west-2::snapshot/snap-1"
        );
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word(""), "''");
        assert_eq!(word("it's $(x) `y`"), r"'it'\''s $(x) `y`'");
    }

    #[test]
    fn a_map_is_json_on_one_line() {
        let map = std::collections::BTreeMap::from([("b".to_owned(), "[\"sg-1\"]\n".to_owned())]);
        assert_eq!(json_map(&map), r#"{"b":"[\"sg-1\"]\n"}"#);
    }

    #[test]
    fn a_comment_has_no_second_line() {
        assert_eq!(one_line("a\nrm -rf  `b`"), "a rm -rf 'b'");
    }
}
