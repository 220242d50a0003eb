//! Credentials, profiles and endpoints: one sentence and what to do, exit code 1, never a stack trace.

use std::fs;
use std::path::PathBuf;

use local_aws::Fault;

use crate::support::{Outcome, account, deployed};

/// A directory for one test's files.
fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[track_caller]
fn one_sentence(outcome: Outcome, sentence: &str) {
    let outcome = outcome.code(1);
    let lines: Vec<&str> =
        outcome.stderr.lines().filter(|line| !line.starts_with("mrbackup ")).collect();
    assert_eq!(lines.len(), 2, "{outcome:?}");
    assert!(lines[0].starts_with("error: ") && lines[0].contains(sentence), "{outcome:?}");
    assert!(lines[1].starts_with("  fix: "), "{outcome:?}");
    for word in ["service error", "panicked", "DispatchFailure", "SdkError"] {
        outcome.stderr_lacks(word);
    }
}

#[test]
fn no_credentials() {
    let aws = account();
    let run = aws.command().without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY");
    one_sentence(run.args(["status"]).run(), "no AWS credentials were found");
    // A backtrace would be our bug, not theirs.
    let run = aws.command().without_env("AWS_ACCESS_KEY_ID").env("RUST_BACKTRACE", "1");
    one_sentence(run.args(["up"]).run(), "AWS credentials");
    assert!(aws.log().is_empty());
}

#[test]
fn expired_credentials() {
    let aws = account();
    let text = "The security token included in the request is expired";
    let expired = aws.fault(Fault::error(403, "ExpiredTokenException", text));
    let status = aws.mrbackup(["status"]);
    status.stderr_has("sign in again");
    one_sentence(status, text);
    assert!(expired.fired() > 0);
    assert!(expired.fired() <= 2, "an expired token is not tried again");
}

#[test]
fn an_endpoint_where_nobody_is() {
    let aws = account();
    // Port 9 is the discard service, which nobody runs.
    let status = aws.mrbackup(["status", "--endpoint-url", "http://127.0.0.1:9"]);
    one_sentence(status, "the endpoint http://127.0.0.1:9 cannot be reached");
}

#[test]
fn an_unknown_profile_is_named_with_a_near_one() {
    let aws = account();
    let file = directory("unknown_profile").join("config");
    fs::write(&file, "[profile prod-eu]\nregion = eu-west-1\n").unwrap();
    let run = aws.command().env("AWS_CONFIG_FILE", &file).args(["status", "--profile", "prod-us"]);
    let outcome = run.run();
    outcome.stderr_has("did you mean --profile prod-eu?");
    one_sentence(outcome, "profile `prod-us` is not in the AWS configuration files");
    let run = aws.command().env("AWS_PROFILE", "missing").args(["status"]);
    one_sentence(run.run(), "profile `missing` is not in the AWS configuration files");
    assert!(aws.log().is_empty());
}

/// As with AWS CLI: in the other order `--profile prod` could build in the wrong account.
#[test]
fn an_explicit_profile_beats_exported_keys() {
    let (aws, other) = (account(), account());
    let file = directory("explicit_profile").join("credentials");
    let keys = format!("[other]\naws_access_key_id = {}\naws_secret_access_key = x\n", other.id());
    fs::write(&file, keys).unwrap();
    let run = aws.command().env("AWS_SHARED_CREDENTIALS_FILE", &file);
    let status = run.args(["status", "--profile", "other", "-o", "json"]).run().code(3).json();
    assert_eq!(status["account"], other.id());
    assert!(aws.log().is_empty());
    assert!(!other.log().is_empty());
}

#[test]
fn a_ca_bundle_that_is_none_is_said() {
    let aws = account();
    let run = aws.command().env("AWS_CA_BUNDLE", "/nonexistent/ca.pem").args(["status"]);
    one_sentence(run.run(), "the CA bundle /nonexistent/ca.pem cannot be used");
}

/// Retries are the user's to choose: with one attempt a broken read is not tried again there.
#[test]
fn the_users_number_of_attempts_is_kept() {
    let aws = account();
    let reset = aws.fault(Fault::reset().on("sts", "GetCallerIdentity").region("us-east-1"));
    let run = aws.command().env("AWS_MAX_ATTEMPTS", "1").args(["status"]);
    run.run().code(3);
    assert_eq!(reset.fired(), 1);
    let run = aws.command().env("AWS_MAX_ATTEMPTS", "2").args(["status"]);
    run.run().code(3);
    assert_eq!(reset.fired(), 3);
}

#[test]
fn a_denied_read_is_unknown_and_names_the_permission() {
    let aws = deployed();
    aws.clear_log();
    let text =
        "User: arn:aws:iam::111122223333:user/u is not authorized to perform: backup:ListTags";
    let fault = Fault::error(403, "AccessDeniedException", text).on("backup", "ListTags");
    let denied = aws.fault(fault.region("us-west-2"));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("? us-west-2: vault mrbackup-default is unknown\n");
    status.stdout_has(r#"allow it: {"Effect":"Allow","Action":"backup:ListTags""#);
    let up = aws.mrbackup(["up"]);
    one_sentence(up, "us-west-2: backup:ListTags on arn:aws:backup:us-west-2:");
    assert!(denied.fired() > 0);
    aws.assert_nothing_written();
}
