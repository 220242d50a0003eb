//! `--set KEY=VALUE`: one setting of what the file or the record says, in the file's own names.

mod edit;

use toml_edit::{Array, InlineTable, Key, Value};

use crate::config::document::written;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::table::{self, Form};

pub(crate) use edit::{Edited, edited};

const EXAMPLE: &str = "rules.daily.delete_after_days=400";

/// One setting and its value.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    path: Vec<String>,
    /// `None` leaves the setting out.
    value: Option<Value>,
    /// `KEY=VALUE`, as typed.
    typed: String,
}

/// What `--set` says, in the order in which it was typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sets(Vec<Set>);

impl Sets {
    /// # Errors
    /// [`Failure::Usage`] for what has no `=`, names no setting, or names one twice.
    pub(crate) fn parse(typed: &[String]) -> Result<Self, Failure> {
        let sets = typed.iter().map(|typed| Set::parse(typed)).collect::<Result<Vec<_>, _>>()?;
        for (at, set) in sets.iter().enumerate() {
            if sets[..at].iter().any(|other| other.path == set.path) {
                return Err(set.usage("it is set twice"));
            }
        }
        Ok(Self(sets))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them says what this setting is.
    pub(crate) fn has<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.0.iter().any(|set| set.covers(path))
    }

    /// The one that says something of this setting, or of one below it, as it was typed.
    pub(crate) fn about(&self, path: &[&str]) -> Option<String> {
        let below = |set: &&Set| set.path.iter().zip(path).all(|(own, name)| own == name);
        self.0.iter().find(below).map(Set::option)
    }

    /// Those of one table.
    pub(crate) fn of_table(&self, table: &str) -> Self {
        self.only(|set| set.path[0] == table)
    }

    /// These, and then those.
    pub(crate) fn and(self, more: Self) -> Self {
        Self(self.0.into_iter().chain(more.0).collect())
    }

    fn only(&self, wanted: impl Fn(&Set) -> bool) -> Self {
        Self(self.0.iter().filter(|set| wanted(set)).cloned().collect())
    }

    /// The region that a role is given, as far as a region can be read there.
    pub(crate) fn region(&self, role: &str) -> Option<Region> {
        let set = self.0.iter().find(|set| set.path == ["regions", role])?;
        Region::parse_lenient(set.value.as_ref()?.as_str()?).ok()
    }

    /// Refuses regions that `parse` does not take.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the option.
    pub(crate) fn check_regions(
        &self,
        parse: fn(&str) -> Result<Region, String>,
    ) -> Result<(), Failure> {
        for set in self.of_table("regions").0 {
            let named = set.value.iter().flat_map(|value| match value {
                Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                one => Vec::from_iter(one.as_str()),
            });
            for name in named {
                parse(name).map_err(|why| set.usage(&why))?;
            }
        }
        Ok(())
    }

    /// All of them as they were typed.
    pub(crate) fn options(&self) -> String {
        self.0.iter().map(Set::option).collect::<Vec<_>>().join(" ")
    }
}

impl Set {
    fn parse(typed: &str) -> Result<Self, Failure> {
        let refuse = |why: &str| Err(Failure::Usage(format!("--set {typed}: {why}")));
        // A key in quotes may have an equals sign of its own.
        let mut ends = typed.match_indices('=').map(|(at, _)| at);
        let key = ends.find_map(|at| Some((Key::parse(&typed[..at]).ok()?, &typed[at + 1..])));
        let Some((key, raw)) = key else {
            return refuse(&format!("give it as KEY=VALUE, such as {EXAMPLE}"));
        };
        let path: Vec<String> = key.iter().map(|key| key.get().to_owned()).collect();
        if path == ["name"] {
            return refuse("the option --name names the deployment");
        }
        let Some(form) = table::form(&path) else {
            let why = table::one_below(&path).map(|one| {
                format!("that is a table: name one of its settings, such as {}", written(&one))
            });
            return refuse(&why.unwrap_or_else(|| no_such(&path)));
        };
        match value(raw, form) {
            Ok(value) => Ok(Self { path, value, typed: typed.to_owned() }),
            Err(why) => refuse(&why),
        }
    }

    /// Whether it says what this setting is: by its name, or by the table that it stands in.
    fn covers<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let begins = self.path.iter().zip(path).all(|(own, name)| own == name.as_ref());
        begins && self.path.len() <= path.len()
    }

    fn option(&self) -> String {
        format!("--set {}", self.typed)
    }

    fn usage(&self, why: &str) -> Failure {
        Failure::Usage(format!("{}: {why}", self.option()))
    }
}

/// What is said of a name that no setting has.
pub(crate) fn no_such(path: &[String]) -> String {
    match table::nearest(path) {
        Some(meant) => format!("no such setting; did you mean {}?", written(&meant)),
        None => "no such setting; `mrbackup config show` has all names".to_owned(),
    }
}

/// A value as TOML has it, or bare text where the setting is text. What is of another kind is said by
/// the same checks as in the file.
fn value(raw: &str, form: Form) -> Result<Option<Value>, String> {
    let raw = raw.trim();
    let quoted = raw.starts_with(['"', '\'']);
    match form {
        Form::OptionalText if raw == "none" => return Ok(None),
        Form::Days if raw == "never" => return Ok(None),
        Form::List if raw == "none" => return Ok(Some(Array::new().into())),
        _ if form.is_table() && raw == "none" => return Ok(Some(InlineTable::new().into())),
        Form::List if !quoted && !raw.starts_with('[') => {
            return Ok(Some(std::iter::once(raw).collect()));
        }
        Form::Text | Form::OptionalText if !quoted => return Ok(Some(raw.into())),
        _ => (),
    }
    match raw.parse::<Value>() {
        Ok(value) => Ok(Some(value)),
        Err(_) if quoted || raw.starts_with(['[', '{']) => {
            Err("the value is no TOML: a list is [\"a\", \"b\"], a table {key = \"value\"}, and a shell needs quotes around it".to_owned())
        }
        Err(_) => Ok(Some(raw.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(typed: &str) -> String {
        Sets::parse(&[typed.to_owned()]).unwrap_err().to_string()
    }

    #[test]
    fn a_key_in_quotes_may_have_dots_and_equals_signs() {
        let set = Set::parse("tags.\"a.b=c\"=d=e").unwrap();
        assert_eq!(set.path, ["tags", "a.b=c"]);
        assert_eq!(set.value.unwrap().as_str(), Some("d=e"));
    }

    #[test]
    fn text_needs_no_quotes_and_a_number_is_none() {
        let value = |typed: &str| Set::parse(typed).unwrap().value;
        assert_eq!(value("expected_account=111122223333").unwrap().as_str(), Some("111122223333"));
        assert_eq!(value("select_tags.BackupEnabled=true").unwrap().as_str(), Some("true"));
        assert_eq!(value("tags.Team=\"a b\"").unwrap().as_str(), Some("a b"));
        assert_eq!(value("rules.a.delete_after_days=400").unwrap().as_integer(), Some(400));
        assert_eq!(value("rules.a.continuous=true").unwrap().as_bool(), Some(true));
        assert_eq!(value("rules.a.delete_after_days=soon").unwrap().as_str(), Some("soon"));
        assert!(value("rules.a.delete_after_days=never").is_none());
        assert!(value("permissions_boundary=none").is_none());
        assert_eq!(value("alerts.email=a@example.com").unwrap().as_array().unwrap().len(), 1);
        assert!(value("regions.copy_to=none").unwrap().as_array().unwrap().is_empty());
        assert!(value("select_tags=none").unwrap().as_inline_table().unwrap().is_empty());
    }

    #[test]
    fn what_names_no_setting_is_refused() {
        assert!(refusal("rules.daily").contains("give it as KEY=VALUE, such as rules."));
        assert!(refusal("rules.daily=1").contains("such as rules.daily.name"));
        assert!(
            refusal("rules.daily.delete_after_day=1")
                .contains("did you mean rules.daily.delete_after_days?")
        );
        assert!(refusal("zzz=1").contains("`mrbackup config show` has all names"));
        assert!(refusal("name=other").contains("--name names the deployment"));
        assert!(refusal("regions.copy_to=[eu-west-1]").contains("the value is no TOML"));
        let twice = ["tags.A=1".to_owned(), "tags.A=2".to_owned()];
        assert_eq!(Sets::parse(&twice).unwrap_err().to_string(), "--set tags.A=2: it is set twice");
    }
}
