//! The vault that a copy action names: an ARN, of which single fields may not be known.

use crate::lint::model::Plan;
use crate::model::region::Region;

/// What an own region, account or partition is called where a document leaves it open.
const OPEN: &[&str] =
    &["${AWS::Region}", "${AWS::AccountId}", "${AWS::Partition}", "$account", "$region"];

/// A vault, as far as its ARN tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VaultArn {
    pub(crate) partition: Option<String>,
    pub(crate) region: RegionOf,
    /// `None` where it is not known; an own one may be open.
    pub(crate) account: Option<String>,
    pub(crate) name: Option<String>,
}

/// The region of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegionOf {
    Is(Region),
    /// Wherever the plan is.
    Own,
    Unknown,
}

fn is_symbol(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
}

impl VaultArn {
    /// Reads an ARN; `None` of what stands for a whole ARN, and of what is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // The placeholders have colons of their own.
        let closed = OPEN
            .iter()
            .fold(text.to_owned(), |text, open| text.replace(open, &open.replace(':', "\u{1}")));
        let fields: Vec<String> =
            closed.splitn(7, ':').map(|field| field.replace('\u{1}', ":")).collect();
        let [arn, partition, service, region, account, kind, name] = &fields[..] else {
            return None;
        };
        if (arn.as_str(), service.as_str(), kind.as_str()) != ("arn", "backup", "backup-vault") {
            return None;
        }
        let known = |text: &String| Some(text.clone()).filter(|text| !is_symbol(text));
        Some(Self {
            partition: known(partition),
            region: match region.as_str() {
                "${AWS::Region}" | "$region" => RegionOf::Own,
                other => Region::parse_lenient(other).map_or(RegionOf::Unknown, RegionOf::Is),
            },
            account: Some(account.clone()).filter(|text| !is_symbol(text) || is_own(text)),
            name: known(name),
        })
    }

    /// Whether it is in the account of the plan, as far as both are known.
    pub(crate) fn is_in_account_of(&self, plan: &Plan) -> bool {
        match (&self.account, &plan.account) {
            (Some(account), _) if is_own(account) => true,
            (Some(account), Some(own)) => account == own,
            _ => false,
        }
    }

    /// Whether the account is another than the plan's, as far as both are known.
    pub(crate) fn is_in_other_account(&self, plan: &Plan) -> bool {
        match (&self.account, &plan.account) {
            (Some(account), Some(own)) => !is_own(account) && account != own,
            _ => false,
        }
    }

    /// The region of the plan in which the copy stays; `None` where it leaves, or that is not known.
    #[expect(clippy::option_option, reason = "its own region may be one without a name")]
    pub(crate) fn own_region<'a>(&'a self, plan: &'a Plan) -> Option<Option<&'a Region>> {
        match &self.region {
            RegionOf::Own => Some(plan.regions.first()),
            RegionOf::Is(region) => plan.regions.iter().find(|own| *own == region).map(Some),
            RegionOf::Unknown => None,
        }
    }
}

fn is_own(account: &str) -> bool {
    ["${AWS::AccountId}", "$account"].contains(&account)
}

/// How a sentence names the vault of a copy: "vault dr in us-west-2".
pub(crate) fn words(text: &str) -> String {
    let Some(arn) = VaultArn::parse(text) else { return format!("the vault {text}") };
    let name = arn.name.map_or_else(|| "a vault".to_owned(), |name| format!("vault {name}"));
    match arn.region {
        RegionOf::Is(region) => format!("{name} in {region}"),
        RegionOf::Own => format!("{name} in the plan's own region"),
        RegionOf::Unknown => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_are_open_are_told_from_those_that_are_known() {
        let arn = VaultArn::parse(
            "arn:${AWS::Partition}:backup:us-west-2:${AWS::AccountId}:backup-vault:dr",
        );
        let arn = arn.unwrap();
        assert_eq!(arn.region, RegionOf::Is(Region::parse("us-west-2").unwrap()));
        assert_eq!((arn.partition, arn.name.as_deref()), (None, Some("dr")));
        let own =
            VaultArn::parse("arn:aws:backup:${AWS::Region}:$account:backup-vault:${V}").unwrap();
        assert_eq!((own.region, own.name), (RegionOf::Own, None));
        assert_eq!(VaultArn::parse("${DrVaultArn}"), None);
        assert_eq!(words("arn:aws:backup:us-west-2:1:backup-vault:dr"), "vault dr in us-west-2");
    }
}
