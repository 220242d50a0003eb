//! Answers read by a deserialiser, each in its protocol.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::de::DeserializeOwned;

use crate::aws::raw::error::RawError;
use crate::aws::raw::service::Protocol;

/// Reads the answer to an operation.
///
/// # Errors
/// What the service says of a failure, and an answer of success that is not what it should be: AWS has probably acted.
pub(super) fn read<O: DeserializeOwned>(
    protocol: &Protocol,
    operation: &str,
    response: &HttpResponse,
) -> Result<O, RawError> {
    if !response.status().is_success() {
        return Err(RawError::of(response));
    }
    let body = response.body().bytes().unwrap_or_default();
    match protocol {
        // An operation without an output is answered by nothing at all.
        Protocol::Json { .. } | Protocol::RestJson => {
            let body = if body.is_empty() { b"null" } else { body };
            serde_json::from_slice(body).map_err(RawError::unreadable)
        }
        Protocol::Ec2 | Protocol::RestXml => xml(text(body)?),
        Protocol::Query => xml(result(text(body)?, &format!("{operation}Result"))?),
    }
}

fn text(body: &[u8]) -> Result<&str, RawError> {
    std::str::from_utf8(body).map_err(RawError::unreadable)
}

fn xml<O: DeserializeOwned>(text: &str) -> Result<O, RawError> {
    quick_xml::de::from_str(text).map_err(RawError::unreadable)
}

/// The element in which the query protocol wraps what it answers.
fn result<'a>(text: &'a str, name: &str) -> Result<&'a str, RawError> {
    let mut reader = Reader::from_str(text);
    loop {
        let from = position(&reader);
        match reader.read_event().map_err(RawError::unreadable)? {
            Event::Start(start) if start.name().as_ref() == name => {
                reader.read_to_end(start.name()).map_err(RawError::unreadable)?;
                return Ok(&text[from..position(&reader)]);
            }
            Event::Empty(start) if start.name().as_ref() == name => {
                return Ok(&text[from..position(&reader)]);
            }
            Event::Eof => return Err(RawError::unreadable(format!("it has no {name}"))),
            _ => (),
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::error::metadata::ProvideErrorMetadata;
    use serde::Deserialize;

    use super::*;
    use crate::aws::raw::List;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Page {
        #[serde(rename = "DBInstances", default)]
        instances: List<Instance>,
        marker: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    struct Instance {
        #[serde(rename = "DBInstanceIdentifier")]
        id: String,
    }

    fn of(body: &'static str, protocol: &Protocol) -> Result<Page, RawError> {
        let response = HttpResponse::new(200.try_into().unwrap(), body.into());
        read(protocol, "DescribeDBInstances", &response)
    }

    #[test]
    fn what_the_query_protocol_wraps_is_unwrapped() {
        let body = r#"<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
  <DescribeDBInstancesResult>
    <DBInstances>
      <DBInstance><Engine>mysql</Engine><DBInstanceIdentifier>one</DBInstanceIdentifier></DBInstance>
      <DBInstance><DBInstanceIdentifier>two &amp; a half</DBInstanceIdentifier></DBInstance>
    </DBInstances>
    <Marker>m1</Marker>
  </DescribeDBInstancesResult>
  <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
</DescribeDBInstancesResponse>"#;
        let page = of(body, &Protocol::Query).unwrap();
        let ids: Vec<String> = page.instances.into_iter().map(|instance| instance.id).collect();
        assert_eq!(ids, ["one", "two & a half"]);
        assert_eq!(page.marker.as_deref(), Some("m1"));
        for empty in [
            "<R><DescribeDBInstancesResult><DBInstances/></DescribeDBInstancesResult></R>",
            "<R><DescribeDBInstancesResult/></R>",
        ] {
            let page = of(empty, &Protocol::Query).unwrap();
            assert!(page.instances.items.is_empty() && page.marker.is_none(), "{empty}");
        }
    }

    #[test]
    fn an_answer_of_success_that_is_cut_short_is_no_empty_list() {
        let cut = "<R><DescribeDBInstancesResult><DBInstances><DBInstance>";
        for body in ["", "<html>captive portal</html>", "<R></R>", cut] {
            let error = of(body, &Protocol::Query).unwrap_err();
            assert_eq!(error.code(), None, "{body}");
            assert!(error.message().unwrap().starts_with("the answer cannot be read"), "{body}");
        }
    }
}
