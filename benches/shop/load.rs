//! The load: wrk, which sends the requests and checks the answers.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// What is sent, and what must come back.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    /// They are sent one after the other, again and again.
    pub(crate) requests: Vec<Request>,
    pub(crate) answers: Answers,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) body: String,
    /// Without a token.
    pub(crate) anonymous: bool,
}

impl Request {
    pub(crate) fn of(document: &Value) -> Self {
        Self { body: document.to_string(), anonymous: false }
    }

    /// Ready to be sent.
    pub(crate) fn sent(&self, client: &Client, url: &str, token: &str) -> RequestBuilder {
        let request = client.post(url).header("Content-Type", "application/json").body(self.body.clone());
        if self.anonymous || token.is_empty() { request } else { request.bearer_auth(token) }
    }
}

impl Answers {
    /// Whether this is a right one.
    pub(crate) fn admit(&self, answer: &[u8]) -> bool {
        match self {
            Self::OneOf(answers) => answers.iter().any(|right| right.as_bytes() == answer),
            Self::Containing(text) => answer.windows(text.len()).any(|part| part == text.as_bytes()),
        }
    }
}

/// What every answer must be.
#[derive(Debug, Clone)]
pub(crate) enum Answers {
    /// One of these.
    OneOf(Vec<String>),
    /// Anything that contains this.
    Containing(String),
}

/// How a load is brought on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load<'a> {
    pub(crate) url: &'a str,
    pub(crate) token: &'a str,
    pub(crate) clients: usize,
    pub(crate) turn: Duration,
    /// Where files for it can be left.
    pub(crate) folder: &'a Path,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) requests: u64,
    pub(crate) took: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Load<'_> {
    /// Lets the server open its connections and fill its caches. What it answers meanwhile does not count.
    pub(crate) fn warm_up(&self, requests: &Requests) {
        self.wrk(requests, Duration::from_secs(2));
    }

    /// Fails when an answer is not right.
    pub(crate) fn run(&self, requests: &Requests) -> Answered {
        let line = self.wrk(requests, self.turn);
        let numbers: Vec<u64> = line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
        let [requests, took, p50, p99, 0, 0, ..] = numbers[..] else { panic!("not all was answered right: {line}") };
        let micros = Duration::from_micros;
        Answered { requests, took: micros(took), p50: micros(p50), p99: micros(p99) }
    }

    /// What wrk says of its run.
    fn wrk(&self, requests: &Requests, turn: Duration) -> String {
        let file = |name: &str, text: String| {
            let path = self.folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let answers = match &requests.answers {
            Answers::OneOf(answers) => answers.join("\n"),
            Answers::Containing(text) => format!("contains {text}"),
        };
        let script = file("wrk.lua", include_str!("wrk.lua").to_owned());
        let line = |request: &Request| format!("{}{}", if request.anonymous { "anonymous " } else { "" }, request.body);
        let lines: Vec<String> = requests.requests.iter().map(line).collect();
        let (bodies, answers) = (file("requests", lines.join("\n")), file("answers", answers));
        let mut wrk = Command::new("wrk");
        wrk.args(["-t", "1", "--timeout", "30s", "-c", &self.clients.to_string()]);
        wrk.args(["-d", &format!("{}s", turn.as_secs())]).arg("-s").args([&script]).arg(self.url);
        let output = wrk.arg("--").args([&bodies, &answers]).arg(self.token).output().expect("wrk is installed");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = text.lines().find(|line| line.starts_with("answered "));
        said.unwrap_or_else(|| panic!("{text}")).to_owned()
    }
}
