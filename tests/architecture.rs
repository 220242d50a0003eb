//! The house: each folder of `src` has a floor, and imports go down. ARCHITECTURE.md says why.
//!
//! Read as text: the `use crate::` lines and every other `crate::` path outside of unit tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src`, from the lowest floor up. Those of one floor do not import each other.
const FLOORS: &[&[&str]] = &[
    &["model"],
    &["failure"],
    &["terminal"],
    &["aws"],
    &["protection", "recovery"],
    &["engine", "config", "lint"],
    &["account"],
    &["steps", "deployment", "backups", "restores"],
    &["report"],
    &["commands"],
    &["run"],
    &["lib", "main"],
];
/// How many entries a reader meets at the top of `src`.
const ENTRIES_MAX: usize = 19;

/// What a folder must not name, and the sentence that is broken where it does.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "engine",
        &[
            "crate::model::lambda",
            "crate::model::names",
            "crate::model::settings",
            "crate::model::manifest",
            "crate::model::resource_types",
            "aws_sdk_",
        ],
        "the engine knows no resource kind",
    ),
    (
        "report",
        &["crate::account", "crate::aws", "crate::steps", "aws_sdk_", "async ", ".await"],
        "report makes no call",
    ),
    ("model", AWS, "model, protection and recovery know no AWS"),
    ("protection", AWS, "model, protection and recovery know no AWS"),
    ("recovery", AWS, "model, protection and recovery know no AWS"),
    ("model", &["async ", ".await"], "model, protection and recovery are pure"),
    ("protection", &["async ", ".await"], "model, protection and recovery are pure"),
    ("recovery", &["async ", ".await"], "model, protection and recovery are pure"),
    ("config", &["aws_sdk_", ".await"], "config calls nobody"),
];
const AWS: &[&str] = &["aws_sdk_", "aws_smithy", "aws_config", "aws_types", "crate::aws"];

/// A source file without its unit tests.
struct Source {
    /// `steps::vault`, and `steps` of `steps/mod.rs`.
    module: String,
    text: String,
}

impl Source {
    /// The folder of `src` that it lies in, or its own name at the top.
    fn folder(&self) -> &str {
        self.module.split("::").next().unwrap_or_default()
    }

    /// Every `crate::` path in it, without the `crate::`.
    fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        let mut rest = self.text.as_str();
        while let Some(at) = rest.find("crate::") {
            rest = &rest[at + "crate::".len()..];
            expand("", &rest[..tree_end(rest)], &mut paths);
        }
        paths
    }
}

/// Where a path ends that may have braces in it.
fn tree_end(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            _ if depth > 0 || c.is_alphanumeric() || c == '_' || c == ':' => continue,
            _ => return at,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Adds the paths of a tree such as `a::{b, c::{self, D}}`.
fn expand(prefix: &str, tree: &str, paths: &mut BTreeSet<String>) {
    let tree = tree.trim();
    let joined = |name: &str| match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}::{name}"),
    };
    let Some((head, inner)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default();
        paths.insert(joined(name.trim_end_matches(':')).trim_end_matches("::self").to_owned());
        return;
    };
    let prefix = joined(head.trim_end_matches(':'));
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut from) = (0, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[from..at].trim().is_empty() {
                    expand(&prefix, &inner[from..at], paths);
                }
                from = at + 1;
            }
            _ => (),
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(source(&path));
            }
        }
    }
    sources.sort_by(|one, other| one.module.cmp(&other.module));
    sources
}

fn source(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
    let end = tests.iter().filter_map(|tests| text.find(tests)).min().unwrap_or(text.len());
    let inside = path.strip_prefix(root()).unwrap().with_extension("");
    let parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
    let parts = parts.strip_suffix(&["mod"]).unwrap_or(&parts);
    Source { module: parts.join("::"), text: text[..end].to_owned() }
}

fn floor(folder: &str) -> usize {
    let floor = FLOORS.iter().position(|floor| floor.contains(&folder));
    floor.unwrap_or_else(|| panic!("src/{folder} has no floor: give it one in this table"))
}

#[track_caller]
fn assert_none(broken: &[String], sentence: &str) {
    assert!(broken.is_empty(), "{sentence}:\n  {}", broken.join("\n  "));
}

#[test]
fn imports_go_down() {
    let sources = sources();
    let folders: BTreeSet<&str> = sources.iter().map(Source::folder).collect();
    let mut broken = Vec::new();
    for source in &sources {
        for path in source.paths() {
            let to = path.split("::").next().unwrap_or_default();
            let elsewhere = folders.contains(to) && to != source.folder();
            if elsewhere && floor(to) >= floor(source.folder()) {
                broken.push(format!("{} imports {path}", source.module));
            }
        }
    }
    assert_none(&broken, "no arrow runs up, and none from side to side");
}

#[test]
fn nothing_names_what_its_folder_must_not_know() {
    for (folder, words, sentence) in FORBIDDEN {
        let of_folder = |source: &Source| source.folder() == *folder;
        let mut broken = Vec::new();
        for source in sources().into_iter().filter(of_folder) {
            let paths = source.paths().into_iter().map(|path| format!("crate::{path}"));
            let code: Vec<&str> =
                source.text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let said: Vec<String> =
                paths.chain(code.iter().map(|line| (*line).to_owned())).collect();
            for word in *words {
                if said.iter().any(|said| said.contains(word)) {
                    broken.push(format!("{} has {word}", source.module));
                }
            }
        }
        assert_none(&broken, sentence);
    }
}

#[test]
fn steps_are_steps_or_their_documents() {
    let is_call = |source: &Source| {
        let is_step = ["impl Resource for", "impl Given for"].map(|is| source.text.contains(is));
        !is_step.contains(&true) && source.text.contains(".await")
    };
    let of_steps = sources().into_iter().filter(|source| source.folder() == "steps");
    let broken: Vec<String> = of_steps.filter(is_call).map(|source| source.module).collect();
    assert_none(&broken, "steps holds only `impl Resource` and its documents");
}

#[test]
fn a_file_is_read_in_one_sitting() {
    let long = sources().into_iter().filter(|source| source.text.lines().count() > 400);
    let long: Vec<String> = long.map(|source| source.module).collect();
    assert_none(&long, "no file of src has more than 400 lines");
}

/// A call is known by the IAM action of its `CallSite`.
#[test]
fn a_call_that_more_than_one_part_makes_lives_in_account() {
    let mut made_in: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        for start in ["CallSite::new(", "CallSite::global("] {
            for (at, _) in source.text.match_indices(start) {
                let rest = source.text[at + start.len()..].trim_start();
                let action = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
                let Some(action) = action else { continue };
                made_in.entry(action.to_owned()).or_default().insert(source.folder().to_owned());
            }
        }
    }
    assert!(made_in.len() > 60, "only {} calls were found", made_in.len());
    made_in.retain(|_, folders| folders.len() > 1);
    let broken: Vec<String> =
        made_in.into_iter().map(|(action, folders)| format!("{action} in {folders:?}")).collect();
    assert_none(&broken, "calls that more than one part makes live in account");
}

#[test]
fn no_two_files_import_each_other_in_a_circle() {
    let sources = sources();
    let modules: BTreeSet<String> = sources.iter().map(|source| source.module.clone()).collect();
    let reexports = reexports(&sources, &modules);
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in &sources {
        let to = source.paths().into_iter().chain(children(source, &modules));
        let to = to.filter_map(|path| file_of(&path, &modules, &reexports));
        let to = to.filter(|module| *module != source.module);
        imports.insert(source.module.clone(), to.collect());
    }
    // What imports nothing that is left is no part of a circle.
    loop {
        let before = imports.len();
        let free: Vec<String> =
            imports.iter().filter(|(_, to)| to.is_empty()).map(|(from, _)| from.clone()).collect();
        imports.retain(|from, _| !free.contains(from));
        for to in imports.values_mut() {
            to.retain(|module| !free.contains(module));
        }
        if imports.len() == before {
            break;
        }
    }
    let broken: Vec<String> =
        imports.into_iter().map(|(from, to)| format!("{from} imports {to:?}")).collect();
    assert_none(&broken, "no import circle (these are in one, or above one)");
}

/// Paths of what a module takes from its own children without handing it on.
fn children(source: &Source, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for line in source.text.split('\n').filter_map(|line| line.strip_prefix("use ")) {
        let child = line.split([':', ';']).next().unwrap_or_default();
        let child = format!("{}::{child}", source.module);
        if modules.contains(&child) {
            paths.insert(child);
        }
    }
    for (at, _) in source.text.match_indices("use super::") {
        let rest = &source.text[at + "use super::".len()..];
        let parent = source.module.rsplit_once("::").map_or("", |(parent, _)| parent);
        expand(parent, &rest[..tree_end(rest)], &mut paths);
    }
    paths
}

/// Where the items that a module hands on from its children really stand.
fn reexports(sources: &[Source], modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut reexports = BTreeMap::new();
    for source in sources {
        for (at, _) in source.text.match_indices("pub(crate) use ") {
            let rest = &source.text[at + "pub(crate) use ".len()..];
            let mut paths = BTreeSet::new();
            expand(&source.module, &rest[..tree_end(rest)], &mut paths);
            for path in paths {
                let (child, item) = path.rsplit_once("::").unwrap_or_default();
                if modules.contains(child) {
                    reexports.insert(format!("{}::{item}", source.module), child.to_owned());
                }
            }
        }
    }
    reexports
}

/// The file in which an imported item stands.
fn file_of(
    path: &str,
    modules: &BTreeSet<String>,
    reexports: &BTreeMap<String, String>,
) -> Option<String> {
    let mut path = path;
    loop {
        if let Some(file) = reexports.get(path) {
            return Some(file.clone());
        }
        if modules.contains(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

#[test]
fn the_top_of_src_is_short_and_every_folder_says_what_lives_there() {
    let entries = fs::read_dir(root()).unwrap().count();
    assert!(entries <= ENTRIES_MAX, "{entries} entries at the top of src, at most {ENTRIES_MAX}");
    let folders = sources().into_iter().filter(|source| source.module == source.folder());
    let silent = folders.filter(|source| !source.text.starts_with("//! "));
    let silent: Vec<String> =
        silent.filter(|source| source.module != "main").map(|source| source.module).collect();
    assert_none(&silent, "each folder opens with a sentence of what lives there");
}

#[test]
fn trees_of_imports_are_read_whole() {
    let text = "use crate::a::{b, c::{self, D as E}};\nlet x = crate::f::g(1);".to_owned();
    let paths = Source { module: "m".to_owned(), text }.paths();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_eq!(paths, ["a::b", "a::c", "a::c::D", "f::g"]);
}
