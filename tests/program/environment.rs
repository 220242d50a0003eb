//! The environment and the AWS configuration files: read as AWS CLI reads them, and never the end in a panic.

use local_aws::Call;
use serde_json::Value;

use crate::support::{Aws, Outcome, account, for_each_case};

/// Values that AWS CLI takes, or that count as unset.
const TAKEN: &[(&str, &str)] = &[
    ("AWS_RETRY_MODE", "legacy"),
    ("AWS_RETRY_MODE", ""),
    ("AWS_MAX_ATTEMPTS", ""),
    ("AWS_ENDPOINT_URL", ""),
    ("AWS_ENDPOINT_URL_STS", ""),
    ("AWS_ENDPOINT_URL_IAM", ""),
    ("AWS_ENDPOINT_URL_BACKUP", " "),
];

/// Values that nobody can mean.
const REFUSED: &[(&str, &str)] = &[
    ("AWS_RETRY_MODE", "fast"),
    ("AWS_MAX_ATTEMPTS", "0"),
    ("AWS_MAX_ATTEMPTS", "many"),
    ("AWS_ENDPOINT_URL", "nonsense"),
    ("AWS_ENDPOINT_URL_SNS", "localhost:4566"),
];

/// A run that finds the local AWS by a variable of ours, so that AWS's own are free for the test.
fn list(aws: &Aws, variables: &[(&str, &str)]) -> Outcome {
    let endpoint = aws.environment().into_iter().find(|(name, _)| *name == "AWS_ENDPOINT_URL");
    let mut run = aws.command().without_env("AWS_ENDPOINT_URL");
    run = run.env("MRBACKUP_ENDPOINT_URL", endpoint.unwrap().1);
    for (name, value) in variables {
        run = run.env(name, value);
    }
    run.args(["list", "-o", "json"]).run()
}

/// What a run found, whenever it was.
fn answer(outcome: &Outcome) -> (Option<i32>, Value) {
    let mut document = outcome.json();
    document["at"].take();
    (outcome.exit_code(), document)
}

#[test]
fn what_aws_cli_takes_is_taken() {
    let aws = account();
    let usual = list(&aws, &[]);
    for_each_case(TAKEN, |variable| {
        let outcome = list(&aws, &[*variable]);
        assert_eq!(answer(&outcome), answer(&usual), "{variable:?}: {outcome:?}");
    });
}

#[test]
fn what_nobody_can_mean_is_refused_by_its_name_before_any_call() {
    for_each_case(REFUSED, |(name, value)| {
        let aws = account();
        let outcome = list(&aws, &[(*name, *value)]).code(2);
        outcome.stderr_has(format!("error: {name} is {value:?}"));
        assert_eq!(outcome.json()["error"]["kind"], "usage", "{outcome:?}");
        assert!(aws.log().is_empty(), "{outcome:?}");
    });
}

#[test]
fn the_configuration_file_is_read_in_the_same_way() {
    let aws = account();
    let taken = "[default]\nretry_mode = legacy\nmax_attempts = 5\nendpoint_url =\n";
    let taken = aws.file("taken", taken);
    let usual = list(&aws, &[]);
    let outcome = list(&aws, &[("AWS_CONFIG_FILE", &taken)]);
    assert_eq!(answer(&outcome), answer(&usual));
    let refused = aws.file("refused", "[default]\nmax_attempts = 0\n");
    let outcome = list(&aws, &[("AWS_CONFIG_FILE", &refused)]).code(2);
    outcome.stderr_has("max_attempts in the AWS configuration file is \"0\"");
}

/// An access key is an account here: whose it is shows which profile was taken.
fn two_profiles(aws: &Aws, other: &str) -> String {
    let keys = |id: &str| format!("aws_access_key_id = {id}\naws_secret_access_key = local\n");
    aws.file("credentials", &format!("[default]\n{}[staging]\n{}", keys(aws.id()), keys(other)))
}

fn account_of(aws: &Aws, file: &str, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut run = aws.command().env("AWS_SHARED_CREDENTIALS_FILE", file);
    run = run.without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY");
    for (name, value) in variables {
        run = run.env(name, value);
    }
    let listed = run.args(["list", "-o", "json"]).args(arguments).run();
    listed.json()["account"].as_str().unwrap_or_else(|| panic!("{listed:?}")).to_owned()
}

#[test]
fn the_account_is_that_of_the_profile_that_aws_cli_would_take() {
    let (aws, other) = (account(), account());
    let file = two_profiles(&aws, other.id());
    let of = |variables: &[(&str, &str)], arguments: &[&str]| {
        account_of(&aws, &file, variables, arguments)
    };
    assert_eq!(of(&[], &[]), aws.id());
    assert_eq!(of(&[("AWS_PROFILE", "staging")], &[]), other.id());
    assert_eq!(of(&[("AWS_DEFAULT_PROFILE", "staging")], &[]), other.id());
    // botocore reads this one first.
    let both = [("AWS_DEFAULT_PROFILE", "staging"), ("AWS_PROFILE", "default")];
    assert_eq!(of(&both, &[]), other.id());
    assert_eq!(of(&both, &["--profile", "default"]), aws.id());
    assert_eq!(of(&[("AWS_DEFAULT_PROFILE", "")], &[]), aws.id());
}

#[test]
fn a_role_is_assumed_with_its_source_profile_by_flag_as_by_variable() {
    let aws = account();
    let file = two_profiles(&aws, aws.id());
    let role = format!("arn:aws:iam::{}:role/admin", aws.id());
    let config = format!("[profile admin]\nrole_arn = {role}\nsource_profile = default\n");
    let config = aws.file("config", &config);
    for arguments in [&["--profile", "admin"][..], &[]] {
        aws.clear_log();
        let variable = if arguments.is_empty() { "admin" } else { "" };
        let mut run = aws.command().env("AWS_SHARED_CREDENTIALS_FILE", &file);
        run = run
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_PROFILE", variable)
            .without_env("AWS_REGION");
        run = run.without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY");
        let listed = run.args(["list"]).args(arguments).run();
        let assumed = aws.log().iter().any(|call: &Call| call.is("sts", "AssumeRole"));
        assert!(assumed, "{arguments:?}: {listed:?}");
        listed.stderr_lacks("missing signing region");
    }
}

#[test]
#[cfg(unix)]
fn a_variable_that_is_no_utf8_is_named_and_not_dropped() {
    use std::os::unix::ffi::OsStrExt;
    let aws = account();
    let value = std::ffi::OsStr::from_bytes(b"st\xffging");
    for name in ["AWS_PROFILE", "AWS_REGION", "MRBACKUP_NAME", "MRBACKUP_OUTPUT", "https_proxy"] {
        for arguments in [&["list"][..], &["list", "-o", "json"]] {
            let outcome = aws.command().env(name, value).args(arguments).run().code(2);
            outcome.stderr_has(format!("error: {name} is no UTF-8 text"));
            if arguments.len() > 1 {
                assert_eq!(outcome.json()["error"]["kind"], "usage");
            }
        }
    }
    aws.command().env("SOMETHING_ELSE", value).args(["list"]).run().code(3);
    aws.clear_log();
}

#[test]
fn a_dead_proxy_is_blamed_and_not_the_endpoint_behind_it() {
    let aws = account();
    // Port 9 is the discard service, which nobody runs.
    for (name, value) in
        [("HTTP_PROXY", "http://user:sesame@127.0.0.1:9"), ("all_proxy", "127.0.0.1:9")]
    {
        let outcome = aws.command().env(name, value).args(["status"]).run().code(1);
        outcome.stderr_has(format!("the proxy http://127.0.0.1:9/ ({name}) does not lead to AWS"));
        outcome.stderr_has(format!("fix: check {name}"));
        outcome.stderr_lacks("the endpoint").stderr_lacks("sesame");
        let around = aws.command().env(name, value).env("NO_PROXY", "127.0.0.1").args(["status"]);
        around.run().code(3);
    }
    let outcome = aws.command().env("HTTPS_PROXY", "http://[").args(["status"]).run().code(2);
    outcome.stderr_has("HTTPS_PROXY is \"http://[\": a proxy is a URL");
}

#[test]
fn a_region_that_does_not_know_the_caller_is_not_enabled() {
    let aws = crate::support::deployed();
    let text = "The security token included in the request is invalid";
    let fault = |service: &str| {
        aws.fault(
            local_aws::Fault::error(403, "UnrecognizedClientException", text)
                .service(service)
                .region("us-west-2"),
        )
    };
    let _backup = fault("backup");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("us-west-2 does not take credentials that work elsewhere: enable it");
    status.stdout_lacks("sign in (aws login");
    // Nor does it hinder anybody whose home it is.
    let _sts = fault("sts");
    let listed = aws.command().env("AWS_REGION", "us-west-2").args(["list"]).run();
    listed.stderr_has("mrbackup list · account");
}
