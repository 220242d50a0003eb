//! The selections of a plan as those of a deployment.

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::from_plan::losses::{At, Losses};
use crate::commands::from_plan::names::{Charset, Names, change};
use crate::config::file::tag_fault;
use crate::config::file::written::notes::Spot;
use crate::lint::model::{Operator, Plan, Selection as Found};
use crate::model::region::Region;
use crate::model::selection::{CONDITION, Selection, wildcard_fault};
use crate::model::settings::Settings;
use crate::model::tags::Tags;

/// All of the plan's resources.
const ALL: &str = "*";

/// Puts the selections of the plan into the settings: one by tags alone as select tags.
pub(super) fn settle(
    plan: &Plan,
    account: Option<&str>,
    settings: &mut Settings,
    losses: &mut Losses,
) {
    let mut names = Names::new(Charset::SELECTION);
    let mut all: Vec<Selection> = Vec::new();
    for (at, found) in plan.selections.iter().enumerate() {
        let label =
            if found.label.is_empty() { format!("number {}", at + 1) } else { found.label.clone() };
        let name = names.next(&label, "selection");
        let mut losses = losses.at(Spot::Selection(name.clone()));
        if let Some(why) = change(&label, &name) {
            losses.lose(why);
        }
        let primary = &settings.regions.primary;
        let read = Reading { losses, primary, account }.selections(found);
        for (number, selection) in read.into_iter().enumerate() {
            let name = if number == 0 { name.clone() } else { names.next(&label, "selection") };
            let is_same = |other: &Selection| {
                Selection { name: other.name.clone(), ..selection.clone() } == *other
            };
            if !all.iter().any(is_same) {
                all.push(Selection { name, ..selection });
            }
        }
    }
    match &all[..] {
        [] => {
            let whose = if plan.has_all_selections { "the plan" } else { "the document" };
            let text = format!(
                "{whose} has no selection that can be kept: mrbackup's own select tags stand here, so decide what is backed up"
            );
            losses.add(Spot::SelectTags, text);
        }
        [one] if one.is_by_tags_alone() => {
            let of_it = Spot::Selection(one.name.clone());
            for (spot, _) in losses.list.iter_mut().filter(|(spot, _)| *spot == of_it) {
                *spot = Spot::SelectTags;
            }
            settings.select_tags.clone_from(&one.tags);
        }
        _ => {
            settings.select_tags.clear();
            settings.selections = all;
        }
    }
}

/// What the conditions of a selection are.
#[derive(Default)]
struct Conditions {
    tags: Tags,
    not_tags: BTreeMap<String, BTreeSet<String>>,
    like: Tags,
}

struct Reading<'a> {
    losses: At<'a>,
    primary: &'a Region,
    account: Option<&'a str>,
}

impl Reading<'_> {
    /// AWS's `Resources` and `ListOfTags` select what either takes: they are two selections.
    fn selections(&mut self, found: &Found) -> Vec<Selection> {
        self.losses.lose_all(&found.others);
        if !found.is_known {
            self.losses.lose("not all of it is known from the document: what is known stands here");
        }
        let Some(Conditions { tags, not_tags, like }) = self.conditions(found) else {
            return Vec::new();
        };
        let not_resources = self.arns(&found.not_resources, "is not left out");
        let base = Selection { tags, not_tags, like, not_resources, ..Selection::default() };
        let resources = self.arns(&found.resources, "is not selected");
        let mut selections = Vec::new();
        if !resources.is_empty() {
            selections.push(by_arns(&base, resources));
        } else if !found.resources.is_empty() {
            self.losses.lose("none of its ARNs can be kept");
        }
        selections.extend(self.by_any_tag(found, &base));
        if found.resources.is_empty() && found.any_tags.is_empty() {
            selections.extend(self.without_resources(base));
        }
        selections
    }

    fn by_any_tag(&mut self, found: &Found, base: &Selection) -> Option<Selection> {
        let mut any_tags: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let tags = found.any_tags.iter();
        for (key, value) in tags.flat_map(|tag| tag.values.iter().map(|value| (&tag.key, value))) {
            let fault = if is_open(key) || is_open(value) {
                Some("it is not known from the document")
            } else {
                tag_fault(key, value)
            };
            match fault {
                Some(why) => self
                    .losses
                    .lose(format!("what has the tag {key}={value} is not selected by it: {why}")),
                None => drop(any_tags.entry(key.clone()).or_default().insert(value.clone())),
            }
        }
        if any_tags.is_empty() {
            return None;
        }
        if !found.conditions.is_empty() {
            self.losses.lose("AWS does not document what ListOfTags and Conditions select together: here what has one of the tags and meets all conditions");
        }
        if let Some(key) = any_tags.keys().find(|key| base.tags.contains_key(*key)) {
            self.losses.lose(format!(
                "its tags in ListOfTags are left out, because a condition has the key {key} too"
            ));
            return None;
        }
        let single = any_tags.len() == 1 && any_tags.values().all(|values| values.len() == 1);
        if !single {
            return Some(Selection { any_tags, ..base.clone() });
        }
        let of_one = any_tags
            .into_iter()
            .filter_map(|(key, values)| Some((key, values.into_iter().next()?)));
        let tags = base.tags.clone().into_iter().chain(of_one).collect();
        Some(Selection { tags, ..base.clone() })
    }

    fn without_resources(&mut self, base: Selection) -> Option<Selection> {
        if base.needs_tags() {
            self.losses.lose("it has neither Resources nor ListOfTags, which AWS refuses: here it selects all resources that meet its conditions");
            return Some(base);
        }
        self.losses.lose("it names nothing that it selects, and is left out");
        None
    }

    /// The conditions; `None` where one that narrows cannot be kept: without it the selection would take too much.
    fn conditions(&mut self, found: &Found) -> Option<Conditions> {
        let mut of = Conditions::default();
        for condition in &found.conditions {
            let operator = condition.operator.map_or("an unknown operator", Operator::as_str);
            let words = format!("{operator} {} {}", condition.key, condition.value);
            let narrows =
                matches!(condition.operator, Some(Operator::Equals | Operator::Like) | None);
            let key = condition.key.strip_prefix(CONDITION).unwrap_or_default();
            let value = &condition.value;
            let plain = match condition.operator {
                Some(Operator::Like) => value.replace('*', ""),
                _ => value.clone(),
            };
            let mut fault = tag_fault(key, &plain).map(str::to_owned);
            if is_open(key) || is_open(value) {
                fault = Some("it is not known from the document".to_owned());
            }
            if fault.is_none() {
                fault = of.add(condition.operator, key, value);
            }
            match fault {
                Some(why) if narrows => {
                    self.losses.lose(format!(
                        "it is left out, because its condition {words} cannot be kept: {why}"
                    ));
                    return None;
                }
                Some(why) => self.losses.lose(format!(
                    "its condition {words} cannot be kept, so that more is selected: {why}"
                )),
                None => (),
            }
        }
        Some(of)
    }

    /// The ARNs that a file takes; what is not one is lost with these words.
    fn arns(&mut self, found: &[String], otherwise: &str) -> BTreeSet<String> {
        let mut arns = BTreeSet::new();
        for text in found {
            let arn = text
                .replace("${AWS::Partition}", self.primary.partition().id())
                .replace("${AWS::Region}", self.primary.as_str())
                .replace("${AWS::AccountId}", self.account.unwrap_or(ALL))
                .replace(":$account:", &format!(":{}:", self.account.unwrap_or(ALL)))
                .replace(":$region:", &format!(":{}:", self.primary));
            match self.arn_fault(&arn) {
                Some(why) => self.losses.lose(format!("{arn} {otherwise}: {why}")),
                None => drop(arns.insert(arn)),
            }
        }
        arns
    }

    fn arn_fault(&self, arn: &str) -> Option<String> {
        if arn == ALL {
            return None;
        }
        if is_open(arn) {
            return Some("it is not known from the document".to_owned());
        }
        if let Some(why) = wildcard_fault(arn) {
            return Some(why.to_owned());
        }
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let (partition, region, account) = (fields[1], fields[3], fields[4]);
        let is_ours = |of: &str, own: &str| of.is_empty() || of == ALL || of == own;
        if partition != self.primary.partition().id() {
            return Some(format!("it is of partition {partition}"));
        }
        if !is_ours(region, self.primary.as_str()) {
            return Some(format!(
                "it is in {region}, and the plan selects in {} alone",
                self.primary
            ));
        }
        let owner = self.account.filter(|own| !is_ours(account, own))?;
        Some(format!("it is of account {account}, and the plan of {owner}"))
    }
}

impl Conditions {
    /// Adds a condition.
    ///
    /// Returns why it cannot be kept, where it cannot.
    fn add(&mut self, operator: Option<Operator>, key: &str, value: &str) -> Option<String> {
        let (key, value) = (key.to_owned(), value.to_owned());
        let (tags, what) = match operator {
            Some(Operator::NotEquals) => {
                self.not_tags.entry(key).or_default().insert(value);
                return None;
            }
            Some(Operator::Equals) => (&mut self.tags, "value"),
            Some(Operator::Like) => (&mut self.like, "pattern"),
            Some(Operator::NotLike) => return Some("mrbackup has no StringNotLike".to_owned()),
            None => return Some("AWS has no such operator".to_owned()),
        };
        match tags.get(&key) {
            Some(other) if *other != value => {
                Some(format!("a selection has one {what} for {key}, and it has {other} too"))
            }
            _ => {
                tags.insert(key, value);
                None
            }
        }
    }
}

/// The asterisk beside tags narrows nothing.
fn by_arns(base: &Selection, resources: BTreeSet<String>) -> Selection {
    let is_all = resources.contains(ALL);
    let resources = match (is_all, base.needs_tags()) {
        (true, true) => BTreeSet::new(),
        (true, false) => BTreeSet::from([ALL.to_owned()]),
        _ => resources,
    };
    Selection { resources, ..base.clone() }
}

/// Whether something stands for a text that is not known.
pub(super) fn is_open(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
}
