//! What others made in an account: as much as AWS's quotas allow, at once.

use serde_json::json;

use super::account::Account;

/// How many things of others there are; none has a tag, and the names begin with `team-`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crowd {
    /// Vaults of the region.
    pub vaults: usize,
    /// Backup plans of the region.
    pub plans: usize,
    /// Event rules of the region's default bus.
    pub event_rules: usize,
    /// Roles of the account.
    pub roles: usize,
}

impl Account {
    /// Makes these, past the rules and without a call for each.
    ///
    /// # Panics
    ///
    /// When one of them is there already.
    #[track_caller]
    pub fn put_crowd(&self, region: &str, crowd: Crowd) {
        self.state().regions.insert(region.to_owned());
        let Crowd { vaults, plans, event_rules, roles } = crowd;
        let mut question = json!({ "account": self.id(), "region": region });
        for (what, count) in
            [("vaults", vaults), ("plans", plans), ("rules", event_rules), ("roles", roles)]
        {
            question[what] = count.into();
        }
        self.ask("put_crowd", &question);
    }
}
