//! What reaches a terminal: no control character of others, and no secret of a URL.

use local_aws::Fault;

use crate::support::{Aws, Outcome, UP, account, deployed};

const HOOK: &str = "https://alarms.example.com/hook?token=sesame&x=1";

#[track_caller]
fn lacks(outcome: &Outcome, text: &str) {
    outcome.stdout_lacks(text).stderr_lacks(text);
}

#[test]
fn what_aws_says_never_reaches_a_terminal_raw() {
    let aws = deployed();
    let text = "no \u{1b}[31mway\u{7} \u{9b}2J\u{202e}";
    let _fault =
        aws.fault(Fault::error(403, "AccessDeniedException", text).on("backup", "ListTags"));
    for arguments in [&["status"][..], &["plan"], &["up"], &["down"], &["status", "-v"], &["list"]]
    {
        let outcome = aws.mrbackup(arguments);
        for raw in ["\u{1b}", "\u{7}", "\u{9b}", "\u{202e}"] {
            lacks(&outcome, raw);
        }
        let both = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(both.contains("no \\u{1b}[31mway\\u{7} \\u{9b}2J\\u{202e}"), "{outcome:?}");
        let json = aws.mrbackup(arguments.iter().copied().chain(["-o", "json"]));
        assert!(!json.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{json:?}");
        assert!(json.json().to_string().contains("no \\u001b[31mway"), "{json:?}");
    }
}

#[test]
fn what_files_and_arguments_say_is_shown_and_not_sent() {
    let aws = account();
    let refused = aws.mrbackup(["stat\u{1b}[31mus"]).code(2);
    refused.stderr_has("stat\\u{1b}[31mus");
    lacks(&refused, "\u{1b}");
    let file = aws.file("evil.toml", "name = \"x\"\nevil\u{7f} = 1\n");
    lacks(&aws.mrbackup(["plan", "--offline", "--config", &file]).code(2), "\u{7f}");
}

/// Runs it as text and as JSON.
fn both(aws: &Aws, arguments: &[&str]) -> [Outcome; 2] {
    let json = arguments.iter().copied().chain(["-o", "json"]);
    [aws.mrbackup(arguments), aws.mrbackup(json)]
}

#[test]
fn secrets_of_a_subscribers_url_are_in_no_output() {
    let aws = account();
    let up = UP.into_iter().chain(["--notify", HOOK]);
    let up: Vec<&str> = up.collect();
    let plan: Vec<&str> = ["plan"].into_iter().chain(up[1..].iter().copied()).collect();
    let offline: Vec<&str> = plan.iter().copied().chain(["--offline"]).collect();
    let show: Vec<&str> = ["config", "show"].into_iter().chain(up[1..].iter().copied()).collect();
    let commands: [&[&str]; 9] = [
        &plan,
        &offline,
        &up,
        &show,
        &["status"],
        &["list"],
        &["drill", "alarm"],
        &["down", "--dry-run"],
        &["down"],
    ];
    let mut seen = 0;
    for arguments in commands {
        for outcome in both(&aws, arguments) {
            lacks(&outcome, "sesame");
            seen += usize::from(format!("{outcome:?}").contains("hook?token=***&x=***"));
        }
    }
    assert!(seen >= 6, "the subscriber is shown, in {seen} outputs");
    assert!(aws.log().iter().any(|call| call.is("sns", "Subscribe")));
}

#[test]
fn secrets_are_in_no_refusal_either() {
    let aws = account();
    for typed in
        ["https://user:sesame@example.com/", "http://example.com/?k=sesame", "https:// x?k=sesame"]
    {
        for outcome in both(&aws, &["up", "--notify", typed]) {
            lacks(&outcome.code(2), "user:sesame");
        }
    }
    for outcome in both(&aws, &["up", "--notify", "http://user:sesame@example.com/?k=sesame"]) {
        lacks(&outcome.code(2), "sesame");
    }
    let file = format!(
        "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\n[alerts]\nnotify = [\"{}\"]\n",
        "https://user:sesame@example.com/"
    );
    let file = aws.file("secret.toml", &file);
    for outcome in both(&aws, &["plan", "--offline", "--config", &file]) {
        lacks(&outcome.code(2), "sesame");
    }
}

#[test]
#[cfg(unix)]
fn the_command_to_type_again_has_no_secret() {
    let aws = account();
    let held = aws.fault(Fault::hold().on("iam", "CreateRole"));
    let running = aws.command().args(UP.into_iter().chain(["--notify", HOOK])).start();
    held.wait_held();
    running.interrupt("Interrupted: finishing the calls in flight");
    held.release();
    let outcome = running.wait().code(130);
    outcome.stderr_has("--notify https://alarms.example.com/hook?token=***&x=***");
    lacks(&outcome, "sesame");
}
