//! What the program says of itself, and to who types what it does not know.

use std::fs;
use std::path::PathBuf;

use crate::support::{account, for_each_case};

/// What other tools call it, and what the way on must name.
const HINTS: &[(&[&str], &str)] = &[
    (&["destroy"], "tip: to remove a deployment: mrbackup down\n"),
    (&["Delete"], "tip: to remove a deployment: mrbackup down\n"),
    (&["apply"], "tip: to create, change or repair a deployment: mrbackup up\n"),
    (&["init"], "for a configuration file: mrbackup config init\n"),
    (&["diff"], "tip: to see what `up` would change: mrbackup plan\n"),
    (&["doctor"], "mrbackup status\n"),
    (&["ls"], "mrbackup list\n"),
    (&["up", "--retention", "30"], "mrbackup.toml: mrbackup help config\n"),
    (&["up", "--retention=30"], "mrbackup.toml: mrbackup help config\n"),
    (
        &["up", "--region", "us-east-1"],
        "--primary, --secondary, --tertiary; an ARN names its own\n",
    ),
    (&["tag", "--region", "us-east-1"], "an ARN names its own\n"),
    (&["down", "--yes"], "mrbackup down --delete-backups --confirm NAME\n"),
    (&["status", "--json"], "tip: for JSON: -o json\n"),
    (&["status", "--dry-run"], "mrbackup plan\n"),
];

#[test]
fn a_word_of_another_tool_gets_a_way_on() {
    let aws = account();
    for_each_case(HINTS, |(arguments, tip)| {
        let refused = aws.mrbackup(*arguments).code(2);
        refused.stderr_has(tip);
        let tips = refused.stderr.lines().filter(|line| line.starts_with("  tip: ")).count();
        assert_eq!(tips, 1, "{refused:?}");
    });
    assert!(aws.log().is_empty());
}

#[test]
fn a_topic_and_a_command_are_explained() {
    let aws = account();
    for topic in ["exit-codes", "environment", "config", "json", "freshness", "safety"] {
        let help = aws.mrbackup(["help", topic]).success();
        let document = aws.mrbackup(["help", topic, "-o", "json"]).success().json();
        assert_eq!(document["schema"], "mrbackup.help/1");
        assert_eq!(document["text"], help.stdout, "{topic}");
    }
    let drill = aws.mrbackup(["help", "drill", "alarm"]).success();
    assert_eq!(drill.stdout, aws.mrbackup(["drill", "alarm", "--help"]).success().stdout);
    aws.mrbackup(["help"]).success().stdout_has("Usage: mrbackup [OPTIONS] <COMMAND>");
    let unknown = aws.mrbackup(["help", "alarms"]).code(2);
    unknown.stderr_has("no command and no topic is called \"alarms\"; topics: exit-codes, ");
    assert!(aws.log().is_empty());
}

/// Who cannot make the configuration work must still be able to read about it.
#[test]
fn help_needs_no_configuration() {
    let aws = account();
    let help = aws.command().env("MRBACKUP_CONFIG", "/no/such/file").args(["help", "config"]);
    help.run().success().stdout_has("mrbackup.toml");
}

/// What the topic gives as a configuration is one.
#[test]
fn the_configuration_of_the_topic_is_taken() {
    let aws = account();
    let help = aws.mrbackup(["help", "config"]).success().stdout;
    let from = help.find("  name = ").unwrap();
    let to = help.find("What the file leaves out").unwrap();
    let without_remarks = |line: &str| line.split("     ").next().unwrap_or_default().to_owned();
    let text: Vec<String> = help[from..to].lines().map(str::trim).map(without_remarks).collect();
    let file = aws.file("help/mrbackup.toml", &text.join("\n"));
    let plan = aws.mrbackup(["plan", "--offline", "--config", &file]).success();
    plan.stdout_has("Plan for default: ");
}

#[test]
fn every_shell_completes_every_command() {
    let aws = account();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = aws.mrbackup(["completions", shell]).success();
        for word in ["status", "drill", "repair", "delete-backups"] {
            script.stdout_has(word);
        }
        let document = aws.mrbackup(["completions", shell, "-o", "json"]).success().json();
        assert_eq!(document["script"], script.stdout, "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let aws = account();
    let of_before = PathBuf::from(aws.file("man/mrbackup.1", "of a version before"));
    let directory = of_before.parent().unwrap();
    let arguments = ["man", directory.to_str().unwrap(), "-o", "json"];
    let document = aws.mrbackup(arguments).success().json();
    let pages = document["pages"].as_array().unwrap().clone();
    assert_eq!(pages.len(), fs::read_dir(directory).unwrap().count(), "{pages:?}");
    for page in ["mrbackup.1", "mrbackup-up.1", "mrbackup-drill-backup.1"] {
        assert!(pages.contains(&page.into()), "{page} is not in {pages:?}");
    }
    for page in pages {
        let text = fs::read_to_string(directory.join(page.as_str().unwrap())).unwrap();
        assert!(text.contains(".TH ") && text.contains(".SH SYNOPSIS"), "{page}:\n{text}");
    }
    aws.mrbackup(["man", "/no/such/directory"]).code(2).stderr_has("cannot write the manual pages");
}

/// An example that cannot be typed is worse than none.
#[test]
fn every_example_of_a_help_can_be_typed() {
    let aws = account();
    for command in
        ["up", "plan", "status", "list", "config", "drill", "repair", "tag", "untag", "down"]
    {
        let help = aws.mrbackup([command, "--help"]).success().stdout;
        let examples = help.split("\n\n").next().unwrap();
        let typed = examples.lines().filter_map(|line| Some(line.split_once("mrbackup ")?.1));
        let mut count = 0;
        for example in typed {
            let words = example.split("  ").next().unwrap().split('|').next().unwrap();
            let words: Vec<&str> = words.split_whitespace().collect();
            // Whoever asks for help has typed what can be parsed.
            let run = aws.command().args(&words).args(["--help"]).run();
            assert_eq!(run.exit_code(), Some(0), "{run:?}");
            count += 1;
        }
        assert!(count > 0, "{command}");
    }
    assert!(aws.log().is_empty());
}
