//! Bad input: one sentence that says what is allowed, exit code 2, and no call.

use crate::support::{account, for_each_case};

const CASES: &[(&[&str], &str)] = &[
    (
        &["up", "--primary", "us-east-1", "--secondary", "us-east-1"],
        "--primary and --secondary are both us-east-1: a copy must go to another region",
    ),
    (
        &["up", "--primary", "us-east-1", "--secondary", "us-west-2", "--tertiary", "US-EAST-1"],
        "--primary and --tertiary are both us-east-1",
    ),
    (
        &["up", "--primary", "us-east-9", "--secondary", "us-west-2"],
        "--primary: \"us-east-9\" is not a region that mrbackup knows: did you mean us-east-1?",
    ),
    (&["up", "--primary", "", "--secondary", "us-west-2"], "a region looks like us-east-1"),
    (
        &["up", "--primary", "us-east-1", "--secondary", "cn-north-1"],
        "--primary us-east-1 is in partition aws, --secondary cn-north-1 in aws-cn: a copy cannot leave its partition",
    ),
    (&["up", "--email", "ops"], "\"ops\" is not an e-mail address: it has no @"),
    (&["up", "--email", "ops@localhost"], "its domain is not complete"),
    (&["up", "--remove-email", "a@b@c.de"], "it has two @"),
    (&["up", "--kms-key-arn", "alias/aws/backup"], "is not a KMS key ARN"),
    (&["status", "--name", "Prod"], "is not a deployment name: 1 to 20 of a-z, 0-9 and -"),
    (&["down", "--name", "abcdefghijklmnopqrstu"], "(21 characters) is not a deployment name"),
    (&["status", "--name", ""], "is not a deployment name"),
    (&["status", "--endpoint-url", "localhost:4566"], "it begins with http:// or https://"),
    (&["status", "--call-timeout", "0"], "invalid value '0' for '--call-timeout <SECONDS>'"),
    (&["status", "--region", "nowhere"], "a region looks like us-east-1"),
    (&["status", "-o", "yaml"], "invalid value 'yaml'"),
    (&["statsu"], "unrecognized subcommand 'statsu'"),
    (&["status", "--frobnicate"], "unexpected argument '--frobnicate'"),
    (&[], "Usage: mrbackup"),
];

#[test]
fn bad_input_is_one_sentence_and_no_call() {
    let aws = account();
    for_each_case(CASES, |(arguments, sentence)| {
        let refused = aws.mrbackup(*arguments).code(2);
        refused.stderr_has(sentence);
        assert_eq!(refused.stdout, "", "{refused:?}");
        let errors = refused.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, usize::from(!arguments.is_empty()), "{refused:?}");
    });
    assert!(aws.log().is_empty());
}

#[test]
fn the_same_in_the_environment() {
    let aws = account();
    for (name, value, sentence) in [
        ("MRBACKUP_NAME", "Prod", "is not a deployment name"),
        ("MRBACKUP_OUTPUT", "yaml", "MRBACKUP_OUTPUT is \"yaml\": it can be text or json"),
        ("MRBACKUP_COLOR", "sometimes", "MRBACKUP_COLOR is \"sometimes\""),
        ("MRBACKUP_CALL_TIMEOUT", "0", "it can be whole seconds from 1 to 86400"),
        ("MRBACKUP_CALL_TIMEOUT", "1m", "MRBACKUP_CALL_TIMEOUT is \"1m\""),
        ("MRBACKUP_PRIMARY", "us-east-9", "--primary: \"us-east-9\""),
        ("MRBACKUP_EMAIL", "nobody", "it has no @"),
    ] {
        let refused = aws.command().env(name, value).args(["up"]).run().code(2);
        refused.stderr_has(sentence);
    }
    assert!(aws.log().is_empty());
}

#[test]
fn a_first_up_without_regions_shows_the_line_to_type() {
    let aws = account();
    let refused = aws.mrbackup(["up"]).code(2);
    let (first, error) = refused.stderr.split_once('\n').unwrap();
    assert!(first.starts_with("mrbackup up · deployment default · account"), "{first}");
    assert_eq!(
        error,
        "error: no record names the regions, and --primary is missing: \
         mrbackup up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1\n"
    );
    aws.assert_nothing_written();
}

#[test]
fn settings_come_from_the_environment_where_no_flag_is() {
    let aws = account();
    let up = aws
        .command()
        .env("MRBACKUP_NAME", "env")
        .env("MRBACKUP_PRIMARY", "eu-central-1")
        .env("MRBACKUP_SECONDARY", "us-west-2")
        .args(["up", "--primary", "us-east-1", "-o", "json"])
        .run()
        .success()
        .json();
    assert_eq!(up["deployment"], "env");
    assert_eq!(up["regions"][0]["region"], "us-east-1");
    assert_eq!(up["regions"][1]["region"], "us-west-2");
}
