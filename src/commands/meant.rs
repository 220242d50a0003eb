//! The settings that are meant: by options and file, then by the record, whole or torn.

use futures_util::future::try_join_all;

use crate::account::vaults;
use crate::commands::context_without_record;
use crate::config::{Config, Options, Resolved, check_boundary, check_role, check_topics};
use crate::deployment::record::Record;
use crate::deployment::session::Session;
use crate::failure::Failure;
use crate::model::manifest::Manifest;
use crate::model::region::Region;
use crate::model::settings::{Former, Settings, VaultId};

/// What was said of the settings, by options, file and record.
pub(super) struct Meant<'a> {
    pub(super) session: &'a Session,
    pub(super) config: &'a Config,
    pub(super) options: &'a Options,
    /// Where the record is torn: the vaults of ours that it no longer names, each with its key.
    found_vaults: Vec<VaultId>,
}

impl<'a> Meant<'a> {
    /// # Errors
    /// Where the record is torn, and a region of it cannot be read.
    pub(super) async fn new(
        session: &'a Session,
        config: &'a Config,
        options: &'a Options,
    ) -> Result<Self, Failure> {
        Ok(Self { session, config, options, found_vaults: vaults_of_torn(session).await? })
    }

    /// The settings that are meant. A deployment whose record is torn needs them again, and that is
    /// no first `up`: what is in the regions that its tags still name, and is not wanted, goes.
    ///
    /// # Errors
    /// Settings that cannot be meant, and a torn record without the options that replace it.
    pub(super) fn resolve(&self, recorded: Option<&Manifest>) -> Result<Resolved, Failure> {
        let Self { session, config, options, found_vaults } = self;
        let recorded = recorded.map(|manifest| &manifest.settings);
        let resolved = options.resolve(config.file.as_ref(), recorded);
        let settings = resolved.as_ref().ok().map(|resolved| &resolved.settings);
        if let Some(Settings { permissions_boundary: Some(boundary), regions, .. }) = settings {
            let partition = regions.primary.partition();
            check_boundary(boundary, partition, Some(&session.names.account))?;
        }
        if let Some(Settings { service_role: Some(role), regions, .. }) = settings {
            check_role(role, regions.primary.partition(), Some(&session.names.account))?;
        }
        let topics = settings.into_iter().flat_map(|settings| settings.given_topics.values());
        check_topics(topics, Some(&session.names.account))?;
        let Record::Torn { why, regions, .. } = &session.record else { return resolved };
        match resolved {
            Ok(mut resolved) => {
                let wanted = resolved.settings.vaults();
                let left = found_vaults.iter().filter(|vault| !wanted.contains(vault));
                let switched_off = Former::may_be_switched_off(regions, &resolved.settings);
                let is_given = resolved.settings.service_role.is_some();
                let former = &mut resolved.settings.former;
                former.service_role = is_given;
                former.vaults.extend(left.cloned());
                former.moved_from.extend(regions.iter().cloned());
                former.switched_off.extend(switched_off);
                Ok(resolved)
            }
            Err(Failure::Usage(_)) => {
                let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
                Err(Failure::refused(
                    format!("the record of this deployment cannot be read: {why}"),
                    format!(
                        "give its regions again with --primary, --secondary and --tertiary; it was in {}",
                        regions.join(", ")
                    ),
                ))
            }
            Err(failure) => Err(failure),
        }
    }
}

/// The vaults that may be ours in the regions of a torn record, by name: a key makes another vault.
///
/// # Errors
/// Where one of the regions cannot be read: a vault there would be forgotten.
async fn vaults_of_torn(session: &Session) -> Result<Vec<VaultId>, Failure> {
    let Record::Torn { regions, .. } = &session.record else { return Ok(Vec::new()) };
    let context = context_without_record(session, &session.iam_region);
    let in_each = regions.iter().map(|region| vaults::in_region(&context, region));
    Ok(try_join_all(in_each).await?.concat())
}
