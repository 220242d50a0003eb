//! The names of what is used in the place of something of ours.

use crate::model::names::Names;
use crate::model::region::Region;
use crate::model::settings::Settings;

impl Names {
    /// The ARN of the role that AWS Backup works with: the given one, or the deployment's own.
    pub(crate) fn role_in_use(&self, settings: &Settings) -> String {
        settings.service_role.clone().unwrap_or_else(|| self.service_role_arn())
    }

    /// The ARN of the topic that a region's alarms go to: the given one, or the deployment's own.
    pub(crate) fn topic_in_use(&self, settings: &Settings, region: &Region) -> String {
        settings.given_topics.get(region).cloned().unwrap_or_else(|| self.topic_arn(region))
    }

    /// The name of that topic, for people.
    pub(crate) fn topic_name_in_use(&self, settings: &Settings, region: &Region) -> String {
        let given = settings.given_topics.get(region).and_then(|arn| arn.rsplit(':').next());
        given.map_or_else(|| self.topic(), str::to_owned)
    }
}

/// The name of a role or policy, by its ARN: what follows the path.
pub(crate) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
