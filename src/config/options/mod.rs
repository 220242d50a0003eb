//! The settings that were given to `up`.

mod over_sets;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::config::cli::{Alerts, Allow, Up};
use crate::config::env::{Env, SettingSource, twin, value};
use crate::config::file::ConfigFile;
use crate::config::set::Sets;
use crate::config::subscriber::{Protocol, subscribers};
use crate::config::values::{parse_boundary, parse_key, parse_role};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::table::{Entry, all};
use crate::model::settings::{RegionRole, Settings, check_compatible};

pub(crate) use resolve::Resolved;

/// The settings that were given to `up`, checked as far as they can be without the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    primary: Option<Region>,
    secondary: Option<Region>,
    tertiary: Option<Region>,
    copy_to: BTreeSet<Region>,
    drop_regions: BTreeSet<Region>,
    permissions_boundary: Option<String>,
    service_role: Option<String>,
    add: BTreeSet<String>,
    remove: BTreeSet<String>,
    kms_keys: BTreeMap<Region, String>,
    topic_keys: BTreeMap<Region, String>,
    alerts: Option<Alerts>,
    recovery_alarms: BTreeSet<Region>,
    pub(crate) allow: Allow,
    pub(crate) sets: Sets,
    /// The subscribers that `--set` names, where it names them.
    set_subscribers: Option<BTreeSet<String>>,
    allow_unknown_region: bool,
    origins: BTreeMap<&'static str, SettingSource>,
    /// The settings of the file of this run, once they are settled.
    of_file: OnceLock<Settings>,
}

impl Options {
    /// # Errors
    /// [`Failure::Usage`] for what cannot be meant.
    pub(crate) fn new(up: &Up, env: Env<'_>) -> Result<Self, Failure> {
        let parse = if up.allow_unknown_region { Region::parse_lenient } else { Region::parse };
        let sets = Sets::parse(&up.set)?;
        over_sets::check_flags(&sets, up)?;
        sets.check_regions(parse)?;
        // A variable is weaker than what was typed.
        let env: Env<'_> = &|name: &str| env(name).filter(|_| !over_sets::is_set(&sets, name));
        let region = |flag: &Option<String>, name: &str| {
            let typed = flag.clone().or_else(|| twin(env, &name.to_uppercase()));
            let parse = |typed: String| {
                parse(&typed).map_err(|why| Failure::Usage(format!("--{name}: {why}")))
            };
            typed.map(parse).transpose()
        };
        let regions = |typed: &[String], name: &str| {
            typed
                .iter()
                .map(|typed| parse(typed).map_err(|why| Failure::Usage(format!("--{name}: {why}"))))
                .collect::<Result<BTreeSet<Region>, _>>()
        };
        let boundary =
            up.permissions_boundary.clone().or_else(|| twin(env, "PERMISSIONS_BOUNDARY"));
        let role = up.service_role.clone().or_else(|| twin(env, "SERVICE_ROLE"));
        let or_twin = |typed: &Vec<String>, name: &str| {
            if typed.is_empty() { twin(env, name).into_iter().collect() } else { typed.clone() }
        };
        let keys =
            |typed: &[String]| typed.iter().map(|arn| parse_key(arn)).collect::<Result<_, _>>();
        let options = Self {
            primary: region(&up.primary, "primary")?,
            secondary: region(&up.secondary, "secondary")?,
            tertiary: region(&up.tertiary, "tertiary")?,
            copy_to: regions(&or_listed(&up.copy_to, env, "COPY_TO"), "copy-to")?,
            drop_regions: regions(&up.drop_region, "drop-region")?,
            permissions_boundary: boundary.map(|arn| parse_boundary(&arn)).transpose()?,
            service_role: role.map(|arn| parse_role(&arn)).transpose()?,
            add: subscribers(&or_twin(&up.email, "EMAIL"), &or_twin(&up.notify, "NOTIFY"))?,
            remove: subscribers(&up.remove_email, &up.remove_notify)?,
            kms_keys: keys(&up.kms_key_arn)?,
            topic_keys: keys(&up.topic_key_arn)?,
            alerts: match up.alerts {
                Some(alerts) => Some(alerts),
                None => value(env, "ALERTS", "required or none")?,
            },
            recovery_alarms: regions(
                &or_listed(&up.recovery_alarms, env, "RECOVERY_ALARMS"),
                "recovery-alarms",
            )?,
            allow: up.allow,
            set_subscribers: over_sets::subscribers(&sets)?,
            sets: sets.clone(),
            allow_unknown_region: up.allow_unknown_region,
            origins: origins(up, env),
            of_file: OnceLock::new(),
        };
        options.check_together()?;
        Ok(options)
    }

    /// Refuses options that contradict each other.
    fn check_together(&self) -> Result<(), Failure> {
        check_compatible(&self.regions())
            .map_err(|clash| Failure::Usage(clash.words(RegionRole::option)))?;
        if let Some(both) = self.add.intersection(&self.remove).next() {
            return Err(Failure::Usage(format!("{both} is both to be added and to be removed")));
        }
        match self.add.first().filter(|_| self.alerts == Some(Alerts::None)) {
            Some(added) => Err(Failure::Usage(format!(
                "--alerts none means that no one is to be notified, and {added} is to be added"
            ))),
            None => Ok(()),
        }
    }

    /// Checks a file as far as it can be before anything is called.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what cannot be meant.
    pub(crate) fn check(&self, file: Option<&ConfigFile>) -> Result<(), Failure> {
        let Some(file) = file else { return Ok(()) };
        let checked = self.check_file(file, |file| self.of_file(file));
        // What is wrong without `--set` is said with its line in the file.
        match file.original().filter(|_| checked.is_err()) {
            Some(original) => {
                let alone = |file: &ConfigFile| file.settings(self.regions_with(file)?);
                self.check_file(original, alone).and(checked)
            }
            None => checked,
        }
    }

    fn check_file(
        &self,
        file: &ConfigFile,
        settled: impl Fn(&ConfigFile) -> Result<Settings, Failure>,
    ) -> Result<(), Failure> {
        if !self.allow_unknown_region {
            file.check_regions_are_known()?;
        }
        file.check_size(&settled(file)?)
    }

    /// The regions that were given, with their roles.
    pub(crate) fn regions(&self) -> Vec<(Region, RegionRole)> {
        let options = [
            (&self.primary, RegionRole::Primary),
            (&self.secondary, RegionRole::Secondary),
            (&self.tertiary, RegionRole::Tertiary),
        ];
        let options =
            options.into_iter().filter_map(|(region, role)| Some((region.clone()?, role)));
        let copies = self.copy_to.iter().map(|region| (region.clone(), RegionRole::Copy));
        options.chain(copies).collect()
    }

    /// Where a setting came from, by its name in the file; `None` where neither option nor variable says it.
    pub(crate) fn origin(&self, setting: &str) -> Option<SettingSource> {
        self.origins.get(setting).copied()
    }

    /// Where a region of a setting came from: of those of a list each may have been said elsewhere.
    pub(crate) fn origin_of_region(&self, setting: &str, region: &Region) -> Option<SettingSource> {
        let typed = match setting {
            "regions.copy_to" => self.copy_to.contains(region),
            "alerts.recovery_alarms" => self.recovery_alarms.contains(region),
            _ => true,
        };
        self.origin(setting).filter(|_| typed)
    }

    /// Where the key of a region came from; `table` is the name of the table that has such keys.
    pub(crate) fn origin_of_key(&self, table: &str, region: &Region) -> Option<SettingSource> {
        let keys = if table == "kms_keys" { &self.kms_keys } else { &self.topic_keys };
        self.origin(table).filter(|_| keys.contains_key(region))
    }

    /// Where a subscriber came from.
    pub(crate) fn origin_of_subscriber(&self, address: &str) -> Option<SettingSource> {
        let is_email = Protocol::from_endpoint(address) == Protocol::Email;
        let email = self.origin("alerts.email").filter(|_| is_email);
        email.or(self.origin("alerts.notify")).filter(|_| self.add.contains(address))
    }

    /// The addresses that were typed and are wanted, here or in the file.
    pub(crate) fn wanted_addresses(&self, file: Option<&ConfigFile>) -> BTreeSet<String> {
        let of_file = file.iter().flat_map(|file| &file.subscribers);
        let wanted = self.add.iter().chain(of_file).chain(self.set_subscribers.iter().flatten());
        wanted.filter(|address| !self.remove.contains(*address)).cloned().collect()
    }

    /// Every address that was typed, here or in the file: the record holds only their hashes.
    pub(crate) fn addresses(&self, file: Option<&ConfigFile>) -> BTreeSet<String> {
        let of_file = file.iter().flat_map(|file| &file.subscribers);
        let set = self.set_subscribers.iter().flatten();
        self.add.iter().chain(&self.remove).chain(of_file).chain(set).cloned().collect()
    }
}

/// What was typed, else what the variable lists, with commas between.
fn or_listed(typed: &[String], env: Env<'_>, name: &str) -> Vec<String> {
    let listed = twin(env, name).filter(|_| typed.is_empty()).unwrap_or_default();
    let listed = listed.split(',').filter(|name| !name.is_empty()).map(str::to_owned);
    typed.iter().cloned().chain(listed).collect()
}

/// Where each setting came from that an option or a variable says, by its name in the file.
fn origins(up: &Up, env: Env<'_>) -> BTreeMap<&'static str, SettingSource> {
    let given = up.given();
    let origin = |entry: &Entry| {
        let variable = entry.variable.trim_start_matches("MRBACKUP_");
        let origin = SettingSource::from_input(given.contains(&entry.flag), env, variable)?;
        Some((entry.path, origin))
    };
    all().filter_map(origin).collect()
}
