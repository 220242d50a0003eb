//! `config from-plan`: from a backup plan to the file that is nearest to it.

mod account;
mod documents;
mod members;

use std::fs;
use std::path::Path;

use crate::support::Aws;

/// A path of this test's in which nothing is.
fn fresh(aws: &Aws, name: &str) -> String {
    let beside = aws.file(&format!("{name}/.keep"), "");
    let path = Path::new(&beside).with_file_name("mrbackup.toml");
    let _ = fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}
