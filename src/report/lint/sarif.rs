//! The findings for code scanning: SARIF 2.1.0.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::lint::catalog::CATALOG;
use crate::lint::model::Place;
use crate::lint::severity::Severity;
use crate::model::version::VERSION;
use crate::report::lint::{FindingRow, LintReport};

/// What a path in a URI cannot have (RFC 3986, "Path").
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'[')
    .add(b']')
    .add(b'\\')
    .add(b'^')
    .add(b'|');

impl LintReport {
    pub(super) fn to_sarif(&self) -> Value {
        let rules = CATALOG.iter().map(|entry| {
            json!({
                "id": entry.id,
                "name": entry.name,
                "shortDescription": {"text": entry.what},
                "fullDescription": {"text": entry.reason},
                "help": {"text": format!("{} {}", entry.reason, entry.fix)},
                "helpUri": entry.page.url,
                "defaultConfiguration": {"level": level(entry.severity)},
            })
        });
        let unread = self.unread.iter().map(|unread| {
            json!({
                "level": "error",
                "message": {"text": format!("{}: {}", unread.what, unread.error.message)},
            })
        });
        let notes = self.notes.iter().map(|note| {
            json!({
                "level": "note",
                "message": {"text": note.text},
                "locations": locations(&note.place, ""),
            })
        });
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "mrbackup",
                    "version": VERSION,
                    "rules": rules.collect::<Vec<_>>(),
                }},
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": self.unread.is_empty(),
                    "toolExecutionNotifications": unread.chain(notes).collect::<Vec<_>>(),
                }],
                "results": self.results(),
            }],
        })
    }
}

impl LintReport {
    fn results(&self) -> Vec<Value> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let result = |finding: &FindingRow| {
            let subject = subject(finding);
            let place = &finding.place;
            let key = format!("{} {:?} {:?} {subject}", finding.id, place.file, place.region);
            let nth = seen.entry(key.clone()).or_default();
            *nth += 1;
            result(finding, &subject, &fingerprint(&key, *nth))
        };
        self.findings.iter().map(result).collect()
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Loses | Severity::Refused => "error",
        Severity::Warning => "warning",
    }
}

fn result(finding: &FindingRow, subject: &str, fingerprint: &str) -> Value {
    let given = finding.given.as_ref().map(|given| format!(" (where {given})"));
    let text =
        format!("{subject}: {}{}. Fix: {}", finding.text, given.unwrap_or_default(), finding.fix);
    let index = CATALOG.iter().position(|entry| entry.id == finding.id);
    json!({
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": locations(&finding.place, subject),
        "partialFingerprints": {"mrbackupFinding/v1": fingerprint},
    })
}

fn subject(finding: &FindingRow) -> String {
    let rule = finding.rule.as_ref().map(|rule| format!(", rule {rule}")).unwrap_or_default();
    let selection = finding.selection.as_ref().map(|name| format!(", selection {name}"));
    format!("plan {}{rule}{}", finding.plan, selection.unwrap_or_default())
}

/// The same finding has the same one wherever its line moves to; `nth` of those of the same check in the same rule.
fn fingerprint(key: &str, nth: usize) -> String {
    let digest = Sha256::digest(format!("{key} {nth}"));
    digest.iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn locations(place: &Place, subject: &str) -> Value {
    let mut location = json!({});
    if let Some(file) = &place.file {
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": place.line.unwrap_or(1)},
        });
    }
    let name = [place.region.as_ref().map(ToString::to_string), place.pointer.clone()];
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { subject.to_owned() } else { name };
    location["logicalLocations"] = json!([{"fullyQualifiedName": name}]);
    json!([location])
}

fn uri(file: &str) -> String {
    let path =
        utf8_percent_encode(file.strip_prefix("./").unwrap_or(file), NOT_IN_PATH).to_string();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}
