//! Selections beside the select tags.

use crate::model::settings::table::{Entry, Form, Less};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        above: "Selections beside the select tags: what fits one of them is backed up. All members of a selection have to\n\
                fit. With one of them and without select_tags nothing is selected by those tags.",
        less: Less::Judged,
        ..Entry::new("selections", Form::Groups, "selections beside the select tags")
    },
    Entry::new("selections.*.name", Form::Text, "name of the selection"),
    Entry {
        behind: "all of these",
        default: "{}",
        less: Less::Judged,
        ..Entry::new("selections.*.tags", Form::Texts, "tags, all of them")
    },
    Entry {
        behind: "one of these",
        default: "{}",
        less: Less::Judged,
        ..Entry::new("selections.*.any_tags", Form::TextLists, "tags, any of them")
    },
    Entry {
        behind: "none of these",
        default: "{}",
        less: Less::Judged,
        ..Entry::new("selections.*.not_tags", Form::TextLists, "tags, none of them")
    },
    Entry {
        behind: "values with *",
        default: "{}",
        less: Less::Judged,
        ..Entry::new("selections.*.like", Form::Texts, "tags whose values have *")
    },
    Entry {
        behind: "ARNs; * at the end",
        less: Less::Judged,
        ..Entry::new("selections.*.resources", Form::List, "ARNs, with * at the end")
    },
    Entry {
        behind: "ARNs to leave out",
        less: Less::Judged,
        ..Entry::new("selections.*.not_resources", Form::List, "ARNs to leave out")
    },
    Entry {
        behind: "all resources of these types",
        less: Less::Judged,
        ..Entry::new("selections.*.types", Form::List, "AWS Backup's types")
    },
];
