//! One configuration file of AWS's form, read as AWS CLI reads it: by the rules of Python's
//! configparser, except that a line that cannot be read spoils only its own section.

use std::collections::BTreeMap;

/// The settings of a section, their names in lower case. Indented lines below a name belong to its value.
pub(super) type Keys = BTreeMap<String, String>;

/// A section under the name between its brackets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) header: String,
    pub(super) keys: Keys,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    /// From 1.
    pub(super) line: usize,
    pub(super) why: &'static str,
    /// The section it stands in; `None` where the line should have begun one.
    pub(super) header: Option<String>,
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Ini {
    /// In the order of the file.
    pub(super) sections: Vec<Section>,
    pub(super) bad: Vec<BadLine>,
}

impl Ini {
    pub(super) fn parse(text: &str) -> Self {
        let mut parser = Parser::default();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            parser.read(index + 1, line);
        }
        let mut ini = parser.ini;
        for value in ini.sections.iter_mut().flat_map(|section| section.keys.values_mut()) {
            value.truncate(value.trim_end().len());
        }
        ini.spread_defaults();
        ini
    }

    /// What stands in a section `[DEFAULT]` holds for every section that does not say otherwise.
    fn spread_defaults(&mut self) {
        let Some(at) = self.sections.iter().position(|section| section.header == "DEFAULT") else {
            return;
        };
        let defaults = self.sections.remove(at).keys;
        for section in &mut self.sections {
            for (key, value) in &defaults {
                section.keys.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

#[derive(Default)]
struct Parser {
    ini: Ini,
    /// Whether a section has begun whose lines count.
    inside: bool,
    /// The setting that deeper lines go on with.
    key: Option<String>,
    indent: usize,
}

impl Parser {
    fn read(&mut self, number: usize, line: &str) {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return;
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if self.key.is_some() && indent > self.indent {
            self.go_on(text);
            return;
        }
        self.indent = indent;
        self.key = None;
        let text = without_comment(text);
        if text.starts_with('[') {
            self.begin(number, text);
        } else if self.inside {
            self.set(number, text);
        }
    }

    fn begin(&mut self, number: usize, text: &str) {
        let header = text.rfind(']').map(|end| text[1..end].trim()).filter(|name| !name.is_empty());
        self.inside = header.is_some();
        let Some(header) = header else {
            self.ini.bad.push(BadLine {
                line: number,
                why: "a section's name stands in brackets",
                header: None,
            });
            return;
        };
        if let Some(at) = self.ini.sections.iter().position(|section| section.header == header) {
            let section = self.ini.sections.remove(at);
            self.ini.sections.push(section);
            self.bad(number, "the section stands there already");
        } else {
            let header = header.to_owned();
            self.ini.sections.push(Section { header, keys: Keys::new() });
        }
    }

    fn set(&mut self, number: usize, text: &str) {
        let Some((key, value)) = text.split_once(['=', ':']) else {
            return self.bad(number, "a setting is NAME = VALUE");
        };
        let key = key.trim().to_lowercase();
        let Some(section) = self.ini.sections.last_mut() else { return };
        let before = section.keys.insert(key.clone(), value.trim().to_owned());
        if key.is_empty() {
            self.bad(number, "the name of the setting is missing");
        } else if before.is_some() {
            self.bad(number, "the setting stands there already");
        }
        self.key = Some(key);
    }

    fn go_on(&mut self, text: &str) {
        let section = self.ini.sections.last_mut();
        let value = self.key.as_ref().and_then(|key| section?.keys.get_mut(key));
        if let Some(value) = value {
            value.push('\n');
            value.push_str(text);
        }
    }

    fn bad(&mut self, line: usize, why: &'static str) {
        let header = self.ini.sections.last().map(|section| section.header.clone());
        self.ini.bad.push(BadLine { line, why, header });
    }
}

/// A comment behind a value begins with a blank. (AWS CLI takes it as part of the value, and then
/// fails; the SDKs leave it out.)
fn without_comment(text: &str) -> &str {
    let comment = text
        .char_indices()
        .zip(text.char_indices().skip(1))
        .find(|((_, before), (_, c))| before.is_whitespace() && ['#', ';'].contains(c));
    comment.map_or(text, |((at, _), _)| text[..at].trim_end())
}

/// The second of exactly two words of a header such as `profile dev` or `sso-session "my team"`.
pub(super) fn second_word<'a>(header: &'a str, first: &str) -> Option<&'a str> {
    let rest = header.strip_prefix(first).filter(|rest| rest.starts_with(char::is_whitespace))?;
    let rest = rest.trim();
    for quote in ['"', '\''] {
        let inner = rest.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return Some(inner);
        }
    }
    (!rest.is_empty() && !rest.contains(char::is_whitespace)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(ini: &Ini, header: &str) -> Vec<(String, String)> {
        let section = ini.sections.iter().find(|section| section.header == header).unwrap();
        section.keys.clone().into_iter().collect()
    }

    fn one(key: &str, value: &str) -> Vec<(String, String)> {
        vec![(key.to_owned(), value.to_owned())]
    }

    /// Each of these AWS CLI reads, and the SDK refuses the whole file for.
    #[test]
    fn what_configparser_takes_is_taken() {
        for text in [
            "[default]\n  Region = x\n",
            "  [default]\nregion: x",
            "[default] and more\nregion=x # here\n",
            "\u{feff}[default]\r\nregion = x\r\n",
            "# first\n[DEFAULT]\nregion = x\n[default]\n; last",
        ] {
            let ini = Ini::parse(text);
            let header =
                if text.contains("and more") { "default" } else { &ini.sections[0].header };
            assert_eq!(keys(&ini, header), one("region", "x"), "{text:?}");
            assert_eq!(ini.bad, [], "{text:?}");
        }
    }

    #[test]
    fn deeper_lines_go_on_with_the_value() {
        let ini = Ini::parse("[default]\ns3 =\n  a = b\n\n  c = d\nregion = x");
        assert_eq!(ini.sections[0].keys["s3"], "\na = b\nc = d");
        assert_eq!(ini.sections[0].keys["region"], "x");
    }

    #[test]
    fn a_bad_line_spoils_its_section_alone() {
        let ini = Ini::parse("[a]\nx = 1\nnonsense\n[b\ny = 2\n[c]\nz = 3\nz = 4\n[a]\n");
        let bad: Vec<_> = ini.bad.iter().map(|bad| (bad.line, bad.header.as_deref())).collect();
        assert_eq!(bad, [(3, Some("a")), (4, None), (8, Some("c")), (9, Some("a"))]);
        assert_eq!(keys(&ini, "a"), one("x", "1"));
    }

    #[test]
    fn a_header_has_two_words() {
        for (header, name) in [
            ("profile dev", Some("dev")),
            ("profile\t dev", Some("dev")),
            ("profile \"my team\"", Some("my team")),
            ("profile my team", None),
            ("profiledev", None),
            ("profile", None),
        ] {
            assert_eq!(second_word(header, "profile"), name, "{header}");
        }
    }
}
