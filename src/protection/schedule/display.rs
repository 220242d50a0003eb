//! The proof as a person reads it, in 80 columns.

use std::fmt;

use super::proof::{Gap, Hole, Overlap, Proof, RegionProof, Run};
use super::units::{moment, span};
use crate::model::time::DAY_IN_MINUTES;
use crate::terminal::wrap::wrapped;

const WEEK: i64 = 7 * DAY_IN_MINUTES;
/// From here on a day and a month do not say which year is meant.
const HALF_A_YEAR: i64 = 183 * DAY_IN_MINUTES;

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", moment(&self.at, &self.now), self.rule)
    }
}

impl fmt::Display for Gap {
    /// `25 h (Sat 02:00 → Sun 03:00)`, with dates where the days of the week do not say it all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_clock = self.from.offset() == self.to.offset();
        let day = match self.minutes {
            ..WEEK if one_clock => "%a",
            ..HALF_A_YEAR => "%a %-d %b",
            _ => "%a %-d %b %Y",
        };
        let clock = if one_clock { "%H:%M" } else { "%H:%M %Z" };
        let format = format!("{day} {clock}");
        let ends = [&self.from, &self.to].map(|end| end.strftime(&format).to_string());
        write!(f, "{} ({} → {})", span(self.minutes), ends[0], ends[1])
    }
}

impl fmt::Display for RegionProof {
    /// Two or three indented lines, without the region's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next: Vec<String> = self.next.iter().map(Run::to_string).collect();
        let next = if next.is_empty() { "never".to_owned() } else { next.join(", ") };
        wrapped(f, "  ", "        ", &format!("next: {next}"))?;
        if let (Some(gap), Some(promised)) = (&self.worst_gap, self.worst_case_minutes) {
            let with = if promised == gap.minutes.saturating_add(gap.start_window_minutes) {
                "with its start window"
            } else {
                "at most with start windows"
            };
            wrapped(f, "  ", "    ", &format!("worst gap {gap}, {} {with}", span(promised)))?;
        }
        match &self.last {
            Some(last) => writeln!(f, "  none after {}", last.strftime("%a %-d %b %Y %H:%M %Z")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Overlap {
    /// One sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unprotected, winning, per_year, in_years, .. } = self;
        let times = |count: i64| match count {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            _ => format!("{count} times"),
        };
        let often = match (self.in_all, in_years) {
            (Some(runs), _) => format!("{} in all", times(runs)),
            (None, Some(years)) => format!("{} in {years} years", times(*per_year)),
            (None, None) => format!("{} a year", times(*per_year)),
        };
        let why = if self.undecided { "may keep" } else { "keeps" };
        write!(
            f,
            "{often}, first {}, the start windows of {unprotected} and {winning} overlap, and AWS Backup {why} only the backup of {winning}",
            moment(&self.first, &self.now)
        )?;
        if self.beside_continuous {
            f.write_str(" (that a continuous rule and one of snapshots take runs from each other AWS neither documents nor denies)")?;
        }
        Ok(())
    }
}

impl fmt::Display for Hole {
    /// One sentence with the way out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (region, winning) = (&self.region, &self.overlap.winning);
        write!(
            f,
            "{region} gets no copy: {}, which does not copy to {region}; let {winning} copy there, or move the start windows apart",
            self.overlap
        )
    }
}

impl fmt::Display for Proof {
    /// A block for the regions of one fate, then overlaps without a hole, then the holes; in 80
    /// columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blocks: Vec<(String, String)> = Vec::new();
        for region in &self.regions {
            let block = region.to_string();
            match blocks.iter_mut().find(|(_, other)| *other == block) {
                Some((names, _)) => *names = format!("{names}, {}", region.region),
                None => blocks.push((region.region.to_string(), block)),
            }
        }
        for (names, block) in blocks {
            wrapped(f, "", "  ", &names)?;
            f.write_str(&block)?;
        }
        let pair = |overlap: &Overlap| (overlap.unprotected.clone(), overlap.winning.clone());
        let holes: Vec<(String, String)> =
            self.holes.iter().map(|hole| pair(&hole.overlap)).collect();
        for overlap in self.overlaps.iter().filter(|overlap| !holes.contains(&pair(overlap))) {
            wrapped(f, "- ", "  ", &overlap.to_string())?;
        }
        self.holes.iter().try_for_each(|hole| wrapped(f, "! ", "  ", &hole.to_string()))
    }
}
