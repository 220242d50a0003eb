//! What a user reads has none of the words that STYLE.md says to avoid: texts of the program, its help, its topics, the
//! sample of the configuration file, and the documentation.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that are AWS's own, or part of what earlier versions have put into accounts.
const KEPT: &[&str] = &[
    "Successfully executed action",
    "What happens to mrbackup's vault, for the region that tells of it",
    "twins",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first column of the table in STYLE.md.
pub(super) fn words_to_avoid() -> Vec<String> {
    let style = fs::read_to_string(root().join("STYLE.md")).unwrap();
    let from = style.find("words-to-avoid: begin").unwrap();
    let to = style.find("words-to-avoid: end").unwrap();
    let columns = style[from..to].lines().filter(|line| line.starts_with("| `"));
    let columns = columns.filter_map(|line| line.split('|').nth(1));
    columns.flat_map(|column| column.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The words to avoid that the text has, each by itself and in any case.
pub(super) fn avoided_in<'a>(text: &str, avoided: &'a [String]) -> Vec<&'a str> {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '_').collect();
    let spoken = format!(" {} ", words.join(" "));
    let is_in = |word: &&String| spoken.contains(&format!(" {word} "));
    avoided.iter().filter(is_in).map(String::as_str).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|of| of == ending) {
            found.push(path);
        }
    }
    found
}

/// The string literals of a source file, without what stands in for a value, and without those of its tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut rest = source.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '/' if source[at..].starts_with("//") => {
                while rest.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            '\'' if source[at..].starts_with("'\"'") => {
                rest.nth(1);
            }
            '"' => {
                let mut literal = String::new();
                while let Some((_, c)) = rest.next_if(|(_, c)| *c != '"') {
                    literal.push(if c == '\\' { ' ' } else { c });
                    if c == '\\' {
                        rest.next();
                    }
                }
                rest.next();
                found.push(without_placeholders(&literal));
            }
            _ => (),
        }
    }
    found
}

fn without_placeholders(literal: &str) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    for c in literal.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => text.push(c),
            _ => (),
        }
    }
    text
}

#[test]
fn no_text_of_the_program_has_a_word_to_avoid() {
    let avoided = words_to_avoid();
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), "rs") {
        for literal in literals(&fs::read_to_string(&path).unwrap()) {
            if KEPT.iter().any(|kept| literal.contains(kept)) {
                continue;
            }
            for word in avoided_in(&literal, &avoided) {
                wrong.push(format!("{}: {word:?} in {literal:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_help_and_no_sample_has_a_word_to_avoid() {
    let avoided = words_to_avoid();
    let mut wrong = Vec::new();
    let mut read = |path: PathBuf, is_help: fn(&str) -> bool| {
        for line in fs::read_to_string(&path).unwrap().lines().filter(|line| is_help(line)) {
            for word in avoided_in(line, &avoided) {
                wrong.push(format!("{}: {word:?} in {line:?}", path.display()));
            }
        }
    };
    let help = root().join("src/config/cli");
    for path in files(&help, "rs") {
        read(path, |line| line.trim().starts_with("///"));
    }
    for path in files(&help, "txt") {
        read(path, |_| true);
    }
    read(root().join("examples/mrbackup.toml"), |_| true);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A page without its code spans: names of flags and commands, and what AWS calls a thing. One may be broken over two
/// lines, never over two paragraphs. What a block shows is the program's text, and is held to the words too.
fn without_spans(page: &str) -> String {
    let outside = |paragraph: &str| {
        let pieces: Vec<&str> = paragraph.split('`').step_by(2).collect();
        pieces.join(" ")
    };
    let mut in_block = false;
    let paragraphs = page.split("\n\n").map(|paragraph| {
        let fences = paragraph.lines().filter(|line| line.starts_with("```")).count();
        let is_block = in_block || fences > 0;
        in_block ^= fences % 2 == 1;
        if is_block { paragraph.to_owned() } else { outside(paragraph) }
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn no_page_of_the_documentation_has_a_word_to_avoid() {
    let avoided = words_to_avoid();
    let mut pages = files(&root().join("docs"), "md");
    pages.push(root().join("README.md"));
    assert!(pages.len() > 5, "{pages:?}");
    let mut wrong = Vec::new();
    for path in pages {
        // A phrase may be broken over two lines.
        let text = without_spans(&fs::read_to_string(&path).unwrap());
        for paragraph in text.split("\n\n") {
            for word in avoided_in(&paragraph.replace('\n', " "), &avoided) {
                wrong.push(format!("{}: {word:?} in {paragraph:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_code_span_is_left_out_and_a_block_is_not() {
    let page = "It says `goes\nfor ever` and\n`no more`.\n\n```\nit goes `on`\n\nand tells\n```\n\nand `told` carries";
    let avoided = ["says", "goes", "for ever", "no more", "tells", "told", "carries"];
    let avoided = avoided.map(str::to_owned);
    let text = without_spans(page);
    assert_eq!(avoided_in(&text, &avoided), ["says", "goes", "tells", "carries"], "{text}");
}

#[test]
fn a_literal_is_found_and_a_comment_is_not() {
    let source = "// \"says\" here\nlet a = \"it {says} \\\"no more\\\" than\";\nlet b = '\"';\nlet c = \"goes\";\n";
    let found = literals(source);
    let avoided = ["says", "no more", "goes"].map(str::to_owned);
    let words: Vec<_> = found.iter().flat_map(|literal| avoided_in(literal, &avoided)).collect();
    assert_eq!(words, ["no more", "goes"]);
}
