//! What only shows when the whole file is taken together.

use toml::Spanned;

use crate::config::file::{ConfigFile, Content, RegionsTable, is_region, located};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State, TooLarge, random_hex};
use crate::model::region::Region;
use crate::model::settings::{Regions, Settings};

impl ConfigFile {
    /// Refuses a region that would get an empty vault and nothing else.
    pub(super) fn check_copies(&self, settings: &Settings) -> Result<(), Failure> {
        let reached = |region: &Region| {
            let rules = settings.all_rules();
            rules.iter().flat_map(|rule| &rule.copies).any(|copy| copy.region == *region)
        };
        let Regions { tertiary, copy_to, .. } = &settings.regions;
        let Some(region) = tertiary.iter().chain(copy_to).find(|region| !reached(region)) else {
            return Ok(());
        };
        let spans = self.content.regions.iter().flat_map(RegionsTable::names);
        let mut spans = spans.filter(|name| is_region(name.get_ref(), region));
        Err(match spans.next() {
            Some(name) => self.source.at(&name.span(), "no rule copies to this region"),
            None => Failure::Usage(format!(
                "no rule in {} copies to {region}: name there what it gets",
                self.source.path.display()
            )),
        })
    }

    /// Refuses regions that this program does not know.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line and what may be meant.
    pub(crate) fn check_regions_are_known(&self) -> Result<(), Failure> {
        for name in self.content.regions.iter().flat_map(RegionsTable::names) {
            located(&self.source, name, |typed| Region::parse(typed).map_err(Failure::Usage))?;
        }
        Ok(())
    }

    /// Refuses settings that the tags of a role do not hold, before anything is called.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of the largest part that can be made smaller.
    pub(crate) fn check_size(&self, settings: &Settings) -> Result<(), Failure> {
        let manifest = Manifest {
            deployment: self.deployment.clone().unwrap_or_default(),
            id: random_hex(8),
            state: State::Building,
            revision: Revision::after(None),
            settings: settings.clone(),
        };
        let Err(TooLarge { tags }) = manifest.tags() else { return Ok(()) };
        let Content { tags: own, rules, .. } = &self.content;
        let own = own.as_ref().filter(|own| own.get_ref().len() > 1).map(Spanned::span);
        let span = own.or(rules.as_ref().map(Spanned::span)).unwrap_or_default();
        let message = format!(
            "the record needs {tags} tags with these settings, and AWS allows 50 on a role: \
             use fewer tags, rules or copies"
        );
        Err(self.source.at(&span, &message))
    }
}
