//! What the options mean with the file, the record and the defaults.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::cli::Alerts;
use crate::config::file::ConfigFile;
use crate::config::given;
use crate::config::options::Options;
use crate::config::values::{check_boundary, check_role};
use crate::failure::Failure;
use crate::model::names::subscriber_hash;
use crate::model::region::Region;
use crate::model::settings::{COPIES_MAX, Former, Regions, Settings};
use crate::protection::restore_tests;

const FIRST_UP: &str = "mrbackup up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1";

/// The settings that are meant, resolved once a run: only the subscribers' hashes are of the deployment's id, which may
/// be known later.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// All but the subscribers that were typed; those that are recorded are among them.
    pub(crate) settings: Settings,
    /// The addresses that are subscribed, beside or in place of those that are recorded.
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
    /// Whether a record remembers who was removed.
    is_recorded: bool,
}

impl Resolved {
    /// The settings of the deployment with this id.
    pub(crate) fn for_id(&self, id: &str) -> Settings {
        let hashes = |addresses: &BTreeSet<String>| -> BTreeSet<String> {
            addresses.iter().map(|address| subscriber_hash(id, address)).collect()
        };
        let (mut settings, removed) = (self.settings.clone(), hashes(&self.removed));
        let Settings { subscribers, former, .. } = &mut settings;
        subscribers.extend(hashes(&self.added));
        subscribers.retain(|hash| !removed.contains(hash));
        former.subscribers.retain(|hash| !subscribers.contains(hash));
        former.subscribers.extend(removed.into_iter().filter(|_| self.is_recorded));
        settings
    }
}

impl Options {
    /// The settings that are meant: what was given, then what is recorded, then the defaults.
    ///
    /// # Errors
    /// A first `up` without regions, and regions, keys or rules that do not go together.
    pub(crate) fn resolve(
        &self,
        file: Option<&ConfigFile>,
        recorded: Option<&Settings>,
    ) -> Result<Resolved, Failure> {
        let mut settings = self.below(file, recorded)?;
        let mut added = self.add.clone();
        added.extend(file.iter().flat_map(|file| &file.subscribers).cloned());
        // Without them all that were recorded count as former; `Resolved::for_id` knows who is wanted.
        let mut known = std::mem::take(&mut settings.subscribers);
        if let Some(set) = self.set_subscribers.as_ref().filter(|_| file.is_none()) {
            self.check_replaceable(&known)?;
            known.clear();
            added.extend(set.iter().cloned());
        }
        match self.alerts {
            Some(alerts) => settings.without_alerts = alerts == Alerts::None,
            // Whoever adds a subscriber wants to know whether it is there.
            None => settings.without_alerts &= self.add.is_empty(),
        }
        let vaults = settings.regions.names();
        add_keys(&self.kms_keys, &vaults, "vault", &mut settings.kms_keys)?;
        let topics = settings.regions.with_alarms().map(Region::clone);
        add_keys(&self.topic_keys, &topics, "alert topic", &mut settings.topic_keys)?;
        for region in &self.recovery_alarms {
            let checked = settings.regions.check_recovery_alarms(region);
            checked.map_err(|why| Failure::Usage(format!("--recovery-alarms {region}: {why}")))?;
        }
        settings.recovery_alarms.extend(self.recovery_alarms.iter().cloned());
        if let Some(boundary) = &self.permissions_boundary {
            let account = file.and_then(ConfigFile::expected_account);
            check_boundary(boundary, settings.regions.primary.partition(), account)?;
            settings.permissions_boundary = Some(boundary.clone());
        }
        if let Some(role) = &self.service_role {
            let account = file.and_then(ConfigFile::expected_account);
            check_role(role, settings.regions.primary.partition(), account)?;
            settings.service_role = Some(role.clone());
        }
        given::check(&settings)?;
        given::check_subscribers(&settings, &added)?;
        if settings.own_topics().is_empty() {
            known.clear();
        }
        // Regions and rules that options name may ask for a longer window than file or record have.
        restore_tests::check_window(&settings).map_err(Failure::Usage)?;
        if let Some(recorded) = recorded {
            settings.former = Former::between(recorded, &settings);
        }
        settings.subscribers = known;
        let (removed, is_recorded) = (self.remove.clone(), recorded.is_some());
        Ok(Resolved { settings, added, removed, is_recorded })
    }

    /// What file, record or defaults say, with `--set` in its place.
    fn below(
        &self,
        file: Option<&ConfigFile>,
        recorded: Option<&Settings>,
    ) -> Result<Settings, Failure> {
        match (file, recorded) {
            (Some(file), _) => self.of_file(file),
            (None, Some(recorded)) => {
                let regions = self.regions_over(&recorded.regions)?;
                self.set_over(recorded.moved_to(regions).map_err(Failure::Usage)?)
            }
            (None, None) => self.set_over(Settings::defaults(self.first_regions()?)),
        }
    }

    /// What the file of this run says: settled once, whoever asks first.
    pub(super) fn of_file(&self, file: &ConfigFile) -> Result<Settings, Failure> {
        if let Some(settings) = self.of_file.get() {
            return Ok(settings.clone());
        }
        let settings = file.settings(self.regions_with(file)?)?;
        Ok(self.of_file.get_or_init(|| settings).clone())
    }

    fn first_regions(&self) -> Result<Regions, Failure> {
        let or_set =
            |option: &Option<Region>, role| option.clone().or_else(|| self.sets.region(role));
        let primary = or_set(&self.primary, "primary");
        let secondary = or_set(&self.secondary, "secondary");
        let (Some(primary), Some(secondary)) = (primary.clone(), secondary) else {
            let missing = if primary.is_none() { "--primary" } else { "--secondary" };
            return Err(Failure::Usage(format!(
                "no record names the regions, and {missing} is missing: {FIRST_UP}"
            )));
        };
        let regions = Regions {
            primary,
            secondary,
            tertiary: self.tertiary.clone(),
            copy_to: self.copy_to.iter().cloned().collect(),
        };
        self.regions_over(&regions)
    }

    /// The regions of the file, with what was given in their place.
    pub(super) fn regions_with(&self, file: &ConfigFile) -> Result<Regions, Failure> {
        let Some(of_file) = file.regions() else {
            return self.first_regions().map_err(|_| {
                let path = file.path().display();
                Failure::Usage(format!("{path} has no [regions], and not all are given by flags"))
            });
        };
        self.regions_over(of_file)
    }

    /// Regions with what was given in their place, added, or dropped.
    fn regions_over(&self, below: &Regions) -> Result<Regions, Failure> {
        let or =
            |options: &Option<Region>, below: &Region| options.clone().unwrap_or(below.clone());
        let mut regions = Regions {
            primary: or(&self.primary, &below.primary),
            secondary: or(&self.secondary, &below.secondary),
            tertiary: self.tertiary.clone().or(below.tertiary.clone()),
            copy_to: below.copy_to.clone(),
        };
        let more = self.copy_to.iter().filter(|region| !below.copy_to.contains(region));
        regions.copy_to.extend(more.cloned());
        for region in &self.drop_regions {
            drop_region(&mut regions, region)?;
        }
        let regions = self.set_regions(regions)?;
        let copies = regions.names().len() - 1;
        if copies > COPIES_MAX {
            return Err(Failure::Usage(format!(
                "{copies} regions to copy to are too many: AWS Backup takes at most {COPIES_MAX} copies in a rule"
            )));
        }
        regions.checked().map_err(Failure::Usage)
    }
}

/// Takes a region out. The first two cannot be missing, only be others.
fn drop_region(regions: &mut Regions, region: &Region) -> Result<(), Failure> {
    for (place, flag) in [(&regions.primary, "primary"), (&regions.secondary, "secondary")] {
        if place == region {
            return Err(Failure::Usage(format!(
                "--drop-region {region}: that is the {flag} region; name another in its place with --{flag}"
            )));
        }
    }
    if regions.tertiary.as_ref() == Some(region) {
        regions.tertiary = None;
    }
    regions.copy_to.retain(|name| name != region);
    Ok(())
}

/// Puts keys that were typed among the settings, each in a region where it has something to encrypt.
fn add_keys(
    typed: &BTreeMap<Region, String>,
    regions: &[Region],
    what: &str,
    keys: &mut BTreeMap<Region, String>,
) -> Result<(), Failure> {
    if let Some((region, key)) = typed.iter().find(|(region, _)| !regions.contains(region)) {
        return Err(Failure::Usage(format!(
            "{key} is a key of {region}, where this deployment has no {what}"
        )));
    }
    keys.extend(typed.clone());
    Ok(())
}
