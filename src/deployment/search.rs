//! The search for what no service role tells of: all regions that may hold it, at once and with little patience.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::timeout;

use crate::account::{enabled_regions, vaults};
use crate::aws::{Caller, Clients};
use crate::failure::{AwsError, ErrorKind, Failure};
use crate::model::region::{Partition, Region};

/// How long a region that nothing names may take: one that hangs must not hold up the others.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where something may be that no record names.
#[derive(Clone, Debug)]
pub(crate) struct SearchArea {
    /// The only regions where anything may be, where somebody said so: `search_regions`.
    only: Option<BTreeSet<Region>>,
    regions: BTreeSet<Region>,
    /// The region through which global services are asked.
    through: Region,
}

impl SearchArea {
    /// `named` are the regions that flags, variables or the file name: they are searched too.
    pub(crate) fn new(
        partition: Partition,
        named: &[Region],
        only: Option<&[Region]>,
        through: &Region,
    ) -> Self {
        let only: Option<BTreeSet<Region>> = only.map(|only| only.iter().cloned().collect());
        let usual = || partition.default_regions().into_iter().collect();
        let mut regions = only.clone().unwrap_or_else(usual);
        regions.extend(named.iter().cloned());
        Self { only, regions, through: through.clone() }
    }

    /// Reads each region of the area, with a caller of little patience, until something `is_found`.
    ///
    /// The regions to which the account has opted in belong to it, where account management tells
    /// them; and so do `others`, which are known when they are needed.
    pub(crate) async fn read<T, F>(
        &self,
        caller: &Caller,
        clients: &Clients,
        others: impl Future<Output = Vec<Region>>,
        read: impl Fn(Caller, Region) -> F,
        is_found: impl Fn(&T) -> bool,
    ) -> BTreeMap<Region, Result<T, Failure>>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let patiently = |region: Region| {
            let answer = timeout(PATIENCE, read(caller.at_most(PATIENCE), region.clone()));
            async move { (region.clone(), answer.await.unwrap_or_else(|_| Err(silent(&region)))) }
        };
        let more = async {
            let (enabled, others) = tokio::join!(self.enabled(caller, clients), others);
            enabled.into_iter().chain(others).collect::<BTreeSet<Region>>()
        };
        tokio::pin!(more);
        let mut more_are_known = false;
        let mut reading: FuturesUnordered<_> =
            self.regions.iter().cloned().map(patiently).collect();
        let mut answers = BTreeMap::new();
        loop {
            tokio::select! {
                more = &mut more, if !more_are_known => {
                    more_are_known = true;
                    let new = more.into_iter().filter(|region| !self.regions.contains(region));
                    reading.extend(new.map(patiently));
                }
                Some((region, answer)) = reading.next() => {
                    let found = answer.as_ref().is_ok_and(&is_found);
                    answers.insert(region, answer);
                    if found {
                        return answers;
                    }
                }
                else => return answers,
            }
        }
    }

    /// The regions that account management knows, as far as it may be asked.
    async fn enabled(&self, caller: &Caller, clients: &Clients) -> Vec<Region> {
        if self.only.is_some() {
            return Vec::new();
        }
        let caller = caller.at_most(PATIENCE);
        let asked = timeout(PATIENCE, enabled_regions::list(&caller, clients, &self.through)).await;
        asked.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// What was found out in the area.
    pub(crate) fn looked<'a, T: 'a>(
        &self,
        answers: impl IntoIterator<Item = (&'a Region, &'a Result<T, Failure>)>,
    ) -> Looked {
        let mut looked = Looked { only: self.only.clone(), ..Looked::default() };
        for (region, answer) in answers {
            match answer {
                Ok(_) => looked.regions.push(region.clone()),
                Err(failure) => {
                    looked.unreachable_regions.insert(region.clone(), failure.clone());
                }
            }
        }
        looked
    }
}

fn silent(region: &Region) -> Failure {
    AwsError::unanswered(vaults::listing(region), PATIENCE).into()
}

/// Where something was looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    /// The regions that were read.
    pub(crate) regions: Vec<Region>,
    /// Regions that could not be read: a deployment may be there.
    pub(crate) unreachable_regions: BTreeMap<Region, Failure>,
    /// The deployments that the account has, where they were asked for.
    pub(crate) deployments: Vec<String>,
    only: Option<BTreeSet<Region>>,
}

impl Looked {
    /// "There are: default, staging."
    pub(crate) fn there_are(&self) -> Option<String> {
        let deployments = self.deployments.join(", ");
        (!deployments.is_empty()).then(|| format!("There are: {deployments}."))
    }

    /// Whether all was read where anything may be.
    pub(crate) fn is_conclusive(&self) -> bool {
        match &self.only {
            Some(only) => only.iter().all(|region| self.regions.contains(region)),
            None => self.unreachable_regions.is_empty(),
        }
    }

    /// The regions that were read, and these: where something of ours may be.
    pub(crate) fn with(&self, regions: &[Region]) -> Vec<Region> {
        let all: BTreeSet<Region> = self.regions.iter().chain(regions).cloned().collect();
        all.into_iter().collect()
    }

    /// How far "nothing" reaches: "in the 4 regions read; not read: 13 (denied)".
    pub(crate) fn extent(&self) -> String {
        let read = match self.regions.as_slice() {
            [] => "in no region: none could be read".to_owned(),
            [one] => format!("in {one}, the only region read"),
            more => format!("in the {} regions read", more.len()),
        };
        match self.not_looked_at() {
            Some(rest) => format!("{read}; not read: {rest}"),
            None => read,
        }
    }

    /// How many regions were not read, by reason: "13 (denied), 1 (no answer)".
    fn not_looked_at(&self) -> Option<String> {
        let unread = self.unread();
        let part = |unread: &Unread<'_>| format!("{} ({})", unread.regions.len(), unread.reason);
        (!unread.is_empty()).then(|| unread.iter().map(part).collect::<Vec<_>>().join(", "))
    }

    /// The regions that were not read, together where the reason is the same.
    pub(crate) fn unread(&self) -> Vec<Unread<'_>> {
        by_reason(&self.unreachable_regions)
    }
}

/// Regions that could not be read, together where the reason is the same.
pub(crate) fn by_reason(unread: &BTreeMap<Region, Failure>) -> Vec<Unread<'_>> {
    let mut reasons: BTreeMap<&str, Unread<'_>> = BTreeMap::new();
    for (region, failure) in unread {
        let reason = reason(failure);
        let new = || Unread { reason, regions: Vec::new(), failure };
        reasons.entry(reason).or_insert_with(new).regions.push(region);
    }
    reasons.into_values().collect()
}

/// Regions that could not be read, for one reason.
pub(crate) struct Unread<'a> {
    /// In a word or two: "denied".
    pub(crate) reason: &'static str,
    pub(crate) regions: Vec<&'a Region>,
    /// What AWS said of the first.
    pub(crate) failure: &'a Failure,
}

fn reason(failure: &Failure) -> &'static str {
    match failure {
        Failure::Aws(error) => match error.class {
            ErrorKind::Denied => "denied",
            // The others have taken these credentials: here it is the region that does not.
            ErrorKind::Credentials => "not enabled",
            ErrorKind::NotSent | ErrorKind::Unknown => "no answer",
            ErrorKind::Throttled => "throttled",
            _ => "failed",
        },
        Failure::Usage(_)
        | Failure::Refused { .. }
        | Failure::Failed { .. }
        | Failure::Interrupted => "failed",
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use crate::aws::unconnected;
    use crate::terminal::interrupt::Interrupt;
    use crate::terminal::progress::{Progress, Verbosity};

    use super::*;

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    fn denied() -> Failure {
        let site = vaults::listing(&region("us-east-1"));
        AwsError { class: ErrorKind::Denied, ..AwsError::incomplete(site) }.into()
    }

    fn looked(area: &SearchArea, answers: &[(&str, Result<(), Failure>)]) -> Looked {
        let answers: BTreeMap<Region, Result<(), Failure>> =
            answers.iter().map(|(name, answer)| (region(name), answer.clone())).collect();
        area.looked(&answers)
    }

    fn area(named: &[&str], only: Option<&[&str]>) -> SearchArea {
        let regions = |names: &[&str]| names.iter().map(|name| region(name)).collect::<Vec<_>>();
        let only = only.map(regions);
        SearchArea::new(Partition::Aws, &regions(named), only.as_deref(), &region("us-east-1"))
    }

    #[test]
    fn an_extent_claims_only_what_was_read() {
        let area = area(&[], None);
        let (ok, no) = (Ok(()), Err(denied()));
        let all = looked(&area, &[("us-east-1", ok.clone()), ("us-west-2", ok.clone())]);
        assert_eq!((all.extent().as_str(), all.is_conclusive()), ("in the 2 regions read", true));
        let some = looked(
            &area,
            &[("us-east-1", ok), ("us-west-2", no.clone()), ("eu-west-1", no.clone())],
        );
        let said = "in us-east-1, the only region read; not read: 2 (denied)";
        assert_eq!((some.extent().as_str(), some.is_conclusive()), (said, false));
        let none = looked(&area, &[("us-east-1", no)]);
        let said = "in no region: none could be read; not read: 1 (denied)";
        assert_eq!((none.extent().as_str(), none.is_conclusive()), (said, false));
    }

    #[test]
    fn who_says_where_anything_may_be_is_believed() {
        let area = area(&["eu-west-1"], Some(&["us-east-1", "us-west-2"]));
        let (ok, no) = (Ok(()), Err(denied()));
        let both = [("us-east-1", ok.clone()), ("us-west-2", ok.clone())];
        assert!(looked(&area, &[&both[..], &[("eu-west-1", no.clone())]].concat()).is_conclusive());
        assert!(!looked(&area, &[("us-east-1", ok.clone()), ("us-west-2", no)]).is_conclusive());
        assert!(!looked(&area, &[("us-east-1", ok)]).is_conclusive());
    }

    #[tokio::test(start_paused = true)]
    async fn all_regions_are_read_at_once_and_none_holds_up_the_others() {
        let (caller, clients) = (
            Caller::new(
                Interrupt::never(),
                Progress::new(Verbosity { quiet: true, verbose: false, live: false }),
            ),
            unconnected(),
        );
        let area = area(&["ap-east-1"], Some(&["us-east-1", "us-west-2"]));
        let begun = tokio::time::Instant::now();
        let read = |_, region: Region| async move {
            match region.as_str() {
                "us-west-2" | "ap-east-1" => pending().await,
                _ => Ok(()),
            }
        };
        let others = ready(vec![region("eu-west-1")]);
        let answers = area.read(&caller, &clients, others, read, |()| false).await;
        assert_eq!(begun.elapsed(), PATIENCE);
        let looked = area.looked(&answers);
        assert_eq!(looked.regions, [region("eu-west-1"), region("us-east-1")]);
        assert_eq!(looked.extent(), "in the 2 regions read; not read: 2 (no answer)");
    }
}
