//! AWS's answers as one error type, classed by what they mean for the next step.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::failure::call_site::CallSite;
use crate::failure::class::{ErrorKind, classify};
use crate::failure::denial;
use crate::failure::identity_error::IdentityError;
use crate::failure::proxy_error::ProxyError;

/// An error of a call, with everything that AWS said.
#[derive(Clone, Debug)]
pub(crate) struct AwsError {
    pub(crate) site: CallSite,
    pub(crate) class: ErrorKind,
    /// The wire's code, such as `AccessDeniedException`; `None` where no answer was understood.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    /// What to do about it, where more is known than the class.
    pub(crate) fix: Option<String>,
}

impl AwsError {
    pub(crate) fn new<E>(site: CallSite, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let code = error.code().map(str::to_owned);
        let status = error.raw_response().map(|response| response.status().as_u16());
        let (class, message) = match error {
            SdkError::ServiceError(_) => {
                let message = error.message().unwrap_or("AWS gave no message").to_owned();
                (classify(code.as_deref(), &message, status), message)
            }
            _ => without_answer(error),
        };
        let request_id = error.request_id().map(str::to_owned);
        let identity = among_causes::<IdentityError>(error);
        let fix = identity.and_then(|identity| identity.fix.clone());
        let fix = fix.or_else(|| among_causes::<ProxyError>(error).map(ProxyError::fix));
        Self { site, class, code, message, request_id, fix }
    }

    /// An answer of success that lacks what it must contain: AWS has probably acted.
    pub(crate) fn incomplete(site: CallSite) -> Self {
        Self::unknown(site, "the answer was empty or incomplete".to_owned())
    }

    /// No answer to this call or any other of the service in the region.
    pub(crate) fn unanswered(site: CallSite, waited: Duration) -> Self {
        Self::unknown(site, format!("no answer for {} s", waited.as_secs()))
    }

    /// The same error after `count` failures of the call within `time`, where AWS has kept refusing it.
    pub(crate) fn after_attempts(mut self, count: u32, time: Duration) -> Self {
        if self.class == ErrorKind::Throttled && count > 1 {
            let region = self.site.region.as_ref().map(|region| format!(" in {region}"));
            self.message = format!(
                "AWS keeps refusing {}{} (throttled), {count} times in {} s: {}",
                self.site.action,
                region.unwrap_or_default(),
                time.as_secs(),
                self.message
            );
        }
        self
    }

    fn unknown(site: CallSite, message: String) -> Self {
        Self { site, class: ErrorKind::Unknown, code: None, message, request_id: None, fix: None }
    }

    /// The same error of a caller whom AWS knows elsewhere: it is the region that does not take the credentials.
    ///
    /// A region that is not enabled knows no account, and one that has to be enabled takes no session token of
    /// version 1, which STS's global endpoint gives (IAM user guide, "Managing AWS STS in an AWS Region").
    pub(crate) fn of_known_caller(mut self) -> Self {
        if let (true, None, Some(region)) = (self.is_unknown_caller(), &self.fix, &self.site.region)
        {
            self.fix = Some(format!(
                "{region} does not take credentials that work elsewhere: enable it (aws account enable-region --region-name {region}), or, if it is, the session token is of version 1, from STS's global endpoint: get one with AWS_STS_REGIONAL_ENDPOINTS=regional"
            ));
        }
        self
    }

    /// Whether AWS says that it does not know the credentials, as it does too in a region that is not enabled.
    pub(crate) fn is_unknown_caller(&self) -> bool {
        let codes =
            ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired"];
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether it says itself who is to blame, and what to do.
    pub(crate) fn is_explained(&self) -> bool {
        self.fix.is_some()
    }

    /// What to do about it, where that is known.
    pub(crate) fn advice(&self) -> Option<String> {
        if self.fix.is_some() {
            return self.fix.clone();
        }
        let advice = match self.class {
            ErrorKind::Denied => denial::advice(&self.site, &self.message),
            ErrorKind::Credentials => self.credentials_advice(),
            ErrorKind::NotSent => {
                "check the network, HTTPS_PROXY, AWS_CA_BUNDLE and AWS_ENDPOINT_URL, then run the same command again".to_owned()
            }
            ErrorKind::Unknown if self.site.reads() => "run the same command again".to_owned(),
            ErrorKind::Throttled
            | ErrorKind::Unknown
            | ErrorKind::Conflict
            | ErrorKind::Busy
            | ErrorKind::NotYet(_) => {
                "run the same command again: it continues where this one stopped".to_owned()
            }
            ErrorKind::Quota => {
                "a quota of the account is used up: raise it in Service Quotas, or remove what is no longer needed".to_owned()
            }
            ErrorKind::Exists | ErrorKind::NotFound | ErrorKind::Refused => return None,
        };
        Some(advice)
    }

    fn credentials_advice(&self) -> String {
        let expired = self.code.as_deref().is_some_and(|code| code.starts_with("Expired"))
            || self.message.contains("expired");
        if expired {
            "sign in again (aws login, or aws sso login), then run the same command again: it continues where this one stopped".to_owned()
        } else {
            "sign in (aws login, aws sso login), export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile".to_owned()
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: ", self.site)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(self.message.trim_end_matches('.'))?;
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl Error for AwsError {}

/// Class and text of an error that is no answer of a service.
fn without_answer<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> (ErrorKind, String) {
    if let Some(identity) = among_causes::<IdentityError>(error) {
        return (ErrorKind::Credentials, identity.what.clone());
    }
    let chain = causes(error);
    let all = chain.join(": ");
    let has = |texts: &[&str]| texts.iter().any(|text| all.contains(text));
    if has(&["credential", "Credential", "SSO", "token"])
        && !matches!(error, SdkError::ResponseError(_))
    {
        return (ErrorKind::Credentials, credentials_sentence(&chain));
    }
    let innermost = chain.last().cloned().unwrap_or_default();
    let innermost = match among_causes::<ProxyError>(error) {
        Some(proxy) => format!("{proxy}: {innermost}"),
        None => innermost,
    };
    match error {
        SdkError::DispatchFailure(_)
            if has(&[
                "client error (Connect)",
                "tcp connect",
                "dns error",
                "Connection refused",
                "invalid peer certificate",
            ]) =>
        {
            (ErrorKind::NotSent, format!("AWS cannot be reached: {innermost}"))
        }
        SdkError::TimeoutError(_) if has(&["connect timeout"]) => {
            (ErrorKind::NotSent, format!("AWS cannot be reached: {innermost}"))
        }
        SdkError::TimeoutError(_) => (ErrorKind::Unknown, "no answer in time".to_owned()),
        SdkError::DispatchFailure(_) => {
            (ErrorKind::Unknown, format!("the connection broke: {innermost}"))
        }
        SdkError::ResponseError(_) => {
            (ErrorKind::Unknown, format!("the answer could not be read: {innermost}"))
        }
        _ => (ErrorKind::Refused, innermost),
    }
}

/// The most telling sentence of a failed search for credentials.
fn credentials_sentence(chain: &[String]) -> String {
    let generic = ["dispatch failure", "other", "an error occurred while loading credentials"];
    let telling = chain.iter().skip(1).find(|text| !generic.contains(&text.as_str()));
    match telling.and_then(|text| text.lines().next()) {
        Some(text) => format!("the AWS credentials cannot be used: {text}"),
        None => "the AWS credentials cannot be used".to_owned(),
    }
}

/// An error of ours among the causes of an SDK's error.
fn among_causes<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

/// What an error says, and then each of its causes down to the innermost.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut chain = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(match cause.downcast_ref::<ErrorMetadata>() {
            // By itself it would print as a Rust type.
            Some(answer) => [answer.code(), answer.message()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": "),
            None => cause.to_string(),
        });
        next = cause.source();
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::class::NOT_YET;
    use crate::model::region::Region;

    #[test]
    fn only_a_change_goes_on_where_it_stopped() {
        let advice = |action| AwsError::incomplete(CallSite::global(action, "")).advice().unwrap();
        assert_eq!(advice("iam:GetRole"), "run the same command again");
        assert!(advice("iam:CreateRole").ends_with("it continues where this one stopped"));
    }

    #[test]
    fn every_answer_has_its_class() {
        let lag = |text| ErrorKind::NotYet(NOT_YET.iter().find(|(t, _)| *t == text).unwrap().1);
        for (code, message, status, class) in [
            ("ThrottlingException", "Rate exceeded", 400, ErrorKind::Throttled),
            ("TooManyRequestsException", "", 429, ErrorKind::Throttled),
            ("Throttling", "Rate exceeded", 400, ErrorKind::Throttled),
            // What the SDK would retry by itself.
            ("RequestThrottledException", "", 400, ErrorKind::Throttled),
            ("PriorRequestNotComplete", "", 400, ErrorKind::Throttled),
            ("SlowDown", "", 503, ErrorKind::Throttled),
            ("RequestTimeout", "", 400, ErrorKind::Unknown),
            ("ExpiredTokenException", "expired", 403, ErrorKind::Credentials),
            ("SignatureDoesNotMatch", "", 403, ErrorKind::Credentials),
            ("AccessDeniedException", "not authorized", 403, ErrorKind::Denied),
            ("AccessDenied", "not authorized", 403, ErrorKind::Denied),
            ("NoSuchEntity", "cannot be found", 404, ErrorKind::NotFound),
            ("NotFound", "Topic does not exist", 404, ErrorKind::NotFound),
            (
                "InvalidParameterValueException",
                "Cannot find Backup plan with ID x",
                400,
                ErrorKind::NotFound,
            ),
            ("InvalidParameterValueException", "Invalid lifecycle", 400, ErrorKind::Refused),
            (
                "InvalidParameterValueException",
                "IAM Role arn:x cannot be assumed by AWS Backup",
                400,
                lag("cannot be assumed by AWS Backup"),
            ),
            (
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
                400,
                lag("The role defined for the function cannot be assumed"),
            ),
            (
                "InvalidParameterValueException",
                "The function's execution role does not have permissions to call Publish on arn:x",
                400,
                lag("The function's execution role"),
            ),
            (
                "InvalidParameterValueException",
                "The provided destination config DestinationConfig(onSuccess=null, onFailure=x) is invalid.",
                400,
                lag("The provided destination config"),
            ),
            (
                "InvalidRequestException",
                "Related backup plan selections must be deleted prior to backup plan deletion",
                400,
                lag("Related backup plan selections must be deleted"),
            ),
            ("AlreadyExistsException", "exists", 400, ErrorKind::Exists),
            ("EntityAlreadyExists", "exists", 409, ErrorKind::Exists),
            ("ResourceConflictException", "Function already exist: f", 409, ErrorKind::Exists),
            ("ResourceConflictException", "An update is in progress", 409, ErrorKind::Conflict),
            ("ConcurrentModificationException", "", 400, ErrorKind::Conflict),
            ("LimitExceededException", "too many vaults", 400, ErrorKind::Quota),
            ("InvalidResourceStateException", "try again later", 400, ErrorKind::Busy),
            ("InternalFailure", "", 500, ErrorKind::Unknown),
            ("ServiceUnavailableException", "", 503, ErrorKind::Unknown),
            ("ValidationException", "no", 400, ErrorKind::Refused),
            ("InvalidVolume.NotFound", "no", 400, ErrorKind::NotFound),
            ("InvalidAMIID.NotFound", "no", 400, ErrorKind::NotFound),
            ("DBClusterNotFoundFault", "no", 404, ErrorKind::NotFound),
            ("DBInstanceAlreadyExists", "there", 400, ErrorKind::Exists),
            ("MountTargetConflict", "there", 409, ErrorKind::Exists),
            ("InstanceQuotaExceeded", "40", 400, ErrorKind::Quota),
            ("InvalidDBClusterStateFault", "not available", 400, ErrorKind::Refused),
        ] {
            assert_eq!(classify(Some(code), message, Some(status)), class, "{code} {message}");
        }
        assert_eq!(classify(None, "", Some(200)), ErrorKind::Unknown, "a corrupt 200");
    }

    #[test]
    fn a_denied_call_names_the_statement_that_is_missing() {
        let region = Region::parse("us-west-2").unwrap();
        let error = AwsError {
            site: CallSite::new("backup:CreateBackupVault", &region, "mrbackup-default"),
            class: ErrorKind::Denied,
            code: Some("AccessDeniedException".to_owned()),
            message: "Insufficient privileges to perform this action.".to_owned(),
            request_id: Some("r-1".to_owned()),
            fix: None,
        };
        assert_eq!(
            error.to_string(),
            "us-west-2: backup:CreateBackupVault on mrbackup-default failed: AccessDeniedException: \
             Insufficient privileges to perform this action (request id r-1)"
        );
        assert_eq!(
            error.advice().unwrap(),
            r#"allow it: {"Effect":"Allow","Action":"backup:CreateBackupVault","Resource":"*"}"#
        );
    }
}
