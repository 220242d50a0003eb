//! The terminal's pictures in the README are drawn from real output, and show what is printed today.
//!
//! `WRITE_PICTURES=1 cargo test --test main pictures` draws them anew.

use std::path::PathBuf;

use super::readme::evened;
use crate::support::{
    Aws, UP, account, deployed_with_email, fresh_everywhere, long_deployed, volume,
};

/// A command in color as it looks on a wide terminal, in the account of all examples.
fn colored(aws: &Aws, arguments: &[&str]) -> String {
    let output = aws.mrbackup([arguments, &["--color", "always"]].concat()).stdout;
    output.replace(aws.id(), "111122223333")
}

fn healthy() -> Aws {
    let aws = long_deployed(30);
    for number in 1..=42 {
        fresh_everywhere(&aws, &volume(&aws, &format!("vol-{number}")));
    }
    aws
}

/// Each picture by its file, with the command line that it shows.
fn pictures() -> Vec<(&'static str, String)> {
    let first = account();
    let up = colored(&first, &[&UP[..], &["--email", "ops@example.com"]].concat());
    let aws = healthy();
    let status = colored(&aws, &["status"]);
    let _down = aws.region_down("us-east-1");
    let away = aws.command().env("AWS_REGION", "us-west-2").args(["status", "--color", "always"]);
    let away = away.run().stdout;
    let late = deployed_with_email("ops@example.com");
    volume(&late, "vol-0a1b2c3d4e5f60718");
    let attention = colored(&late, &["status"]);
    let command = |line: &str, output: String| format!("\x1b[2m$\x1b[0m mrbackup {line}\n{output}");
    let regions =
        "up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1 --email ops@example.com";
    vec![
        ("up.svg", command(regions, up)),
        ("status.svg", command("status", status)),
        ("region-down.svg", command("status", away)),
        ("attention.svg", command("status", attention)),
    ]
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures").join(name)
}

/// The text that an SVG shows, line by line.
fn text(svg: &str) -> String {
    let mut text = String::new();
    for piece in svg.split('<').skip(1) {
        let Some((tag, shown)) = piece.split_once('>') else { continue };
        if tag.starts_with("tspan") && tag.contains(" y=") && !text.is_empty() {
            text.push('\n');
        }
        if tag.starts_with("tspan") || tag.starts_with("/tspan") {
            text.push_str(shown.trim_matches('\n'));
        }
    }
    text
}

#[test]
fn the_pictures_show_what_is_printed() {
    let writes = std::env::var_os("WRITE_PICTURES").is_some();
    for (name, output) in pictures() {
        let drawn = anstyle_svg::Term::new().render_svg(&output);
        if writes {
            std::fs::write(path(name), &drawn).unwrap();
        }
        let kept = std::fs::read_to_string(path(name)).unwrap_or_default();
        assert!(text(&drawn).contains("mrbackup"), "{name} shows no text");
        assert_eq!(
            evened(&text(&kept)),
            evened(&text(&drawn)),
            "{name}: WRITE_PICTURES=1 draws it anew"
        );
    }
}
