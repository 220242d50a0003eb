//! Resources that can be backed up, as far as the tagging service sees them. Nothing else has to know them.

use super::account::Account;

impl Account {
    /// Puts a resource there, or gives it other tags.
    pub fn put_tagged_resource(&self, region: &str, arn: &str, tags: &[(&str, &str)]) {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let mut state = self.state();
        let there = state.tagged.entry(region.to_owned()).or_default();
        there.insert(arn.to_owned(), tags.collect());
    }

    /// The resource is deleted.
    ///
    /// # Panics
    ///
    /// When it is not there.
    #[track_caller]
    pub fn remove_tagged_resource(&self, region: &str, arn: &str) {
        let mut state = self.state();
        let gone = state.tagged.get_mut(region).and_then(|there| there.remove(arn));
        assert!(gone.is_some(), "{arn} is not in {region}");
    }
}
