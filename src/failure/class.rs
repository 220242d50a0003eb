//! What AWS's codes mean for the next step.

use std::time::Duration;

/// What an answer means for the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// Not acted upon; send it again later.
    Throttled,
    /// The request never reached AWS.
    NotSent,
    /// AWS may have acted: look before acting again.
    Unknown,
    /// Not acted upon: another change has to spread first, within the given time.
    NotYet(Duration),
    /// The name is taken: whose it is, its tags say.
    Exists,
    /// Another change of the same thing is under way.
    Conflict,
    /// AWS Backup is at work on the recovery point, and takes no other wish for it meanwhile.
    Busy,
    NotFound,
    Denied,
    /// Expired, wrong or missing credentials, or a clock that is off.
    Credentials,
    Quota,
    /// Anything else, such as a value that AWS does not take.
    Refused,
}

impl ErrorKind {
    /// Whether the service has said nothing that can be gone by.
    pub(crate) fn is_silence(self) -> bool {
        matches!(self, Self::Unknown | Self::NotSent)
    }
}

const TWO_MINUTES: Duration = Duration::from_mins(2);
const FIVE_MINUTES: Duration = Duration::from_mins(5);

/// Texts of refusals that pass by themselves, and how long to wait for that at most.
///
/// AWS gives these no code of their own. Texts and bounds as the Terraform provider has learnt them.
pub(super) const NOT_YET: &[(&str, Duration)] = &[
    ("cannot be assumed by AWS Backup", TWO_MINUTES),
    ("is not authorized to call tag:GetResources", TWO_MINUTES),
    ("The role defined for the function cannot be assumed", FIVE_MINUTES),
    ("The provided execution role does not have permissions", FIVE_MINUTES),
    ("The function's execution role", FIVE_MINUTES),
    ("The provided destination config", FIVE_MINUTES),
    ("throttled by EC2", FIVE_MINUTES),
    ("KMS key is invalid for CreateGrant", FIVE_MINUTES),
    // EventBridge of a role that is new: seen with `PutRule`. Whether `PutTargets` says so is not known.
    ("cannot be assumed by principal", TWO_MINUTES),
    ("Invalid principal in policy", TWO_MINUTES),
    ("Related backup plan selections must be deleted", TWO_MINUTES),
    ("Rule can't be deleted since it has targets", TWO_MINUTES),
];

/// What the codes mean by themselves, whatever service answers with them.
const CODES: &[(ErrorKind, &[&str])] = &[
    (
        ErrorKind::Throttled,
        &[
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "Throttled",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "EC2ThrottledException",
            "BandwidthLimitExceeded",
            "PriorRequestNotComplete",
            "SlowDown",
        ],
    ),
    (ErrorKind::Unknown, &["RequestTimeout", "RequestTimeoutException"]),
    (
        ErrorKind::Credentials,
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "UnrecognizedClientException",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "RequestTimeTooSkewed",
            "IncompleteSignature",
            "AuthFailure",
            "OptInRequired",
            "MissingAuthenticationToken",
            "RequestExpired",
        ],
    ),
    (
        ErrorKind::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "AuthorizationError",
            "AuthorizationErrorException",
        ],
    ),
    (
        ErrorKind::NotFound,
        &[
            "NoSuchEntity",
            "ResourceNotFoundException",
            "NotFound",
            "NotFoundException",
            "ResourceNotFound",
            // RDS, EFS, Service Quotas and S3 have a code for each thing.
            "DBInstanceNotFound",
            "DBInstanceNotFoundFault",
            "DBClusterNotFoundFault",
            "FileSystemNotFound",
            "MountTargetNotFound",
            "NoSuchResourceException",
            "NoSuchBucket",
            "OwnershipControlsNotFoundError",
            "QueueDoesNotExist",
        ],
    ),
    // SQS takes the name again after a minute (API reference, `DeleteQueue`).
    (ErrorKind::NotYet(TWO_MINUTES), &["QueueDeletedRecently"]),
    (
        ErrorKind::Exists,
        &[
            "AlreadyExistsException",
            "EntityAlreadyExists",
            "ResourceAlreadyExistsException",
            "DBInstanceAlreadyExists",
            "MountTargetConflict",
            "QueueNameExists",
        ],
    ),
    (
        ErrorKind::Conflict,
        &[
            "ResourceConflictException",
            "ConflictException",
            "ConcurrentModification",
            "ConcurrentModificationException",
            "ConcurrentAccess",
            "ConcurrentAccessException",
            "OperationAbortedException",
            "EntityTemporarilyUnmodifiable",
        ],
    ),
    (ErrorKind::Busy, &["InvalidResourceStateException"]),
    (
        ErrorKind::Quota,
        &[
            "LimitExceeded",
            "LimitExceededException",
            "CodeStorageExceededException",
            "TopicLimitExceeded",
            "SubscriptionLimitExceeded",
            "InstanceQuotaExceeded",
            "StorageQuotaExceeded",
            "NetworkInterfaceLimitExceeded",
            "SecurityGroupLimitExceeded",
        ],
    ),
];

/// What a service's error means. Codes decide; texts only where AWS gives nothing else.
pub(super) fn classify(code: Option<&str>, message: &str, status: Option<u16>) -> ErrorKind {
    let Some(code) = code else { return ErrorKind::Unknown };
    if let Some((_, bound)) = NOT_YET.iter().find(|(text, _)| message.contains(text)) {
        return ErrorKind::NotYet(*bound);
    }
    let meaning = CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(kind, _)| *kind);
    match (meaning, code) {
        (Some(kind @ (ErrorKind::Throttled | ErrorKind::Unknown)), _) => kind,
        _ if message.starts_with("Rate exceeded") => ErrorKind::Throttled,
        (_, "ResourceConflictException") if message.to_lowercase().contains("already exist") => {
            ErrorKind::Exists
        }
        // A plan or selection that is gone is an invalid value to AWS Backup.
        (_, "InvalidParameterValueException") if message.contains("Cannot find") => {
            ErrorKind::NotFound
        }
        (Some(kind), _) => kind,
        // EC2 names the thing before it, as in `InvalidVolume.NotFound`.
        (None, code) if code.ends_with(".NotFound") => ErrorKind::NotFound,
        (None, _) if status.is_some_and(|status| status >= 500) => ErrorKind::Unknown,
        (None, _) => ErrorKind::Refused,
    }
}
