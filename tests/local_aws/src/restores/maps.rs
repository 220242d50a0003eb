//! The map of a restore job, by type: what it may have and what it must have.

use serde_json::{Map, Value};

/// The keys that a type takes, without regard to case, and those it cannot do without.
struct Keys {
    allowed: &'static str,
    required: &'static [&'static str],
}

/// `aws:backup:request-id` is any UUID: it alters no restore. The types that are documented to take it.
const REQUEST_ID: &str = "aws:backup:request-id";
const WITH_REQUEST_ID: [&str; 9] = [
    "EBS",
    "EC2",
    "DynamoDB",
    "EFS",
    "FSx",
    "CloudFormation",
    "Timestream",
    "SAP HANA on Amazon EC2",
    "DSQL",
];

/// The types of which a job with `CopySourceTagsToRestoredResource` fails.
const NO_TAGS: [&str; 5] =
    ["DynamoDB", "S3", "Timestream", "SAP HANA on Amazon EC2", "VirtualMachine"];

/// Developer guide, restoring-ebs.
const EBS: Keys = Keys {
    allowed: "availabilityZone volumeType volumeSize iops throughput encrypted kmsKeyId temporaryRestoreDays \
              restoreType destinationBucketName pathsToRestore",
    required: &["availabilityZone"],
};

/// Developer guide, restoring-ec2.
const EC2: Keys = Keys {
    allowed: "InstanceType KeyName SubnetId SecurityGroupIds IamInstanceProfileName BlockDeviceMappings \
              RequireIMDSv2 UserData vpcId Architecture CapacityReservationSpecification CpuOptions \
              CreditSpecification DisableApiTermination EbsOptimized ElasticInferenceAccelerators EnaSupport \
              EnclaveOptions HibernationOptions InstanceInitiatedShutdownBehavior KernelId LicenseSpecifications \
              Monitoring NetworkInterfaces Placement Platform RamdiskId RootDeviceName RootDeviceType \
              SourceDestCheck SriovNetSupport VirtualizationType",
    required: &[],
};

/// The members of `RestoreDBInstanceFromDBSnapshot`, and those that are informational only (restoring-rds).
const RDS: Keys = Keys {
    allowed: "DBInstanceIdentifier DBInstanceClass Port AvailabilityZone DBSubnetGroupName MultiAZ \
              PubliclyAccessible AutoMinorVersionUpgrade LicenseModel DBName Engine Iops StorageThroughput \
              OptionGroupName StorageType TdeCredentialArn TdeCredentialPassword VpcSecurityGroupIds Domain \
              DomainFqdn DomainOu DomainAuthSecretArn DomainDnsIps CopyTagsToSnapshot DomainIAMRoleName \
              EnableIAMDatabaseAuthentication EnableCloudwatchLogsExports ProcessorFeatures \
              UseDefaultProcessorFeatures DBParameterGroupName DeletionProtection EnableCustomerOwnedIp \
              NetworkType BackupTarget CustomIamInstanceProfile AllocatedStorage DedicatedLogVolume \
              CACertificateIdentifier EngineLifecycleSupport EngineVersion KmsKeyId Encrypted vpcId restoreToTime \
              UseLatestRestorableTime",
    required: &["DBInstanceIdentifier"],
};

/// Developer guide, restoring-aur, -docdb and -nep.
const CLUSTER: Keys = Keys {
    allowed: "dbClusterIdentifier engine dbSubnetGroupName vpcSecurityGroupIds engineVersion engineMode port \
              optionGroupName databaseName dbClusterParameterGroupName kmsKeyId availabilityZones \
              enableIAMDatabaseAuthentication copyTagsToSnapshot scalingConfiguration backtrackWindow \
              enableCloudwatchLogsExports deletionProtection domain domainIAMRoleName restoreToTime \
              useLatestRestorableTime",
    required: &["dbClusterIdentifier", "engine"],
};

/// Developer guide, restoring-dynamodb.
const DYNAMO_DB: Keys = Keys {
    allowed: "targetTableName encryptionType kmsMasterKeyArn",
    required: &["targetTableName"],
};

/// Developer guide, restoring-s3; `Encrypted` is in what AWS infers for tests.
const S3: Keys = Keys {
    allowed: "DestinationBucketName NewBucket Encrypted EncryptionType KMSKey RestoreACLs ItemsToRestore \
              RestoreLatestVersionsUpTo RestoreTime CreationToken",
    required: &["DestinationBucketName"],
};

/// Developer guide, restoring-efs. Users had to send all of the required ones.
const EFS: Keys = Keys {
    allowed: "newFileSystem CreationToken Encrypted KmsKeyId PerformanceMode file-system-id ItemsToRestore \
              singleAzFilesystem availabilityZoneName",
    required: &["file-system-id", "Encrypted", "PerformanceMode", "CreationToken", "newFileSystem"],
};

/// Developer guide, restoring-fsx.
const FSX: Keys = Keys {
    allowed: "StorageCapacity StorageType KmsKeyId SecurityGroupIds SubnetIds WindowsConfiguration \
              LustreConfiguration OntapConfiguration OpenZFSConfiguration Name VolumeType Tags",
    required: &[],
};

const DSQL: Keys = Keys { allowed: "regionalConfig useMultiRegionOrchestration", required: &[] };

/// Why `StartRestoreJob` does not take the map, or none. That such keys are refused at once, and in these words, is
/// unverified: AWS says nowhere what a key that it does not know comes to.
pub(crate) fn refusal(kind: &str, map: &Map<String, Value>) -> Option<String> {
    let keys = keys(kind)?;
    let allowed: Vec<String> = keys.allowed.split_whitespace().map(str::to_lowercase).collect();
    let unknown = map.keys().find(|key| {
        let key = key.to_lowercase();
        let is_request_id = key == REQUEST_ID && WITH_REQUEST_ID.contains(&kind);
        !(allowed.contains(&key) || is_request_id || fails_later(kind, &key))
    });
    if let Some(unknown) = unknown {
        let text = "Invalid restore metadata. You provided a restore metadata key that is not supported for";
        return Some(format!("{text} {kind}: {unknown}"));
    }
    let value = |name: &str| {
        let found = map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let mut required = keys.required.to_vec();
    if kind == "EFS" && value("Encrypted") == "true" {
        required.push("KmsKeyId");
    }
    if let Some(missing) = required.iter().find(|name| value(name).is_empty()) {
        return Some(format!(
            "Invalid restore metadata. Missing required key for {kind}: {missing}"
        ));
    }
    if kind == "EFS" && value("Encrypted") != "true" && !value("KmsKeyId").is_empty() {
        return Some("KmsKeyId can only be set if Encrypted is true".to_owned());
    }
    None
}

/// Why a job of this type fails that is to copy its source's tags.
pub(crate) fn no_tags(kind: &str) -> Option<String> {
    let text = "Copying source tags to the restored resource is not supported for";
    NO_TAGS.contains(&kind).then(|| format!("{text} {kind}"))
}

/// Keys of the source's own map that a job is started with, and that it fails of: users saw it after some 15 s.
fn fails_later(kind: &str, key: &str) -> bool {
    let is_database = ["RDS", "Aurora", "DocumentDB", "Neptune"].contains(&kind);
    is_database && (key == "dbsnapshotidentifier" || key.starts_with("informationalonly:"))
}

/// None for the types that are only told apart by name here.
fn keys(kind: &str) -> Option<Keys> {
    Some(match kind {
        "EBS" => EBS,
        "EC2" => EC2,
        "RDS" => RDS,
        "Aurora" | "DocumentDB" | "Neptune" => CLUSTER,
        "DynamoDB" => DYNAMO_DB,
        "S3" => S3,
        "EFS" => EFS,
        "FSx" => FSX,
        "DSQL" => DSQL,
        _ => return None,
    })
}
