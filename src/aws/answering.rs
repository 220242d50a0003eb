//! For unit tests: a server on the loopback that answers as it is told, and clients of it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;

use crate::aws::clients::Clients;

/// What was asked, each request whole, with `\n` for the ends of lines.
pub(crate) type Asked = Arc<Mutex<Vec<String>>>;

/// Clients of a server that answers each request with what `answer` makes of it: status and headers, and the body.
pub(crate) fn clients_of(
    answer: impl Fn(&str) -> (&'static str, String) + Send + 'static,
) -> (Clients, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read(&mut stream);
            let (head, body) = answer(&request);
            seen.lock().unwrap().push(request);
            let length = body.len();
            let end = format!("content-length: {length}\r\nconnection: close\r\n\r\n{body}");
            write!(stream, "HTTP/1.1 {head}\r\n{end}").unwrap();
        }
    });
    (clients_at(url, "AKIDTEST"), asked)
}

/// Clients of an endpoint, with this access key.
pub(crate) fn clients_at(url: String, key: &str) -> Clients {
    let credentials = Credentials::new(key, "secret", Some("token".to_owned()), None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-west-2"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(Builder::new().build_http());
    Clients::of_config(config.build())
}

fn read(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            body.len() >= length.map_or(0, |length| length.parse().unwrap())
        });
        if whole || read == 0 {
            return String::from_utf8(seen).unwrap().replace("\r\n", "\n");
        }
    }
}
