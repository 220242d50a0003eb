//! What a deployment is, where it is, and what it backs up.

use crate::model::settings::table::{Entry, Form, Less};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        behind: "the file is ignored for any other --name",
        default: "\"default\"",
        flag: "--name",
        variable: "MRBACKUP_NAME",
        is_recorded: false,
        ..Entry::new("name", Form::Text, "deployment that the file is of")
    },
    Entry {
        above: "Refuse to work in any other account:",
        example: "\"{account}\"",
        is_recorded: false,
        ..Entry::new("expected_account", Form::OptionalText, "the only account to work in")
    },
    Entry {
        above: "The only regions to search where the service role is lost; left out: all of the account.",
        example: "{regions}",
        variable: "MRBACKUP_SEARCH_REGIONS",
        is_recorded: false,
        ..Entry::new("search_regions", Form::List, "the only regions to search for the record")
    },
    Entry::new("regions", Form::Group, "the regions of the deployment"),
    Entry {
        behind: "its tagged resources are backed up",
        flag: "--primary",
        variable: "MRBACKUP_PRIMARY",
        less: Less::Judged,
        ..Entry::new("regions.primary", Form::Text, "whose tagged resources are backed up")
    },
    Entry {
        behind: "gets the daily copies",
        flag: "--secondary",
        variable: "MRBACKUP_SECONDARY",
        less: Less::Judged,
        ..Entry::new("regions.secondary", Form::Text, "region of the daily copies")
    },
    Entry {
        behind: "gets the weekly copies; may be left out",
        flag: "--tertiary",
        more_flags: &["--drop-region"],
        variable: "MRBACKUP_TERTIARY",
        less: Less::Judged,
        ..Entry::new("regions.tertiary", Form::OptionalText, "region of the weekly copies")
    },
    Entry {
        behind: "further regions",
        default: "[]",
        flag: "--copy-to",
        more_flags: &["--drop-region"],
        variable: "MRBACKUP_COPY_TO",
        less: Less::Judged,
        ..Entry::new("regions.copy_to", Form::List, "further regions of copies")
    },
    Entry {
        above: "The managed policy that bounds the permissions of both roles:",
        example: "\"arn:aws:iam::{account}:policy/boundary\"",
        flag: "--permissions-boundary",
        variable: "MRBACKUP_PERMISSIONS_BOUNDARY",
        less: Less::Judged,
        ..Entry::new("permissions_boundary", Form::OptionalText, "policy that bounds both roles")
    },
    Entry {
        above: "A role that is there already, for AWS Backup to work with: checked, used as it is, and never\n\
                changed or removed. Left out: mrbackup makes one.",
        example: "\"arn:aws:iam::{account}:role/backup\"",
        flag: "--service-role",
        variable: "MRBACKUP_SERVICE_ROLE",
        ..Entry::new("service_role", Form::OptionalText, "role of yours that AWS Backup works with")
    },
    Entry {
        above: "A resource is backed up when it has all of these tags.",
        default: "{ BackupEnabled = \"true\", Environment = \"Production\" }",
        less: Less::Judged,
        ..Entry::new("select_tags", Form::Texts, "tags that a resource to back up has")
    },
    Entry {
        above: "Your own tags, for everything that is made.",
        example: "CostCenter = \"1234\"",
        default: "{}",
        ..Entry::new("tags", Form::Texts, "your own tags, for everything that is made")
    },
];
