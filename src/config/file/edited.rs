//! A file with what `--set` says in it: it goes through every check of a file.

use std::path::PathBuf;

use crate::config::file::source::Source;
use crate::config::file::{ConfigFile, written};
use crate::config::set::{Sets, edited};
use crate::failure::Failure;
use crate::model::settings::{Regions, Rule};

impl ConfigFile {
    /// What `--set` says alone.
    ///
    /// # Errors
    /// As [`ConfigFile::edited`].
    pub(crate) fn from_sets(sets: &Sets) -> Result<Self, Failure> {
        Self::parse_edited(PathBuf::new(), "", sets)
    }

    /// What `--set` says of these regions.
    ///
    /// # Errors
    /// As [`ConfigFile::edited`].
    pub(crate) fn from_regions(regions: &Regions, sets: &Sets) -> Result<Self, Failure> {
        Self::parse_edited(PathBuf::new(), &written::regions(regions), sets)
    }

    /// A file that nobody has written: the text of settings.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what a file cannot hold.
    pub(crate) fn from_text(text: String) -> Result<Self, Failure> {
        Self::parse(Source { path: PathBuf::new(), text, edited: None })
    }

    /// The file with what `--set` says in it. `rules` are those in force where the file has none.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the option: a rule or a copy that is not there, and all that a file is refused for.
    pub(crate) fn edited(self, sets: &Sets, rules: Option<&[Rule]>) -> Result<Self, Failure> {
        let rules = rules.map(written::rules).unwrap_or_default();
        let text = format!("{}\n{rules}", self.source.text);
        let edited = Self::parse_edited(self.source.path.clone(), &text, sets)?;
        Ok(Self { original: Some(Box::new(self)), ..edited })
    }

    /// The file without what `--set` put into it, where that is not all of it.
    pub(crate) fn original(&self) -> Option<&Self> {
        self.original.as_deref()
    }

    fn parse_edited(path: PathBuf, text: &str, sets: &Sets) -> Result<Self, Failure> {
        let edited = edited(text, sets)?;
        Self::parse(Source { path, text: edited.text.clone(), edited: Some(edited) })
    }
}
