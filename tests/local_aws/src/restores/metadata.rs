//! The restore metadata of a recovery point: what its source was, in the source region's own ids.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The metadata of a point of this type, with the values of the region in its source's ARN. The forms are of maps that
/// users published (restore-facts section 3).
pub(crate) fn of(kind: &str, account: &str, source: &str, point: &str) -> Value {
    let parts: Vec<&str> = source.splitn(6, ':').collect();
    let (region, resource) = match parts[..] {
        [_, _, _, region, _, resource] => (region, resource),
        _ => ("", source),
    };
    let name = resource.rsplit(['/', ':']).next().unwrap_or_default();
    let place = Place::of(account, region);
    match kind {
        "EBS" => {
            json!({ "encrypted": "false", "volumeId": name, "availabilityZone": place.zone("a") })
        }
        "EC2" => instance(&place, name),
        "RDS" => database(&place, name, point),
        "Aurora" => cluster(&place, name, point, "aurora-postgresql", "5432"),
        "DocumentDB" => cluster(&place, name, point, "docdb", "27017"),
        "Neptune" => cluster(&place, name, point, "neptune", "8182"),
        "DynamoDB" => json!({ "encryptionType": "KMS", "originalTableName": name,
            "kmsMasterKeyArn": place.key() }),
        "EFS" => json!({
            "file-system-id": name,
            "Encrypted": "true",
            "KmsKeyId": place.key(),
            "PerformanceMode": "generalPurpose",
            "CreationToken": name,
            "newFileSystem": "false",
        }),
        "S3" => json!({ "bucketName": name, "encrypted": "true", "encryptionType": "SSE-KMS",
            "kmsKey": place.key() }),
        "FSx" => json!({
            "FileSystemId": name,
            "StorageCapacity": "32",
            "StorageType": "SSD",
            "KmsKeyId": place.key(),
            "SubnetIds": list(&place.subnet("a")),
            "SecurityGroupIds": list(&place.group()),
        }),
        "DSQL" => json!({ "cluster_id": name }),
        _ => json!({ "resourceName": name }),
    }
}

/// A region's default network and key, as the emulator has them.
struct Place {
    region: String,
    account: String,
    digits: String,
}

impl Place {
    fn of(account: &str, region: &str) -> Self {
        let hash = Sha256::digest(format!("{account} {region}"));
        let digits = format!("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            digits: digits[..7].to_owned(),
        }
    }

    fn zone(&self, letter: &str) -> String {
        format!("{}{letter}", self.region)
    }

    fn vpc(&self) -> String {
        format!("vpc-{}0", self.digits)
    }

    fn subnet(&self, letter: &str) -> String {
        format!("subnet-{}{letter}", self.digits)
    }

    fn group(&self) -> String {
        format!("sg-{}0", self.digits)
    }

    fn key(&self) -> String {
        let (region, account) = (&self.region, &self.account);
        format!("arn:aws:kms:{region}:{account}:key/11111111-2222-4333-8444-{}00000", self.digits)
    }
}

/// A list in a value is JSON text.
fn list(value: &str) -> String {
    json!([value]).to_string()
}

/// With what must not go along: interfaces, zone, reservation and licence of the source.
fn instance(place: &Place, name: &str) -> Value {
    let interface = json!([{
        "networkInterfaceId": format!("eni-{}0", place.digits),
        "associatePublicIpAddress": true,
        "subnetId": place.subnet("a"),
        "groups": [place.group()],
    }]);
    let licence = format!(
        "arn:aws:license-manager:{}:{}:license-configuration:lic-{}",
        place.region, place.account, place.digits
    );
    json!({
        "InstanceType": "t3.micro",
        "KeyName": format!("{name}-key"),
        "SubnetId": place.subnet("a"),
        "VpcId": place.vpc(),
        "SecurityGroupIds": list(&place.group()),
        "NetworkInterfaces": interface.to_string(),
        "Placement": json!({ "AvailabilityZone": place.zone("a"), "Tenancy": "default" }).to_string(),
        "CpuOptions": json!({ "CoreCount": 1, "ThreadsPerCore": 2 }).to_string(),
        "CapacityReservationSpecification": json!({ "CapacityReservationPreference": "open" }).to_string(),
        "LicenseSpecifications": json!([{ "LicenseConfigurationArn": licence }]).to_string(),
        "CreditSpecification": json!({ "CpuCredits": "unlimited" }).to_string(),
        "HibernationOptions": json!({ "Configured": false }).to_string(),
        "Monitoring": json!({ "State": "disabled" }).to_string(),
        "IamInstanceProfileName": "app",
        "InstanceInitiatedShutdownBehavior": "stop",
        "DisableApiTermination": "false",
        "EbsOptimized": "false",
        "RequireIMDSv2": "true",
        "Architecture": "x86_64",
        "RootDeviceType": "ebs",
    })
}

fn database(place: &Place, name: &str, point: &str) -> Value {
    json!({
        "DBSnapshotIdentifier": point.splitn(7, ':').last(),
        "DBInstanceIdentifier": name,
        "DBInstanceClass": "db.t3.medium",
        "DBSubnetGroupName": format!("{}-databases", place.region),
        "DBParameterGroupName": format!("{name}-parameters"),
        "OptionGroupName": format!("{name}-options"),
        "VpcSecurityGroupIds": list(&place.group()),
        "AvailabilityZone": place.zone("a"),
        "EnableCloudwatchLogsExports": list("postgresql"),
        "MultiAZ": "true",
        "Port": "5432",
        "PubliclyAccessible": "false",
        "DeletionProtection": "true",
        "CopyTagsToSnapshot": "true",
        "AutoMinorVersionUpgrade": "true",
        "Iops": "",
        "InformationalOnly:EngineVersion": "15.3",
        "InformationalOnly:KmsKeyId": place.key(),
        "InformationalOnly:Encrypted": "true",
        "InformationalOnly:vpcId": place.vpc(),
    })
}

fn cluster(place: &Place, name: &str, point: &str, engine: &str, port: &str) -> Value {
    let zones = json!([place.zone("a"), place.zone("b"), place.zone("c")]);
    let mut metadata = Map::new();
    let mut put = |key: &str, value: String| metadata.insert(key.to_owned(), value.into());
    put("DBClusterIdentifier", name.to_owned());
    put("DBInstanceIdentifier", format!("{name}-1"));
    put("DBSnapshotIdentifier", point.splitn(7, ':').last().unwrap_or_default().to_owned());
    put("Engine", engine.to_owned());
    put("Port", port.to_owned());
    put("AvailabilityZones", zones.to_string());
    put("KmsKeyId", place.key());
    put("DBSubnetGroupName", format!("{}-databases", place.region));
    put("VpcSecurityGroupIds", list(&place.group()));
    put("DBClusterParameterGroupName", format!("{name}-parameters"));
    put("EnableCloudwatchLogsExports", list("postgresql"));
    put("CopyTagsToSnapshot", "true".to_owned());
    put("InformationalOnly:EngineVersion", String::new());
    put("InformationalOnly:vpcId", place.vpc());
    Value::Object(metadata)
}
