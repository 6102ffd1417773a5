//! The programs of examples/clients, each against the real server with the demo shop: they do what they say, go on with a
//! session whose token has expired, wait when they are told to, and say what is wrong when something is.

mod front;
mod python;
mod rust;
mod typescript;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use self::front::Front;
use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::token;

/// Who the clients are logged in as.
const EMAIL: &str = "inventory@example.com";

/// What a client prints at its first run. Each run takes in another dozen.
const FIRST_TOUR: &str = "\
Logged in as inventory@example.com, INVENTORY_MANAGER
SRJ-M-BRK: 17 available
55 products in 3 pages
Took 12 in: 23 on hand
The same again: 23 on hand, replayed
Seen live: SRJ-M-BRK at WAREHOUSE by 12 to 23
Refused to sell 1000000: 23 available (INSUFFICIENT_STOCK)
";

/// What the second run prints when the access token of the first has expired.
const SECOND_TOUR: &str = "\
Renewed the access token
Logged in as inventory@example.com, INVENTORY_MANAGER
SRJ-M-BRK: 29 available
55 products in 3 pages
Took 12 in: 35 on hand
The same again: 35 on hand, replayed
Seen live: SRJ-M-BRK at WAREHOUSE by 12 to 35
Refused to sell 1000000: 35 available (INSUFFICIENT_STOCK)
";

/// The folder of the client in this language.
fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/clients").join(language)
}

/// A demo shop with its server, and the file in which a client keeps its session.
struct Shop {
    server: Process,
    data: TempDir,
}

impl Shop {
    fn open() -> Self {
        Self::open_with(&[])
    }

    /// The same with these settings in the server's environment.
    fn open_with(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Process::serve(data.path(), |command| {
            command.arg("--demo").envs(settings.iter().copied());
        });
        Self { server, data }
    }

    fn session_file(&self) -> PathBuf {
        self.data.path().join("session.json")
    }

    fn session(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.session_file()).unwrap()).unwrap()
    }

    /// Runs a client to its end, against this endpoint and as the demo user.
    fn run(&self, mut client: Command, url: &str, password: &str) -> Output {
        client.env("STOCKROOM_URL", url).env("STOCKROOM_SESSION", self.session_file());
        client.env("STOCKROOM_EMAIL", EMAIL).env("STOCKROOM_PASSWORD", password);
        client.output().unwrap()
    }

    /// What a client prints that must succeed.
    fn tour(&self, client: Command) -> String {
        self.tour_at(&self.server.url, client)
    }

    /// The same where the client reaches the server at another address.
    fn tour_at(&self, url: &str, client: Command) -> String {
        let output = self.run(client, url, &self.password());
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
        printed
    }

    fn password(&self) -> String {
        std::fs::read_to_string(self.data.path().join("demo-password")).unwrap().trim().to_owned()
    }

    /// A session of the client's user, beside that of the client.
    async fn same_user(&self) -> Client {
        let login = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }";
        let client = self.server.client();
        let answer = client.mutate(login, json!({ "email": EMAIL, "password": self.password() })).await;
        client.with_token(answer.data()["login"]["accessToken"].as_str().unwrap())
    }

    /// Puts an expired access token into the client's session, as if it had slept for an hour.
    fn expire_the_session(&self) {
        let mut session = self.session();
        let old = session["accessToken"].as_str().unwrap();
        session["accessToken"] = json!(token::expired(self.data.path(), old));
        std::fs::write(self.session_file(), session.to_string()).unwrap();
    }
}

/// What every client has to do; `client` makes its command.
fn goes_on_tour(client: impl Fn() -> Command) {
    let shop = Shop::open();
    let refused = shop.run(client(), &shop.server.url, "wrong");
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{complaint}");
    assert_eq!(complaint, "E-mail address or password is wrong\n");

    assert_eq!(shop.tour(client()), FIRST_TOUR);
    let first = shop.session();
    shop.expire_the_session();
    assert_eq!(shop.tour(client()), SECOND_TOUR);
    assert_ne!(shop.session()["refreshToken"], first["refreshToken"], "the next refresh token was not kept");
    only_its_owner_reads(&shop.session_file());
}

fn only_its_owner_reads(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "others can read {}", file.display());
}

/// What every client has to do where it may do little at once: it waits when it is told to, with its subscription as well,
/// and ends up with the same.
async fn is_patient(client: impl Fn() -> Command) {
    let shop = Shop::open_with(&[("STOCKROOM_RATES__STAFF_PER_SECOND", "1"), ("STOCKROOM_RATES__STAFF_BURST", "10")]);
    let front = Front::of(&shop.server.url, shop.same_user().await).await;
    let printed = shop.tour_at(&front.url(), client());
    assert_eq!(front.refusals(), 1, "{printed}");
    let (waits, tour): (Vec<_>, Vec<_>) = printed.lines().partition(|line| line.starts_with("Too many requests: "));
    assert!(waits.len() > front.refusals(), "{printed}");
    assert!(waits.iter().all(|wait| wait.starts_with("Too many requests: waiting ")), "{printed}");
    assert_eq!(tour, FIRST_TOUR.lines().collect::<Vec<_>>());
}
