//! The entries of the table, in the order in which `config show` has them.

mod alerts;
mod recovery;
mod restore_tests;
mod rules;
mod scope;
mod selections;
mod vaults;

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
    ]
    .into_iter()
    .flatten()
}
