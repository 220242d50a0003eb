//! What is sent to a terminal: our own colors, and of everything else only what it can show.
//!
//! What AWS answers, and what files and people call things, may hold control characters and secrets.
//! Nobody has to think of that where a text is made: it is seen to here, where all text passes.

use std::fmt;
use std::sync::OnceLock;

/// Begins and ends a change of color in a text that has not been printed yet.
const START: char = '\u{2}';
const END: char = '\u{3}';
/// Stands for what must not be shown.
const MASK: &str = "***";

/// A color or weight: `{STYLE}` begins it, and `{STYLE:#}` ends it.
///
/// It is marked with a number that is drawn for each run, so that no text from outside can pass for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style(&'static str);

impl Style {
    pub(crate) const RED: Self = Self("31");
    pub(crate) const GREEN: Self = Self("32");
    pub(crate) const YELLOW: Self = Self("33");
    pub(crate) const BOLD: Self = Self("1");
    pub(crate) const BOLD_RED: Self = Self("1;31");
    pub(crate) const DIM: Self = Self("2");
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, f.alternate()) {
            ("", _) => Ok(()),
            (_, true) => write!(f, "{START}{}0{END}", key()),
            (code, false) => write!(f, "{START}{}{code}{END}", key()),
        }
    }
}

fn key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| format!("{:016x};", fastrand::u64(..)))
}

/// Columns that a text takes on a terminal, in which colors take none.
pub(super) fn width(text: &str) -> usize {
    let mut inside = false;
    let visible = |c: &char| {
        inside |= *c == START;
        let shown = !inside;
        inside &= *c != END;
        shown
    };
    text.chars().filter(visible).count()
}

/// The text with our colors as a terminal has them, with other control characters as `\u{1b}`, and
/// without the passwords and query values of URLs.
pub(crate) fn printable(text: &str) -> String {
    let masked = without_secrets(text);
    let mut printed = String::with_capacity(masked.len());
    let mut rest = masked.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some((code, left)) = color(rest) {
            printed.push_str("\u{1b}[");
            printed.push_str(code);
            printed.push('m');
            rest = left;
            continue;
        }
        if is_hidden(c) {
            printed.extend(c.escape_unicode());
        } else {
            printed.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    printed
}

/// The code of the color that begins here, and what follows it.
fn color(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(START)?.strip_prefix(key())?.split_once(END)
}

/// Whether a terminal would act on it, or show it as nothing: control characters, those that turn the
/// direction of the text around, and line ends of other kinds.
fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    }
}

/// Masks user, password and query values of every URL in the text.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min()
    {
        let host = at + rest[at..].find("//").map_or(0, |slashes| slashes + 2);
        masked.push_str(&rest[..host]);
        let ends = |c: char| c.is_whitespace() || c == START || "\"'`<>".contains(c);
        let length = rest[host..].find(ends).unwrap_or(rest.len() - host);
        let url = &rest[host..host + length];
        // What ends a sentence is no part of a URL.
        let url = url.trim_end_matches(['.', ',', ';', ':', ')']);
        mask_url(&mut masked, url);
        rest = &rest[host + url.len()..];
    }
    masked.push_str(rest);
    masked
}

/// What follows the scheme.
fn mask_url(masked: &mut String, url: &str) {
    let (before_query, query) = match url.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (url, None),
    };
    // A password may have a slash in it, where somebody has not escaped it.
    match before_query.rsplit_once('@') {
        Some((_, host)) => {
            masked.push_str(MASK);
            masked.push('@');
            masked.push_str(host);
        }
        None => masked.push_str(before_query),
    }
    let Some(query) = query else { return };
    for (index, pair) in query.split('&').enumerate() {
        masked.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) => {
                masked.push_str(name);
                masked.push('=');
                masked.push_str(MASK);
            }
            // A value without a name is as likely a secret.
            None if pair.is_empty() => (),
            None => masked.push_str(MASK),
        }
    }
}

/// A JSON document without secrets, and with escapes for what JSON lets pass and a terminal acts on.
pub(super) fn printable_json(json: &str) -> String {
    let mut printed = String::with_capacity(json.len());
    let mut rest = json;
    // Every quote outside of a string begins one.
    while let Some((before, after)) = rest.split_once('"') {
        let end = string_end(after);
        printed.push_str(before);
        push_string(&mut printed, &after[..end]);
        rest = after.get(end + 1..).unwrap_or_default();
    }
    printed.push_str(rest);
    printed
}

/// Where the string ends whose opening quote has been read.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

fn push_string(printed: &mut String, inner: &str) {
    let literal = format!("\"{inner}\"");
    let read: Option<String> = serde_json::from_str(&literal).ok();
    let masked = read.map(|text| without_secrets(&text));
    let literal = masked.and_then(|text| serde_json::to_string(&text).ok()).unwrap_or(literal);
    for c in literal.chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            printed.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            printed.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_colors_are_sent_and_those_of_others_are_shown() {
        let red = Style::BOLD_RED;
        let text = format!("{red}error{red:#}: \u{1b}[31mred\u{7}\u{9b}\u{202e}\n");
        assert_eq!(
            printable(&text),
            "\u{1b}[1;31merror\u{1b}[0m: \\u{1b}[31mred\\u{7}\\u{9b}\\u{202e}\n"
        );
        assert_eq!(printable("\u{2}31\u{3}x"), "\\u{2}31\\u{3}x", "a mark without our number");
        assert_eq!(width(&text), "error: \u{1b}[31mred\u{7}\u{9b}\u{202e}\n".chars().count());
    }

    #[test]
    fn secrets_of_urls_are_masked() {
        for (text, masked) in [
            ("https://u:p@h.example/x", "https://***@h.example/x"),
            ("https://u:p/@q@h/x.", "https://***@h/x."),
            ("a \"https://h/x?token=a&b\", c", "a \"https://h/x?token=***&***\", c"),
            ("https://h/?a=1 and http://u@h:1/", "https://h/?a=*** and http://***@h:1/"),
            ("https://h/x (https://h/y)", "https://h/x (https://h/y)"),
            ("https://", "https://"),
        ] {
            assert_eq!(without_secrets(text), masked, "{text}");
        }
    }

    #[test]
    fn a_document_stays_one() {
        let text = "say \"https://h/?k=\\s\u{1b}\" \u{9b}";
        let json = serde_json::to_string_pretty(&[(text, 1)]).unwrap();
        let printed = printable_json(&json);
        assert!(!printed.contains('\u{9b}'), "{printed}");
        let read: Vec<(String, u8)> = serde_json::from_str(&printed).unwrap();
        assert_eq!(read, [("say \"https://h/?k=***\" \u{9b}".to_owned(), 1)]);
    }
}
