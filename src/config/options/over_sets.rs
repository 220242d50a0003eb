//! What `--set` says in place of file, record, environment and defaults.

use std::collections::BTreeSet;

use crate::config::cli::Up;
use crate::config::file::ConfigFile;
use crate::config::file::written::Written;
use crate::config::options::Options;
use crate::config::set::Sets;
use crate::failure::Failure;
use crate::model::settings::table::all;
use crate::model::settings::{Regions, Settings};

/// Whether `--set` says what this variable would.
pub(super) fn is_set(sets: &Sets, variable: &str) -> bool {
    all().any(|entry| entry.variable == variable && sets.has(&entry.parts()))
}

/// Refuses an option of its own for what `--set` says.
///
/// # Errors
/// [`Failure::Usage`] with both.
pub(super) fn check_flags(sets: &Sets, up: &Up) -> Result<(), Failure> {
    let about = |option: &'static str| {
        let named = all().filter(move |entry| entry.has_flag(option));
        named.filter_map(move |entry| Some((option, sets.about(&entry.parts())?)))
    };
    match up.given().into_iter().flat_map(about).next() {
        Some((option, set)) => {
            Err(Failure::Usage(format!("{option} and {set} are about the same setting: give one")))
        }
        None => Ok(()),
    }
}

/// The subscribers that `--set` names; `None` where it names none of their lists.
pub(super) fn subscribers(sets: &Sets) -> Result<Option<BTreeSet<String>>, Failure> {
    let named = LISTS.iter().any(|list| sets.has(&["alerts", list]));
    let said = || ConfigFile::from_sets(&sets.of_table("alerts"));
    named.then(said).transpose().map(|file| file.map(|file| file.subscribers))
}

/// The lists of subscribers in the file.
const LISTS: [&str; 2] = ["email", "notify"];

impl Options {
    /// The file with what `--set` says in it.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the option that cannot be meant.
    pub(crate) fn set_in(&self, file: ConfigFile) -> Result<ConfigFile, Failure> {
        if self.sets.is_empty() {
            return Ok(file);
        }
        if self.sets.of_table("rules").is_empty() || file.has("rules") || file.has("plans") {
            return file.edited(&self.sets, None);
        }
        // The rules of a file without any are the defaults of its regions.
        let regions = self.regions_with(&file)?;
        file.edited(&self.sets, Some(&Settings::defaults(regions).rules))
    }

    /// What `--set` says of where to work, for whom there is no file.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the option that cannot be meant.
    pub(crate) fn guard(&self) -> Result<Option<ConfigFile>, Failure> {
        let of_guards = ["expected_account", "search_regions"].map(|key| self.sets.of_table(key));
        let said = of_guards.iter().any(|sets| !sets.is_empty());
        let guards = of_guards.into_iter().fold(Sets::default(), Sets::and);
        said.then(|| ConfigFile::from_sets(&guards)).transpose()
    }

    /// Settings of no file, with what `--set` says in place of them.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the option that cannot be meant.
    pub(super) fn set_over(&self, settings: Settings) -> Result<Settings, Failure> {
        if self.sets.is_empty() {
            return Ok(settings);
        }
        let none = BTreeSet::new();
        let text = Written {
            name: "default",
            origin: None,
            settings: &settings,
            expected_account: None,
            account: None,
            search_regions: None,
            addresses: &none,
            unknown_addresses: 0,
            restore: None,
        };
        let file = ConfigFile::from_text(text.text())?;
        let as_recorded = file.settings(settings.regions.clone());
        as_recorded.map_err(|failure| {
            Failure::Usage(format!("no file can hold the recorded settings, so that --set cannot change them: {failure}"))
        })?;
        let set = file.edited(&self.sets, None)?.settings(settings.regions.clone())?;
        let Settings { subscribers, former, runtime, .. } = settings;
        Ok(Settings { subscribers, former, runtime, ..set })
    }

    /// Regions with those that `--set` names in place of them.
    pub(super) fn set_regions(&self, regions: Regions) -> Result<Regions, Failure> {
        let sets = self.sets.of_table("regions");
        if sets.is_empty() {
            return Ok(regions);
        }
        let set = ConfigFile::from_regions(&regions, &sets)?;
        Ok(set.regions().cloned().unwrap_or(regions))
    }

    /// Refuses to replace one list of subscribers where nobody knows who is in the other.
    pub(super) fn check_replaceable(&self, recorded: &BTreeSet<String>) -> Result<(), Failure> {
        let both = LISTS.iter().all(|list| self.sets.has(&["alerts", list]));
        if both || recorded.is_empty() {
            return Ok(());
        }
        let set = LISTS.iter().find_map(|list| self.sets.about(&["alerts", list]));
        Err(Failure::Usage(format!(
            "{}: the record has hashes of the subscribers' addresses and not their kinds, so that one list of them \
             cannot be replaced; set alerts.email and alerts.notify both, or add and remove single ones with \
             --email, --notify, --remove-email and --remove-notify",
            set.unwrap_or_default()
        )))
    }
}
