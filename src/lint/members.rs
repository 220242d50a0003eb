//! A plan and its selections by the names that a format has for their members.

use crate::lint::model::{
    AnyTag, Condition, Copy, Field, Known, Lifecycle, Note, Operator, Place, Rule, Selection,
};
use crate::lint::tree::{Kind, Node};

/// What a format calls the members of a rule.
pub(crate) struct Words {
    pub(crate) name: &'static str,
    pub(crate) vault: &'static str,
    pub(crate) schedule: &'static str,
    pub(crate) timezone: &'static str,
    pub(crate) start_window: &'static str,
    pub(crate) completion_window: &'static str,
    pub(crate) continuous: &'static str,
    pub(crate) lifecycle: &'static str,
    pub(crate) cold: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) archive: &'static str,
    pub(crate) copies: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) point_tags: &'static str,
    /// Whether 0 days are none, as Terraform has it.
    pub(crate) zero_is_none: bool,
}

/// AWS's own API (`BackupRuleInput`).
pub(crate) const API: Words = Words {
    name: "RuleName",
    vault: "TargetBackupVaultName",
    schedule: "ScheduleExpression",
    timezone: "ScheduleExpressionTimezone",
    start_window: "StartWindowMinutes",
    completion_window: "CompletionWindowMinutes",
    continuous: "EnableContinuousBackup",
    lifecycle: "Lifecycle",
    cold: "MoveToColdStorageAfterDays",
    delete: "DeleteAfterDays",
    archive: "OptInToArchiveForSupportedResources",
    copies: "CopyActions",
    destination: "DestinationBackupVaultArn",
    point_tags: "RecoveryPointTags",
    zero_is_none: false,
};

/// `AWS::Backup::BackupPlan` (`CloudFormation` user guide, `BackupRuleResourceType`).
pub(crate) const CLOUDFORMATION: Words = Words { vault: "TargetBackupVault", ..API };

/// `aws_backup_plan` of Terraform's AWS provider.
pub(crate) const TERRAFORM: Words = Words {
    name: "rule_name",
    vault: "target_vault_name",
    schedule: "schedule",
    timezone: "schedule_expression_timezone",
    start_window: "start_window",
    completion_window: "completion_window",
    continuous: "enable_continuous_backup",
    lifecycle: "lifecycle",
    cold: "cold_storage_after",
    delete: "delete_after",
    archive: "opt_in_to_archive_for_supported_resources",
    copies: "copy_action",
    destination: "destination_vault_arn",
    point_tags: "recovery_point_tags",
    zero_is_none: true,
};

/// A backup policy (Organizations user guide, "Backup policy syntax and examples").
pub(crate) const ORGANIZATION: Words = Words {
    name: "",
    vault: "target_backup_vault_name",
    schedule: "schedule_expression",
    timezone: "schedule_expression_timezone",
    start_window: "start_backup_window_minutes",
    completion_window: "complete_backup_window_minutes",
    continuous: "enable_continuous_backup",
    lifecycle: "lifecycle",
    cold: "move_to_cold_storage_after_days",
    delete: "delete_after_days",
    archive: "opt_in_to_archive_for_supported_resources",
    copies: "copy_actions",
    destination: "target_backup_vault_arn",
    point_tags: "recovery_point_tags",
    zero_is_none: false,
};

impl Words {
    /// All that is read of a rule; its id is AWS's own.
    fn of_rule(&self) -> [&'static str; 11] {
        [
            self.name,
            self.vault,
            self.schedule,
            self.timezone,
            self.start_window,
            self.completion_window,
            self.continuous,
            self.lifecycle,
            self.copies,
            self.point_tags,
            "RuleId",
        ]
    }
}

/// What is read of a selection of the API.
const OF_SELECTION: [&str; 6] =
    ["SelectionName", "IamRoleArn", "Resources", "NotResources", "ListOfTags", "Conditions"];

/// What the API calls the key and the value of a condition.
const CONDITION: (&str, &str) = ("ConditionKey", "ConditionValue");

/// Reads members, and keeps what was not known.
pub(crate) struct Reader {
    pub(crate) words: &'static Words,
    pub(crate) notes: Vec<Note>,
}

impl Reader {
    pub(crate) fn new(words: &'static Words) -> Self {
        Self { words, notes: Vec::new() }
    }

    pub(crate) fn rule(&mut self, node: &Node, place: &Place) -> Rule {
        let words = self.words;
        let place = place.at(node.line);
        let copies = node.get(words.copies).map_or(&[][..], Node::items);
        let copies = copies
            .iter()
            .enumerate()
            .map(|(at, copy)| {
                let pointer = place.pointer.as_ref();
                let pointer = pointer.map(|pointer| format!("{pointer}/{}/{at}", words.copies));
                let place = Place { pointer, ..place.at(copy.line) };
                self.copy(copy, copy.get(words.destination), place)
            })
            .collect();
        if let Some(node) = node.get(words.copies) {
            self.note_symbol(node, &place, words.copies);
        }
        let start_window = self.number(node, words.start_window, &place);
        let completion_window = self.number(node, words.completion_window, &place);
        Rule {
            name: Self::symbol(node, words.name),
            vault: Self::symbol(node, words.vault),
            schedule: self.text(node, words.schedule, &place),
            timezone: self.text(node, words.timezone, &place),
            start_window: self.unless_zero(start_window),
            completion_window: self.unless_zero(completion_window),
            continuous: self.flag(node, words.continuous, &place),
            lifecycle: self.lifecycle(node, &place),
            copies,
            point_tags: node.get(words.point_tags).map(point_tags).unwrap_or_default(),
            others: others(node, &words.of_rule()),
            place,
        }
    }

    pub(crate) fn copy(&mut self, node: &Node, vault: Option<&Node>, place: Place) -> Copy {
        let vault = vault.map(symbol_of).unwrap_or_default();
        let others = others(node, &[self.words.destination, self.words.lifecycle]);
        Copy { vault, lifecycle: self.lifecycle(node, &place), others, place }
    }

    fn lifecycle(&mut self, owner: &Node, place: &Place) -> Lifecycle {
        let words = self.words;
        let Some(node) = owner.get(words.lifecycle).and_then(|node| node.items().first()) else {
            return Lifecycle::default();
        };
        if let Kind::Symbolic { .. } = node.kind {
            self.note_symbol(node, place, words.lifecycle);
            let unknown = Field { value: Known::Unknown, line: node.line };
            let archive = Field { value: Known::Unknown, line: node.line };
            let cold = unknown.clone();
            return Lifecycle {
                is_there: true,
                cold,
                delete: unknown,
                archive,
                others: Vec::new(),
            };
        }
        let cold = self.number(node, words.cold, place);
        let delete = self.number(node, words.delete, place);
        Lifecycle {
            is_there: true,
            cold: self.unless_zero(cold),
            delete: self.unless_zero(delete),
            archive: self.flag(node, words.archive, place),
            others: others(node, &[words.cold, words.delete, words.archive]),
        }
    }

    fn unless_zero(&self, mut field: Field<i64>) -> Field<i64> {
        if self.words.zero_is_none && field.value == Known::Is(0) {
            field.value = Known::Absent;
        }
        field
    }

    fn note_symbol(&mut self, node: &Node, place: &Place, member: &str) {
        if let Kind::Symbolic { why, .. } = &node.kind {
            let text = format!("{member} is not known ({why}): what depends on it was not checked");
            self.notes.push(Note { place: place.at(node.line), text });
        }
    }

    /// Text that has to be known as a whole.
    pub(crate) fn text(&mut self, owner: &Node, member: &str, place: &Place) -> Field<String> {
        let Some(node) = owner.get(member) else { return Field::default() };
        self.note_symbol(node, place, member);
        let value = node.text().map_or(Known::Unknown, |text| Known::Is(text.to_owned()));
        Field { value, line: node.line }
    }

    /// Text for which something may stand: what it is equal to is known all the same.
    pub(crate) fn symbol(owner: &Node, member: &str) -> Field<String> {
        owner.get(member).map(symbol_of).unwrap_or_default()
    }

    fn number(&mut self, owner: &Node, member: &str, place: &Place) -> Field<i64> {
        self.parsed(owner, member, place, "a whole number", |text| {
            let whole = text.strip_suffix(".0").unwrap_or(text);
            whole.trim().parse().ok()
        })
    }

    fn flag(&mut self, owner: &Node, member: &str, place: &Place) -> Field<bool> {
        self.parsed(owner, member, place, "true or false", |text| {
            match text.to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            }
        })
    }

    fn parsed<T>(
        &mut self,
        owner: &Node,
        member: &str,
        place: &Place,
        form: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Field<T> {
        let Some(node) = owner.get(member) else { return Field::from_option(None) };
        self.note_symbol(node, place, member);
        let value = node.text().and_then(&parse);
        if let (None, Some(text)) = (&value, node.text()) {
            let text =
                format!("{member} is {text:?}, not {form}: what depends on it was not checked");
            self.notes.push(Note { place: place.at(node.line), text });
        }
        Field { value: value.map_or(Known::Unknown, Known::Is), line: node.line }
    }

    /// The texts of a list, and whether all of them are known.
    pub(crate) fn texts(
        &mut self,
        owner: &Node,
        member: &str,
        place: &Place,
    ) -> (Vec<String>, bool) {
        let Some(list) = owner.get(member) else { return (Vec::new(), true) };
        let mut known = true;
        let mut texts = Vec::new();
        for node in list.items() {
            match &node.kind {
                Kind::Text(text) | Kind::Symbolic { text, .. } => texts.push(text.clone()),
                _ => known = false,
            }
        }
        if let Kind::Symbolic { .. } = list.kind {
            self.note_symbol(list, place, member);
            known = false;
        }
        (texts, known)
    }

    /// A selection of AWS's own members (API reference, `BackupSelection`).
    pub(crate) fn selection(&mut self, node: &Node, place: &Place) -> Selection {
        let place = place.at(node.line);
        let (resources, all) = self.texts(node, "Resources", &place);
        let (not_resources, all_but) = self.texts(node, "NotResources", &place);
        let tags = node.get("ListOfTags");
        let is_open = |node: Option<&Node>| {
            node.is_some_and(|node| matches!(node.kind, Kind::Symbolic { .. }))
        };
        let tag = |tag: &Node| {
            let word = |member: &str| {
                tag.get(member).map(symbol_of).and_then(|field| field.value.get().cloned())
            };
            let key = word("ConditionKey").unwrap_or_default();
            AnyTag { key, values: word("ConditionValue").into_iter().collect() }
        };
        let conditions = node.get("Conditions");
        let name = Self::symbol(node, "SelectionName");
        Selection {
            label: name.value.get().cloned().unwrap_or_default(),
            name,
            role: Self::symbol(node, "IamRoleArn"),
            resources,
            not_resources,
            any_tags: tags.map(|tags| tags.items().iter().map(tag).collect()).unwrap_or_default(),
            conditions: conditions.map(|of| read_conditions(of, CONDITION)).unwrap_or_default(),
            is_known: all && all_but && !is_open(tags) && !is_open(conditions),
            others: others(node, &OF_SELECTION),
            id: None,
            place,
        }
    }
}

pub(crate) fn symbol_of(node: &Node) -> Field<String> {
    let value = match &node.kind {
        Kind::Text(text) | Kind::Symbolic { text, .. } => Known::Is(text.clone()),
        Kind::Nothing => Known::Absent,
        Kind::List(_) | Kind::Map(_) => Known::Unknown,
    };
    Field { value, line: node.line }
}

/// The members that are set and not known here, each with its value.
pub(crate) fn others(node: &Node, known: &[&str]) -> Vec<String> {
    let entries = node.entries().iter().filter(|(name, _)| !known.contains(&name.as_str()));
    let shown = entries.map(|(name, node)| (name, node.shown()));
    let set = shown.filter(|(_, value)| !value.is_empty());
    set.map(|(name, value)| format!("{name} = {value}")).collect()
}

/// The conditions of a block of lists by operator; `words` are what key and value are called.
pub(crate) fn read_conditions(block: &Node, words: (&str, &str)) -> Vec<Condition> {
    let lists = block.entries().iter();
    let one = |operator: &str, node: &Node| {
        let word = |member: &str| node.get(member).map(Node::shown).unwrap_or_default();
        let operator = Operator::parse(operator);
        Condition { operator, key: word(words.0), value: word(words.1) }
    };
    lists
        .flat_map(|(operator, list)| list.items().iter().map(move |node| one(operator, node)))
        .collect()
}

/// Tags of recovery points: a map, or in policies maps of a key and a value.
fn point_tags(node: &Node) -> Vec<(String, Option<String>)> {
    let text = |node: &Node| node.text().map(str::to_owned);
    let tag = |(key, node): &(String, Node)| match node.get("tag_value") {
        Some(value) => {
            let named = node.get("tag_key").and_then(text);
            (named.unwrap_or_else(|| key.clone()), text(value))
        }
        None => (key.clone(), text(node)),
    };
    node.entries().iter().map(tag).collect()
}
