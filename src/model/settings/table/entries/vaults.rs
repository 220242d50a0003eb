//! Keys of the vaults, and what restores from them take.

use crate::model::settings::table::entries::KEY_EXAMPLE;
use crate::model::settings::table::{Entry, Form, Less};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        above: "KMS keys of the vaults. Another key makes another vault; the old one stays while it holds\n\
                recovery points.",
        example: KEY_EXAMPLE,
        default: "{}",
        flag: "--kms-key-arn",
        less: Less::Judged,
        ..Entry::new("kms_keys", Form::Keys, "KMS keys of the vaults, by region")
    },
    Entry {
        above: "Vaults that are there already, by region: checked, used as they are, and never changed or removed.\n\
                Where none is named, mrbackup makes one.",
        example: "{secondary} = \"company-vault\"",
        default: "{}",
        ..Entry::new("vault", Form::Keys, "vaults that are there already, by region")
    },
    Entry {
        above: "What restores into a region take in place of AWS's defaults (docs/recovery.md).",
        is_recorded: false,
        ..Entry::new("restore", Form::Group, "what restores take in place of AWS's defaults")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*", Form::Group, "what restores into this region take")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.subnet", Form::OptionalText, "subnet of instances and file systems")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.drill_subnet",
            Form::OptionalText,
            "of instances that a drill makes",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.drill_security_group",
            Form::OptionalText,
            "of what a drill makes: no rules",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.security_groups",
            Form::List,
            "of instances, databases and mount targets",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.db_subnet_group", Form::OptionalText, "subnet group of databases")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.kms_key",
            Form::OptionalText,
            "KMS key of what can be encrypted anew",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.zone", Form::OptionalText, "zone of volumes")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.instance_types", Form::Texts, "instance types by the source's")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.instance_classes",
            Form::Texts,
            "DB instance classes by the source's",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.cluster_instance_class",
            Form::OptionalText,
            "of a restored cluster's writer",
        )
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.buckets", Form::Texts, "existing buckets by the source's name")
    },
    Entry {
        is_recorded: false,
        ..Entry::new("restore.*.name_prefix", Form::OptionalText, "what restored names begin with")
    },
    Entry {
        is_recorded: false,
        ..Entry::new(
            "restore.*.overrides",
            Form::TextTables,
            "restore metadata by the source's ARN",
        )
    },
];
