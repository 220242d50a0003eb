//! The sentences of success, of every command that says one.

use super::{Claim, Said, fresh};
use crate::support::{account, deployed};

const NOT_THERE: &str = "the thing itself was asked for, and is not there";

#[test]
fn nothing_is_left_where_everything_was_read() {
    let claim = Claim {
        command: &["down"],
        said: Said::Sentence("nothing is left"),
        account: deployed,
        changes: true,
        spared: &[
            ("lambda.GetFunctionEventInvokeConfig", "it goes with its function"),
            ("tagging.GetResources", "the resources are not parts of the deployment"),
        ],
    };
    claim.check_everywhere();
}

#[test]
fn nothing_is_to_be_removed_where_everything_was_read() {
    let claim = Claim {
        command: &["down"],
        said: Said::Sentence("✔ No deployment default"),
        account,
        changes: false,
        spared: &[
            ("backup.ListTags", NOT_THERE),
            ("events.ListTagsForResource", NOT_THERE),
            ("iam.GetRolePolicy", NOT_THERE),
            ("iam.ListAttachedRolePolicies", NOT_THERE),
            ("iam.ListRolePolicies", NOT_THERE),
            ("iam.ListRoles", "it only adds regions to those where anything may be"),
            ("logs.ListTagsForResource", NOT_THERE),
            ("monitoring.ListTagsForResource", NOT_THERE),
            ("sns.GetTopicAttributes", NOT_THERE),
        ],
    };
    claim.check_everywhere();
}

#[test]
fn all_is_in_place_where_everything_was_read() {
    let claim = Claim {
        command: &["status"],
        said: Said::Sentence("✔ default: "),
        account: fresh,
        changes: false,
        spared: &[("tagging.GetResources", "the resources are not parts of the deployment")],
    };
    claim.check_everywhere();
}

#[test]
fn nothing_is_to_be_done_where_everything_was_read() {
    let claim = Claim {
        command: &["up"],
        said: Said::Sentence("nothing to do"),
        account: deployed,
        changes: false,
        spared: &[],
    };
    claim.check_everywhere();
}

#[test]
fn nothing_is_to_be_repaired_where_everything_was_read() {
    let claim = Claim {
        command: &["repair"],
        said: Said::Sentence("default: nothing to repair"),
        account: fresh,
        changes: false,
        spared: &[
            ("backup.ListTags", "the record is on the role too"),
            ("iam.GetRole", "the record is on the vaults too"),
        ],
    };
    claim.check_everywhere();
}
