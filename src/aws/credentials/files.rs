//! The two configuration files together: profiles, SSO sessions, and what of them cannot be read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::aws::credentials::ini::{BadLine, Ini, Keys, second_word};
use crate::aws::environment::Values;
use crate::failure::Failure;

/// The name under which the SDK is given the selected profile.
pub(in crate::aws) const SELECTED: &str = "selected";

/// What the files say.
#[derive(Debug, Default)]
pub(in crate::aws) struct AwsFiles {
    /// Of the configuration file alone.
    pub(super) config: BTreeMap<String, Keys>,
    /// Sections of the credentials file; their names are those of profiles.
    pub(super) credentials: BTreeMap<String, Keys>,
    /// Both; what the credentials file says wins.
    pub(super) profiles: BTreeMap<String, Keys>,
    pub(super) sso_sessions: BTreeMap<String, Keys>,
    services: BTreeMap<String, Keys>,
    bad: Vec<(PathBuf, BadLine)>,
}

impl AwsFiles {
    /// Reads the files that the environment names, or those of the home directory.
    ///
    /// # Errors
    /// A file that is there and cannot be read: AWS CLI takes it for empty, and goes on to other credentials.
    pub(crate) fn read(env: Values<'_>) -> Result<Self, Failure> {
        let read = |variable: &str, default: &str| {
            let path = expand(&env(variable).unwrap_or_else(|| default.to_owned()), env);
            Ok::<_, Failure>((text(&path)?, path))
        };
        let config = read("AWS_CONFIG_FILE", "~/.aws/config")?;
        let credentials = read("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")?;
        Ok(Self::new((&config.0, &config.1), (&credentials.0, &credentials.1)))
    }

    pub(super) fn new(config: (&str, &Path), credentials: (&str, &Path)) -> Self {
        let mut files = Self::default();
        let ini = Ini::parse(config.0);
        for section in ini.sections {
            let (header, keys) = (section.header, section.keys);
            // As AWS CLI has it, the last one of `[default]` and `[profile default]` is taken.
            if let Some(name) = profile_name(&header) {
                files.config.insert(name.to_owned(), keys);
            } else if let Some(name) = second_word(&header, "sso-session") {
                files.sso_sessions.insert(name.to_owned(), keys);
            } else if let Some(name) = second_word(&header, "services") {
                files.services.insert(name.to_owned(), keys);
            }
        }
        files.bad.extend(ini.bad.into_iter().map(|bad| (config.1.to_owned(), bad)));
        let ini = Ini::parse(credentials.0);
        let sections = ini.sections.into_iter();
        files.credentials = sections.map(|section| (section.header, section.keys)).collect();
        let in_credentials = ini.bad.into_iter().map(|bad| (credentials.1.to_owned(), bad));
        files.bad.extend(in_credentials.map(|(path, bad)| {
            // Told apart from a section of the configuration file by the form of that one's headers.
            let header = bad
                .header
                .map(|name| if name == "default" { name } else { format!("profile {name}") });
            (path, BadLine { header, ..bad })
        }));
        files.profiles.clone_from(&files.config);
        for (name, keys) in &files.credentials {
            files.profiles.entry(name.clone()).or_default().extend(keys.clone());
        }
        files
    }

    /// A setting of a profile.
    pub(crate) fn get(&self, profile: &str, key: &str) -> Option<&str> {
        self.profiles.get(profile)?.get(key).map(String::as_str)
    }

    pub(crate) fn has(&self, profile: &str) -> bool {
        self.profiles.contains_key(profile)
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.profiles.keys().map(String::as_str).collect()
    }

    /// Refuses a profile that has a line that cannot be read. Where it is not there at all, a section's name
    /// that cannot be read may be its own.
    ///
    /// # Errors
    /// With file and line.
    pub(crate) fn check(&self, profile: &str) -> Result<(), Failure> {
        let is_its_own = |bad: &BadLine| match &bad.header {
            Some(header) => profile_name(header) == Some(profile),
            None => !self.has(profile),
        };
        self.refuse(|bad| is_its_own(bad), &format!("profile `{profile}` cannot be read"))
    }

    /// The same for an SSO session.
    pub(super) fn check_session(&self, session: &str) -> Result<(), Failure> {
        let is_its_own = |bad: &BadLine| {
            bad.header.as_deref().and_then(|h| second_word(h, "sso-session")) == Some(session)
        };
        self.refuse(is_its_own, &format!("sso-session `{session}` cannot be read"))
    }

    fn refuse(&self, concerns: impl Fn(&BadLine) -> bool, what: &str) -> Result<(), Failure> {
        match self.bad.iter().find(|(_, bad)| concerns(bad)) {
            None => Ok(()),
            Some((path, bad)) => Err(Failure::refused(
                format!("{what}: {}:{}: {}", path.display(), bad.line, bad.why),
                "correct the line, or point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE elsewhere",
            )),
        }
    }

    /// What the SDK may know: the settings of the profile, as one that is called [`SELECTED`], and of services.
    /// Its own parser refuses a whole file for a line that AWS CLI reads.
    pub(crate) fn for_sdk(&self, profile: &str) -> String {
        let mut text = format!("[profile {SELECTED}]\n");
        write_keys(&mut text, self.profiles.get(profile));
        for (name, keys) in &self.services {
            // A `String` takes all that is written.
            let _ = writeln!(text, "[services {name}]");
            write_keys(&mut text, Some(keys));
        }
        text
    }
}

fn write_keys(text: &mut String, keys: Option<&Keys>) {
    for (key, value) in keys.into_iter().flatten() {
        let mut lines = value.lines();
        let _ = writeln!(text, "{key} = {}", lines.next().unwrap_or_default());
        for line in lines.filter(|line| line.contains('=')) {
            let _ = writeln!(text, "  {line}");
        }
    }
}

/// The profile of a section of the configuration file.
fn profile_name(header: &str) -> Option<&str> {
    if header == "default" { Some(header) } else { second_word(header, "profile") }
}

fn text(path: &Path) -> Result<String, Failure> {
    // What is no file is none to AWS CLI either.
    if !path.is_file() {
        return Ok(String::new());
    }
    std::fs::read_to_string(path).map_err(|error| {
        Failure::refused(
            format!("the AWS configuration file {} cannot be read: {error}", path.display()),
            "make it readable, or point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE elsewhere",
        )
    })
}

/// A path with its variables, and with the home directory for a `~` in front, as AWS CLI takes it.
pub(super) fn expand(path: &str, env: Values<'_>) -> PathBuf {
    let mut expanded = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let length =
            after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, left) = braced.unwrap_or_else(|| after.split_at(length));
        match env(name) {
            Some(value) => expanded.push_str(&value),
            None => expanded.push_str(&rest[before.len()..rest.len() - left.len()]),
        }
        rest = left;
    }
    expanded.push_str(rest);
    match (expanded.strip_prefix('~'), std::env::home_dir()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(expanded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(config: &str, credentials: &str) -> AwsFiles {
        AwsFiles::new((config, Path::new("config")), (credentials, Path::new("credentials")))
    }

    #[test]
    fn the_credentials_file_wins_key_by_key() {
        let files = files("[profile a]\nregion = x\noutput = text\n[b]\n", "[a]\nregion = y\n");
        assert_eq!((files.get("a", "region"), files.get("a", "output")), (Some("y"), Some("text")));
        assert!(!files.has("b"), "no profile without the word");
    }

    #[test]
    fn of_two_defaults_the_last_is_taken_whole() {
        let files = files("[profile default]\nregion = x\n[default]\noutput = text\n", "");
        assert_eq!(files.get("default", "region"), None);
    }

    #[test]
    fn a_bad_line_is_of_no_matter_to_other_profiles() {
        let files = files("[profile a]\nnonsense\n[profile b]\nregion = x\n[profile c\n", "");
        assert!(files.check("b").is_ok());
        let refusal = files.check("a").unwrap_err().to_string();
        assert_eq!(refusal, "profile `a` cannot be read: config:2: a setting is NAME = VALUE");
        let refusal = files.check("c").unwrap_err().to_string();
        assert_eq!(
            refusal,
            "profile `c` cannot be read: config:5: a section's name stands in brackets"
        );
    }

    #[test]
    fn paths_are_expanded() {
        let env = |name: &str| (name == "DIR").then(|| "/etc".to_owned());
        for (path, expanded) in [
            ("$DIR/aws", "/etc/aws"),
            ("${DIR}x", "/etcx"),
            ("$NONE/${NONE}", "$NONE/${NONE}"),
            ("/a$", "/a$"),
        ] {
            assert_eq!(expand(path, &env), PathBuf::from(expanded), "{path}");
        }
    }

    #[test]
    fn the_sdk_reads_what_it_is_given() {
        let files = files(
            "[profile my team]\n[profile a]\nregion = x\nservices = s\n[services s]\nsts =\n  endpoint_url = http://x\n  y\n",
            "",
        );
        assert_eq!(
            files.for_sdk("a"),
            "[profile selected]\nregion = x\nservices = s\n[services s]\nsts = \n  endpoint_url = http://x\n"
        );
    }
}
