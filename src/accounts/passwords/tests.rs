//! Hashing and checking, alone.

use super::*;
use crate::accounts::rules::{Email, PasswordPolicy, PersonName};

/// By the command of the reference implementation: `argon2 somesaltsomesalt -id -t 2 -k 19456 -p 1 -l 32 -e`.
const STORED: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$68ZaUHwIoVipFqqyUsuBD8rBwXuMfQ6HGFLqTjGNffE";

fn new_password(text: &str) -> NewPassword {
    let email = Email::parse("ada@example.com").unwrap();
    NewPassword::parse(&text.to_owned().into(), PasswordPolicy::default(), &email, &PersonName::parse("Ada").unwrap())
        .unwrap()
}

fn typed(text: &str) -> TypedPassword {
    TypedPassword::new(&text.to_owned().into())
}

fn passwords(settings: &PasswordSettings) -> Passwords {
    Passwords::new(settings).unwrap()
}

#[tokio::test]
async fn the_right_password_is_accepted_and_every_other_refused() {
    let service = passwords(&PasswordSettings::default());
    let stored = service.hash(&new_password("violet anvil cobalt")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert_eq!(service.check(&typed("violet anvil cobalt"), Some(&stored)).await.unwrap(), Checked::Right);
    for wrong in ["", "violet anvil cobalt ", "Violet anvil cobalt", &"x".repeat(600)] {
        assert_eq!(service.check(&typed(wrong), Some(&stored)).await.unwrap(), Checked::Wrong);
    }
}

#[test]
fn the_vectors_of_rfc_9106_hold() {
    let params = Params::builder().memory(Memory::kib(32)).passes(3).lanes(4).build().unwrap();
    let expected = [
        (Algorithm::Argon2d, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
        (Algorithm::Argon2i, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
        (Algorithm::Argon2id, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
    ];
    for (algorithm, tag) in expected {
        let mut hasher = Argon2::new(algorithm, Version::V0x13, params).hasher();
        for _ in 0..2 {
            let mut found = [0; 32];
            hasher.hash_into_with_ad(&[1; 32], &[2; 16], &[3; 8], &[4; 12], &mut found).unwrap();
            let found = found.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            assert_eq!(found, tag, "{algorithm:?}");
        }
    }
}

#[tokio::test]
async fn hashes_that_another_implementation_made_are_accepted() {
    let service = passwords(&PasswordSettings::default());
    assert_eq!(service.check(&typed("violet anvil cobalt"), Some(STORED)).await.unwrap(), Checked::Right);
    assert_eq!(service.check(&typed("violet anvil cobald"), Some(STORED)).await.unwrap(), Checked::Wrong);
}

#[tokio::test]
async fn a_stored_hash_that_asks_for_too_much_memory_is_a_fault() {
    let service = passwords(&PasswordSettings::default());
    let stored = STORED.replace("m=19456", "m=4294967295");
    let found = service.check(&typed("violet anvil cobalt"), Some(&stored)).await;
    assert!(matches!(found, Err(PasswordFault::Broken(_))), "{found:?}");
}

#[tokio::test]
async fn hashers_keep_their_memory_while_they_are_used_and_are_no_more_than_work_at_once() {
    let service = passwords(&PasswordSettings { at_once: 2, ..PasswordSettings::default() });
    let (guess, unknown) = (typed("wrong"), None);
    let checks = (0..6).map(|_| service.check(&guess, unknown));
    for found in futures_util::future::join_all(checks).await {
        assert_eq!(found.unwrap(), Checked::Wrong);
    }
    {
        let idle = service.hashers.idle();
        assert!((1..=2).contains(&idle.len()), "{}", idle.len());
        assert!(idle.iter().all(|idle| idle.hasher.reserved_blocks() == 19_456));
    }
    service.release_unused(Duration::from_mins(1));
    assert!(!service.hashers.idle().is_empty());
    service.release_unused(Duration::ZERO);
    assert!(service.hashers.idle().is_empty());
    assert_eq!(service.check(&guess, unknown).await.unwrap(), Checked::Wrong);
}

#[tokio::test]
async fn two_hashes_of_one_password_differ() {
    let service = passwords(&PasswordSettings::default());
    let password = new_password("violet anvil cobalt");
    assert_ne!(service.hash(&password).await.unwrap(), service.hash(&password).await.unwrap());
}

#[tokio::test]
async fn an_unknown_user_costs_one_computation_like_a_wrong_password() {
    let service = passwords(&PasswordSettings::default());
    let stored = service.hash(&new_password("violet anvil cobalt")).await.unwrap();
    let before = service.computed();
    assert_eq!(service.check(&typed("wrong"), Some(&stored)).await.unwrap(), Checked::Wrong);
    assert_eq!(service.computed(), before + 1);
    for guess in ["wrong", ""] {
        let before = service.computed();
        assert_eq!(service.check(&typed(guess), None).await.unwrap(), Checked::Wrong);
        assert_eq!(service.computed(), before + 1);
    }
}

#[tokio::test]
async fn a_hash_of_other_parameters_is_accepted_and_reported_as_outdated() {
    let old = passwords(&PasswordSettings { iterations: 3, ..PasswordSettings::default() });
    let stored = old.hash(&new_password("violet anvil cobalt")).await.unwrap();
    let service = passwords(&PasswordSettings::default());
    let found = service.check(&typed("violet anvil cobalt"), Some(&stored)).await.unwrap();
    assert_eq!(found, Checked::RightButOutdated);
    assert_eq!(service.check(&typed("wrong"), Some(&stored)).await.unwrap(), Checked::Wrong);
}

#[tokio::test]
async fn an_unreadable_stored_hash_is_a_fault_and_not_a_wrong_password() {
    let service = passwords(&PasswordSettings::default());
    let found = service.check(&typed("violet"), Some("not a hash")).await;
    assert!(matches!(found, Err(PasswordFault::Broken(_))), "{found:?}");
}

#[test]
fn parameters_below_the_floor_are_refused_by_name() {
    let weak = [
        ("memory_kib", PasswordSettings { memory_kib: 19_455, ..PasswordSettings::default() }),
        ("iterations", PasswordSettings { iterations: 1, ..PasswordSettings::default() }),
        ("parallelism", PasswordSettings { parallelism: 0, ..PasswordSettings::default() }),
    ];
    for (name, settings) in weak {
        let Err(PasswordSettingsRefused::TooWeak { key, .. }) = Passwords::new(&settings) else {
            panic!("{name} should be refused")
        };
        assert_eq!(key, name);
    }
}

#[tokio::test]
async fn who_finds_the_queue_full_or_waits_too_long_is_sent_away() {
    let settings =
        PasswordSettings { at_once: 1, queue: 1, wait: Duration::from_millis(1), ..PasswordSettings::default() };
    let service = passwords(&settings);
    let held = service.turn().await.unwrap();
    let waited = service.check(&typed("violet"), None).await;
    assert!(matches!(waited, Err(PasswordFault::Busy)), "{waited:?}");
    assert_eq!(service.computed(), 0);
    let queued = service.admitted.clone().try_acquire_owned().unwrap();
    assert!(matches!(service.turn().await, Err(PasswordFault::Busy)));
    drop((held, queued));
    assert_eq!(service.check(&typed("violet"), None).await.unwrap(), Checked::Wrong);
}
