//! What hands the events of a region without alarms to the secondary: compared, asked what it takes, and not tried.

use crate::account::context::Context;
use crate::commands::drill_alarm::{look, pattern, resource, samples};
use crate::model::receiver::Receiver;
use crate::model::region::Region;
use crate::report::Link;
use crate::steps;

/// Rule, target and role of a region, and whether the rule hears of all that it has to. That the
/// secondary's rule takes what arrives is part of the secondary's chain.
pub(super) async fn links(context: &Context, region: &Region) -> Vec<Link> {
    let observations = look(steps::forwarding(context, region)).await;
    let mut links: Vec<Link> = observations.iter().map(resource).collect();
    let samples = samples::forwarded(context, region);
    links.push(pattern(context, Receiver::Secondary, region, &samples).await);
    // Only AWS sends in the name of `aws.backup` (API reference, `PutEvents`: NotAuthorizedForSource).
    let secondary = &context.settings.regions.secondary;
    let way = format!("{} → {secondary}", context.names.event_rule(Receiver::Secondary));
    links.push(Link::tried("forwarding", region, way).not_tried(
        "not tried: only AWS Backup can send an event that the rule takes",
        "what forwards its events",
    ));
    links
}
