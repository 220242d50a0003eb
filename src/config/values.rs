//! Single values that a person types: a moment, the ARN of a policy or of a KMS key.

use crate::failure::Failure;
use crate::model::names::ROLE_PATH;
use crate::model::region::{Partition, Region};

/// The ARN of the managed policy that is to bound the roles: AWS's own, or the account's.
pub(crate) fn parse_boundary(typed: &str) -> Result<String, Failure> {
    let fields: Vec<&str> = typed.split(':').collect();
    let good = matches!(
        fields[..],
        ["arn", partition, "iam", "", account, policy]
            if partition.starts_with("aws")
                && (account == "aws" || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())))
                && policy.strip_prefix("policy/").is_some_and(|name| !name.is_empty())
    );
    if good {
        return Ok(typed.to_owned());
    }
    Err(Failure::Usage(format!(
        "{typed:?} is not the ARN of an IAM policy: it looks like arn:aws:iam::111122223333:policy/NAME"
    )))
}

/// A day, or a moment with its zone, in seconds since 1970; a day begins at midnight UTC.
fn parse_time(typed: &str) -> Result<i64, Failure> {
    let moment = typed.parse::<jiff::Timestamp>();
    let day = || {
        let day = typed.parse::<jiff::civil::Date>()?;
        day.to_zoned(jiff::tz::TimeZone::UTC).map(|midnight| midnight.timestamp())
    };
    moment.or_else(|_| day()).map(jiff::Timestamp::as_second).map_err(|_| {
        Failure::Usage(format!(
            "{typed:?} is no time: it looks like 2026-11-20 or 2026-11-20T14:00:00Z"
        ))
    })
}

/// A moment that has been.
///
/// # Errors
/// [`Failure::Usage`] for what is no time, or is still to come.
pub(crate) fn parse_past(typed: &str) -> Result<i64, Failure> {
    let moment = parse_time(typed)?;
    if moment > jiff::Timestamp::now().as_second() {
        return Err(Failure::Usage(format!(
            "{typed} is still to come: there is nothing since then"
        )));
    }
    Ok(moment)
}

/// Refuses a boundary that no role of this partition, or of this account, can have.
///
/// # Errors
/// [`Failure::Usage`] with what does not fit.
pub(crate) fn check_boundary(
    arn: &str,
    partition: Partition,
    account: Option<&str>,
) -> Result<(), Failure> {
    let mut fields = arn.split(':').skip(1);
    let (theirs, owner) = (fields.next().unwrap_or_default(), fields.nth(2).unwrap_or_default());
    let why = if theirs != partition.id() {
        format!("is of partition {theirs}, and the regions are of {partition}")
    } else if owner != "aws" && account.is_some_and(|account| account != owner) {
        format!("is of account {owner}, and the roles are of {}", account.unwrap_or_default())
    } else {
        return Ok(());
    };
    Err(Failure::Usage(format!("{arn} {why}")))
}

/// Whether it is the number of an account.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The ARN of a role that AWS Backup is to work with.
pub(crate) fn parse_role(typed: &str) -> Result<String, Failure> {
    let fields: Vec<&str> = typed.split(':').collect();
    let good = matches!(
        fields[..],
        ["arn", partition, "iam", "", account, role]
            if partition.starts_with("aws")
                && is_account(account)
                && role.strip_prefix("role/").is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
    );
    if good {
        return Ok(typed.to_owned());
    }
    Err(Failure::Usage(format!(
        "{typed:?} is not the ARN of an IAM role: it looks like arn:aws:iam::111122223333:role/NAME"
    )))
}

/// Refuses a role with which AWS Backup cannot work in this partition and account, and one of this deployment's own: AWS
/// Backup takes no role of another account (developer guide, "IAM service roles").
///
/// # Errors
/// [`Failure::Usage`] with what does not fit.
pub(crate) fn check_role(
    arn: &str,
    partition: Partition,
    account: Option<&str>,
) -> Result<(), Failure> {
    if arn.contains(&format!(":role{ROLE_PATH}")) {
        return Err(Failure::Usage(format!(
            "{arn} is a role of mrbackup's own: leave service_role out, and the deployment has one"
        )));
    }
    check_boundary(arn, partition, account)
}

/// The name of a vault that is there already (API reference, `CreateBackupVault`).
pub(crate) fn parse_vault(typed: &str) -> Result<String, Failure> {
    let fits = (2..=50).contains(&typed.len());
    let good = typed.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if typed.starts_with("mrbackup-") {
        return Err(Failure::Usage(format!(
            "{typed:?} is a vault of mrbackup's own: leave it out, and the deployment has one"
        )));
    }
    if fits && good {
        return Ok(typed.to_owned());
    }
    Err(Failure::Usage(format!(
        "{typed:?} is not the name of a vault: 2 to 50 letters, digits, - and _"
    )))
}

/// The ARN of a topic that is there already, in a region. Neither CloudWatch nor Lambda sends to a FIFO topic (SNS developer
/// guide, "Message delivery for FIFO topics").
pub(crate) fn parse_topic(typed: &str, region: &Region) -> Result<String, Failure> {
    let refuse = |why: String| Err(Failure::Usage(why));
    let fields: Vec<&str> = typed.split(':').collect();
    let (partition, of, name) = match fields[..] {
        ["arn", partition, "sns", of, account, name] if is_account(account) && !name.is_empty() => {
            (partition, of, name)
        }
        _ => {
            return refuse(format!(
                "{typed:?} is not the ARN of a topic: it looks like arn:aws:sns:{region}:111122223333:NAME"
            ));
        }
    };
    if of != region.as_str() || partition != region.partition().id() {
        return refuse(format!(
            "{typed} is of {of} in partition {partition}: alarms of {region} need a topic in {region}"
        ));
    }
    if name.starts_with("mrbackup-") {
        return refuse(format!(
            "{typed} is a topic of mrbackup's own: leave it out, and the deployment has one"
        ));
    }
    if name.split_once('.').is_some_and(|(_, end)| end == "fifo") {
        return refuse(format!("{typed} is a FIFO topic, to which alarms cannot be sent"));
    }
    Ok(typed.to_owned())
}

/// Refuses topics of another account: CloudWatch and the functions' roles publish to those of their own.
///
/// # Errors
/// [`Failure::Usage`] with the first of them.
pub(crate) fn check_topics<'a>(
    mut topics: impl Iterator<Item = &'a String>,
    account: Option<&str>,
) -> Result<(), Failure> {
    let Some(account) = account else { return Ok(()) };
    let owner = |arn: &str| arn.split(':').nth(4).unwrap_or_default().to_owned();
    match topics.find(|arn| owner(arn) != account) {
        None => Ok(()),
        Some(arn) => Err(Failure::Usage(format!(
            "{arn} is of account {}, and the alarms are of {account}",
            owner(arn)
        ))),
    }
}

/// A KMS key's ARN with its region: a vault takes no alias and no bare id.
pub(crate) fn parse_key(typed: &str) -> Result<(Region, String), Failure> {
    let refuse = || {
        Failure::Usage(format!(
            "{typed:?} is not a KMS key ARN: it looks like arn:aws:kms:us-east-1:111122223333:key/ID, and an alias will not do"
        ))
    };
    let fields: Vec<&str> = typed.split(':').collect();
    let ["arn", partition, "kms", region, account, key] = fields[..] else { return Err(refuse()) };
    let region = Region::parse_lenient(region).map_err(|_| refuse())?;
    let good = region.partition().id() == partition
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && key.strip_prefix("key/").is_some_and(|id| !id.is_empty());
    if good { Ok((region, typed.to_owned())) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_of_the_roles_account() {
        let arn = |partition: &str, owner: &str| format!("arn:{partition}:iam::{owner}:policy/p");
        let check = |arn: String, account| check_boundary(&arn, Partition::Aws, account);
        assert!(check(arn("aws", "111122223333"), None).is_ok());
        assert!(check(arn("aws", "aws"), Some("111122223333")).is_ok());
        let other = check(arn("aws-cn", "111122223333"), None).unwrap_err().to_string();
        assert!(other.contains("partition aws-cn, and the regions are of aws"), "{other}");
        let other = check(arn("aws", "1"), Some("2")).unwrap_err().to_string();
        assert!(other.ends_with("is of account 1, and the roles are of 2"), "{other}");
    }

    #[test]
    fn a_given_role_is_of_this_account_and_not_of_mrbackup() {
        for bad in ["backup", "arn:aws:iam::aws:role/x", "arn:aws:iam::111122223333:policy/x"] {
            assert!(parse_role(bad).is_err(), "{bad}");
        }
        let arn = parse_role("arn:aws:iam::111122223333:role/teams/backup").unwrap();
        assert!(check_role(&arn, Partition::Aws, Some("111122223333")).is_ok());
        assert!(check_role(&arn, Partition::Aws, Some("444455556666")).is_err());
        assert!(check_role(&arn, Partition::China, None).is_err());
        let own = "arn:aws:iam::111122223333:role/mrbackup/mrbackup-x-AWSBackupServiceRole";
        let refused = check_role(own, Partition::Aws, None).unwrap_err().to_string();
        assert!(refused.contains("a role of mrbackup's own"), "{refused}");
    }

    #[test]
    fn keys_are_full_arns_of_a_key() {
        let good = "arn:aws:kms:us-east-1:111122223333:key/1234";
        assert_eq!(parse_key(good).unwrap().0.as_str(), "us-east-1");
        for bad in [
            "alias/aws/backup",
            "1234",
            "arn:aws:kms:us-east-1:111122223333:alias/mine",
            "arn:aws-cn:kms:us-east-1:111122223333:key/1234",
            "arn:aws:kms:us-east-1:1111:key/1234",
        ] {
            assert!(parse_key(bad).is_err(), "{bad}");
        }
    }
}
