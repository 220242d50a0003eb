//! Names of settings, and what may be meant by a name that none of them has.

use crate::model::settings::table::{ANY, Form, all};

/// How alike two names are that may be one and a slip of the pen.
const ALIKE: f64 = 0.88;
/// How alike the last parts are of two names that stand in different tables.
const BY_LAST: f64 = 0.93;
/// What a name is worth from which another one differs in one letter, however short it is.
const ONE_LETTER: f64 = 0.89;

/// The names of all settings, with the form of each. Those of a table's entries follow the table.
pub(super) fn patterns() -> impl DoubleEndedIterator<Item = (Vec<&'static str>, Form)> {
    let entries = all().filter(|entry| !entry.form.is_group());
    let named = entries.map(|entry| {
        let (own, below) = (entry.parts(), |more: &[&'static str]| [&entry.parts(), more].concat());
        let mut all = vec![(own, entry.form)];
        all.extend(match entry.form {
            Form::Texts | Form::Keys => Some((below(&[ANY]), Form::Text)),
            Form::TextLists => Some((below(&[ANY]), Form::List)),
            Form::Numbers(limits) => Some((below(&[ANY]), Form::Number(limits))),
            Form::TextTables => Some((below(&[ANY, ANY]), Form::Text)),
            _ => None,
        });
        all
    });
    named.flatten().collect::<Vec<_>>().into_iter()
}

fn fits(pattern: &[&str], path: &[String]) -> bool {
    pattern.iter().zip(path).all(|(part, name)| part == name || *part == ANY)
}

/// Whether a path is of this pattern.
pub(super) fn is_it(pattern: &[&str], path: &[String]) -> bool {
    pattern.len() == path.len() && fits(pattern, path)
}

/// Whether a path is a setting's, or the beginning of one's.
pub(crate) fn is_begun(path: &[String]) -> bool {
    patterns().any(|(pattern, _)| pattern.len() >= path.len() && fits(&pattern, path))
}

/// A setting below `path`, where that is the name of some and not of one.
pub(crate) fn one_below(path: &[String]) -> Option<Vec<String>> {
    let below = |pattern: &[&str]| pattern.len() > path.len() && fits(pattern, path);
    patterns().map(|(pattern, _)| pattern).find(|pattern| below(pattern)).map(|pattern| {
        let rest = pattern[path.len()..].iter().map(|part| (*part).to_owned());
        path.iter().cloned().chain(rest).collect()
    })
}

/// The setting, or the table of settings, that is likely meant.
pub(crate) fn nearest(path: &[String]) -> Option<Vec<String>> {
    let groups = all().filter(|entry| entry.form.is_group()).map(super::Entry::parts);
    let names: Vec<_> = patterns().map(|(pattern, _)| pattern).chain(groups).collect();
    // Of equals the first in the table.
    let scored = names.into_iter().rev().map(|pattern| {
        let same_depth = pattern.len() == path.len();
        let name = |(at, part): (usize, &&str)| match *part {
            ANY if same_depth => path[at].clone(),
            ANY => "NAME".to_owned(),
            part => part.to_owned(),
        };
        let meant: Vec<String> = pattern.iter().enumerate().map(name).collect();
        let last = pattern.last().copied().unwrap_or_default();
        // Who leaves out where it stands has its own name right.
        let by_last = alike(path.last().map_or("", String::as_str), last);
        // Each part by itself: what is right at the beginning says nothing of the end.
        // What a person chooses is like anything, and so says little.
        let own_name = pattern.iter().map(|part| if *part == ANY { ALIKE } else { 1.0 });
        let parts = path.iter().zip(&meant).map(|(own, name)| alike(own, name));
        let parts = parts.zip(own_name).map(|(alike, own)| alike * own);
        let is_whole = same_depth && parts.clone().all(|part| part >= ALIKE);
        // All of it alike is nearer than one part of it that is the same.
        let by_whole = is_whole.then(|| 1.0 + parts.product::<f64>());
        (by_whole.or(Some(by_last).filter(|score| *score >= BY_LAST)), meant)
    });
    let near = scored.filter_map(|(score, meant)| Some((score?, meant)));
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, meant)| meant)
}

/// How alike two names are, from 0 to 1.
fn alike(own: &str, name: &str) -> f64 {
    let letters = strsim::jaro_winkler(own, name);
    if strsim::osa_distance(own, name) != 1 {
        return letters;
    }
    // A letter that is left out near its like misplaces all that follow.
    letters.max(ONE_LETTER).max(strsim::normalized_damerau_levenshtein(own, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_answered_with_what_is_meant() {
        for (typed, meant) in [
            ("rules.daily.delete_after_day", "rules.daily.delete_after_days"),
            ("rules.daily.retention_days", ""),
            ("delete_after_days", "rules.NAME.delete_after_days"),
            ("alert.watchdog_minutes", "alerts.watchdog_minutes"),
            ("watchdog_minutes", "alerts.watchdog_minutes"),
            ("select.Environment", "select_tags.Environment"),
            (
                "rules.daily.copies.us-west-2.cold_after",
                "rules.daily.copies.us-west-2.cold_after_days",
            ),
            ("alert", "alerts"),
            ("zzz", ""),
        ] {
            let path: Vec<String> = typed.split('.').map(str::to_owned).collect();
            assert_eq!(nearest(&path).unwrap_or_default().join("."), meant, "{typed}");
        }
    }

    /// Letters that are missing, doubled, wrong, or in the wrong order.
    fn misspelt(name: &str) -> Vec<String> {
        let letters: Vec<char> = name.chars().collect();
        let mut all = Vec::new();
        for at in 0..letters.len() {
            let with = |new: &[char], to: usize| -> String {
                letters[..at].iter().chain(new).chain(&letters[to..]).collect()
            };
            all.push(with(&[], at + 1));
            all.push(with(&[letters[at], letters[at]], at + 1));
            all.push(with(&['x'], at + 1));
            if let Some(next) = letters.get(at + 1) {
                all.push(with(&[*next, letters[at]], at + 2));
            }
        }
        all.retain(|other| other != name && !other.is_empty());
        all
    }

    #[test]
    fn every_misspelling_by_a_letter_is_refused_with_what_is_meant() {
        let mut wrong = Vec::new();
        for (pattern, _) in patterns() {
            let path: Vec<String> =
                pattern.iter().map(|part| (*part).replace(ANY, "us-west-2")).collect();
            for (at, part) in pattern.iter().enumerate().filter(|(_, part)| **part != ANY) {
                for slip in misspelt(part) {
                    let mut typed = path.clone();
                    typed[at] = slip;
                    // What is another setting's name is that setting's.
                    if super::super::form(&typed).is_some() {
                        continue;
                    }
                    let meant = nearest(&typed);
                    let other = meant.clone().is_some_and(|meant| {
                        let letters = |path: &[String]| {
                            strsim::osa_distance(&path.join("."), &typed.join("."))
                        };
                        letters(&meant) <= letters(&path)
                    });
                    if !other {
                        wrong.push(format!("{typed:?}: {meant:?}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
