//! A translation while it is made: the map so far, what will differ, and what stands in the way.

use serde_json::json;

use crate::recovery::drill;
use crate::recovery::landing::Landing;
use crate::recovery::region_facts::{Fact, Key};
use crate::recovery::source::{Metadata, Source};
use crate::recovery::translate::{Finish, Obstacle, TagCopy, Translation};

/// What is drafted for one recovery point.
pub(super) struct Draft<'a> {
    pub(super) source: &'a Source,
    pub(super) landing: Landing<'a>,
    map: Metadata,
    losses: Vec<String>,
    obstacles: Vec<Obstacle>,
    target: Option<String>,
    alternatives: Vec<(&'static str, Vec<String>)>,
    finish: Vec<Finish>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(source: &'a Source, landing: Landing<'a>) -> Self {
        Self {
            source,
            landing,
            map: Metadata::new(),
            losses: Vec::new(),
            obstacles: Vec::new(),
            target: None,
            alternatives: Vec::new(),
            finish: Vec::new(),
        }
    }

    /// What a person says of a key.
    pub(super) fn given(&self, key: &str) -> Option<String> {
        self.landing.given(self.source, key).map(str::to_owned)
    }

    /// Puts a value, unless a person says another.
    pub(super) fn put(&mut self, key: &str, value: impl Into<String>) {
        let value = self.given(key).unwrap_or_else(|| value.into());
        self.map.insert(key.to_owned(), value);
    }

    /// Takes over what the source had, for keys whose values mean the same in every region.
    pub(super) fn keep(&mut self, keys: &[&str]) {
        for key in keys {
            let kept = self.source.said(key).map(str::to_owned);
            if let Some(value) = self.given(key).or(kept) {
                self.map.insert((*key).to_owned(), value);
            }
        }
    }

    /// A value of the source that is good in its own region alone.
    pub(super) fn at_home(&self, key: &str) -> Option<&'a str> {
        if self.is_at_home() { self.source.said(key) } else { None }
    }

    pub(super) fn is_at_home(&self) -> bool {
        !self.source.comes_from_elsewhere(self.landing.region)
    }

    /// Says what will differ from the source.
    pub(super) fn lose(&mut self, what: impl Into<String>) {
        self.losses.push(what.into());
    }

    /// Says that a setting has to be made, and why.
    pub(super) fn needs(&mut self, setting: &str, why: impl Into<String>) {
        let setting = self.landing.setting(setting);
        self.obstacles.push(Obstacle::NeedsSetting { setting, why: why.into() });
    }

    /// Says that what is made needs another name: `key` is the one of the restore metadata.
    pub(super) fn needs_name(&mut self, key: &str, why: impl Into<String>) {
        let setting = format!("--as of `mrbackup restore`, or {}", self.overriding(key));
        self.obstacles.push(Obstacle::NeedsSetting { setting, why: why.into() });
    }

    /// Says that a value has to be chosen for this resource.
    pub(super) fn needs_override(&mut self, key: &str, why: impl Into<String>) {
        let setting = self.overriding(key);
        self.obstacles.push(Obstacle::NeedsSetting { setting, why: why.into() });
    }

    /// Where the settings have a key of the restore metadata for this resource.
    fn overriding(&self, key: &str) -> String {
        let (region, resource) = (self.landing.region, &self.source.resource);
        format!("{key} in [restore.{region}.overrides.\"{resource}\"]")
    }

    /// Says that the drill's security group is not in a VPC yet.
    pub(super) fn needs_group(&mut self, vpc: &str) {
        self.obstacles.push(Obstacle::NeedsGroup { vpc: vpc.to_owned() });
    }

    pub(super) fn cannot(&mut self, why: impl Into<String>) {
        self.obstacles.push(Obstacle::Cannot { why: why.into(), command: None });
    }

    /// A fact, where it is known; what could not be read is an obstacle, once.
    pub(super) fn known<T>(&mut self, fact: &'a Fact<T>, what: &str) -> Option<&'a T> {
        let why = match fact {
            Fact::Known(value) => return Some(value),
            Fact::NotAsked => format!("{what} were not read"),
            Fact::Unread(error) => format!("{what} cannot be read: {error}"),
        };
        let obstacle = Obstacle::Unknown { why };
        if !self.obstacles.contains(&obstacle) {
            self.obstacles.push(obstacle);
        }
        None
    }

    /// Names what is made, as its service will know it.
    pub(super) fn aims_at(&mut self, name: &str) {
        self.target = Some(name.to_owned());
    }

    /// Other values of a key, for when the region lacks capacity for the first.
    pub(super) fn else_try(&mut self, key: &'static str, values: Vec<String>) {
        // What a person chose has no other.
        if self.given(key).is_none() && !values.is_empty() {
            self.alternatives.push((key, values));
        }
    }

    pub(super) fn finish_with(&mut self, finish: Finish) {
        self.finish.push(finish);
    }

    /// The ARN of a key that can be used, as `kms:DescribeKey` tells it. `whose` begins the sentence that says why
    /// not.
    pub(super) fn usable_key(
        &mut self,
        key: &str,
        whose: &str,
        setting: Option<&str>,
    ) -> Option<String> {
        let Some(fact) = self.landing.facts.keys.get(key) else {
            self.obstacles.push(Obstacle::Unknown { why: format!("{whose} {key} was not read") });
            return None;
        };
        let why = match self.known(fact, "keys")? {
            Some(Key { arn, state }) if state == "Enabled" => return Some(arn.clone()),
            Some(Key { state, .. }) => format!("{whose} {key} is {state}"),
            None => format!("{whose} {key} is not there"),
        };
        match setting {
            Some(setting) => self.needs(setting, why),
            None => self.cannot(why),
        }
        None
    }

    /// The translation, with all that stands in the way.
    pub(super) fn done(mut self, accepted: &[&str], tags: TagCopy) -> Translation {
        self.check_given(accepted);
        if self.landing.set_apart.is_some() {
            drill::set_apart(&self.source.kind, &mut self.map);
        }
        let mut tries = vec![self.map.clone()];
        for (key, values) in &self.alternatives {
            tries.extend(values.iter().map(|value| {
                let mut map = self.map.clone();
                map.insert((*key).to_owned(), value.clone());
                map
            }));
        }
        let Self { losses, target, finish, obstacles, .. } = self;
        Translation { tries, target, losses, finish, tags, obstacles }
    }

    /// What a person gives is a key of the type; what was not asked for by the draft is put as it is.
    fn check_given(&mut self, accepted: &[&str]) {
        let overrides = self.landing.settings.overrides.get(&self.source.resource);
        let given = overrides.into_iter().chain([&self.landing.typed.set]).flatten();
        let is_drill = self.landing.set_apart.is_some();
        for (key, value) in given.filter(|(key, _)| !(is_drill && drill::decides(key))) {
            match accepted.iter().find(|name| name.eq_ignore_ascii_case(key)) {
                Some(name) => {
                    self.map.entry((*name).to_owned()).or_insert_with(|| value.clone());
                }
                None if key.eq_ignore_ascii_case("writerInstanceClass") => (),
                None => self.obstacles.push(Obstacle::Cannot {
                    why: format!(
                        "{key} is no key of AWS Backup's restore metadata for {}: it takes {}",
                        self.source.kind,
                        accepted.join(", ")
                    ),
                    command: None,
                }),
            }
        }
    }
}

/// A list as AWS Backup takes it: JSON text in a string.
pub(super) fn json_list(items: &[String]) -> String {
    json!(items).to_string()
}
