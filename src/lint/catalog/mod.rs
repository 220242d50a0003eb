//! The checks by their stable ids: what each finds, why it matters, AWS's page, and what repairs it.

mod entry;
mod table;

pub(crate) use entry::{Check, Entry};
pub(crate) use table::CATALOG;

/// The entry of a check.
pub(crate) fn entry(check: Check) -> &'static Entry {
    CATALOG.iter().find(|entry| entry.check == check).expect("a test finds each check in it")
}

/// The entry of an id or a name, in any case.
pub(crate) fn find(word: &str) -> Option<&'static Entry> {
    let is_it = |entry: &&Entry| {
        [entry.id, entry.name].iter().any(|known| known.eq_ignore_ascii_case(word.trim()))
    };
    CATALOG.iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Check::NothingSelected;

    #[test]
    fn each_check_has_its_id_in_order() {
        for (at, entry) in CATALOG.iter().enumerate() {
            assert_eq!(entry.id, format!("L{:03}", at + 1));
            assert_eq!(entry.check as usize, at, "{}", entry.name);
            assert!(entry.page.url.starts_with("https://docs.aws.amazon.com/aws-backup/"));
        }
        assert_eq!(NothingSelected as usize + 1, CATALOG.len());
        assert_eq!(find("l007").unwrap().name, "lost-copies");
        assert_eq!(find("Lost-Copies").unwrap().id, "L007");
    }
}
