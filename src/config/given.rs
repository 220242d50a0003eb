//! The settings that were given to `up`, and what they mean with the file, the record and the defaults.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::Up;
use crate::config::values::{emails, parse_key};
use crate::config::{Env, Origin, twin};
use crate::config_file::ConfigFile;
use crate::context::subscriber_hash;
use crate::failure::Failure;
use crate::region::Region;
use crate::settings::{RegionRole, Regions, Settings, check_compatible};

const FIRST_UP: &str = "mrbackup up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1";

/// The settings that were given to `up`, checked as far as they can be without the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    primary: Option<Region>,
    secondary: Option<Region>,
    tertiary: Option<Region>,
    add: BTreeSet<String>,
    remove: BTreeSet<String>,
    kms_keys: BTreeMap<Region, String>,
    pub(crate) allow_less_protection: bool,
    pub(crate) allow_gaps: bool,
    origins: BTreeMap<&'static str, Origin>,
}

impl Given {
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
        let mut add: Vec<String> = up.email.clone();
        if add.is_empty() {
            add.extend(twin(env, "EMAIL"));
        }
        let given = Self {
            primary: region(&up.primary, "primary")?,
            secondary: region(&up.secondary, "secondary")?,
            tertiary: region(&up.tertiary, "tertiary")?,
            add: emails(&add)?,
            remove: emails(&up.remove_email)?,
            kms_keys: up.kms_key_arn.iter().map(|arn| parse_key(arn)).collect::<Result<_, _>>()?,
            allow_less_protection: up.allow_less_protection,
            allow_gaps: up.allow_gaps,
            origins: origins(up, env),
        };
        check_compatible(&given.regions()).map_err(Failure::Usage)?;
        if let Some(both) = given.add.intersection(&given.remove).next() {
            return Err(Failure::Usage(format!("{both} is both in --email and in --remove-email")));
        }
        Ok(given)
    }

    /// Checks a file as far as it can be before anything is called.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what cannot be meant.
    pub(crate) fn check(&self, file: Option<&ConfigFile>) -> Result<(), Failure> {
        let Some(file) = file else { return Ok(()) };
        file.settings(self.regions_with(file)?).map(|_| ())
    }

    /// The regions that were given, with their roles.
    pub(crate) fn regions(&self) -> Vec<(Region, RegionRole)> {
        let given = [
            (&self.primary, RegionRole::Primary),
            (&self.secondary, RegionRole::Secondary),
            (&self.tertiary, RegionRole::Tertiary),
        ];
        given.into_iter().filter_map(|(region, role)| Some((region.clone()?, role))).collect()
    }

    /// Where a setting of these options came from; `None` where it is from elsewhere.
    pub(crate) fn origin(&self, option: &str) -> Option<Origin> {
        self.origins.get(option).copied()
    }

    /// Every address that was typed, here or in the file: the record holds only their hashes.
    pub(crate) fn addresses(&self, file: Option<&ConfigFile>) -> BTreeSet<String> {
        let of_file = file.iter().flat_map(|file| &file.email);
        self.add.iter().chain(&self.remove).chain(of_file).cloned().collect()
    }

    /// The settings that are meant: what was given, then what is recorded, then the defaults.
    ///
    /// # Errors
    /// A first `up` without regions, and a change of regions.
    pub(crate) fn settle(
        &self,
        file: Option<&ConfigFile>,
        recorded: Option<&Settings>,
        id: &str,
    ) -> Result<Settings, Failure> {
        let mut settings = match (file, recorded) {
            (Some(file), recorded) => {
                let settings = file.settings(self.regions_with(file)?)?;
                let wanted = settings.regions.all();
                check_same_regions(&wanted, recorded)?;
                check_none_dropped(&wanted, recorded)?;
                settings
            }
            (None, Some(recorded)) => {
                check_same_regions(&self.regions(), Some(recorded))?;
                recorded.clone()
            }
            (None, None) => Settings::defaults(self.first_regions()?),
        };
        let of_file = file.iter().flat_map(|file| &file.email);
        settings.subscribers.extend(of_file.map(|address| subscriber_hash(id, address)));
        settings.subscribers.extend(self.add.iter().map(|address| subscriber_hash(id, address)));
        for address in &self.remove {
            settings.subscribers.remove(&subscriber_hash(id, address));
        }
        for (region, key) in &self.kms_keys {
            if !settings.regions.names().contains(region) {
                return Err(Failure::Usage(format!(
                    "{key} is a key of {region}, where this deployment has no vault"
                )));
            }
            settings.kms_keys.insert(region.clone(), key.clone());
        }
        Ok(settings)
    }

    fn first_regions(&self) -> Result<Regions, Failure> {
        let (Some(primary), Some(secondary)) = (&self.primary, &self.secondary) else {
            let missing = if self.primary.is_none() { "--primary" } else { "--secondary" };
            return Err(Failure::Usage(format!(
                "nothing is deployed yet, and {missing} is missing: {FIRST_UP}"
            )));
        };
        Regions::new(primary.clone(), secondary.clone(), self.tertiary.clone())
            .map_err(Failure::Usage)
    }

    /// The regions of the file, with what was given in their place.
    fn regions_with(&self, file: &ConfigFile) -> Result<Regions, Failure> {
        let Some(of_file) = file.regions() else {
            return self.first_regions().map_err(|_| {
                let path = file.path().display();
                Failure::Usage(format!("{path} has no [regions], and not all are given by flags"))
            });
        };
        let given =
            |given: &Option<Region>, of_file: &Region| given.clone().unwrap_or(of_file.clone());
        Regions::new(
            given(&self.primary, &of_file.primary),
            given(&self.secondary, &of_file.secondary),
            self.tertiary.clone().or(of_file.tertiary.clone()),
        )
        .map_err(Failure::Usage)
    }
}

/// Regions are fixed for now: a deployment is moved by `down` and `up`, or made beside the old one.
fn check_same_regions(
    wanted: &[(Region, RegionRole)],
    recorded: Option<&Settings>,
) -> Result<(), Failure> {
    let Some(recorded) = recorded.map(|settings| settings.regions.all()) else { return Ok(()) };
    for (region, role) in wanted {
        let there = recorded.iter().find(|(_, r)| r == role).map(|(region, _)| region);
        if there != Some(region) {
            let there = there.map_or("none".to_owned(), ToString::to_string);
            return Err(fixed_regions(*role, &there, &format!("changed to {region}")));
        }
    }
    Ok(())
}

/// A file is the whole truth, so a region that it leaves out is one that it drops: its vault would
/// be nobody's.
fn check_none_dropped(
    wanted: &[(Region, RegionRole)],
    recorded: Option<&Settings>,
) -> Result<(), Failure> {
    let recorded = recorded.map(|settings| settings.regions.all()).unwrap_or_default();
    match recorded.iter().find(|there| !wanted.contains(there)) {
        Some((region, role)) => Err(fixed_regions(*role, region.as_str(), "dropped")),
        None => Ok(()),
    }
}

fn fixed_regions(role: RegionRole, there: &str, change: &str) -> Failure {
    Failure::refused(
        format!("the {} region is {there}; it cannot be {change}", role.as_str()),
        "remove the deployment with `mrbackup down` first, or make another beside it with --name",
    )
}

fn origins(up: &Up, env: Env<'_>) -> BTreeMap<&'static str, Origin> {
    let options = [
        ("primary", up.primary.is_some(), "PRIMARY"),
        ("secondary", up.secondary.is_some(), "SECONDARY"),
        ("tertiary", up.tertiary.is_some(), "TERTIARY"),
        ("email", !up.email.is_empty(), "EMAIL"),
        ("kms-key-arn", !up.kms_key_arn.is_empty(), ""),
    ];
    let of = |(option, typed, name)| Some((option, Origin::of(typed, env, name)?));
    options.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::regions;

    fn given(up: &Up) -> Result<Given, Failure> {
        Given::new(up, &|_| None)
    }

    fn usage(result: Result<Given, Failure>) -> String {
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
        let none = given(&Up::default()).unwrap().settle(None, None, "id").unwrap_err();
        assert!(none.to_string().contains("--primary is missing: mrbackup up --primary us-east-1"));
        let mut only_primary = up(["us-east-1", "", ""]);
        (only_primary.secondary, only_primary.tertiary) = (None, None);
        let error = given(&only_primary).unwrap().settle(None, None, "id").unwrap_err();
        assert!(error.to_string().contains("--secondary is missing"));
    }

    #[test]
    fn what_is_recorded_stays() {
        let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let bare = given(&Up::default()).unwrap();
        assert_eq!(bare.settle(None, Some(&recorded), "id").unwrap(), recorded);
        let same = given(&up(["us-east-1", "us-west-2", "eu-west-1"])).unwrap();
        assert_eq!(same.settle(None, Some(&recorded), "id").unwrap(), recorded);
        let other = given(&up(["us-east-1", "us-west-2", "eu-west-2"])).unwrap();
        let refusal = other.settle(None, Some(&recorded), "id").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the tertiary region is eu-west-1; it cannot be changed to eu-west-2"
        );
    }

    #[test]
    fn addresses_are_added_and_removed_as_hashes() {
        let recorded = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let add = Up { email: vec!["a@example.com".to_owned()], ..Up::default() };
        let with = given(&add).unwrap().settle(None, Some(&recorded), "id").unwrap();
        assert_eq!(with.subscribers, BTreeSet::from([subscriber_hash("id", "a@example.com")]));
        let remove = Up { remove_email: vec!["A@example.com".to_owned()], ..Up::default() };
        let without = given(&remove).unwrap().settle(None, Some(&with), "id").unwrap();
        assert_eq!(without, recorded);
        let both = Up { remove_email: vec!["a@example.com".to_owned()], ..add };
        assert!(usage(given(&both)).contains("both in --email and in --remove-email"));
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
        let given = Given::new(&typed, &env).unwrap();
        let regions: Vec<String> = given.regions().iter().map(|(r, _)| r.to_string()).collect();
        assert_eq!(regions, ["us-east-1", "us-west-2"]);
    }

    #[test]
    fn bad_regions_name_their_flag() {
        let message = usage(given(&up(["us-east-9", "us-west-2", "eu-west-1"])));
        assert!(message.starts_with("--primary: \"us-east-9\" is not a region"), "{message}");
        let message = usage(given(&up(["us-east-1", " US-EAST-1 ", "eu-west-1"])));
        assert!(message.contains("--primary and --secondary are both us-east-1"), "{message}");
    }
}
