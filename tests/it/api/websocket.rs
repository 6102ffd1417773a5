//! GraphQL over WebSocket: the protocol graphql-transport-ws rule by rule, limits, and the end of a session.

mod course;
mod invalid;
mod limits;
mod session;
mod table;

use serde_json::{Value, json};

use crate::support::socket::{Received, Socket};

const WATCH: &str = "subscription { stockLevelChanged { delta } }";
const CREATE: &str = "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { location { code } userErrors { code } } }";

/// The code and the reason with which the server closes, whatever it says before.
async fn closed(socket: &mut Socket) -> (u16, String) {
    loop {
        match socket.receive().await {
            Received::Closed { code, reason } => return (code, reason),
            Received::Message(_) => {}
            Received::Gone => panic!("the connection ended without a close"),
        }
    }
}

async fn closes(socket: &mut Socket) -> u16 {
    closed(socket).await.0
}

/// A message that creates a location.
fn creation(id: &str, code: &str) -> Value {
    let variables = json!({ "input": { "code": code, "name": "x" } });
    json!({ "type": "subscribe", "id": id, "payload": { "query": CREATE, "variables": variables } })
}
