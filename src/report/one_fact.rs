//! One fact, one line: what is the same in several regions is printed once, with all of them.

use crate::model::region::Region;
use crate::terminal::wrap::in_a_row;

/// The lines, with those that differ in the name of a region alone as one, at the place of the first.
pub(super) fn one_fact_a_line(lines: &[String]) -> Vec<String> {
    let mut facts: Vec<Fact<'_>> = Vec::new();
    for line in lines {
        let fact = Fact::new(line);
        let same = facts.iter_mut().find(|known| known.is_same_as(&fact));
        match same {
            Some(known) => known.add(fact.regions),
            None => facts.push(fact),
        }
    }
    facts.iter().map(Fact::line).collect()
}

/// A line, cut where it names its region. One that names none, or several, or an ARN's, stays whole.
struct Fact<'a> {
    before: &'a str,
    regions: Vec<&'a str>,
    after: &'a str,
}

impl<'a> Fact<'a> {
    fn new(line: &'a str) -> Self {
        let whole = Self { before: line, regions: Vec::new(), after: "" };
        let mut named = words(line).filter(|(_, word)| Region::parse(word).is_ok());
        let (Some((at, region)), None) = (named.next(), named.next()) else { return whole };
        Self { before: &line[..at], regions: vec![region], after: &line[at + region.len()..] }
    }

    fn is_same_as(&self, other: &Self) -> bool {
        (self.before, self.after) == (other.before, other.after)
            && self.regions.is_empty() == other.regions.is_empty()
    }

    fn add(&mut self, regions: Vec<&'a str>) {
        for region in regions {
            if !self.regions.contains(&region) {
                self.regions.push(region);
            }
        }
    }

    fn line(&self) -> String {
        format!("{}{}{}", self.before, in_a_row(&self.regions), self.after)
    }
}

/// The words of a line with their places, each without the marks that end it.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    line.split(' ').map(move |word| {
        let begin = at;
        at += word.len() + 1;
        (begin, word.trim_end_matches([',', ';', ':', '.']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(lines: &[&str]) -> Vec<String> {
        one_fact_a_line(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_differs_in_its_region_alone_is_one_line() {
        assert_eq!(
            merged(&[
                "alarms from us-east-1 reach no one",
                "ops@example.com has not confirmed in us-east-1 yet",
                "alarms from us-west-2 reach no one",
                "alarms from eu-west-1 reach no one",
                "us-east-1: the key is gone",
                "us-west-2: the key is gone",
            ]),
            [
                "alarms from us-east-1, us-west-2 and eu-west-1 reach no one",
                "ops@example.com has not confirmed in us-east-1 yet",
                "us-east-1 and us-west-2: the key is gone",
            ]
        );
    }

    #[test]
    fn what_differs_in_more_stays() {
        let apart = [
            "key arn:aws:kms:us-east-1:1:key/a is gone",
            "key arn:aws:kms:us-west-2:1:key/a is gone",
            "us-east-1: no copy in us-west-2",
            "us-west-2: no copy in us-east-1",
            "2 points in us-east-1",
            "3 points in us-west-2",
            "nothing",
        ];
        assert_eq!(merged(&apart), apart);
        assert_eq!(merged(&["the same", "the same"]), ["the same"]);
    }
}
