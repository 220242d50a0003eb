//! The services that are called without a crate of the SDK: their endpoints, versions and protocols (botocore 1.43.106).

/// A service of AWS, as its service model describes it.
#[derive(Debug)]
pub(crate) struct Service {
    /// The model's `serviceId`, by which the environment and the profile name an endpoint of its own.
    pub(super) id: &'static str,
    /// What the name of its endpoint begins with. All of these sign with it too.
    pub(super) prefix: &'static str,
    pub(super) version: &'static str,
    pub(super) protocol: Protocol,
}

/// How a service writes requests and answers (Smithy's specification, "AWS protocols").
#[derive(Debug)]
pub(super) enum Protocol {
    /// Form parameters, and XML whose lists hold `item`.
    Ec2,
    /// Form parameters, and XML whose lists hold named members, in an element `...Result`.
    Query,
    /// JSON, and a header with the target and the operation.
    Json { version: &'static str, target: &'static str },
    /// Paths, and JSON.
    RestJson,
    /// Paths, and XML.
    RestXml,
}

pub(crate) const EC2: Service =
    Service { id: "EC2", prefix: "ec2", version: "2016-11-15", protocol: Protocol::Ec2 };
pub(crate) const RDS: Service =
    Service { id: "RDS", prefix: "rds", version: "2014-10-31", protocol: Protocol::Query };
pub(crate) const DYNAMODB: Service = Service {
    id: "DynamoDB",
    prefix: "dynamodb",
    version: "2012-08-10",
    protocol: Protocol::Json { version: "1.0", target: "DynamoDB_20120810" },
};
pub(crate) const EFS: Service = Service {
    id: "EFS",
    prefix: "elasticfilesystem",
    version: "2015-02-01",
    protocol: Protocol::RestJson,
};
pub(crate) const S3: Service =
    Service { id: "S3", prefix: "s3", version: "2006-03-01", protocol: Protocol::RestXml };
pub(crate) const SQS: Service = Service {
    id: "SQS",
    prefix: "sqs",
    version: "2012-11-05",
    protocol: Protocol::Json { version: "1.0", target: "AmazonSQS" },
};
pub(crate) const SERVICE_QUOTAS: Service = Service {
    id: "Service Quotas",
    prefix: "servicequotas",
    version: "2019-06-24",
    protocol: Protocol::Json { version: "1.1", target: "ServiceQuotasV20190624" },
};
