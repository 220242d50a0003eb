//! The settings that `up` with the same options would use, for the commands that show them.

use crate::aws::Caller;
use crate::config::file::ConfigFile;
use crate::config::{Config, Options};
use crate::deployment::introduction::Introduction;
use crate::deployment::record::Record;
use crate::deployment::session::Session;
use crate::failure::Failure;
use crate::model::manifest::{Manifest, random_hex};
use crate::model::settings::Settings;

/// Settings, and what was read for them.
pub(super) struct SettingsRead {
    /// `None` where nothing was called.
    pub(super) session: Option<Session>,
    pub(super) recorded: Option<Manifest>,
    pub(super) settings: Settings,
}

impl SettingsRead {
    /// With a file nothing is called: the file is the whole truth of the deployment that it names.
    /// Without one the recorded settings are read, unless `offline`.
    ///
    /// # Errors
    /// Settings that cannot be meant, and an account that cannot be read.
    pub(super) async fn new(
        command: &str,
        config: &Config,
        caller: Caller,
        options: &Options,
        offline: bool,
    ) -> Result<Self, Failure> {
        let file = config.file.as_ref();
        let session = if file.is_some() || offline {
            let introduction = Introduction {
                command,
                deployment: Some(config.deployment.as_str()),
                file: file.map(ConfigFile::path),
                ..Introduction::default()
            };
            caller.progress.note(&introduction.to_string());
            None
        } else {
            let named = options.regions().into_iter().map(|(region, _)| region).collect();
            let session = Session::open(config, caller, named).await?;
            session.introduce(command, None);
            Some(session)
        };
        let recorded = session.as_ref().and_then(|session| match &session.record {
            Record::Found { manifest, .. } => Some(manifest.clone()),
            Record::Torn { .. } | Record::None(_) => None,
        });
        let id = recorded.as_ref().map_or_else(|| random_hex(8), |record| record.id.clone());
        let of_record = recorded.as_ref().map(|record| &record.settings);
        let settings = options.resolve(file, of_record)?.for_id(&id);
        Ok(Self { session, recorded, settings })
    }
}
