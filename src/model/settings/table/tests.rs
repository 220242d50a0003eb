use std::collections::BTreeSet;

use super::*;

#[test]
fn every_name_is_once_in_the_table_and_below_its_table() {
    let mut seen = BTreeSet::new();
    for entry in all() {
        assert!(seen.insert(entry.path), "{} is there twice", entry.path);
        let table = entry.table();
        let is_there =
            table.is_empty() || seen.contains(table) || seen.contains(table.trim_end_matches(".*"));
        assert!(is_there, "{} stands before its table", entry.path);
        assert!(!entry.about.is_empty() && !entry.about.ends_with('.'), "{}", entry.path);
    }
}

#[test]
fn every_default_is_within_its_limits() {
    for entry in all() {
        let number = entry.default().and_then(|default| default.parse().ok());
        let limits = match entry.form {
            Form::Number(limits) | Form::Numbers(limits) => limits,
            Form::Days => Limits::Range { least: 1, most: DAYS_MAX, words: "" },
            _ => continue,
        };
        assert!(number.is_none_or(|number| limits.allow(number)), "{}: {number:?}", entry.path);
    }
}

/// A value of the form that is not the default, put where the table says.
fn changed(field: Field) -> Settings {
    let mut settings = usual();
    match field {
        Field::Number(field) => (field.put)(&mut settings, (field.get)(&usual()) + 1),
        Field::Flag(field) => (field.put)(&mut settings, !(field.get)(&usual())),
        Field::Numbers(field, names) => {
            let known = (names.known)().into_iter().map(str::to_owned);
            (field.put)(&mut settings, known.take(1).map(|name| (name, 2)).collect());
        }
        Field::Text(field) => (field.put)(&mut settings, "other".to_owned()),
        Field::Names(field, names) => {
            let one = (names.known)().into_iter().take(1).map(str::to_owned);
            (field.put)(&mut settings, one.collect());
        }
        Field::Regions(field, _) => {
            let region = settings.regions.secondary.clone();
            (field.put)(&mut settings, BTreeSet::from([region]));
        }
    }
    settings
}

#[test]
fn what_is_put_is_got_and_stands_in_the_record() {
    for (entry, field) in all().filter_map(|entry| Some((entry, entry.field?))) {
        let settings = changed(field);
        assert_ne!(field.toml(&settings), field.toml(&usual()), "{}", entry.path);
        let recorded = serde_json::to_value(&settings).unwrap();
        assert!(entry.is_recorded, "{}", entry.path);
        assert_ne!(recorded, serde_json::to_value(usual()).unwrap(), "{}", entry.path);
        assert_eq!(
            serde_json::from_value::<Settings>(recorded).unwrap(),
            settings,
            "{}",
            entry.path
        );
    }
}

#[test]
fn a_number_that_protects_less_is_said_and_one_that_protects_more_is_not() {
    for entry in all() {
        let (Less::Larger(_), Some(field)) = (entry.less, entry.field) else { continue };
        let larger = changed(field);
        assert_eq!(lessened(&usual(), &larger).len(), 1, "{}", entry.path);
        assert!(lessened(&larger, &usual()).is_empty(), "{}", entry.path);
    }
}
