//! What the file says of AWS Backup's restore tests, as far as it takes more than the form of each value.

use crate::config::document::find;
use crate::config::file::ConfigFile;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::restore_settings::RestoreSettings;
use crate::model::settings::{Settings, TestOverrides};
use crate::protection::restore_tests;
use crate::protection::schedule::Cron;

impl ConfigFile {
    /// Checks the tests, and gives their regions what the tables of restores say of these.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what cannot be meant.
    pub(super) fn settle_restore_test(&self, settings: &mut Settings) -> Result<(), Failure> {
        let test = &settings.restore_test;
        Cron::parse(&test.schedule).map_err(|why| self.at_restore_test("schedule", &why))?;
        if test.types.is_empty() {
            let why = "name a type that is to be tested, or no region: regions = []";
            return Err(self.at_restore_test("types", why));
        }
        restore_tests::check_window(settings)
            .map_err(|why| self.at_restore_test("window_days", &why))?;
        let mut overrides = std::collections::BTreeMap::new();
        for region in &settings.restore_test.regions {
            if let Some(said) = self.test_overrides(region)? {
                overrides.insert(region.clone(), said);
            }
        }
        settings.restore_test.overrides = overrides;
        Ok(())
    }

    /// What the region's table of restores says that tests take too; `None` where it is silent.
    fn test_overrides(&self, region: &Region) -> Result<Option<TestOverrides>, Failure> {
        let RestoreSettings { subnet, security_groups, db_subnet_group, kms_key, .. } =
            self.restore(region)?;
        let said = TestOverrides { subnet, security_groups, db_subnet_group, kms_key };
        Ok(Some(said).filter(|said| *said != TestOverrides::default()))
    }

    fn at_restore_test(&self, key: &str, why: &str) -> Failure {
        let path = ["restore_test", key].map(str::to_owned);
        let span = find(self.document.as_table(), &path).and_then(|(_, item)| item.span());
        self.source.at(&span.unwrap_or_default(), why)
    }
}
