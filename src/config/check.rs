//! What the types of the configuration can't say: ranges, texts with a grammar, and what production refuses.

use std::str::FromStr;

use argon2_rust::Params;
use argon2_rust::params::Memory;
use iso_currency::Currency;
use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{Argon2, Config, Environment, Problem};

/// Every rule that `config` breaks.
pub(super) fn problems(config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    values(config, &mut found);
    limits(config, &mut found);
    database(config, &mut found);
    if config.server.environment == Environment::Production {
        production(config, &mut found);
    }
    found
}

fn values(config: &Config, found: &mut Vec<Problem>) {
    if Currency::from_code(&config.shop.currency).is_none() {
        found.push(Problem::new(
            "shop.currency",
            format!("{:?} is not an ISO 4217 code such as \"EUR\"", config.shop.currency),
        ));
    }
    if config.shop.name.trim().is_empty() {
        found.push(Problem::new("shop.name", "must not be empty"));
    }
    if tracing_subscriber::EnvFilter::try_new(&config.log.filter).is_err() {
        found.push(Problem::new("log.filter", "is not a log filter such as \"info\" or \"stockroom=debug,info\""));
    }
    if config.persisted.only_trusted && config.persisted.manifest.is_none() {
        found.push(Problem::new("persisted.only_trusted", "needs persisted.manifest: without it nothing could run"));
    }
    let accounts = &config.accounts;
    if !email_address::EmailAddress::is_valid(&accounts.admin_email) {
        found.push(Problem::new("accounts.admin_email", "is not an e-mail address"));
    }
    if accounts.password_min_chars > accounts.password_max_chars {
        found.push(Problem::new("accounts.password_min_chars", "must not be more than accounts.password_max_chars"));
    }
    let argon2 = accounts.argon2;
    let memory = Memory::kib(argon2.memory_kib.into());
    let params = Params::builder().memory(memory).passes(argon2.iterations).lanes(argon2.parallelism).build();
    if params.is_err() {
        found.push(Problem::new("accounts.argon2", "are not parameters that argon2 accepts"));
    }
}

fn limits(config: &Config, found: &mut Vec<Problem>) {
    let graphql = &config.limits.graphql;
    let accounts = &config.accounts;
    let rates = &config.rates;
    let ranges = [
        ("limits.graphql.nesting", u64_of(graphql.nesting), 8, 128),
        ("limits.graphql.fragments", u64_of(graphql.fragments), 1, 256),
        ("limits.graphql.query_bytes", u64_of(graphql.query_bytes), 256, 1024 * 1024),
        ("limits.graphql.error_message_bytes", u64_of(graphql.error_message_bytes), 64, 65_536),
        ("limits.graphql.errors", u64_of(graphql.errors), 1, 1_000),
        ("persisted.automatic_documents", config.persisted.automatic_documents, 2, 1_000_000),
        ("persisted.automatic_bytes", config.persisted.automatic_bytes, 65_536, 1024 * 1024 * 1024),
        ("read_cache.bytes", config.read_cache.bytes, 0, 64 * 1024 * 1024 * 1024),
        ("read_cache.seconds", u64::from(config.read_cache.seconds), 1, 3_600),
        ("limits.graphql.cost", u64::from(graphql.cost), 1, 1_000_000),
        ("limits.graphql.list_items", u64_of(graphql.list_items), u64_of(config.inventory.adjustment_lines), 100_000),
        ("inventory.reservation_ttl_max_s", config.inventory.reservation_ttl_max_s, 1, 10 * 365 * 24 * 3600),
        ("inventory.reservation_sweep_ms", config.inventory.reservation_sweep_ms, 0, 3_600_000),
        ("inventory.reservation_sweep_batch", u64::from(config.inventory.reservation_sweep_batch), 1, 1_000),
        ("rates.anonymous_per_second", u64::from(rates.anonymous_per_second.get()), 1, 1_000_000),
        ("rates.anonymous_burst", u64::from(rates.anonymous_burst.get()), 10, 1_000_000),
        ("rates.user_per_second", u64::from(rates.user_per_second.get()), 1, 1_000_000),
        ("rates.user_burst", u64::from(rates.user_burst.get()), 10, 1_000_000),
        ("rates.staff_per_second", u64::from(rates.staff_per_second.get()), 1, 1_000_000),
        ("rates.staff_burst", u64::from(rates.staff_burst.get()), 10, 1_000_000),
        ("rates.callers", u64_of(rates.callers), 100, 10_000_000),
        ("limits.http.body_bytes", u64_of(config.limits.http.body_bytes), 1024, 64 * 1024 * 1024),
        ("limits.http.uri_bytes", u64_of(config.limits.http.uri_bytes), 256, 60_000),
        ("limits.http.headers", u64_of(config.limits.http.headers), 16, 1_000),
        ("limits.http.header_bytes", u64_of(config.limits.http.header_bytes), 4 * 1024, 256 * 1024),
        ("limits.http.batch", u64_of(config.limits.http.batch), 0, 100),
        ("limits.websocket.frame_bytes", u64_of(config.limits.websocket.frame_bytes), 1024, 16 * 1024 * 1024),
        ("limits.websocket.operations", u64_of(config.limits.websocket.operations), 1, 10_000),
        ("limits.websocket.send_queue", u64_of(config.limits.websocket.send_queue), 1, 100_000),
        ("limits.websocket.send_queue_bytes", u64_of(config.limits.websocket.send_queue_bytes), 1024, 64 * 1024 * 1024),
        ("limits.streaming.streams", u64_of(config.limits.streaming.streams.get()), 1, 1_000_000),
        ("limits.streaming.event_buffer", u64_of(config.limits.streaming.event_buffer.get()), 1, 100_000),
        ("server.shutdown_grace_ms", config.server.shutdown_grace_ms, 0, 300_000),
        ("accounts.access_token_seconds", accounts.access_token_seconds, 10, 86_400),
        ("accounts.leeway_seconds", accounts.leeway_seconds, 0, 60),
        ("accounts.password_min_score", u64::from(accounts.password_min_score), 0, 4),
        ("accounts.password_min_chars", u64_of(accounts.password_min_chars), 1, 128),
        ("accounts.permissions_cache_ms", accounts.permissions_cache_ms, 0, 1_000),
        ("accounts.sessions_per_user", u64::from(accounts.sessions_per_user), 1, 10_000),
        ("inventory.adjustment_lines", u64_of(config.inventory.adjustment_lines), 1, 1_000),
        ("inventory.count_lines", u64_of(config.inventory.count_lines), 1, 100_000),
        ("inventory.over_receipt_per_mille", u64::from(config.inventory.over_receipt_per_mille), 0, 1_000_000),
        ("idempotency.retention_hours", u64::from(config.idempotency.retention_hours), 1, 8_760),
    ];
    for (key, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            found.push(Problem::new(key, format!("{value} is out of range; allowed are {least} to {most}")));
        }
    }
}

fn database(config: &Config, found: &mut Vec<Problem>) {
    let database = &config.database;
    if let Some(url) = &database.url {
        let url = url.expose_secret();
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            found.push(Problem::new("database.url", "must begin with sqlite:// or postgres://"));
        } else if !url.starts_with("sqlite:") && PgConnectOptions::from_str(url).is_err() {
            found.push(Problem::new("database.url", "is not a PostgreSQL URL"));
        }
    }
    for (key, value, least) in [
        ("database.sqlite_readers", database.sqlite_readers, 0),
        ("database.postgres_connections", database.postgres_connections, 1),
    ] {
        if !(least..=1_000).contains(&value) {
            found.push(Problem::new(key, format!("{value} is out of range; allowed are {least} to 1000")));
        }
    }
    for (key, value) in [
        ("database.acquire_timeout_ms", database.acquire_timeout_ms),
        ("database.statement_timeout_ms", database.statement_timeout_ms),
        ("database.lock_timeout_ms", database.lock_timeout_ms),
        ("database.busy_timeout_ms", database.busy_timeout_ms),
    ] {
        if !(1..=600_000).contains(&value) {
            found.push(Problem::new(key, format!("{value} is out of range; allowed are 1 to 600000")));
        }
    }
}

fn production(config: &Config, found: &mut Vec<Problem>) {
    let server = &config.server;
    if server.demo {
        found.push(Problem::new("server.demo", "production never loads the demo shop, its users have known passwords"));
    }
    if !server.listen.ip().is_loopback() && !server.allow_plain_http {
        found.push(Problem::new(
            "server.listen",
            "production speaks plain HTTP on loopback only; set server.allow_plain_http when a proxy in front speaks TLS",
        ));
    }
    let argon2 = config.accounts.argon2;
    let least = Argon2::MINIMUM;
    for (key, value, least) in [
        ("accounts.argon2.memory_kib", argon2.memory_kib, least.memory_kib),
        ("accounts.argon2.iterations", argon2.iterations, least.iterations),
        ("accounts.argon2.parallelism", argon2.parallelism, least.parallelism),
    ] {
        if value < least {
            found.push(Problem::new(key, format!("{value} is too weak for production; at least {least}")));
        }
    }
    if config.accounts.password_min_chars < 8 {
        found.push(Problem::new("accounts.password_min_chars", "production asks for at least 8 characters"));
    }
    if reaches_postgres_unverified(config) {
        found.push(Problem::new(
            "database.url",
            "production reaches a PostgreSQL on another host with sslmode=verify-full only, unless database.allow_unverified_tls is set",
        ));
    }
}

fn reaches_postgres_unverified(config: &Config) -> bool {
    let Some(url) = &config.database.url else {
        return false;
    };
    if config.database.allow_unverified_tls || url.expose_secret().starts_with("sqlite:") {
        return false;
    }
    PgConnectOptions::from_str(url.expose_secret()).is_ok_and(|options| {
        let host = options.get_host();
        let local = host.starts_with('/')
            || host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        !local && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull)
    })
}

fn u64_of(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}
