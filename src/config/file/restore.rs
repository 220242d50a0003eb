//! What restores take in place of AWS's defaults, by the file: its tables `[restore.REGION]`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::config::file::{ConfigFile, located};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::restore_settings::RestoreSettings;

#[derive(Debug, Default, Deserialize)]
pub(super) struct RestoreTable {
    subnet: Option<String>,
    drill_subnet: Option<String>,
    drill_security_group: Option<String>,
    #[serde(default)]
    security_groups: Vec<String>,
    db_subnet_group: Option<String>,
    kms_key: Option<String>,
    zone: Option<Spanned<String>>,
    #[serde(default)]
    instance_types: BTreeMap<String, String>,
    #[serde(default)]
    instance_classes: BTreeMap<String, String>,
    cluster_instance_class: Option<String>,
    #[serde(default)]
    buckets: BTreeMap<String, String>,
    name_prefix: Option<String>,
    #[serde(default)]
    overrides: BTreeMap<Spanned<String>, BTreeMap<String, String>>,
}

impl ConfigFile {
    /// Its tables of restores, as they stand there; `None` where it has none.
    pub(crate) fn restore_tables(&self) -> Option<String> {
        let mut document: toml_edit::DocumentMut = self.source.text.parse().ok()?;
        let tables = document.remove("restore")?;
        let mut alone = toml_edit::DocumentMut::new();
        alone.insert("restore", tables);
        Some(alone.to_string().trim_start().to_owned())
    }

    /// What the file says of restores into a region; nothing where it is silent.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what is no region, no zone of it, or no ARN.
    pub(crate) fn restore(&self, region: &Region) -> Result<RestoreSettings, Failure> {
        let mut settings = RestoreSettings::default();
        for (name, table) in &self.content.restore {
            let parse = |typed: &str| Region::parse_lenient(typed).map_err(Failure::Usage);
            if located(&self.source, name, parse)? == *region {
                settings = self.restore_settings(table, region)?;
            }
        }
        Ok(settings)
    }

    fn restore_settings(
        &self,
        table: &RestoreTable,
        region: &Region,
    ) -> Result<RestoreSettings, Failure> {
        if let Some(zone) =
            table.zone.as_ref().filter(|zone| !zone.get_ref().starts_with(region.as_str()))
        {
            return Err(self.source.at(&zone.span(), &format!("that is no zone of {region}")));
        }
        if let Some((arn, _)) =
            table.overrides.iter().find(|(arn, _)| !arn.get_ref().starts_with("arn:"))
        {
            return Err(self.source.at(&arn.span(), "overrides are by the source's ARN"));
        }
        let overrides = table.overrides.iter();
        Ok(RestoreSettings {
            subnet: table.subnet.clone(),
            drill_subnet: table.drill_subnet.clone(),
            drill_security_group: table.drill_security_group.clone(),
            security_groups: table.security_groups.clone(),
            db_subnet_group: table.db_subnet_group.clone(),
            kms_key: table.kms_key.clone(),
            zone: table.zone.as_ref().map(|zone| zone.get_ref().clone()),
            instance_types: table.instance_types.clone(),
            instance_classes: table.instance_classes.clone(),
            cluster_instance_class: table.cluster_instance_class.clone(),
            buckets: table.buckets.clone(),
            name_prefix: table.name_prefix.clone(),
            overrides: overrides.map(|(arn, keys)| (arn.get_ref().clone(), keys.clone())).collect(),
        })
    }
}
