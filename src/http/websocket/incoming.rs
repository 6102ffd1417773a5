//! Looks at each message of a client before the library does, and closes with the protocol's own code what the library
//! would let pass or close otherwise.

use std::sync::Arc;

use axum::Error;
use axum::extract::ws::{Message, WebSocket};
use futures_util::future::ready;
use futures_util::stream::{SplitStream, Stream, StreamExt as _};
use serde::Deserialize;

use super::link::{Close, Initialisation, Link};

/// The messages that may go on to the library. The stream ends with the first that may not, the reason being kept.
pub(super) fn checked(link: Arc<Link>, stream: SplitStream<WebSocket>) -> impl Stream<Item = Result<Message, Error>> {
    stream.scan(link, |link, received| {
        ready(match received {
            Ok(message) => match check(link, &message) {
                Ok(()) => Some(Ok(message)),
                Err(close) => {
                    link.close(close);
                    None
                }
            },
            Err(error) => {
                link.close(if is_too_large(&error) { Close::TOO_LARGE } else { Close::DONE });
                None
            }
        })
    })
}

/// The part of a message that decides whether it is in order.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Head {
    ConnectionInit,
    Subscribe { id: String },
    Complete {},
    Ping,
    Pong,
}

fn check(link: &Link, message: &Message) -> Result<(), Close> {
    link.heard();
    let text = match message {
        Message::Text(text) => text.as_str(),
        Message::Binary(_) => return Err(Close::BAD_MESSAGE),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
    };
    let head: Head = serde_json::from_str(text).map_err(|_| Close::BAD_MESSAGE)?;
    match head {
        Head::ConnectionInit if link.begin_initialisation() => Ok(()),
        Head::ConnectionInit => Err(Close::TOO_MANY_INITS),
        Head::Subscribe { .. } if link.initialisation() != Initialisation::Done => Err(Close::NOT_INITIALISED),
        Head::Subscribe { id } if link.announce(&id) => whole_request(text),
        Head::Subscribe { .. } => Err(Close::DUPLICATE_ID),
        Head::Complete {} | Head::Ping | Head::Pong => Ok(()),
    }
}

/// A request that the library can't read would be closed with a code that is not the protocol's.
fn whole_request(text: &str) -> Result<(), Close> {
    #[derive(Deserialize)]
    struct Subscribe {
        #[expect(dead_code, reason = "only whether it can be read counts")]
        payload: async_graphql::Request,
    }
    serde_json::from_str::<Subscribe>(text).map(drop).map_err(|_| Close::BAD_MESSAGE)
}

fn is_too_large(error: &Error) -> bool {
    error.to_string().contains("too long") || error.to_string().contains("Space limit exceeded")
}
