//! Requests over a socket: what is signed, where it goes, and what an answer becomes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::Region;
use aws_types::request_id::RequestId;
use serde_json::{Value, json};

use crate::aws::raw::{DYNAMODB, RDS, RawClient, Request};

/// A server that answers once, and then tells what it was asked.
fn server(head: &'static str, body: &'static str) -> (RawClient, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).unwrap();
            seen.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&seen).to_lowercase();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                break;
            }
        }
        let length = body.len();
        write!(stream, "HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        String::from_utf8(seen).unwrap().replace("\r\n", "\n")
    });
    let credentials =
        Credentials::new("AKIDTEST", "secret", Some("token".to_owned()), None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-west-2"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(Builder::new().build_http());
    (RawClient::new(config.build()), asked)
}

#[tokio::test]
async fn a_request_is_signed_for_its_service_and_region_and_its_answer_read() {
    let (client, asked) = server("200 OK", "{\"TableNames\":[\"t\"]}");
    let request = Request::<Value>::of(&DYNAMODB, "ListTables", json!({"Limit": 100}));
    let answer = client.send(&request).await.unwrap();
    assert_eq!(answer, json!({"TableNames": ["t"]}));
    let asked = asked.join().unwrap();
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
    let (client, asked) = server(
        "404 Not Found\r\nx-amzn-requestid: r-1",
        "<ErrorResponse><Error><Type>Sender</Type><Code>DBInstanceNotFound</Code><Message>no such</Message></Error></ErrorResponse>",
    );
    let request = Request::<Value>::of(&RDS, "DescribeDBInstances", json!({}));
    let error = client.send(&request).await.unwrap_err();
    assert_eq!(error.code(), Some("DBInstanceNotFound"));
    assert_eq!(error.message(), Some("no such"));
    assert_eq!(error.request_id(), Some("r-1"));
    assert!(asked.join().unwrap().ends_with("\n\nAction=DescribeDBInstances&Version=2014-10-31"));
}

#[tokio::test]
async fn a_server_error_is_sent_once_and_left_to_the_caller() {
    let (client, asked) = server("503 Service Unavailable", "");
    let request = Request::<Value>::of(&RDS, "DescribeDBInstances", json!({}));
    // The server takes one connection: a second attempt would fail by another error.
    let error = client.send(&request).await.unwrap_err();
    assert!(matches!(error, SdkError::ServiceError(_)), "{error:?}");
    assert_eq!((error.code(), error.message()), (None, Some("HTTP 503")));
    asked.join().unwrap();
}

#[tokio::test]
async fn a_bucket_says_its_region_also_where_it_sends_the_caller_elsewhere() {
    let (client, asked) = server("301 Moved Permanently\r\nx-amz-bucket-region: eu-west-1", "");
    let request = Request::<String>::head_of_bucket("my-bucket", |response| {
        response.headers().get("x-amz-bucket-region").map(str::to_owned)
    });
    assert_eq!(client.send(&request).await.unwrap(), "eu-west-1");
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("HEAD /my-bucket/ HTTP/1.1\n"), "{asked}");
    assert!(asked.contains("x-amz-content-sha256: e3b0c44298fc1c14"), "{asked}");
}
