//! What `up`, `plan` and `config` take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct UpCommand {
    #[command(flatten)]
    pub(crate) up: Up,
    /// Show a line for each resource, and not one for each region
    #[arg(long)]
    pub(crate) all: bool,
    /// Only print what would be done, as `plan` does
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --dry-run: exit with 3 where there is something to do
    #[arg(long, requires = "dry_run")]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) up: Up,
    /// Show a line for each resource, and not one for each region
    #[arg(long)]
    pub(crate) all: bool,
    /// Print what an empty account would get; nothing is called, and no credentials are needed
    #[arg(long)]
    pub(crate) offline: bool,
    /// Exit with 3 where there is something to do
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Default, Args)]
pub(crate) struct Up {
    /// Region whose tagged resources are backed up
    #[arg(long, value_name = "REGION")]
    pub(crate) primary: Option<String>,
    /// Region of the daily copies, and of the weekly ones where there is no tertiary
    #[arg(long, value_name = "REGION")]
    pub(crate) secondary: Option<String>,
    /// Region of the weekly copies; may be left out
    #[arg(long, value_name = "REGION")]
    pub(crate) tertiary: Option<String>,
    /// A further region that gets what the secondary gets; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) copy_to: Vec<String>,
    /// Take a tertiary or further region out; its vault stays while it holds recovery points
    #[arg(long, value_name = "REGION")]
    pub(crate) drop_region: Vec<String>,
    /// Add an e-mail subscriber of the alarms; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Vec<String>,
    /// Remove an e-mail subscriber; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) remove_email: Vec<String>,
    /// Add a subscriber: https://..., the ARN of a queue or function, +49..., an e-mail address
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) notify: Vec<String>,
    /// Remove a subscriber of any kind; may be repeated
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) remove_notify: Vec<String>,
    /// Whether alarms need a subscriber: none where it is intended that there is no one
    #[arg(long, value_name = "WHO")]
    pub(crate) alerts: Option<Alerts>,
    /// Alarms in the primary or secondary on what `recover --dry-run --publish` finds there; may be repeated
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) recovery_alarms: Vec<String>,
    /// Change one setting by its name in `mrbackup config show`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// KMS key that encrypts the alert topic in the key's region; may be repeated
    #[arg(long, value_name = "ARN")]
    pub(crate) topic_key_arn: Vec<String>,
    /// KMS key for the vault in the key's region; may be repeated. Another key is another vault
    #[arg(long, value_name = "ARN")]
    pub(crate) kms_key_arn: Vec<String>,
    /// Managed policy that bounds the permissions of both roles
    #[arg(long, value_name = "ARN")]
    pub(crate) permissions_boundary: Option<String>,
    /// Role of yours for AWS Backup to work with, in place of one that mrbackup makes
    #[arg(long, value_name = "ARN")]
    pub(crate) service_role: Option<String>,
    #[command(flatten)]
    pub(crate) allow: Allow,
    /// Take region names that this version does not know
    #[arg(long)]
    pub(crate) allow_unknown_region: bool,
}

impl Up {
    /// The options of settings that were typed.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let Self {
            primary,
            secondary,
            tertiary,
            copy_to,
            drop_region,
            email,
            remove_email,
            notify,
            remove_notify,
            alerts,
            recovery_alarms,
            set: _,
            topic_key_arn,
            kms_key_arn,
            permissions_boundary,
            service_role,
            allow: _,
            allow_unknown_region: _,
        } = self;
        let options = [
            ("--primary", primary.is_some()),
            ("--secondary", secondary.is_some()),
            ("--tertiary", tertiary.is_some()),
            ("--copy-to", !copy_to.is_empty()),
            ("--drop-region", !drop_region.is_empty()),
            ("--email", !email.is_empty()),
            ("--remove-email", !remove_email.is_empty()),
            ("--notify", !notify.is_empty()),
            ("--remove-notify", !remove_notify.is_empty()),
            ("--alerts", alerts.is_some()),
            ("--recovery-alarms", !recovery_alarms.is_empty()),
            ("--kms-key-arn", !kms_key_arn.is_empty()),
            ("--topic-key-arn", !topic_key_arn.is_empty()),
            ("--permissions-boundary", permissions_boundary.is_some()),
            ("--service-role", service_role.is_some()),
        ];
        options.into_iter().filter(|(_, given)| *given).map(|(option, _)| option).collect()
    }
}

/// What `config init` takes beside the options of `up`.
#[derive(Debug, Args)]
pub(crate) struct ConfigInit {
    #[command(flatten)]
    pub(crate) up: Up,
    /// File to write; - is stdout
    #[arg(value_name = "FILE", default_value = "mrbackup.toml")]
    pub(crate) file: PathBuf,
    /// Print the file in place of writing it
    #[arg(long, conflicts_with_all = ["file", "force"])]
    pub(crate) stdout: bool,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Read no account: options, variables, the file and the defaults; no credentials are needed
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Who has to be notified of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Alerts {
    /// A subscriber, without whom `status` exits 3
    Required,
    /// No one
    None,
}

/// What `up` refuses without a flag.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Allow {
    /// Let the change protect less than what is recorded
    #[arg(long = "allow-less-protection")]
    pub(crate) less_protection: bool,
    /// Let a rule lose a copy that another rule makes
    #[arg(long = "allow-gaps")]
    pub(crate) gaps: bool,
    /// Let backups depend on a KMS key of another account
    #[arg(long = "allow-foreign-keys")]
    pub(crate) foreign_keys: bool,
}
