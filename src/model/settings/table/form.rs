//! The forms of values, with their limits.

/// The form of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A table of settings, which is none itself.
    Group,
    /// A list of such tables; each is called by one of its own settings.
    Groups,
    Text,
    /// Text that may be left out, which `none` says.
    OptionalText,
    Number(Limits),
    /// Days that may be left out, which `never` says.
    Days,
    Flag,
    /// A list of text.
    List,
    /// A table of text, whose keys a person chooses.
    Texts,
    /// A table of text by region: of KMS keys, or of what is given.
    Keys,
    /// A table of numbers, whose keys a person chooses.
    Numbers(Limits),
    /// A table of texts or lists of text, whose keys a person chooses.
    TextLists,
    /// A table of tables of text.
    TextTables,
}

impl Form {
    /// Whether it is a table whose keys a person chooses.
    pub(crate) fn is_table(self) -> bool {
        matches!(
            self,
            Self::Texts | Self::Keys | Self::Numbers(_) | Self::TextLists | Self::TextTables
        )
    }

    /// Whether it holds settings and is none.
    pub(crate) fn is_group(self) -> bool {
        matches!(self, Self::Group | Self::Groups)
    }
}

/// What a whole number can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limits {
    /// `words` say what the most is.
    Range {
        least: i64,
        most: i64,
        words: &'static str,
    },
    OneOf(&'static [i64]),
}

impl Limits {
    pub(crate) fn allow(self, number: i64) -> bool {
        match self {
            Self::Range { least, most, .. } => (least..=most).contains(&number),
            Self::OneOf(allowed) => allowed.contains(&number),
        }
    }

    /// `5 to 1440 (a day)`.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Range { least, most, words: "" } => format!("{least} to {most}"),
            Self::Range { least, most, words } => format!("{least} to {most} ({words})"),
            Self::OneOf(allowed) => {
                allowed.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
            }
        }
    }
}
