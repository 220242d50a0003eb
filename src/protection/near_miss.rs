//! Resources that almost have the select tags: a plan compares them letter by letter. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::tags::Tags;

/// A resource that is not selected, and looks as if that were not intended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub(crate) struct NearMiss {
    pub(crate) resource: String,
    /// What it has in place of a select tag, as `key=value`.
    pub(crate) has: Vec<String>,
    /// The select tags that it lacks, as `key=value`.
    pub(crate) lacks: Vec<String>,
}

/// What a resource has that is nearly the select tags; `None` where it has them all, or nothing
/// like them. AWS Backup compares keys and values by their exact letters (API reference,
/// `BackupSelection`, "Conditions").
pub(crate) fn near_miss(resource: &str, tags: &Tags, select_tags: &Tags) -> Option<NearMiss> {
    let (mut has, mut lacks) = (Vec::new(), Vec::new());
    let mut exact = false;
    for (key, value) in select_tags {
        if tags.get(key) == Some(value) {
            exact = true;
            continue;
        }
        lacks.push(format!("{key}={value}"));
        let alike = tags.iter().find(|(k, v)| is_alike(k, key) && is_alike_value(v, value));
        has.extend(alike.map(|(key, value)| format!("{key}={value}")));
    }
    let is_near = !lacks.is_empty() && (exact || !has.is_empty());
    is_near.then(|| NearMiss { resource: resource.to_owned(), has, lacks })
}

/// Whether two words differ in case, spaces and hyphens only, or in one letter.
fn is_alike(one: &str, other: &str) -> bool {
    let (one, other) = (plain(one), plain(other));
    one == other || (other.len() > 4 && differs_in_one(&one, &other))
}

/// The same, and what people write for `true`.
fn is_alike_value(one: &str, other: &str) -> bool {
    let is_yes = |word: &str| ["true", "yes", "on", "1", "enabled"].contains(&plain(word).as_str());
    is_alike(one, other) || (is_yes(one) && is_yes(other))
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether one letter was left out, put in, or is another.
fn differs_in_one(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let begin = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let rest = |word: &[char], skipped: usize| word.get(begin + skipped..).map(<[char]>::to_vec);
    let rests = [(1, 1), (0, 1), (1, 0)];
    rests.iter().any(|(a, b)| rest(&one, *a).is_some_and(|r| rest(&other, *b) == Some(r)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn what_nearly_has_the_tags_is_named_with_what_it_lacks() {
        let select = tags(&[("Environment", "Production"), ("BackupEnabled", "true")]);
        let near = |pairs: &[(&str, &str)]| near_miss("r", &tags(pairs), &select);
        assert_eq!(near(&[("Environment", "Production"), ("BackupEnabled", "true")]), None);
        assert_eq!(near(&[]), None);
        assert_eq!(near(&[("Name", "db"), ("Environment", "Staging")]), None);
        for (pairs, has) in [
            (&[("Environment", "Production"), ("BackupEnabled", "True")][..], "BackupEnabled=True"),
            (&[("environment", "Production"), ("BackupEnabled", "true")], "environment=Production"),
            (&[("Enviroment", "Production")], "Enviroment=Production"),
            (&[("Environment", "production ")], "Environment=production "),
            (&[("Backup-Enabled", "yes")], "Backup-Enabled=yes"),
        ] {
            let found = near(pairs).unwrap_or_else(|| panic!("{pairs:?}"));
            assert_eq!(found.has, [has], "{pairs:?}");
        }
        let half = near(&[("BackupEnabled", "true")]).unwrap();
        assert_eq!((half.has.len(), half.lacks), (0, vec!["Environment=Production".to_owned()]));
    }
}
