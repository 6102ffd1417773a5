//! The layers and their errors, on sources given by hand; the real environment stays untouched.

use std::io::Write;

use secrecy::ExposeSecret;
use tempfile::NamedTempFile;

use super::{Flags, Sources};
use crate::config::{Config, ConfigError};

fn toml(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn with(file: Option<&NamedTempFile>, variables: &[(&str, &str)], flags: Flags) -> Result<Config, ConfigError> {
    Config::from_sources(Sources {
        file: file.map(|file| file.path().to_owned()),
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        flags,
    })
}

fn refusal(file: Option<&NamedTempFile>, variables: &[(&str, &str)]) -> String {
    with(file, variables, Flags::default()).unwrap_err().to_string()
}

#[test]
fn each_layer_overrides_the_one_before() {
    let file = toml("[server]\nlisten = \"127.0.0.1:1\"\n[shop]\nname = \"From file\"\ncurrency = \"EUR\"\n");
    let flags = Flags { listen: Some("127.0.0.1:3".to_owned()), ..Flags::default() };
    let config =
        with(Some(&file), &[("STOCKROOM_LISTEN", "127.0.0.1:2"), ("STOCKROOM_SHOP__CURRENCY", "SEK")], flags).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.shop.currency, "SEK");
    assert_eq!(config.shop.name, "From file");
    assert_eq!(config.limits.graphql.depth, 12);
}

#[test]
fn the_short_variable_wins_over_database_url_and_flags_over_both() {
    let variables = [("DATABASE_URL", "sqlite://a"), ("STOCKROOM_DATABASE_URL", "sqlite://b")];
    let config = with(None, &variables, Flags::default()).unwrap();
    assert_eq!(config.database_url().expose_secret(), "sqlite://b");
    let flags = Flags { database_url: Some("sqlite://c".to_owned()), ..Flags::default() };
    let config = with(None, &variables, flags).unwrap();
    assert_eq!(config.database_url().expose_secret(), "sqlite://c");
}

#[test]
fn a_password_of_digits_stays_a_text() {
    let config = with(None, &[("STOCKROOM_ADMIN_PASSWORD", "20260102")], Flags::default()).unwrap();
    assert_eq!(config.accounts.admin_password.unwrap().expose_secret(), "20260102");
}

#[test]
fn nested_numbers_and_switches_are_read_from_the_environment() {
    let config = with(
        None,
        &[
            ("STOCKROOM_LIMITS__GRAPHQL__DEPTH", "9"),
            ("STOCKROOM_SERVER__ALLOW_PLAIN_HTTP", "true"),
            ("STOCKROOM_ACCOUNTS__HASHING_CONCURRENCY", "3"),
            ("STOCKROOM_PLAYGROUND__PAGE", "off"),
        ],
        Flags::default(),
    )
    .unwrap();
    assert_eq!(config.limits.graphql.depth, 9);
    assert!(config.server.allow_plain_http);
    assert_eq!(config.accounts.hashing_concurrency, 3);
    assert!(!config.playground_enabled());
}

#[test]
fn a_misspelt_key_in_the_file_is_named_with_the_file_and_the_keys_known() {
    let file = toml("[limits.http]\nbody_byte = 5\n[shopp]\nname = \"x\"\n");
    let text = refusal(Some(&file), &[]);
    assert!(text.contains("`limits.http.body_byte`"), "{text}");
    assert!(text.contains("body_bytes"), "{text}");
    assert!(text.contains("`shopp`"), "{text}");
    assert!(text.contains(&file.path().display().to_string()), "{text}");
}

#[test]
fn an_unknown_variable_is_refused_and_named() {
    let text = refusal(None, &[("STOCKROOM_LISTN", "127.0.0.1:1")]);
    assert!(text.contains("`STOCKROOM_LISTN`"), "{text}");
    let text = refusal(None, &[("STOCKROOM_SERVER", "x")]);
    assert!(text.contains("`STOCKROOM_SERVER`"), "{text}");
}

#[test]
fn variables_of_others_and_of_the_tests_are_passed_over() {
    let variables = [("PATH", "/bin"), ("STOCKROOM_TEST_POSTGRES_URL", "postgres://x")];
    assert!(with(None, &variables, Flags::default()).is_ok());
}

#[test]
fn a_bad_value_is_named_with_its_key_and_its_source() {
    let text = refusal(None, &[("STOCKROOM_LISTEN", "here")]);
    assert!(text.contains("`server.listen` (from the environment variable STOCKROOM_LISTEN)"), "{text}");
    let text = refusal(None, &[("STOCKROOM_LIMITS__GRAPHQL__DEPTH", "deep")]);
    assert!(text.contains("`limits.graphql.depth`"), "{text}");
    let file = toml("[limits.graphql]\nnesting = 5000\n");
    let text = refusal(Some(&file), &[]);
    assert!(text.contains("`limits.graphql.nesting` (from TOML file"), "{text}");
    assert!(text.contains("8 to 128"), "{text}");
}

#[test]
fn a_file_that_is_not_toml_is_refused() {
    let file = toml("listen: 5");
    assert!(matches!(with(Some(&file), &[], Flags::default()), Err(ConfigError::Refused(_))));
}

#[test]
fn all_problems_are_told_at_once() {
    let variables = [
        ("STOCKROOM_SHOP__CURRENCY", "XXQ"),
        ("STOCKROOM_ADMIN_EMAIL", "nobody"),
        ("STOCKROOM_LOG__FILTER", "a=b=c"),
        ("STOCKROOM_DATABASE_URL", "mysql://x"),
    ];
    let error = with(None, &variables, Flags::default()).unwrap_err();
    let keys: Vec<&str> = error.problems().iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["shop.currency", "log.filter", "accounts.admin_email", "database.url"]);
}

#[test]
fn production_says_which_setting_is_unsafe() {
    let variables = [
        ("STOCKROOM_ENVIRONMENT", "production"),
        ("STOCKROOM_LISTEN", "0.0.0.0:80"),
        ("STOCKROOM_ACCOUNTS__ARGON2__MEMORY_KIB", "1024"),
        ("STOCKROOM_DATABASE_URL", "postgres://u:hunter2@db.example.com/shop"),
    ];
    let flags = Flags { demo: true, ..Flags::default() };
    let error = with(None, &variables, flags).unwrap_err();
    let keys: Vec<&str> = error.problems().iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["server.demo", "server.listen", "accounts.argon2.memory_kib", "database.url"]);
    assert!(!error.to_string().contains("hunter2"));
}

#[test]
fn production_starts_on_safe_settings() {
    let variables = [
        ("STOCKROOM_ENVIRONMENT", "production"),
        ("STOCKROOM_LISTEN", "0.0.0.0:80"),
        ("STOCKROOM_SERVER__ALLOW_PLAIN_HTTP", "true"),
        ("DATABASE_URL", "postgres://u:p@db.example.com/shop?sslmode=verify-full"),
    ];
    assert!(with(None, &variables, Flags::default()).is_ok());
}

#[test]
fn a_list_is_read_from_the_environment_with_commas_between_its_items() {
    let trusted = |text| {
        let config = with(None, &[("STOCKROOM_SERVER__TRUSTED_PROXIES", text)], Flags::default());
        config.map(|config| config.server.trusted_proxies).map_err(|error| error.to_string())
    };
    assert_eq!(trusted("10.0.0.0/8, ::1").unwrap(), ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap()));
    assert_eq!(trusted("").unwrap(), []);
    let refused = trusted("10.0.0.0/8,elsewhere").unwrap_err();
    assert!(refused.contains("server.trusted_proxies") && refused.contains("elsewhere"), "{refused}");
}
