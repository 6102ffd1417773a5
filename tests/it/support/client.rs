//! A client of the HTTP endpoint, and the answers it gets.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::patience::PATIENCE;

/// A client of HTTP that waits for an answer no longer than a test does.
pub(crate) fn patient() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

/// Sends requests to one server, anonymously or with a token. Cheap to clone; the `with_…` methods make a changed copy.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    headers: HeaderMap,
}

impl Client {
    /// An anonymous client of the endpoint `url` (`http://…/graphql`).
    pub(crate) fn new(url: &str) -> Self {
        let http = patient();
        let accept = HeaderValue::from_static("application/graphql-response+json");
        Self { http, url: url.to_owned(), headers: HeaderMap::from_iter([(ACCEPT, accept)]) }
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        self.with_header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    pub(crate) fn with_idempotency_key(&self, key: &str) -> Self {
        self.with_header("idempotency-key", key)
    }

    pub(crate) fn with_header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value).unwrap());
        client
    }

    /// Runs one operation. Pass `json!({})` where there are no variables.
    pub(crate) async fn query(&self, document: &str, variables: Value) -> Answer {
        self.send(&json!({ "query": document, "variables": variables })).await
    }

    /// Runs one operation whose variables are `{ "input": input }`, as every mutation of the schema has it.
    pub(crate) async fn mutate(&self, document: &str, input: Value) -> Answer {
        self.query(document, json!({ "input": input })).await
    }

    /// Sends any JSON as the body of a request.
    pub(crate) async fn send(&self, request: &Value) -> Answer {
        Answer::read(self.post("application/json", request.to_string()).await).await
    }

    /// Sends a request to a server that may be gone.
    pub(crate) async fn try_send(&self, request: &Value) -> Option<Answer> {
        let sending = self.http.post(&self.url).headers(self.headers.clone()).json(request).send();
        let (status, headers, text) = match sending.await {
            Ok(response) => (response.status(), response.headers().clone(), response.text().await.ok()?),
            Err(_) => return None,
        };
        Some(Answer { status: status.as_u16(), headers, body: serde_json::from_str(&text).ok()? })
    }

    /// The same client logged in with this address and password.
    pub(crate) async fn logged_in(&self, email: &str, password: &str) -> Self {
        let login = "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }";
        let answer = self.mutate(login, json!({ "email": email, "password": password })).await;
        self.with_token(answer.payload("login")["accessToken"].as_str().unwrap())
    }

    /// The value of a header that the client sends.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The same client at another address, such as that of a server in a process of its own.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Sends a request to a server that may die meanwhile: `None` when there is no whole answer.
    pub(crate) async fn attempt(&self, request: &Value) -> Option<Value> {
        let post = self.http.post(&self.url).headers(self.headers.clone()).header(CONTENT_TYPE, "application/json");
        let text = post.body(request.to_string()).send().await.ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Sends any bytes; for bodies that are not a request at all.
    pub(crate) async fn post(&self, content_type: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
        let request = self.http.post(&self.url).headers(self.headers.clone()).header(CONTENT_TYPE, content_type);
        request.body(body).send().await.expect("the server did not answer")
    }

    /// Gets another path of the server, such as `/readyz`; `?…` alone means the endpoint itself.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let url = if path.starts_with('?') {
            format!("{}{path}", self.url)
        } else {
            format!("{}{path}", self.url.trim_end_matches("/graphql"))
        };
        self.http.get(url).headers(self.headers.clone()).send().await.expect("the server did not answer")
    }
}

/// A GraphQL answer with its HTTP frame.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer broke off");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} without JSON: {text}"));
        Self { status, headers, body }
    }

    /// The data of an answer without errors.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "errors in {:#}", self.body);
        &self.body["data"]
    }

    /// One field of the data of an answer without errors.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &Value {
        self.data().get(name).unwrap_or_else(|| panic!("no {name} in {:#}", self.body))
    }

    /// The payload of a mutation that did what it was asked to: neither errors nor user errors.
    #[track_caller]
    pub(crate) fn payload(&self, mutation: &str) -> &Value {
        assert_eq!(self.user_errors(mutation), Vec::<Value>::new(), "user errors of {mutation}");
        self.field(mutation)
    }

    /// The user errors of a mutation.
    #[track_caller]
    pub(crate) fn user_errors(&self, mutation: &str) -> Vec<Value> {
        let payload = self.field(mutation);
        payload["userErrors"].as_array().unwrap_or_else(|| panic!("{mutation} selects no userErrors")).clone()
    }

    /// The codes of the user errors of a mutation.
    #[track_caller]
    pub(crate) fn user_error_codes(&self, mutation: &str) -> Vec<String> {
        self.user_errors(mutation).iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }

    /// The errors beside the data: denied, invalid, broken.
    pub(crate) fn errors(&self) -> Vec<Value> {
        self.body["errors"].as_array().cloned().unwrap_or_default()
    }

    /// The codes of these errors.
    #[track_caller]
    pub(crate) fn codes(&self) -> Vec<String> {
        let code = |error: &Value| error["extensions"]["code"].as_str().map(str::to_owned);
        self.errors().iter().map(|error| code(error).unwrap_or_else(|| panic!("no code in {error}"))).collect()
    }
}
