//! What `up` refuses to do: the one list from which `plan` foretells it and `up` ends.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;

/// Why `up` with the same options changes nothing.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Refusal {
    /// `not-ours`, `unfit`, `foreign-keys`, `less-protection` or `gaps`.
    kind: &'static str,
    /// What is the matter with the plan.
    reason: &'static str,
    /// The flag with which `up` does it all the same; `null` where nothing allows it.
    allow: Option<&'static str>,
    fix: &'static str,
    /// What was the matter with the `up` that was refused.
    #[serde(skip)]
    refused: &'static str,
    /// What else is to be done where only `up` was run.
    #[serde(skip)]
    before_fix: &'static str,
    /// What it is about, one a line: a plan holds it in other members.
    #[serde(skip)]
    lines: Vec<String>,
}

impl Refusal {
    /// Others' resources stand where ours are to be; `None` where there are none.
    pub(crate) fn not_ours(lines: Vec<String>) -> Option<Self> {
        let refusal = Self {
            kind: "not-ours",
            reason: "something is not ours",
            allow: None,
            fix: "remove or rename it, or choose another deployment name with --name",
            refused: "this is not ours",
            before_fix: "",
            lines,
        };
        refusal.unless_empty()
    }

    /// What the settings name cannot be used; `None` where all of it can.
    pub(crate) fn unfit(lines: Vec<String>) -> Option<Self> {
        let refusal = Self {
            kind: "unfit",
            reason: "something given cannot be used",
            allow: None,
            fix: "repair it, or name another in the settings",
            refused: "this is given and cannot be used",
            before_fix: "",
            lines,
        };
        refusal.unless_empty()
    }

    /// KMS keys of other accounts, which can take the backups away; `None` where there are none.
    pub(crate) fn foreign_keys(lines: Vec<String>) -> Option<Self> {
        let refusal = Self {
            kind: "foreign-keys",
            reason: "a KMS key is another account's",
            allow: Some("--allow-foreign-keys"),
            fix: "if the backups are to depend on that account, add --allow-foreign-keys",
            refused: "a KMS key is another account's, and who owns the key can make the backups unreadable",
            before_fix: "",
            lines,
        };
        refusal.unless_empty()
    }

    /// The wanted settings protect less than those in force; `None` where they do not.
    pub(crate) fn less_protection(lines: Vec<String>) -> Option<Self> {
        let refusal = Self {
            kind: "less-protection",
            reason: "it protects less",
            allow: Some("--allow-less-protection"),
            fix: "if intended, add --allow-less-protection",
            refused: "it would protect less",
            before_fix: "check it with `mrbackup plan`, and ",
            lines,
        };
        refusal.unless_empty()
    }

    /// Two rules take copies from each other; `None` where they do not.
    pub(crate) fn gaps(lines: Vec<String>) -> Option<Self> {
        let refusal = Self {
            kind: "gaps",
            reason: "copies are lost",
            allow: Some("--allow-gaps"),
            fix: "repair the rules or, if intended, add --allow-gaps",
            refused: "copies would be lost",
            before_fix: "",
            lines,
        };
        refusal.unless_empty()
    }

    fn unless_empty(self) -> Option<Self> {
        (!self.lines.is_empty()).then_some(self)
    }
}

/// As a plan says it. What nothing allows is mended where its row says how.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)?;
        if self.allow.is_some() { write!(f, ": {}", self.fix) } else { Ok(()) }
    }
}

/// As `up` ends with it.
impl From<Refusal> for Failure {
    fn from(Refusal { fix, refused, before_fix, lines, .. }: Refusal) -> Self {
        Self::refused(
            format!("nothing was changed, because {refused}:\n  {}", lines.join("\n  ")),
            format!("{before_fix}{fix}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(refusal: fn(Vec<String>) -> Option<Refusal>) -> [String; 2] {
        let refusal = refusal(vec!["one".to_owned(), "two".to_owned()]).unwrap();
        let plan = refusal.to_string();
        let failure = Failure::from(refusal);
        [plan, format!("{failure}; {}", failure.fix().unwrap())]
    }

    #[test]
    fn a_plan_foretells_in_short_what_up_ends_with() {
        assert_eq!(
            both(Refusal::not_ours),
            [
                "something is not ours",
                "nothing was changed, because this is not ours:\n  one\n  two; \
                 remove or rename it, or choose another deployment name with --name"
            ]
        );
        assert_eq!(
            both(Refusal::less_protection),
            [
                "it protects less: if intended, add --allow-less-protection",
                "nothing was changed, because it would protect less:\n  one\n  two; \
                 check it with `mrbackup plan`, and if intended, add --allow-less-protection"
            ]
        );
        assert_eq!(
            both(Refusal::gaps),
            [
                "copies are lost: repair the rules or, if intended, add --allow-gaps",
                "nothing was changed, because copies would be lost:\n  one\n  two; \
                 repair the rules or, if intended, add --allow-gaps"
            ]
        );
    }

    #[test]
    fn a_script_reads_the_kind_and_the_flag_that_allows_it() {
        let json = |refusal: Option<Refusal>| serde_json::to_value(refusal.unwrap()).unwrap();
        let lines = || vec!["one".to_owned()];
        assert_eq!(
            json(Refusal::gaps(lines())),
            serde_json::json!({
                "kind": "gaps", "reason": "copies are lost", "allow": "--allow-gaps",
                "fix": "repair the rules or, if intended, add --allow-gaps",
            })
        );
        assert_eq!(json(Refusal::not_ours(lines())).get("allow"), Some(&serde_json::Value::Null));
        assert!(Refusal::not_ours(Vec::new()).is_none());
    }
}
