//! The proxy: what programs and functions take for AWS.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time;

use super::answer::Answer;
use super::emulator::Emulator;
use super::fault::{Armed, Effect};
use super::proxied::Proxied;
use super::request::{Request, Routes};
use super::strict;
use super::sync::lock;

pub(crate) struct Proxy {
    emulator: Emulator,
    routes: Routes,
    worlds: Mutex<HashMap<String, Arc<Proxied>>>,
}

/// What the caller gets to see.
enum Outcome {
    Answer(Answer),
    /// The head and half of the body, then the end of the connection.
    Half(Answer),
    /// The end of the connection.
    Nothing,
}

impl Proxy {
    pub(crate) fn new(emulator: Emulator, routes: Routes) -> Arc<Self> {
        Arc::new(Self { emulator, routes, worlds: Mutex::default() })
    }

    pub(crate) fn proxied(&self, account: &str) -> Arc<Proxied> {
        Arc::clone(lock(&self.worlds).entry(account.to_owned()).or_default())
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Answers connections for ever.
    pub(crate) async fn listen(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let proxy = Arc::clone(&self);
            let service = service_fn(move |request| Arc::clone(&proxy).serve(request));
            // An error here is a caller that left, or a fault that cut it off.
            tokio::spawn(async move {
                http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
            });
        }
    }

    async fn serve(
        self: Arc<Self>,
        request: hyper::Request<Incoming>,
    ) -> io::Result<Response<Payload>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let request = Request::new(&self.routes, head.method.as_str(), target, head.headers, body);
        // AWS finishes what it has begun though the caller be gone, hence a task of its own.
        // That the caller is gone shows in this future being dropped, and `present` with it.
        let (present, gone) = oneshot::channel();
        let outcome = tokio::spawn(async move { self.handle(request, gone).await }).await;
        drop(present);
        match outcome.map_err(io::Error::other)? {
            Outcome::Answer(answer) => Ok(respond(answer, false)),
            Outcome::Half(answer) => Ok(respond(answer, true)),
            Outcome::Nothing => Err(io::Error::other("cut off")),
        }
    }

    async fn handle(&self, request: Request, gone: oneshot::Receiver<()>) -> Outcome {
        let proxied = self.proxied(&request.account);
        proxied.state().regions.insert(request.region.clone());
        let number = proxied.log.arrived(&request);
        let outcome = match proxied.strike(&request) {
            None => Outcome::Answer(strict::answer(&self.emulator, &proxied, &request).await),
            Some(fault) => self.trouble(&proxied, &request, &fault, gone).await,
        };
        match &outcome {
            Outcome::Answer(answer) => {
                let code = if answer.is_success() { String::new() } else { answer.code() };
                proxied.log.answered(number, Some(answer.status), &code);
            }
            Outcome::Half(_) | Outcome::Nothing => proxied.log.answered(number, None, ""),
        }
        outcome
    }

    async fn trouble(
        &self,
        proxied: &Proxied,
        request: &Request,
        fault: &Armed,
        gone: oneshot::Receiver<()>,
    ) -> Outcome {
        let act = || strict::answer(&self.emulator, proxied, request);
        let answer = match fault.effect() {
            Effect::Reset => return Outcome::Nothing,
            Effect::Cut => {
                act().await;
                return Outcome::Nothing;
            }
            Effect::Truncate => return Outcome::Half(act().await),
            Effect::Empty => act().await.with_body(Bytes::new()),
            Effect::Delay(delay) => {
                time::sleep(*delay).await;
                act().await
            }
            Effect::Hold { acts: true } => {
                let answer = act().await;
                tokio::select! {
                    () = fault.parked() => answer,
                    _ = gone => return Outcome::Nothing,
                }
            }
            Effect::Hold { acts: false } => {
                tokio::select! {
                    () = fault.parked() => act().await,
                    _ = gone => return Outcome::Nothing,
                }
            }
            Effect::Error { status, code, message, acts } => {
                if *acts {
                    act().await;
                }
                Answer::error(request, *status, code, message)
            }
            Effect::Throttle => {
                let (status, code) = throttling(&request.service);
                Answer::error(request, status, code, "Rate exceeded")
            }
            Effect::Reply { status, content_type, body } => {
                Answer::new(*status, content_type, body.clone())
            }
        };
        Outcome::Answer(answer)
    }
}

/// How each service says "slow down".
fn throttling(service: &str) -> (u16, &'static str) {
    match service {
        "backup" => (429, "ThrottlingException"),
        "lambda" => (429, "TooManyRequestsException"),
        "sns" => (429, "Throttled"),
        "tagging" => (400, "ThrottledException"),
        "ec2" => (503, "RequestLimitExceeded"),
        "s3" => (503, "SlowDown"),
        "servicequotas" => (400, "TooManyRequestsException"),
        "iam" | "rds" | "sts" => (400, "Throttling"),
        _ => (400, "ThrottlingException"),
    }
}

fn respond(answer: Answer, breaks: bool) -> Response<Payload> {
    let length = answer.body.len();
    let data = if breaks { answer.body.slice(..length / 2) } else { answer.body };
    let mut response = Response::new(Payload { data, length: length as u64, breaks });
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = answer.headers;
    response
}

/// A body that can break off.
struct Payload {
    data: Bytes,
    /// As announced in the head.
    length: u64,
    breaks: bool,
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let data = mem::take(&mut self.data);
        Poll::Ready(if !data.is_empty() {
            self.length -= data.len() as u64;
            Some(Ok(Frame::data(data)))
        } else if self.breaks {
            Some(Err(io::Error::other("cut off")))
        } else {
            None
        })
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
