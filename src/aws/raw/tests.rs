//! Requests over a socket: what is signed, where it goes, and what an answer becomes.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use serde_json::{Value, json};

use crate::aws::answering::{Asked, clients_of};
use crate::aws::raw::{DYNAMODB, RDS, RawClient, Request};
use crate::model::region::Region;

fn client(head: &'static str, body: &'static str) -> (RawClient, Asked) {
    let (clients, asked) = clients_of(move |_| (head, body.to_owned()));
    (clients.raw(&Region::parse("us-west-2").unwrap()), asked)
}

/// The only request that was sent.
fn only(asked: &Asked) -> String {
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked[0].clone()
}

#[tokio::test]
async fn a_request_is_signed_for_its_service_and_region_and_its_answer_read() {
    let (client, asked) = client("200 OK", r#"{"TableNames":["t"]}"#);
    let request = Request::<Value>::of(&DYNAMODB, "ListTables", json!({"Limit": 100}));
    let answer = client.send(&request).await.unwrap();
    assert_eq!(answer, json!({"TableNames": ["t"]}));
    let asked = only(&asked);
    assert!(asked.starts_with("POST / HTTP/1.1\n"), "{asked}");
    for part in [
        "/us-west-2/dynamodb/aws4_request, SignedHeaders=",
        "Credential=AKIDTEST/",
        "x-amz-security-token: token\n",
        "x-amz-target: DynamoDB_20120810.ListTables\n",
        "content-type: application/x-amz-json-1.0\n",
        "user-agent: aws-sdk-rust/",
        "api/dynamodb/2012-08-10",
        "\n\n{\"Limit\":100}",
    ] {
        assert!(asked.contains(part), "no {part:?} in {asked}");
    }
}

#[tokio::test]
async fn what_a_service_refuses_has_its_code_message_and_request_id() {
    let (client, asked) = client(
        "404 Not Found\r\nx-amzn-requestid: r-1",
        "<ErrorResponse><Error><Type>Sender</Type><Code>DBInstanceNotFound</Code><Message>no such</Message></Error></ErrorResponse>",
    );
    let request = Request::<Value>::of(&RDS, "DescribeDBInstances", json!({}));
    let error = client.send(&request).await.unwrap_err();
    assert_eq!(error.code(), Some("DBInstanceNotFound"));
    assert_eq!(error.message(), Some("no such"));
    assert_eq!(error.request_id(), Some("r-1"));
    assert!(only(&asked).ends_with("\n\nAction=DescribeDBInstances&Version=2014-10-31"));
}

#[tokio::test]
async fn a_server_error_is_sent_once_and_left_to_the_caller() {
    let (client, asked) = client("503 Service Unavailable", "");
    let request = Request::<Value>::of(&RDS, "DescribeDBInstances", json!({}));
    let error = client.send(&request).await.unwrap_err();
    assert!(matches!(error, SdkError::ServiceError(_)), "{error:?}");
    assert_eq!((error.code(), error.message()), (None, Some("HTTP 503")));
    only(&asked);
}

#[tokio::test]
async fn a_bucket_says_its_region_also_where_it_sends_the_caller_elsewhere() {
    let (client, asked) = client("301 Moved Permanently\r\nx-amz-bucket-region: eu-west-1", "");
    let request = Request::<String>::head_of_bucket("my-bucket", |response| {
        response.headers().get("x-amz-bucket-region").map(str::to_owned)
    });
    assert_eq!(client.send(&request).await.unwrap(), "eu-west-1");
    let asked = only(&asked);
    assert!(asked.starts_with("HEAD /my-bucket HTTP/1.1\n"), "{asked}");
    assert!(asked.contains("x-amz-content-sha256: e3b0c44298fc1c14"), "{asked}");
}
