//! What gives credentials beside AWS itself: STS, SSO's portal, a container's and an instance's metadata, for one account.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use local_aws::lock;

const EXPIRES: &str = "2099-01-01T00:00:00Z";

/// Answers on loopback as long as the test runs.
pub(super) struct SignIn {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl SignIn {
    /// Whose credentials it gives.
    pub(super) fn new(account: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (heard, account) = (Arc::clone(&requests), account.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that has gone away is no failure of the test.
                let _ = serve(stream, &account, &heard);
            }
        });
        Self { url, requests }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What was asked since, each by a word.
    pub(super) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.requests))
    }
}

fn serve(mut stream: TcpStream, account: &str, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let request = read_request(&mut stream)?;
    let (word, status, body) = answer(&request, account);
    lock(heard).push(word.to_owned());
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nx-aws-ec2-metadata-token-ttl-seconds: 600\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes())
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
                return Ok(String::from_utf8_lossy(&request).into_owned());
            }
        }
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(String::from_utf8_lossy(&request).into_owned());
        }
        request.extend_from_slice(&buffer[..length]);
    }
}

fn answer(request: &str, account: &str) -> (&'static str, u16, String) {
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    let keys = || {
        format!(
            r#"{{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2020-01-01T00:00:00Z","AccessKeyId":"{account}","SecretAccessKey":"local","Token":"t","Expiration":"{EXPIRES}"}}"#
        )
    };
    match path {
        "/container" => ("container", 200, keys()),
        "/latest/api/token" => ("metadata token", 200, "token".to_owned()),
        _ if path.contains("security-credentials-extended") => ("extended", 404, String::new()),
        "/latest/meta-data/iam/security-credentials/" => {
            ("role of the instance", 200, "node".to_owned())
        }
        "/latest/meta-data/iam/security-credentials/node" => ("instance", 200, keys()),
        _ if path.contains("role_name=forbidden") => {
            let body = r#"{"__type":"ForbiddenException","message":"No access"}"#;
            ("GetRoleCredentials", 403, body.to_owned())
        }
        _ if path.contains("role_name=ended") => {
            let body = r#"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#;
            ("GetRoleCredentials", 401, body.to_owned())
        }
        _ if path.starts_with("/federation/credentials") => {
            let expiration = 4_070_908_800_000_u64;
            let keys = format!(
                r#"{{"roleCredentials":{{"accessKeyId":"{account}","secretAccessKey":"local","sessionToken":"t","expiration":{expiration}}}}}"#
            );
            ("GetRoleCredentials", 200, keys)
        }
        _ => sts(request, account),
    }
}

fn sts(request: &str, account: &str) -> (&'static str, u16, String) {
    let asks = |text: &str| request.contains(text);
    let refused = |code: &str, message: &str| {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        )
    };
    if asks("refused-web") {
        let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        return ("AssumeRoleWithWebIdentity", 403, refused("AccessDenied", message));
    }
    if asks("refused") {
        let message = "User: arn:aws:iam::111122223333:user/u is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/refused";
        return ("AssumeRole", 403, refused("AccessDenied", message));
    }
    let (word, inner) = if asks("AssumeRole") {
        let word = if asks("AssumeRoleWithWebIdentity") {
            "AssumeRoleWithWebIdentity"
        } else {
            "AssumeRole"
        };
        let keys = format!(
            "<Credentials><AccessKeyId>{account}</AccessKeyId><SecretAccessKey>local</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{EXPIRES}</Expiration></Credentials>"
        );
        (word, keys)
    } else {
        let arn = format!("arn:aws:sts::{account}:assumed-role/admin/session");
        (
            "GetCallerIdentity",
            format!("<Account>{account}</Account><Arn>{arn}</Arn><UserId>u</UserId>"),
        )
    };
    let body = format!("<{word}Response><{word}Result>{inner}</{word}Result></{word}Response>");
    (word, 200, body)
}
