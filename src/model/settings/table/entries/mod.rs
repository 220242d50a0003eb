//! The entries of the table, in the order in which `config show` has them.

mod alerts;
mod plans;
mod recovery;
mod restore_tests;
mod rules;
mod scope;
mod selections;
mod vaults;

use std::sync::LazyLock;

use crate::model::settings::table::Entry;

/// Where the key of a region's vault or topic stands as an example.
const KEY_EXAMPLE: &str = "{secondary} = \"arn:aws:kms:{secondary}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"";

/// Every setting, and every table of settings before what stands in it.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> + Clone {
    [
        scope::ENTRIES,
        alerts::ENTRIES,
        recovery::ENTRIES,
        vaults::ENTRIES,
        restore_tests::ENTRIES,
        selections::ENTRIES,
        rules::ENTRIES,
        plans::ENTRIES,
        &IN_PLANS,
        plans::CLASSES,
    ]
    .into_iter()
    .flatten()
}

/// Rules and selections once more, as a plan has them.
static IN_PLANS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let members = selections::ENTRIES.iter().chain(rules::ENTRIES);
    let in_plan = |member: &Entry| Entry {
        path: format!("{PLAN}.{}", member.path).leak(),
        above: "",
        behind: "",
        ..*member
    };
    members.map(in_plan).collect()
});

/// What the names of what stands in a plan begin with.
const PLAN: &str = "plans.*";

impl Entry {
    /// The entry of the same at the top; `None` of what stands in no plan, and of what only a plan has.
    pub(crate) fn at_top(&self) -> Option<&'static Self> {
        let path = self.path.strip_prefix(PLAN)?.strip_prefix('.')?;
        [selections::ENTRIES, rules::ENTRIES].into_iter().flatten().find(|entry| entry.path == path)
    }
}
