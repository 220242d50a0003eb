//! Which calls waited for which: the longest chain of a log.

use std::collections::HashMap;

use super::log::Call;

/// The longest chain of calls of which each began after the one before it had ended: how often a command waits for AWS. A
/// poll, the same request again and again, is one link; each page of a list is one.
pub(crate) fn chain(calls: &[Call]) -> Vec<String> {
    let requests = requests(calls);
    let mut ends = Ends::new(&requests);
    let mut over: Vec<usize> =
        (0..calls.len()).filter(|&index| calls[index].ended().is_some()).collect();
    over.sort_by_key(|&index| calls[index].ended());
    let mut over = over.into_iter().peekable();
    // Calls are in the order of arrival, so that what is over by one is over by the next.
    for call in calls {
        while let Some(index) = over.next_if(|&index| calls[index].ended() <= Some(call.begun())) {
            ends.is_over(index);
        }
        ends.arrives();
    }
    let mut links = ends.longest();
    links.dedup_by_key(|index| requests[*index]);
    links.into_iter().map(|index| calls[index].name()).collect()
}

/// A number for each call, the same for the same request.
fn requests(calls: &[Call]) -> Vec<usize> {
    let mut numbers = HashMap::new();
    let mut number = |call: &Call| {
        let next = numbers.len();
        let what = (call.name(), call.request.target.clone(), call.request.body.clone());
        *numbers.entry(what).or_insert(next)
    };
    calls.iter().map(&mut number).collect()
}

/// How long the chains are that end with each call, found in the order of the calls: not by a look at each pair, of which
/// tens of thousands of calls have too many.
struct Ends<'a> {
    requests: &'a [usize],
    /// The links that end with a call, and the call before it in them.
    links: Vec<(usize, Option<usize>)>,
    /// Of those that are over: the one with the most links, and the one that has the most of other requests than that.
    most: [Option<usize>; 2],
    /// Of those that are over: the one with the most links, by request.
    by_request: HashMap<usize, usize>,
}

impl<'a> Ends<'a> {
    fn new(requests: &'a [usize]) -> Self {
        Self { requests, links: Vec::new(), most: [None, None], by_request: HashMap::new() }
    }

    /// A call is over: what arrives from now on can come after it.
    fn is_over(&mut self, index: usize) {
        let links = &self.links;
        let is_longer =
            |than: Option<usize>| than.is_none_or(|than| links[index].0 > links[than].0);
        let is_same = |other: Option<usize>| {
            other.is_some_and(|other| self.requests[other] == self.requests[index])
        };
        let [first, second] = self.most;
        if is_longer(first) {
            self.most = [Some(index), if is_same(first) { second } else { first }];
        } else if is_longer(second) && !is_same(first) {
            self.most[1] = Some(index);
        }
        let longest = self.by_request.get(&self.requests[index]).copied();
        if is_longer(longest) {
            self.by_request.insert(self.requests[index], index);
        }
    }

    /// The next call arrives.
    fn arrives(&mut self) {
        let request = self.requests[self.links.len()];
        let is_other = |other: &usize| self.requests[*other] != request;
        let [first, second] = self.most;
        let after = |before: Option<usize>, more: usize| {
            before.map(|index| (self.links[index].0 + more, Some(index)))
        };
        let other = after(first.filter(is_other).or(second), 1);
        let same = after(self.by_request.get(&request).copied(), 0);
        self.links.push(other.max(same).unwrap_or((1, None)));
    }

    /// The calls of the longest chain.
    fn longest(&self) -> Vec<usize> {
        let mut next = (0..self.links.len()).max_by_key(|&index| self.links[index].0);
        let mut chain = Vec::new();
        while let Some(index) = next {
            chain.push(index);
            next = self.links[index].1;
        }
        chain.reverse();
        chain
    }
}
