//! HTTP with a server that limits rates: a request answered with 429 was not carried out, so it's sent again after the time
//! that the server names.

use std::thread::sleep;
use std::time::Duration;

use ureq::http::Response;
use ureq::{Agent, Body};

use crate::failure::Failure;

/// How often one request is sent at most.
const ATTEMPTS: u32 = 5;
/// Whoever is told to wait longer than this fails at once.
const LONGEST_WAIT_SECONDS: u64 = 60;

/// Posts to one endpoint.
#[derive(Clone)]
pub struct Patient {
    agent: Agent,
    url: String,
}

impl Patient {
    pub fn new(url: &str) -> Self {
        // Refusals have a status of their own and an answer that says why.
        let config = Agent::config_builder().http_status_as_error(false).build();
        Self { agent: config.new_agent(), url: url.to_owned() }
    }

    /// Sends a request as JSON with these headers.
    pub fn post(&self, body: &[u8], headers: &[(&str, &str)]) -> Result<Response<Body>, Failure> {
        let mut attempt = 1;
        loop {
            let request = self.agent.post(&self.url).header("Content-Type", "application/json");
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let response = request.send(body)?;
            match told_to_wait(&response) {
                Some(seconds) if attempt < ATTEMPTS && seconds <= LONGEST_WAIT_SECONDS => {
                    println!("Too many requests: waiting {seconds} s");
                    sleep(Duration::from_secs(seconds));
                    attempt += 1;
                }
                _ => return Ok(response),
            }
        }
    }
}

/// The seconds of `Retry-After` on a 429.
fn told_to_wait(response: &Response<Body>) -> Option<u64> {
    let seconds = || response.headers().get("Retry-After")?.to_str().ok()?.parse().ok();
    (response.status() == 429).then(|| seconds().unwrap_or(1))
}
