//! What to know before a recovery begins: quotas that may be too small, an increase of which takes days, and what may come back twice.

use crate::recovery::region_facts::{Fact, Quota, QuotaOf};
use crate::restores::item::{Item, RecoveryPlan};

/// Bytes of the unit in which EBS counts its storage.
const TIB: f64 = 1_099_511_627_776.0;

impl RecoveryPlan {
    /// One sentence for each.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = self.shortages();
        warnings.extend(self.twice());
        warnings
    }

    /// The quotas that leave no room, or that it is unknown.
    fn shortages(&self) -> Vec<String> {
        match &self.facts.quotas {
            Fact::Known(quotas) => quotas.iter().filter_map(|quota| self.shortage(quota)).collect(),
            Fact::NotAsked => Vec::new(),
            Fact::Unread(error) => {
                vec![format!("Whether the quotas leave room is unknown: {error}")]
            }
        }
    }

    fn shortage(&self, quota: &Quota) -> Option<String> {
        let (wanted, what) = match quota.what {
            QuotaOf::DbInstances => {
                (self.count(&["RDS", "Aurora", "DocumentDB", "Neptune"]), "DB instances")
            }
            QuotaOf::DbClusters => {
                (self.count(&["Aurora", "DocumentDB", "Neptune"]), "DB clusters")
            }
            // How many an instance has is not read: it has one at least.
            QuotaOf::StandardVcpus => (self.count(&["EC2"]), "vCPUs"),
            QuotaOf::Gp3Storage => (self.bytes("EBS") / TIB, "TiB of gp3 volumes"),
        };
        let left = quota.limit - quota.used;
        (wanted > left).then(|| {
            format!(
                "The quota of {} {what} leaves {}, and the restores need at least {}: ask for more in Service Quotas, which takes days",
                number(quota.limit),
                number(left),
                number(wanted)
            )
        })
    }

    /// A recovery point of an instance holds its volumes, and AWS Backup does not tell which they are: those that have
    /// points of their own come back a second time.
    fn twice(&self) -> Option<String> {
        let count = |kind: &str| self.to_start().filter(|item| item.source.kind == kind).count();
        let (instances, volumes) = (count("EC2"), count("EBS"));
        (instances > 0 && volumes > 0).then(|| {
            format!(
                "Instances ({instances}) come back with their volumes, and volumes ({volumes}) by themselves: a volume of one of those instances comes back twice. AWS Backup does not show which belong together; --only-type and --resource choose"
            )
        })
    }

    /// Those that nothing stands in the way of, and that are not there yet.
    fn to_start(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| !item.is_adopted() && item.obstacles().is_empty())
    }

    fn count(&self, kinds: &[&str]) -> f64 {
        let wanted = self.to_start().filter(|item| kinds.contains(&item.source.kind.as_str()));
        wanted.map(|_| 1.0).sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "a quota is no finer")]
    fn bytes(&self, kind: &str) -> f64 {
        let wanted = self.to_start().filter(|item| item.source.kind == kind);
        wanted.filter_map(|item| item.source.point.bytes).map(|bytes| bytes as f64).sum()
    }
}

fn number(amount: f64) -> String {
    if amount.fract() == 0.0 { format!("{amount:.0}") } else { format!("{amount:.1}") }
}
