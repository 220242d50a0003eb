//! The calls of a program once more, by a client that makes one after the other.

use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::account::Account;
use super::log::Call;

impl Account {
    /// Sends the very requests of these calls, each when the one before it is answered, through one connection that is
    /// kept, and says how long that took. They must be reads: what was made once is not made again.
    ///
    /// # Errors
    ///
    /// A call that changes something, or one that is not answered as it was before.
    pub fn one_after_another(&self, calls: &[Call]) -> Result<Duration, String> {
        if let Some(call) = calls.iter().find(|call| !call.is_read()) {
            return Err(format!("{} is no read", call.name()));
        }
        self.inside(async {
            let client: Client<_, Full<Bytes>> =
                Client::builder(TokioExecutor::new()).pool_max_idle_per_host(1).build_http();
            let begun = Instant::now();
            for call in calls {
                let failed = |why: String| format!("{}: {why}", call.name());
                let request = call.request.again(self.endpoint()).map_err(failed)?;
                let answer =
                    client.request(request).await.map_err(|error| failed(error.to_string()))?;
                let status = answer.status().as_u16();
                answer.into_body().collect().await.map_err(|error| failed(error.to_string()))?;
                if Some(status) != call.status {
                    return Err(failed(format!("{status} in place of {:?}", call.status)));
                }
            }
            Ok(begun.elapsed())
        })
    }
}
