//! The report of `drill alarm`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::report::link::Part;
use crate::report::{
    BAD, CARE, Deployment, Exit, GOOD, Link, Report, Row, write_attention, write_rows,
    write_warnings,
};

/// Which links of the alarm chain hold.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DrillReport {
    #[serde(flatten)]
    deployment: Deployment,
    /// The name that stands in each message of the drill.
    drill: String,
    /// Whether a real failure would reach a subscriber, from each region that was tried.
    healthy: bool,
    links: Vec<Link>,
}

impl DrillReport {
    pub(crate) fn new(deployment: Deployment, drill: String, links: Vec<Link>) -> Self {
        let healthy = links.iter().all(Link::holds);
        Self { deployment, drill, healthy, links }
    }

    /// The link to look at first. With a function go its permission and destination.
    fn cause(&self, region: &Region) -> Option<&Link> {
        let here = |link: &&Link| link.row.region.as_ref() == Some(region);
        let mut broken = self.links.iter().filter(here).filter(|link| !link.holds());
        let function = broken.clone().find(|link| link.is(Part::Function));
        function.or_else(|| broken.next())
    }

    /// What was left out in the region, if anything.
    fn untried(&self, region: &Region) -> Option<&'static str> {
        let here = |link: &&Link| link.row.region.as_ref() == Some(region);
        self.links.iter().filter(here).find_map(Link::untried)
    }

    fn lines(&self, of: fn(&Row) -> &Vec<String>) -> Vec<String> {
        self.links.iter().map(|link| &link.row).flat_map(of).cloned().collect()
    }
}

impl Report for DrillReport {
    fn schema(&self) -> &'static str {
        "mrbackup.drill-alarm/1"
    }

    fn exit(&self) -> Exit {
        if self.healthy { Exit::Success } else { Exit::NeedsAttention }
    }
}

impl fmt::Display for DrillReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut regions: Vec<&Region> =
            self.links.iter().filter_map(|link| link.row.region.as_ref()).collect();
        regions.dedup();
        for region in regions {
            match (self.cause(region), self.untried(region)) {
                (None, Some(what)) => writeln!(
                    f,
                    "{CARE}!{CARE:#} A failure is reported from {region} as far as was tested: not {what}."
                )?,
                (None, None) => writeln!(
                    f,
                    "{GOOD}✔{GOOD:#} A failure is reported from {region}: every link holds."
                )?,
                (Some(link), _) => writeln!(
                    f,
                    "{BAD}✘{BAD:#} A failure might not be reported from {region}: check its {}.",
                    link.row.kind
                )?,
            }
        }
        write_attention(f, &self.lines(|row| &row.attention))?;
        write_rows(f, &self.deployment, self.links.iter().map(|link| &link.row))?;
        write_warnings(f, &self.lines(|row| &row.warnings))?;
        writeln!(f, "The drill's messages are marked as a drill, and contain {}.", self.drill)?;
        let mut broken = self.links.iter().filter(|link| !link.holds());
        if self.healthy {
            Ok(())
        } else if broken.all(|link| link.is(Part::Subscriber)) {
            let up = self.deployment.command("up --email ADDRESS");
            writeln!(f, "Have the subscribers confirm, or add one: {up}")
        } else {
            let up = self.deployment.command("up");
            writeln!(f, "Repair what differs or is missing: {up}")
        }
    }
}
