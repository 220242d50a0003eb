//! The report of `drill alarm`.

use std::fmt;

use serde::Serialize;

use crate::model::region::Region;
use crate::report::{
    BAD, Deployment, Exit, GOOD, Report, Row, write_attention, write_rows, write_warnings,
};

/// What a subscriber is called among the links.
pub(crate) const SUBSCRIBER: &str = "subscriber";

/// Which links of the alarm chain hold.
#[derive(Debug, Serialize)]
pub(crate) struct DrillReport {
    #[serde(flatten)]
    deployment: Deployment,
    /// What the drill's messages carry.
    drill: String,
    /// Whether a real failure would reach somebody, from each region that was tried.
    healthy: bool,
    links: Vec<Row>,
}

impl DrillReport {
    pub(crate) fn new(deployment: Deployment, drill: String, links: Vec<Row>) -> Self {
        let healthy = links.iter().all(Row::holds);
        Self { deployment, drill, healthy, links }
    }

    /// The link to look at first. With a function go its permission and destination.
    fn cause(&self, region: &Region) -> Option<&Row> {
        let mut broken =
            self.links.iter().filter(|row| row.region.as_ref() == Some(region) && !row.holds());
        let function = broken.clone().find(|row| row.kind.ends_with("function"));
        function.or_else(|| broken.next())
    }

    fn lines(&self, of: fn(&Row) -> &Vec<String>) -> Vec<String> {
        self.links.iter().flat_map(of).cloned().collect()
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
            self.links.iter().filter_map(|row| row.region.as_ref()).collect();
        regions.dedup();
        for region in regions {
            match self.cause(region) {
                None => writeln!(
                    f,
                    "{GOOD}✔{GOOD:#} A failure is told from {region}: every link holds."
                )?,
                Some(row) => writeln!(
                    f,
                    "{BAD}✘{BAD:#} A failure might go untold from {region}: look at its {}.",
                    row.kind
                )?,
            }
        }
        write_attention(f, &self.lines(|row| &row.attention))?;
        write_rows(f, &self.deployment, &self.links)?;
        write_warnings(f, &self.lines(|row| &row.warnings))?;
        writeln!(f, "The drill's messages say that they are a drill, and carry {}.", self.drill)?;
        let mut broken = self.links.iter().filter(|row| !row.holds());
        if self.healthy {
            Ok(())
        } else if broken.all(|row| row.kind == SUBSCRIBER) {
            let up = self.deployment.command("up --email ADDRESS");
            writeln!(f, "Have the subscribers confirm, or add one: {up}")
        } else {
            let up = self.deployment.command("up");
            writeln!(f, "Repair what differs or is missing: {up}")
        }
    }
}
