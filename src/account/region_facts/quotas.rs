//! Quotas of what restores make, and how much of each is in use.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads, filter};
use crate::account::region_facts::rds::Taken;
use crate::aws::raw::{EC2, List, Request, SERVICE_QUOTAS};
use crate::failure::{Failure, if_found};
use crate::recovery::region_facts::{Fact, Quota, QuotaOf};

/// Service and quota codes (AWS general reference, "Amazon RDS", "Amazon EC2" and "Amazon EBS endpoints and quotas").
const CODES: &[(QuotaOf, &str, &str)] = &[
    (QuotaOf::DbInstances, "rds", "L-7B6409FD"),
    (QuotaOf::DbClusters, "rds", "L-952B80B8"),
    (QuotaOf::StandardVcpus, "ec2", "L-1216C47A"),
    (QuotaOf::Gp3Storage, "ebs", "L-7A658B76"),
];
/// Letters before the generation of the types that count as Standard: A, C, D, H, I, M, R, T and Z (EC2 user guide,
/// "On-Demand Instance quotas"). `im` and `is` are of I; `inf`, `trn`, `dl`, `hpc` and `mac` have their own quotas.
const STANDARD: &[&str] = &["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"];

/// What EC2 and EBS have in use, in the units of their quotas.
#[derive(Clone, Debug, Default)]
pub(super) struct InUse {
    standard_vcpus: f64,
    gp3_tib: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    quota: Applied,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Applied {
    value: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reservation {
    #[serde(default)]
    instances_set: List<Instance>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    instance_type: String,
    /// None of an On-Demand instance.
    instance_lifecycle: Option<String>,
    cpu_options: Option<CpuOptions>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CpuOptions {
    core_count: u32,
    threads_per_core: u32,
}

#[derive(Debug, Deserialize)]
struct Volume {
    /// GiB.
    size: u32,
}

/// The quotas as they are applied to the account; one that the region does not know is left out.
pub(super) async fn limits(reads: &RawReads<'_>) -> Result<BTreeMap<QuotaOf, f64>, Failure> {
    let asked = CODES.iter().map(|(what, service, code)| async move {
        Ok::<_, Failure>(limit(reads, service, code).await?.map(|limit| (*what, limit)))
    });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

/// The account's own value, else AWS's default: a quota that was never raised may have no value of its own.
async fn limit(reads: &RawReads<'_>, service: &str, code: &str) -> Result<Option<f64>, Failure> {
    let own = request("GetServiceQuota", service, code);
    let own = reads.one("servicequotas:GetServiceQuota", code, own).await;
    if let Some(answer) = if_found(own)? {
        return Ok(Some(answer.quota.value));
    }
    let default = request("GetAWSDefaultServiceQuota", service, code);
    let default = reads.one("servicequotas:GetAWSDefaultServiceQuota", code, default).await;
    Ok(if_found(default)?.map(|answer| answer.quota.value))
}

/// Counts the vCPUs of running On-Demand Standard instances, and the gp3 storage.
pub(super) async fn in_use(reads: &RawReads<'_>) -> Result<InUse, Failure> {
    let (reservations, volumes) = tokio::try_join!(
        reads.pages("instances", "ec2:DescribeInstances", running),
        reads.pages("volumes", "ec2:DescribeVolumes", gp3),
    )?;
    let instances = reservations.into_iter().flat_map(|found| found.instances_set);
    let standard_vcpus = instances.filter(is_standard).filter_map(|instance| {
        let cpu = instance.cpu_options?;
        Some(cpu.core_count * cpu.threads_per_core)
    });
    let gib: u32 = volumes.iter().map(|volume| volume.size).sum();
    let standard_vcpus: u32 = standard_vcpus.sum();
    Ok(InUse { standard_vcpus: standard_vcpus.into(), gp3_tib: f64::from(gib) / 1024.0 })
}

/// What is known of both: unread where a limit or anything in use is.
pub(super) fn together(
    limits: Fact<BTreeMap<QuotaOf, f64>>,
    in_use: Fact<InUse>,
    taken: &Fact<Taken>,
) -> Fact<Vec<Quota>> {
    match (limits, in_use, taken) {
        (Fact::Unread(error), _, _) | (_, Fact::Unread(error), _) => Fact::Unread(error),
        (Fact::Known(_), _, Fact::Unread(error)) => Fact::Unread(error.clone()),
        (Fact::Known(limits), Fact::Known(in_use), Fact::Known(taken)) => {
            let quota = |(what, limit)| Quota { what, limit, used: used(what, &in_use, taken) };
            Fact::Known(limits.into_iter().map(quota).collect())
        }
        _ => Fact::NotAsked,
    }
}

fn used(what: QuotaOf, in_use: &InUse, taken: &Taken) -> f64 {
    let count = |ids: &[String]| f64::from(u32::try_from(ids.len()).unwrap_or(u32::MAX));
    match what {
        QuotaOf::DbInstances => count(&taken.instances),
        QuotaOf::DbClusters => count(&taken.clusters),
        QuotaOf::StandardVcpus => in_use.standard_vcpus,
        QuotaOf::Gp3Storage => in_use.gp3_tib,
    }
}

fn is_standard(instance: &Instance) -> bool {
    let of_standard = |family: &str| STANDARD.contains(&family);
    let family = instance.instance_type.split(|c: char| !c.is_ascii_lowercase()).next();
    instance.instance_lifecycle.is_none() && family.is_some_and(of_standard)
}

fn request(operation: &'static str, service: &str, code: &str) -> Request<Answer> {
    Request::of(&SERVICE_QUOTAS, operation, json!({"ServiceCode": service, "QuotaCode": code}))
}

fn running(token: Option<&str>) -> Request<Page<Reservation>> {
    let states = filter("instance-state-name", ["pending", "running"]);
    let params = json!({"Filter": [states], "MaxResults": 1000, "NextToken": token});
    Request::of(&EC2, "DescribeInstances", params)
}

fn gp3(token: Option<&str>) -> Request<Page<Volume>> {
    let params =
        json!({"Filter": [filter("volume-type", ["gp3"])], "MaxResults": 500, "NextToken": token});
    Request::of(&EC2, "DescribeVolumes", params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_and_what_is_in_use_are_asked_for_in_the_services_words() {
        let quota = request("GetServiceQuota", "ec2", "L-1216C47A");
        assert_eq!(quota.wire().2, r#"{"QuotaCode":"L-1216C47A","ServiceCode":"ec2"}"#);
        assert_eq!(
            running(None).wire().2,
            "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-state-name\
             &Filter.1.Value.1=pending&Filter.1.Value.2=running&MaxResults=1000"
        );
        assert_eq!(
            gp3(Some("t")).wire().2,
            "Action=DescribeVolumes&Version=2016-11-15&Filter.1.Name=volume-type\
             &Filter.1.Value.1=gp3&MaxResults=500&NextToken=t"
        );
        let answer = quota.answered(
            r#"{"Quota":{"ServiceCode":"ec2","QuotaCode":"L-1216C47A","Value":32.0,"Unit":"None","Adjustable":true,"GlobalQuota":false}}"#,
        );
        assert!((answer.quota.value - 32.0).abs() < f64::EPSILON);
    }

    #[test]
    fn on_demand_instances_of_standard_families_count() {
        let page = running(None).answered(
            r#"<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><reservationSet>
<item><reservationId>r-1</reservationId><groupSet/><instancesSet>
 <item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState><instanceType>im4gn.large</instanceType><cpuOptions><coreCount>1</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions></item>
 <item><instanceId>i-2</instanceId><instanceType>m7g.large</instanceType><instanceLifecycle>spot</instanceLifecycle><cpuOptions><coreCount>2</coreCount><threadsPerCore>1</threadsPerCore></cpuOptions></item>
</instancesSet></item>
<item><reservationId>r-2</reservationId><instancesSet><item><instanceId>i-3</instanceId><instanceType>inf2.xlarge</instanceType></item></instancesSet></item>
</reservationSet></DescribeInstancesResponse>"#,
        );
        let instances: Vec<Instance> =
            page.list.into_iter().flat_map(|found| found.instances_set).collect();
        let standard: Vec<bool> = instances.iter().map(is_standard).collect();
        assert_eq!(standard, [true, false, false]);
        let cpu = instances[0].cpu_options.as_ref().unwrap();
        assert_eq!((cpu.core_count, cpu.threads_per_core), (1, 2));
    }

    #[test]
    fn a_limit_without_what_is_in_use_says_nothing() {
        let limits = || Fact::Known([(QuotaOf::DbClusters, 40.0)].into());
        let taken = Taken { clusters: vec!["b".to_owned()], ..Taken::default() };
        let in_use = Fact::Known(InUse::default());
        let known = together(limits(), in_use, &Fact::Known(taken));
        let Fact::Known(known) = known else { panic!("{known:?}") };
        assert_eq!(known, [Quota { what: QuotaOf::DbClusters, limit: 40.0, used: 1.0 }]);
        assert!(matches!(together(limits(), Fact::NotAsked, &Fact::NotAsked), Fact::NotAsked));
    }
}
