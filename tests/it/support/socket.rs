//! A client of the WebSocket endpoint: the graphql-transport-ws protocol, one message at a time.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::patience::{PATIENCE, in_time};

/// What a server failed to do that keeps a test waiting.
const UPGRADE: &str = "the server did not answer the upgrade";
const SILENCE: &str = "the server said nothing";

/// One connection.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came from the server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Received {
    Message(Value),
    Closed {
        code: u16,
        reason: String,
    },
    /// The connection ended without a word.
    Gone,
}

/// The host and port of an endpoint.
pub(crate) fn authority(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches("/graphql")
}

/// A connection that holds little of what is sent to it and not read.
pub(crate) async fn narrow(url: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    socket.connect(authority(url).parse().unwrap()).await.unwrap()
}

impl Socket {
    /// Connects to the endpoint `url` (`http://…/graphql`) and says nothing yet.
    pub(crate) async fn connect(url: &str) -> Self {
        Self::try_connect(url).await.expect("no connection")
    }

    /// The same where the server may turn the client away.
    pub(crate) async fn try_connect(url: &str) -> Option<Self> {
        let (stream, _) = in_time(connect_async(Self::request(url)), UPGRADE).await.ok()?;
        Some(Self { stream })
    }

    /// The status of the answer to a client that the server turns away.
    pub(crate) async fn refused(url: &str) -> u16 {
        match in_time(connect_async(Self::request(url)), UPGRADE).await {
            Err(Error::Http(answer)) => answer.status().as_u16(),
            other => panic!("not turned away: {other:?}"),
        }
    }

    fn request(url: &str) -> Request {
        let mut request = url.replacen("http", "ws", 1).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        request
    }

    /// Connects as a client that offers other protocols, or none, and does not care which one the server takes.
    pub(crate) async fn connect_with(url: &str, protocols: Option<&str>) -> Self {
        let stream = TcpStream::connect(authority(url)).await.unwrap();
        Self::over(stream, url, protocols).await
    }

    /// Connects and initialises a connection that holds little of what is sent to it and not read.
    pub(crate) async fn open_narrow(url: &str, token: Option<&str>) -> Self {
        let mut socket = Self::over(narrow(url).await, url, Some("graphql-transport-ws")).await;
        socket.initialise(token).await;
        socket
    }

    /// Makes a WebSocket of `stream`.
    async fn over(mut stream: TcpStream, url: &str, protocols: Option<&str>) -> Self {
        let address = authority(url);
        let offer = protocols.map(|offer| format!("sec-websocket-protocol: {offer}\r\n")).unwrap_or_default();
        let head = format!(
            "GET /graphql HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(in_time(stream.read_u8(), UPGRADE).await.unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        let stream = MaybeTlsStream::Plain(stream);
        Self { stream: WebSocketStream::from_raw_socket(stream, Role::Client, None).await }
    }

    /// Connects and initialises the connection, with a token or anonymously.
    pub(crate) async fn open(url: &str, token: Option<&str>) -> Self {
        let mut socket = Self::connect(url).await;
        socket.initialise(token).await;
        socket
    }

    async fn initialise(&mut self, token: Option<&str>) {
        let payload = token.map_or_else(|| json!({}), |token| json!({ "Authorization": format!("Bearer {token}") }));
        self.send(json!({ "type": "connection_init", "payload": payload })).await;
        let answer = self.receive().await;
        assert!(matches!(&answer, Received::Message(m) if m["type"] == "connection_ack"), "no ack: {answer:?}");
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        in_time(self.stream.send(Message::text(text)), "the server did not read").await.unwrap();
    }

    /// Sends a message that the server may refuse to read to its end.
    pub(crate) async fn send_what_is_taken(&mut self, text: &str) {
        let sending = self.stream.send(Message::text(text));
        tokio::time::timeout(Duration::from_millis(300), sending).await.ok();
    }

    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.stream.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// Sends bytes that need not be a frame.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).await.unwrap();
    }

    /// Sends until the server has hung up, and reads nothing.
    pub(crate) async fn send_until_gone(&mut self) {
        let sending = async { while self.stream.get_mut().write_all(b"\x8a\x80\0\0\0\0").await.is_ok() {} };
        in_time(sending, "the server did not hang up").await;
    }

    /// Reads whatever comes, to the code with which the server closes; none when it does so without a word.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        loop {
            match in_time(self.stream.next(), SILENCE).await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Closes as the protocol has it.
    pub(crate) async fn say_goodbye(mut self) {
        self.stream.close(None).await.ok();
    }

    /// Starts an operation under `id`.
    pub(crate) async fn subscribe(&mut self, id: &str, document: &str, variables: Value) {
        let payload = json!({ "query": document, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// The same towards a server that may have hung up, or does not read; whether it took the message.
    pub(crate) async fn try_subscribe(&mut self, id: &str, document: &str) -> bool {
        let message = json!({ "type": "subscribe", "id": id, "payload": { "query": document } });
        let sending = self.stream.send(Message::text(message.to_string()));
        tokio::time::timeout(PATIENCE, sending).await.is_ok_and(|sent| sent.is_ok())
    }

    /// The next thing from the server that is not a ping.
    pub(crate) async fn receive(&mut self) -> Received {
        loop {
            match in_time(self.stream.next(), SILENCE).await {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] == "ping" {
                        self.send(json!({ "type": "pong" })).await;
                    } else {
                        return Received::Message(message);
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.map(|frame| (u16::from(frame.code), frame.reason.to_string()));
                    return frame.map_or(Received::Gone, |(code, reason)| Received::Closed { code, reason });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Received::Gone,
            }
        }
    }

    /// The next message from the server, which must be one.
    pub(crate) async fn message(&mut self) -> Value {
        match self.receive().await {
            Received::Message(message) => message,
            other => panic!("a message was expected, got {other:?}"),
        }
    }

    /// The data of the next event under `id`.
    pub(crate) async fn event(&mut self, id: &str) -> Value {
        let message = self.message().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message:#}");
        assert!(message["payload"].get("errors").is_none(), "errors in {message:#}");
        message["payload"]["data"].clone()
    }
}
