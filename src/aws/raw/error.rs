//! What a service says of a call that failed, whatever its protocol.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;
use serde_json::Value;

/// An error of a service: its code, its message, and the request's id.
#[derive(Debug)]
pub(crate) struct RawError {
    metadata: ErrorMetadata,
}

impl RawError {
    /// An answer that says nothing that can be read: without a code, nobody takes it for a refusal.
    pub(super) fn unreadable(why: impl fmt::Display) -> Self {
        let message = format!("the answer cannot be read: {why}");
        Self { metadata: ErrorMetadata::builder().message(message).build() }
    }

    /// Reads the answer to a call that failed.
    pub(super) fn of(response: &HttpResponse) -> Self {
        let body = response.body().bytes().unwrap_or_default();
        let status = response.status().as_u16();
        let said =
            if body.is_empty() { None } else { in_json(response, body).or_else(|| in_xml(body)) };
        let mut said = said.unwrap_or_default();
        if said.code.is_none() && body.is_empty() {
            said.code = without_body(status).map(str::to_owned);
        }
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = said.code {
            metadata = metadata.code(code);
        }
        metadata = metadata.message(said.message.unwrap_or_else(|| format!("HTTP {status}")));
        if let Some(id) = said.request_id {
            metadata = metadata.custom("aws_request_id", id);
        }
        Self { metadata: metadata.build() }
    }
}

impl ProvideErrorMetadata for RawError {
    fn meta(&self) -> &ErrorMetadata {
        &self.metadata
    }
}

impl fmt::Display for RawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.metadata.fmt(f)
    }
}

impl std::error::Error for RawError {}

/// What an error says, in whichever form.
#[derive(Debug, Default, PartialEq)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

/// The code of an answer without a body, as S3 gives to `HEAD` ("HeadBucket": "a generic 400, 403 or 404").
fn without_body(status: u16) -> Option<&'static str> {
    match status {
        301 => Some("PermanentRedirect"),
        400 => Some("BadRequest"),
        403 => Some("AccessDenied"),
        404 => Some("NotFound"),
        _ => None,
    }
}

/// `Code` in the header or the body, with a namespace before `#` and an address after `:`.
fn in_json(response: &HttpResponse, body: &[u8]) -> Option<Said> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |names: &[&str]| names.iter().find_map(|name| body.get(name)?.as_str());
    let code = response.headers().get("x-amzn-errortype").or_else(|| text(&["__type", "code"]));
    let code = code.map(|code| code.split(':').next().unwrap_or(code));
    let code = code.map(|code| code.rsplit('#').next().unwrap_or(code));
    Some(Said {
        // EFS says it in the body alone.
        code: code.or_else(|| text(&["ErrorCode"])).map(str::to_owned),
        message: text(&["message", "Message", "errorMessage"]).map(str::to_owned),
        request_id: None,
    })
}

/// `Response > Errors > Error` is EC2's, `ErrorResponse > Error` RDS's, and `Error` alone S3's.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InXml {
    errors: Option<Errors>,
    error: Option<Inner>,
    code: Option<String>,
    message: Option<String>,
    #[serde(alias = "RequestID")]
    request_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Errors {
    error: Inner,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inner {
    code: Option<String>,
    message: Option<String>,
}

fn in_xml(body: &[u8]) -> Option<Said> {
    let read: InXml = quick_xml::de::from_str(std::str::from_utf8(body).ok()?).ok()?;
    let inner = read.errors.map(|errors| errors.error).or(read.error).unwrap_or_default();
    Some(Said {
        code: inner.code.or(read.code),
        message: inner.message.or(read.message),
        request_id: read.request_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str, message: &str, id: Option<&str>) -> Said {
        let request_id = id.map(str::to_owned);
        Said { code: Some(code.to_owned()), message: Some(message.to_owned()), request_id }
    }

    #[test]
    fn the_errors_of_ec2_rds_and_s3_are_read_in_their_three_shapes() {
        let ec2 = r#"<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>InvalidVolume.NotFound</Code><Message>The volume 'vol-1' does not exist.</Message></Error></Errors><RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>"#;
        let expected = said(
            "InvalidVolume.NotFound",
            "The volume 'vol-1' does not exist.",
            Some("ea966190-f9aa-478e-9ede-example"),
        );
        assert_eq!(in_xml(ec2.as_bytes()).unwrap(), expected);
        let rds = r#"<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
  <Error><Type>Sender</Type><Code>DBInstanceNotFound</Code><Message>DBInstance x not found.</Message></Error>
  <RequestId>b9</RequestId>
</ErrorResponse>"#;
        assert_eq!(
            in_xml(rds.as_bytes()).unwrap(),
            said("DBInstanceNotFound", "DBInstance x not found.", Some("b9"))
        );
        let s3 = r#"<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>b</BucketName><RequestId>R1</RequestId><HostId>h=</HostId></Error>"#;
        assert_eq!(
            in_xml(s3.as_bytes()).unwrap(),
            said("NoSuchBucket", "The specified bucket does not exist", Some("R1"))
        );
        assert_eq!(in_xml(b"bad gateway"), None);
    }

    #[test]
    fn the_errors_in_json_have_their_code_in_the_header_or_the_body() {
        let json = |header: Option<&'static str>, body: &'static str| {
            let mut response = HttpResponse::new(400.try_into().unwrap(), body.into());
            if let Some(code) = header {
                response.headers_mut().insert("x-amzn-errortype", code);
            }
            let error = RawError::of(&response);
            (error.code().unwrap_or_default().to_owned(), error.message().unwrap().to_owned())
        };
        let two = |code: &str, message: &str| (code.to_owned(), message.to_owned());
        assert_eq!(
            json(
                None,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}"#
            ),
            two("ResourceNotFoundException", "no")
        );
        assert_eq!(
            json(Some("NoSuchResourceException:http://internal/"), r#"{"Message":"no"}"#),
            two("NoSuchResourceException", "no")
        );
        assert_eq!(
            json(None, r#"{"ErrorCode":"FileSystemNotFound","Message":"no"}"#),
            two("FileSystemNotFound", "no")
        );
        assert_eq!(json(None, "<html>bad gateway</html>"), two("", "HTTP 400"));
    }

    #[test]
    fn an_answer_without_a_body_has_its_code_from_the_status() {
        for (status, code) in [(404, Some("NotFound")), (403, Some("AccessDenied")), (503, None)] {
            let response = HttpResponse::new(status.try_into().unwrap(), "".into());
            assert_eq!(RawError::of(&response).code(), code);
        }
    }
}
