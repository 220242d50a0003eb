//! Recovery points that can be restored: with the image or snapshot behind them.

use serde_json::{Value, json};

use crate::account::Account;
use crate::answer::request_id;
use crate::resource;

impl Account {
    /// Puts a point of this type into a vault and returns its ARN: a copy from us-east-1, unless it lies there itself.
    /// `name` is of the source: `i-0123…`, `vol-0123…`, a table's or a database's. EC2 and RDS describe its image or
    /// snapshot there.
    pub fn put_restorable_point(
        &self,
        region: &str,
        vault: &str,
        kind: &str,
        name: &str,
    ) -> String {
        let source = self.restore_source("us-east-1", kind, name);
        let members = json!({ "ResourceType": kind, "ResourceArn": source });
        self.put_restorable_points(region, vault, vec![members]).remove(0)
    }

    /// The same for many, each as `put_recovery_point` has it. `ResourceType` tells clusters apart. `RestoreMetadata` and
    /// `SourceTags` stand for those of the source, `KmsKeyId` for the key that encrypts the copy, and the members of
    /// `Snapshot` for what EC2 or RDS describes.
    pub fn put_restorable_points(
        &self,
        region: &str,
        vault: &str,
        mut points: Vec<Value>,
    ) -> Vec<String> {
        for point in &mut points {
            let source = point["ResourceArn"].as_str().unwrap_or_default();
            let named = point["ResourceType"].as_str();
            let kind = named.unwrap_or_else(|| resource::kind(source)).to_owned();
            if point["RecoveryPointArn"].is_null() {
                let is_copy = source.split(':').nth(3) != Some(region);
                let arn = if is_copy { resource::copy_arn } else { resource::point_arn };
                point["RecoveryPointArn"] = arn(region, self.id(), &kind).into();
            }
            point["ResourceType"] = kind.into();
        }
        let question = json!({ "account": self.id(), "region": region, "points": points });
        self.ask("plant", &question);
        for point in &mut points {
            let Some(members) = point.as_object_mut() else { continue };
            members.remove("Snapshot");
            members.remove("KmsKeyId");
        }
        self.put_recovery_points(region, vault, points)
    }

    /// The ARN of a source of this type and name.
    pub fn restore_source(&self, region: &str, kind: &str, name: &str) -> String {
        let (service, resource) = match kind {
            "EBS" => ("ec2", format!("volume/{name}")),
            "EC2" => ("ec2", format!("instance/{name}")),
            "RDS" => ("rds", format!("db:{name}")),
            "Aurora" | "DocumentDB" | "Neptune" => ("rds", format!("cluster:{name}")),
            "DynamoDB" => ("dynamodb", format!("table/{name}")),
            "EFS" => ("elasticfilesystem", format!("file-system/{name}")),
            "S3" => return format!("arn:aws:s3:::{name}"),
            "FSx" => ("fsx", format!("file-system/{name}")),
            "Storage Gateway" => ("storagegateway", format!("gateway/sgw-1/volume/{name}")),
            "VirtualMachine" => ("backup-gateway", format!("vm/{name}")),
            "Redshift" => ("redshift", format!("cluster:{name}")),
            "Redshift Serverless" => ("redshift-serverless", format!("namespace/{name}")),
            "Timestream" => ("timestream", format!("database/{name}/table/{name}")),
            "CloudFormation" => ("cloudformation", format!("stack/{name}/{}", request_id())),
            "EKS" => ("eks", format!("cluster/{name}")),
            "DSQL" => ("dsql", format!("cluster/{name}")),
            "SAP HANA on Amazon EC2" => ("ssm-sap", format!("HANA/{name}")),
            _ => panic!("no resource type: {kind}"),
        };
        self.arn(service, region, &resource)
    }
}
