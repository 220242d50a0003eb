//! The first line of a command: what it works on, as whom, and by which file.

use std::fmt;
use std::path::Path;

use crate::model::caller_identity::CallerIdentity;
use crate::model::region::Region;

/// What the line names; what is not known is left out.
#[derive(Default)]
pub(crate) struct Introduction<'a> {
    pub(crate) command: &'a str,
    pub(crate) deployment: Option<&'a str>,
    pub(crate) caller: Option<CallerIdentity>,
    pub(crate) regions: Vec<Region>,
    pub(crate) file: Option<&'a Path>,
    pub(crate) endpoint: Option<&'a str>,
}

impl fmt::Display for Introduction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mrbackup {}", self.command)?;
        if let Some(deployment) = self.deployment {
            write!(f, " · deployment {deployment}")?;
        }
        if let Some(caller) = &self.caller {
            write!(
                f,
                " · account {} · {} ({})",
                caller.account,
                caller.name(),
                caller.credentials
            )?;
        }
        if !self.regions.is_empty() {
            let regions: Vec<&str> = self.regions.iter().map(Region::as_str).collect();
            write!(f, " · {}", regions.join(", "))?;
        }
        if let Some(file) = self.file {
            write!(f, " · file {}", file.display())?;
        }
        match self.endpoint {
            Some(endpoint) => write!(f, " · endpoint {endpoint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_the_line_as_it_is() {
        let caller = CallerIdentity {
            account: "111122223333".to_owned(),
            arn: "arn:aws:iam::111122223333:user/ops".to_owned(),
            credentials: "profile dev".to_owned(),
        };
        let regions = ["us-east-1", "us-west-2", "eu-west-1"];
        let mut introduction = Introduction {
            command: "status",
            deployment: Some("default"),
            caller: Some(caller),
            regions: regions.map(|region| Region::parse(region).unwrap()).to_vec(),
            ..Introduction::default()
        };
        let line = introduction.to_string();
        assert!(
            include_str!("../../docs/configuration.md").contains(&format!("    {line}\n")),
            "{line}"
        );
        introduction.file = Some(Path::new("mrbackup.toml"));
        introduction.endpoint = Some("http://localhost:4566");
        let more = " · file mrbackup.toml · endpoint http://localhost:4566";
        assert_eq!(introduction.to_string(), line + more);
    }
}
