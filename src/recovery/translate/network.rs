//! The network that a restore goes into: what settings name, what the source had in its own region, or the default VPC's.

use std::collections::BTreeSet;

use crate::recovery::region_facts::Network;
use crate::recovery::translate::draft::{Draft, json_list};

/// A subnet that can be taken, with what depends on it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) subnet: String,
    pub(super) zone: String,
    pub(super) vpc: String,
    pub(super) public_address: bool,
}

/// The subnets that can be taken, the best first: one that is named, else one for each zone of the default VPC.
pub(super) fn places(draft: &mut Draft<'_>, key: &str) -> Vec<Place> {
    let facts = draft.landing.facts;
    let Some(network) = draft.known(&facts.network, "VPCs and subnets") else { return Vec::new() };
    let settings = draft.landing.settings;
    let named = draft.given(key).map(|given| (unlisted(&given), true));
    let of_drill = settings.drill_subnet.clone().filter(|_| draft.landing.set_apart.is_some());
    let named = of_drill.map(|subnet| (subnet, true)).or(named);
    let named = named.or_else(|| settings.subnet.clone().map(|subnet| (subnet, true)));
    let at_home = draft.at_home("SubnetId").map(|subnet| (subnet.to_owned(), false));
    if let Some((name, is_chosen)) = named.or(at_home) {
        if let Some(place) = place(network, &name) {
            return vec![place];
        }
        if is_chosen {
            let region = draft.landing.region;
            draft.needs("subnet", format!("the subnet {name} is not in {region}"));
            return Vec::new();
        }
    }
    let defaults = of_default_vpc(network);
    if defaults.is_empty() {
        draft.needs("subnet", without_default(network, draft.landing.region.as_str()));
    }
    defaults
}

/// The same without those that give a public address: nobody is to reach what a drill makes.
pub(super) fn private_places(draft: &mut Draft<'_>, key: &str) -> Vec<Place> {
    let found = places(draft, key);
    let private: Vec<Place> = found.iter().filter(|place| !place.public_address).cloned().collect();
    if let (true, Some(public)) = (private.is_empty(), found.first()) {
        let why = format!(
            "a drill takes no subnet that gives public addresses, as {} does",
            public.subnet
        );
        draft.needs("drill_subnet", why);
    }
    private
}

/// Why there is no subnet to be taken by default.
pub(super) fn without_default(network: &Network, region: &str) -> String {
    match &network.default_vpc {
        None => format!("{region} has no default VPC"),
        Some(vpc) => format!("the default VPC {vpc} has no default subnet"),
    }
}

fn of_default_vpc(network: &Network) -> Vec<Place> {
    let Some(vpc) = &network.default_vpc else { return Vec::new() };
    let is_default = |id: &&String| {
        let subnet = &network.subnets[*id];
        subnet.default_for_zone && subnet.vpc == *vpc
    };
    let ids = network.subnets.keys().filter(is_default);
    let mut places: Vec<Place> = ids.filter_map(|id| place(network, id)).collect();
    places.sort_by(|a, b| a.zone.cmp(&b.zone));
    places
}

fn place(network: &Network, id: &str) -> Option<Place> {
    let subnet = network.subnets.get(id)?;
    Some(Place {
        subnet: id.to_owned(),
        zone: subnet.zone.clone(),
        vpc: subnet.vpc.clone(),
        public_address: subnet.public_address,
    })
}

/// The security groups as AWS Backup takes them; those of another VPC than the subnet's are refused by AWS.
pub(super) fn security_groups(draft: &mut Draft<'_>, key: &str, vpc: &str) -> Option<Vec<String>> {
    let facts = draft.landing.facts;
    let network = draft.known(&facts.network, "VPCs and subnets")?;
    if let Some(set_apart) = draft.landing.set_apart {
        return drill_group(draft, network, vpc, &set_apart.group);
    }
    let is_here =
        |group: &String| network.security_groups.get(group).is_some_and(|of| of.vpc == vpc);
    let given = draft.given(key).map(|given| listed(&given));
    let named = given.unwrap_or_else(|| draft.landing.settings.security_groups.clone());
    if let Some(stranger) = named.iter().find(|group| !is_here(group)) {
        draft.needs(
            "security_groups",
            format!("the security group {stranger} is not in the VPC {vpc}"),
        );
        return None;
    }
    if !named.is_empty() {
        return Some(named);
    }
    let kept = draft.at_home(key).map(listed).unwrap_or_default();
    if !kept.is_empty() && kept.iter().all(is_here) {
        return Some(kept);
    }
    let mut groups = network.security_groups.iter();
    let default = groups.find(|(_, group)| group.vpc == vpc && group.name == "default");
    if default.is_none() {
        draft.needs("security_groups", format!("the VPC {vpc} has no default security group"));
    }
    let (id, _) = default?;
    draft.lose(format!("it has the security group {id}, the default one of {vpc}"));
    Some(vec![id.clone()])
}

/// The security group of what a drill makes: one without rules that is named, else the drill's own.
fn drill_group(
    draft: &mut Draft<'_>,
    network: &Network,
    vpc: &str,
    own: &str,
) -> Option<Vec<String>> {
    if let Some(named) = draft.landing.settings.drill_security_group.clone() {
        let why = match network.security_groups.get(&named) {
            Some(group) if group.vpc == vpc && !group.has_rules => return Some(vec![named]),
            Some(group) if group.vpc == vpc => format!("the security group {named} has rules"),
            _ => format!("the security group {named} is not in the VPC {vpc}"),
        };
        draft.needs("drill_security_group", why);
        return None;
    }
    let mut groups = network.security_groups.iter();
    let found = groups.find(|(_, group)| group.vpc == vpc && group.name == own && !group.has_rules);
    if found.is_none() {
        draft.needs_group(vpc);
    }
    found.map(|(id, _)| vec![id.clone()])
}

/// Puts subnet group and security groups of a database. AWS takes the group of the default VPC where none is named, and
/// fails where that has subnets in fewer than two zones.
pub(super) fn of_database(draft: &mut Draft<'_>, group_key: &str, groups_key: &str) {
    let facts = draft.landing.facts;
    let Some(databases) = draft.known(&facts.databases, "databases") else { return };
    let Some(network) = draft.known(&facts.network, "VPCs and subnets") else { return };
    let chosen = draft.given(group_key).or_else(|| draft.landing.settings.db_subnet_group.clone());
    let at_home =
        draft.at_home(group_key).filter(|name| databases.subnet_groups.contains_key(*name));
    let default = network.default_vpc.as_ref().and_then(|vpc| {
        let names = ["default".to_owned(), format!("default-{vpc}")];
        names
            .into_iter()
            .find(|name| databases.subnet_groups.get(name).is_some_and(|g| g.vpc == *vpc))
    });
    let name = chosen.clone().or_else(|| at_home.map(str::to_owned)).or(default);
    let vpc = match &name {
        Some(name) => match databases.subnet_groups.get(name) {
            None => {
                let why = format!("the DB subnet group {name} is not in {}", draft.landing.region);
                return draft.needs("db_subnet_group", why);
            }
            Some(group) if group.zones.len() < 2 => {
                let why = format!("the DB subnet group {name} has subnets in fewer than two zones");
                return draft.needs("db_subnet_group", why);
            }
            Some(group) => group.vpc.clone(),
        },
        None => match of_default_vpc(network) {
            places if places.is_empty() => {
                let why = without_default(network, draft.landing.region.as_str());
                return draft.needs("db_subnet_group", why);
            }
            places if zones(&places) < 2 => {
                let why = "the default VPC has default subnets in fewer than two zones";
                return draft.needs("db_subnet_group", why);
            }
            places => places[0].vpc.clone(),
        },
    };
    if let Some(name) = name {
        draft.put(group_key, name);
    }
    if let Some(groups) = security_groups(draft, groups_key, &vpc) {
        draft.put(groups_key, json_list(&groups));
    }
}

fn zones(places: &[Place]) -> usize {
    places.iter().map(|place| &place.zone).collect::<BTreeSet<_>>().len()
}

/// A list that may be JSON text, or one name.
fn listed(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| vec![text.to_owned()])
}

fn unlisted(text: &str) -> String {
    listed(text).into_iter().next().unwrap_or_default()
}
