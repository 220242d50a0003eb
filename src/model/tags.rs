//! Tags of a resource.

use std::collections::BTreeMap;

/// Tags of a resource, by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Keys of tags that are there and not wanted.
pub(crate) fn surplus(live: &Tags, wanted: &Tags) -> Vec<String> {
    live.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect()
}

/// Tags that are wanted and are not there, or not with that value.
pub(crate) fn missing(live: &Tags, wanted: &Tags) -> Tags {
    let differs = |(key, value): &(&String, &String)| live.get(*key) != Some(*value);
    wanted.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_put_on_or_taken_off() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let live = tags(&[("same", "1"), ("other", "1"), ("old", "1")]);
        let wanted = tags(&[("same", "1"), ("other", "2"), ("new", "1")]);
        assert_eq!(missing(&live, &wanted), tags(&[("other", "2"), ("new", "1")]));
        assert_eq!(surplus(&live, &wanted), ["old"]);
        assert_eq!((missing(&live, &live), surplus(&live, &live)), (Tags::new(), Vec::new()));
    }
}
