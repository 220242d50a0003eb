//! Every way in which `status`, `drill alarm`, `list` and `recover --dry-run` end with 0, and what they had read by then.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;

use super::{Claim, Reads, Said, fresh};
use crate::support::{
    ALERT_REGIONS, Aws, GIVEN_VAULT, HOOK, PRIMARY, REGIONS, SECONDARY, TERTIARY, UP, account,
    deployed_with_email, fresh_everywhere, long_deployed, point, point_in, volume,
};

/// The deployment with a resource that carries the tags since today.
fn just_tagged() -> Aws {
    let aws = long_deployed(0);
    volume(&aws, "vol-1");
    aws
}

/// The deployment whose subscriber has confirmed, with a resource that is backed up and copied everywhere.
fn told() -> Aws {
    let aws = deployed_with_email("ops@example.com");
    for region in ALERT_REGIONS {
        aws.confirm_email(region, "ops@example.com");
    }
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    aws
}

/// The same with a given role, vault and topic, and four selections more.
fn given() -> Aws {
    let aws = account();
    let up = UP.into_iter().chain(["--notify", HOOK]).map(str::to_owned).chain(aws.give());
    aws.mrbackup(up.collect::<Vec<_>>()).success();
    aws.confirm(HOOK);
    let plan =
        json!({"CreatedBy": {"BackupPlanId": aws.plan_id(), "BackupPlanName": "mrbackup-default"}});
    let volume = volume(&aws, "vol-1");
    for region in [PRIMARY, TERTIARY] {
        point(&aws, region, &volume, 5, &plan);
    }
    point_in(&aws, SECONDARY, GIVEN_VAULT, &volume, 5, &plan);
    aws
}

const fn way(command: &'static [&'static str], account: fn() -> Aws) -> Claim {
    Claim { command, said: Said::ExitZero, account, changes: false, spared: &[] }
}

/// What only has to say which settings there are.
const THE_RECORD: &[(&str, &str)] = &[
    ("backup.ListBackupVaults", "the record is on the other vaults too"),
    ("backup.ListTags", "the record is on the other vaults too"),
    ("iam.GetRole", "the record is on the vaults too"),
];

const WAYS: &[(&str, Claim)] = &[
    ("everything is fresh", way(&["status"], fresh)),
    ("what was tagged today is not due", way(&["status"], just_tagged)),
    ("people are told", way(&["status"], told)),
    (
        "every point is read",
        Claim {
            spared: &[
                ("kms.DescribeKey", "a given vault's key that is not read is worth a note"),
                ("iam.ListRoles", "the record is on the vaults, where the role is given"),
            ],
            ..way(&["status", "--all"], given)
        },
    ),
    (
        "one region",
        Claim {
            spared: &[(
                "tagging.GetResources",
                "what carries the tags where the plan selects nothing is worth a warning",
            )],
            ..way(&["status", "--region", SECONDARY], fresh)
        },
    ),
    ("one resource", way(&["status", "--resource", "VOLUME"], fresh)),
    ("every link holds", Claim { spared: THE_RECORD, ..way(&["drill", "alarm"], told) }),
    (
        "those of one region",
        Claim { spared: THE_RECORD, ..way(&["drill", "alarm", "--region", SECONDARY], told) },
    ),
    (
        "no alarm is set off",
        Claim { spared: THE_RECORD, ..way(&["drill", "alarm", "--no-alarms"], told) },
    ),
    ("every deployment", way(&["list"], told)),
    ("one deployment", way(&["list", "--name", "default"], told)),
    (
        "everything could be restored",
        Claim {
            spared: &[
                ("servicequotas.GetServiceQuota", "a quota that is unknown is worth a warning"),
                ("monitoring.GetMetricData", "an estimate of how long it takes is no part of it"),
                ("ec2.DescribeInstances", "so is how much of it is used"),
                ("ec2.DescribeVolumes", "so is how much of it is used"),
            ],
            ..way(
                &["recover", "--region", SECONDARY, "--dry-run", "--config", "SETTINGS"],
                crate::recovery::lost,
            )
        },
    ),
];

fn row(heading: &str, cells: impl Iterator<Item = String>) -> String {
    let mut row = format!("{heading:<40}");
    for cell in cells {
        let _ = write!(row, "{cell:>4}");
    }
    row.trim_end().to_owned()
}

/// A table: what each way had asked, and where: in the primary (p), the secondary (s), the tertiary (t).
fn table(ways: &[Reads]) -> String {
    let mut text = String::new();
    for (number, (what, claim)) in WAYS.iter().enumerate() {
        let _ = writeln!(text, "{:>2}  mrbackup {}: {what}", number + 1, claim.command.join(" "));
    }
    let operations: BTreeSet<&String> = ways.iter().flat_map(BTreeMap::keys).collect();
    let heading = (1..=ways.len()).map(|number| number.to_string());
    let _ = writeln!(text, "\n{}", row("", heading));
    for operation in operations {
        let cell = |reads: &Reads| {
            let regions = reads.get(operation).map(Vec::as_slice).unwrap_or_default();
            let is_read = |region: &&&str| regions.iter().any(|read| read == **region);
            let letters = REGIONS.iter().zip(["p", "s", "t"]);
            letters
                .filter(|(region, _)| is_read(region))
                .map(|(_, letter)| letter)
                .collect::<String>()
        };
        let _ = writeln!(text, "{}", row(operation, ways.iter().map(cell)));
    }
    text
}

/// Each of these questions, but for those that a claim is spared, was denied in its turn, and the command did not end with 0.
#[test]
fn what_each_way_had_read() {
    let ways: Vec<Reads> = WAYS.iter().map(|(_, claim)| claim.check()).collect();
    let table = table(&ways);
    assert_eq!(table, include_str!("reads.txt"), "asked now:\n{table}");
}
