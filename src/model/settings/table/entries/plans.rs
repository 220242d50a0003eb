//! Plans beside the one at the top, and the classes that divide what is selected among them.

use crate::model::settings::table::{Entry, Form, Less};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        above: "Backup plans beside that of the [[rules]] above, or in their place: each has rules, and select_tags\n\
                or selections, of its own. Their members are those above.",
        less: Less::Judged,
        ..Entry::new("plans", Form::Groups, "plans with rules and selections of their own")
    },
    Entry::new("plans.*.name", Form::Text, "name of the plan"),
    Entry {
        less: Less::Judged,
        ..Entry::new("plans.*.select_tags", Form::Texts, "tags that a resource of the plan has")
    },
];

/// They stand behind what stands in a plan.
pub(super) const CLASSES: &[Entry] = &[
    Entry {
        above: "Which plan takes what select_tags and selections at the top select, by the value of a tag.",
        ..Entry::new("classes", Form::Group, "which plan takes what, by the value of a tag")
    },
    Entry::new("classes.tag", Form::OptionalText, "key of the tag"),
    Entry {
        less: Less::Judged,
        ..Entry::new("classes.values", Form::Texts, "the plan of each value")
    },
    Entry {
        less: Less::Judged,
        ..Entry::new(
            "classes.otherwise",
            Form::OptionalText,
            "the plan of all other values, and of none",
        )
    },
];
