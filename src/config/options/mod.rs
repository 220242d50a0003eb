//! The settings that were given to `up`, and what they mean with the file, the record and the defaults.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::cli::{Alerts, Allow, Up};
use crate::config::env::{Env, SettingSource, twin, value};
use crate::config::file::ConfigFile;
use crate::config::subscriber::{Protocol, subscribers};
use crate::config::values::{check_boundary, parse_boundary, parse_key};
use crate::failure::Failure;
use crate::model::names::subscriber_hash;
use crate::model::region::Region;
use crate::model::settings::{COPIES_MAX, Former, RegionRole, Regions, Settings, check_compatible};

const FIRST_UP: &str = "mrbackup up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1";

/// The settings that were given to `up`, checked as far as they can be without the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    primary: Option<Region>,
    secondary: Option<Region>,
    tertiary: Option<Region>,
    copy_to: BTreeSet<Region>,
    drop_regions: BTreeSet<Region>,
    permissions_boundary: Option<String>,
    add: BTreeSet<String>,
    remove: BTreeSet<String>,
    kms_keys: BTreeMap<Region, String>,
    topic_keys: BTreeMap<Region, String>,
    alerts: Option<Alerts>,
    pub(crate) allow: Allow,
    allow_unknown_region: bool,
    origins: BTreeMap<&'static str, SettingSource>,
}

impl Options {
    /// # Errors
    /// [`Failure::Usage`] for what cannot be meant.
    pub(crate) fn new(up: &Up, env: Env<'_>) -> Result<Self, Failure> {
        let parse = if up.allow_unknown_region { Region::parse_lenient } else { Region::parse };
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
        let mut copy_to = up.copy_to.clone();
        if copy_to.is_empty() {
            let listed = twin(env, "COPY_TO").unwrap_or_default();
            copy_to.extend(listed.split(',').filter(|name| !name.is_empty()).map(str::to_owned));
        }
        let boundary =
            up.permissions_boundary.clone().or_else(|| twin(env, "PERMISSIONS_BOUNDARY"));
        let or_twin = |typed: &Vec<String>, name: &str| {
            if typed.is_empty() { twin(env, name).into_iter().collect() } else { typed.clone() }
        };
        let keys =
            |typed: &[String]| typed.iter().map(|arn| parse_key(arn)).collect::<Result<_, _>>();
        let options = Self {
            primary: region(&up.primary, "primary")?,
            secondary: region(&up.secondary, "secondary")?,
            tertiary: region(&up.tertiary, "tertiary")?,
            copy_to: regions(&copy_to, "copy-to")?,
            drop_regions: regions(&up.drop_region, "drop-region")?,
            permissions_boundary: boundary.map(|arn| parse_boundary(&arn)).transpose()?,
            add: subscribers(&or_twin(&up.email, "EMAIL"), &or_twin(&up.notify, "NOTIFY"))?,
            remove: subscribers(&up.remove_email, &up.remove_notify)?,
            kms_keys: keys(&up.kms_key_arn)?,
            topic_keys: keys(&up.topic_key_arn)?,
            alerts: match up.alerts {
                Some(alerts) => Some(alerts),
                None => value(env, "ALERTS", "required or none")?,
            },
            allow: up.allow,
            allow_unknown_region: up.allow_unknown_region,
            origins: origins(up, env),
        };
        check_compatible(&options.regions())
            .map_err(|clash| Failure::Usage(clash.words(RegionRole::option)))?;
        if let Some(both) = options.add.intersection(&options.remove).next() {
            return Err(Failure::Usage(format!("{both} is both to be added and to be removed")));
        }
        match options.add.first().filter(|_| options.alerts == Some(Alerts::None)) {
            Some(added) => Err(Failure::Usage(format!(
                "--alerts none says that no one is to be notified, and {added} is to be added"
            ))),
            None => Ok(options),
        }
    }

    /// Checks a file as far as it can be before anything is called.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what cannot be meant.
    pub(crate) fn check(&self, file: Option<&ConfigFile>) -> Result<(), Failure> {
        let Some(file) = file else { return Ok(()) };
        if !self.allow_unknown_region {
            file.check_regions_are_known()?;
        }
        let settings = file.settings(self.regions_with(file)?)?;
        file.check_size(&settings)
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

    /// Where a setting of these options came from; `None` where it is from elsewhere.
    pub(crate) fn origin(&self, option: &str) -> Option<SettingSource> {
        self.origins.get(option).copied()
    }

    /// Where a region came from: of several copy regions each may have been said elsewhere.
    pub(crate) fn origin_of_region(
        &self,
        region: &Region,
        role: RegionRole,
    ) -> Option<SettingSource> {
        let typed = role != RegionRole::Copy || self.copy_to.contains(region);
        self.origin(role.as_str()).filter(|_| typed)
    }

    /// Where the key of a region came from; `option` is the one that takes such keys.
    pub(crate) fn origin_of_key(&self, option: &str, region: &Region) -> Option<SettingSource> {
        let keys = if option == "kms-key-arn" { &self.kms_keys } else { &self.topic_keys };
        self.origin(option).filter(|_| keys.contains_key(region))
    }

    /// Where a subscriber came from.
    pub(crate) fn origin_of_subscriber(&self, address: &str) -> Option<SettingSource> {
        let is_email = Protocol::from_endpoint(address) == Protocol::Email;
        let email = self.origin("email").filter(|_| is_email);
        email.or(self.origin("notify")).filter(|_| self.add.contains(address))
    }

    /// The addresses that were typed and are wanted, here or in the file.
    pub(crate) fn wanted_addresses(&self, file: Option<&ConfigFile>) -> BTreeSet<String> {
        let of_file = file.iter().flat_map(|file| &file.subscribers);
        let wanted = self.add.iter().chain(of_file);
        wanted.filter(|address| !self.remove.contains(*address)).cloned().collect()
    }

    /// Every address that was typed, here or in the file: the record holds only their hashes.
    pub(crate) fn addresses(&self, file: Option<&ConfigFile>) -> BTreeSet<String> {
        let of_file = file.iter().flat_map(|file| &file.subscribers);
        self.add.iter().chain(&self.remove).chain(of_file).cloned().collect()
    }

    /// The settings that are meant: what was given, then what is recorded, then the defaults.
    ///
    /// # Errors
    /// A first `up` without regions, and regions, keys or rules that do not go together.
    pub(crate) fn resolve(
        &self,
        file: Option<&ConfigFile>,
        recorded: Option<&Settings>,
        id: &str,
    ) -> Result<Settings, Failure> {
        let mut settings = match (file, recorded) {
            (Some(file), _) => file.settings(self.regions_with(file)?)?,
            (None, Some(recorded)) => {
                let regions = self.regions_over(&recorded.regions)?;
                recorded.moved_to(regions).map_err(Failure::Usage)?
            }
            (None, None) => Settings::defaults(self.first_regions()?),
        };
        let of_file = file.iter().flat_map(|file| &file.subscribers);
        let hashes = |addresses: &BTreeSet<String>| -> BTreeSet<String> {
            addresses.iter().map(|address| subscriber_hash(id, address)).collect()
        };
        settings.subscribers.extend(of_file.map(|address| subscriber_hash(id, address)));
        settings.subscribers.extend(hashes(&self.add));
        let removed = hashes(&self.remove);
        settings.subscribers.retain(|hash| !removed.contains(hash));
        match self.alerts {
            Some(alerts) => settings.without_alerts = alerts == Alerts::None,
            // Whoever adds a subscriber wants to know whether it is there.
            None => settings.without_alerts &= self.add.is_empty(),
        }
        let vaults = settings.regions.names();
        add_keys(&self.kms_keys, &vaults, "vault", &mut settings.kms_keys)?;
        let topics = settings.regions.with_alarms().map(Region::clone);
        add_keys(&self.topic_keys, &topics, "alert topic", &mut settings.topic_keys)?;
        if let Some(boundary) = &self.permissions_boundary {
            let account = file.and_then(ConfigFile::expected_account);
            check_boundary(boundary, settings.regions.primary.partition(), account)?;
            settings.permissions_boundary = Some(boundary.clone());
        }
        if let Some(recorded) = recorded {
            settings.former = Former::between(recorded, &settings);
            settings.former.subscribers.extend(removed);
        }
        Ok(settings)
    }

    fn first_regions(&self) -> Result<Regions, Failure> {
        let (Some(primary), Some(secondary)) = (self.primary.clone(), self.secondary.clone())
        else {
            let missing = if self.primary.is_none() { "--primary" } else { "--secondary" };
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
    fn regions_with(&self, file: &ConfigFile) -> Result<Regions, Failure> {
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

fn origins(up: &Up, env: Env<'_>) -> BTreeMap<&'static str, SettingSource> {
    let options = [
        ("primary", up.primary.is_some(), "PRIMARY"),
        ("secondary", up.secondary.is_some(), "SECONDARY"),
        ("tertiary", up.tertiary.is_some(), "TERTIARY"),
        ("copy", !up.copy_to.is_empty(), "COPY_TO"),
        ("permissions-boundary", up.permissions_boundary.is_some(), "PERMISSIONS_BOUNDARY"),
        ("email", !up.email.is_empty(), "EMAIL"),
        ("notify", !up.notify.is_empty(), "NOTIFY"),
        ("kms-key-arn", !up.kms_key_arn.is_empty(), ""),
        ("topic-key-arn", !up.topic_key_arn.is_empty(), ""),
        ("alerts", up.alerts.is_some(), "ALERTS"),
    ];
    let of = |(option, typed, name)| Some((option, SettingSource::from_input(typed, env, name)?));
    options.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;

    fn options(up: &Up) -> Result<Options, Failure> {
        Options::new(up, &|_| None)
    }

    fn usage(result: Result<Options, Failure>) -> String {
        match result {
            Err(Failure::Usage(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    fn up(regions: [&str; 3]) -> Up {
        let [primary, secondary, tertiary] = regions.map(|region| Some(region.to_owned()));
        Up { primary, secondary, tertiary, ..Up::default() }
    }

    #[test]
    fn a_first_up_needs_its_regions() {
        let none = options(&Up::default()).unwrap().resolve(None, None, "id").unwrap_err();
        assert!(none.to_string().contains("--primary is missing: mrbackup up --primary us-east-1"));
        let mut only_primary = up(["us-east-1", "", ""]);
        (only_primary.secondary, only_primary.tertiary) = (None, None);
        let error = options(&only_primary).unwrap().resolve(None, None, "id").unwrap_err();
        assert!(error.to_string().contains("--secondary is missing"));
    }

    #[test]
    fn what_is_recorded_stays() {
        let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let bare = options(&Up::default()).unwrap();
        assert_eq!(bare.resolve(None, Some(&recorded), "id").unwrap(), recorded);
        let same = options(&up(["us-east-1", "us-west-2", "eu-west-1"])).unwrap();
        assert_eq!(same.resolve(None, Some(&recorded), "id").unwrap(), recorded);
    }

    #[test]
    fn regions_are_changed_added_and_dropped() {
        let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let settled = |up: Up| options(&up).unwrap().resolve(None, Some(&recorded), "id");
        let names = |up: Up| -> Vec<String> {
            settled(up).unwrap().regions.names().iter().map(ToString::to_string).collect()
        };
        let list = |region: &str| vec![region.to_owned()];
        let tertiary = Some("eu-west-2".to_owned());
        assert_eq!(
            names(Up { tertiary, ..Up::default() }),
            ["us-east-1", "us-west-2", "eu-west-2"]
        );
        assert_eq!(
            names(Up { copy_to: list("ap-south-1"), ..Up::default() }),
            ["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"]
        );
        assert_eq!(
            names(Up { drop_region: list("eu-west-1"), ..Up::default() }),
            ["us-east-1", "us-west-2"]
        );
        let refusal = settled(Up { drop_region: list("us-west-2"), ..Up::default() }).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "--drop-region us-west-2: that is the secondary region; name another in its place with --secondary"
        );
        let both = settled(Up { copy_to: list("us-west-2"), ..Up::default() }).unwrap_err();
        assert!(both.to_string().contains("--secondary and --copy-to are both us-west-2"));
        let four = ["ap-south-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2"];
        let copy_to = four.map(str::to_owned).to_vec();
        let refusal = settled(Up { copy_to, ..Up::default() }).unwrap_err();
        assert!(refusal.to_string().starts_with("6 regions to copy to are too many"));
    }

    #[test]
    fn addresses_are_added_and_removed_as_hashes() {
        let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let add = Up { email: vec!["a@example.com".to_owned()], ..Up::default() };
        let with = options(&add).unwrap().resolve(None, Some(&recorded), "id").unwrap();
        assert_eq!(with.subscribers, BTreeSet::from([subscriber_hash("id", "a@example.com")]));
        let remove = Up { remove_email: vec!["A@example.com".to_owned()], ..Up::default() };
        let without = options(&remove).unwrap().resolve(None, Some(&with), "id").unwrap();
        assert_eq!(without.former.subscribers, with.subscribers);
        assert_eq!(Settings { former: Former::default(), ..without }, recorded);
        let both = Up { remove_email: vec!["a@example.com".to_owned()], ..add };
        assert!(usage(options(&both)).contains("both to be added and to be removed"));
    }

    #[test]
    fn flags_beat_the_environment_and_an_empty_variable_is_unset() {
        let env = |name: &str| match name {
            "MRBACKUP_PRIMARY" => Some("eu-west-1".to_owned()),
            "MRBACKUP_SECONDARY" => Some("us-west-2".to_owned()),
            "MRBACKUP_TERTIARY" => Some(String::new()),
            _ => None,
        };
        let typed = Up { primary: Some("us-east-1".to_owned()), ..Up::default() };
        let options = Options::new(&typed, &env).unwrap();
        let regions: Vec<String> = options.regions().iter().map(|(r, _)| r.to_string()).collect();
        assert_eq!(regions, ["us-east-1", "us-west-2"]);
    }

    #[test]
    fn bad_regions_name_their_flag() {
        let message = usage(options(&up(["us-east-9", "us-west-2", "eu-west-1"])));
        assert!(message.starts_with("--primary: \"us-east-9\" is not a region"), "{message}");
        let message = usage(options(&up(["us-east-1", " US-EAST-1 ", "eu-west-1"])));
        assert!(message.contains("--primary and --secondary are both us-east-1"), "{message}");
    }
}
