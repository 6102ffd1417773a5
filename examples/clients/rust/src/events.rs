//! A subscription over server-sent events: `next` with an answer for each event, `complete` at the end.

use std::io::{BufRead as _, BufReader};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use graphql_client::Response;
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http;
use ureq::http::header::CONTENT_TYPE;

use crate::failure::Failure;
use crate::stockroom::data;

/// The events of a subscription that the server has let in, or why it has not. A thread reads them until they end or
/// nobody listens any more.
pub fn of<Data>(mut response: http::Response<Body>) -> Result<Receiver<Result<Data, Failure>>, Failure>
where
    Data: DeserializeOwned + Send + 'static,
{
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !response.status().is_success() || !kind.starts_with("text/event-stream") {
        let status = response.status().as_u16();
        let answer: Response<Data> = response.body_mut().read_json().map_err(|_| Failure::NoAnswer(status))?;
        data(answer)?;
        return Err(Failure::NoAnswer(status));
    }
    let (sender, events) = channel();
    thread::spawn(move || {
        for line in BufReader::new(response.into_body().into_reader()).lines() {
            let event = match line {
                Ok(line) if line == "event: complete" => break,
                Ok(line) => match line.strip_prefix("data: ") {
                    Some(json) => serde_json::from_str(json).map_err(Failure::from).and_then(data),
                    // The name of the event, its end, or a sign of life.
                    None => continue,
                },
                Err(error) => Err(error.into()),
            };
            if sender.send(event).is_err() {
                break;
            }
        }
    });
    Ok(events)
}
