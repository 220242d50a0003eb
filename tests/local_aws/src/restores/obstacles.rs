//! What stands in the way of a restore, and what has to be there for it.

use serde_json::{Value, json};

use crate::account::Account;

impl Account {
    /// Takes the default VPC of a region away, with its subnets and groups.
    pub fn take_default_vpc(&self, region: &str) {
        self.obstruct(region, "no_default_vpc", &json!({}));
    }

    /// Makes a DB subnet group over the first so many zones of the region. RDS takes fewer than 2 for no database.
    pub fn put_db_subnet_group(&self, region: &str, name: &str, zones: usize) {
        self.obstruct(region, "db_subnet_group", &json!({ "name": name, "zones": zones }));
    }

    /// From now on, EC2 (or RDS, for a class) does not offer this type in the zone, or with none in the whole region.
    pub fn offer_not(&self, region: &str, instance_type: &str, zone: Option<&str>) {
        self.obstruct(region, "not_offered", &json!({ "name": instance_type, "zone": zone }));
    }

    /// From now on, no instance can be launched in the zone: its capacity is used up.
    pub fn use_up_capacity(&self, region: &str, zone: &str) {
        self.obstruct(region, "no_capacity", &json!({ "zone": zone }));
    }

    /// From now on, restores into the bucket are COMPLETED though they leave objects out.
    pub fn lose_objects(&self, region: &str, bucket: &str) {
        self.obstruct(region, "partial", &json!({ "bucket": bucket }));
    }

    /// Somebody deletes what a restore has made.
    pub fn delete_restored(&self, region: &str, arn: &str) {
        self.obstruct(region, "delete", &json!({ "arn": arn }));
    }

    /// Makes a key and returns its ARN.
    ///
    /// # Panics
    ///
    /// When KMS does not make it.
    #[track_caller]
    pub fn put_key(&self, region: &str) -> String {
        let key = self.call("kms", region, "create_key", json!({}));
        key["KeyMetadata"]["Arn"].as_str().expect("keys have ARNs").to_owned()
    }

    /// Disables a key.
    #[track_caller]
    pub fn disable_key(&self, region: &str, key: &str) {
        self.call("kms", region, "disable_key", json!({ "KeyId": key }));
    }

    /// Makes a bucket in a region, with versioning or without.
    #[track_caller]
    pub fn put_bucket(&self, region: &str, bucket: &str, versioning: bool) {
        let mut arguments = json!({ "Bucket": bucket });
        if region != "us-east-1" {
            arguments["CreateBucketConfiguration"] = json!({ "LocationConstraint": region });
        }
        self.call("s3", region, "create_bucket", arguments);
        if versioning {
            let enabled =
                json!({ "Bucket": bucket, "VersioningConfiguration": { "Status": "Enabled" } });
            self.call("s3", region, "put_bucket_versioning", enabled);
        }
    }

    /// Sets a quota of the region, by its code (`L-1216C47A`).
    pub fn set_quota(&self, region: &str, code: &str, value: f64) {
        self.state().quotas.insert((region.to_owned(), code.to_owned()), value);
    }

    /// From now on, jobs that restore stay PENDING until `end_jobs`, or no more.
    pub fn keep_restores_pending(&self, pending: bool) {
        self.state().store.pace.restores_pend = pending;
    }

    fn obstruct(&self, region: &str, what: &str, members: &Value) {
        let question = json!({
            "account": self.id(), "region": region, "what": what, "members": members,
        });
        self.ask("obstruct", &question);
    }
}
