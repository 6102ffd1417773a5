//! Random operations by parallel clients, with retries, restarts and kills, against a plain model in memory. What every client was answered, every
//! level and the whole history must be what the model says for some order of the operations that each client could have seen.

mod allocation;
mod ask;
mod counted;
mod counts;
mod deliveries;
mod expiry;
mod holding;
mod operation;
mod order;
mod orders;
mod promises;
mod slips;
mod stage;
mod stock;
mod tally;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use self::operation::{Operation, Weights, any_opening, any_operation, first_stock};
use self::stage::Stage;
use crate::support::{TestApp, both_databases};

both_databases!(every_history_is_one_that_the_model_allows, every_history_with_kills_is_one_that_the_model_allows);

/// Cases of one run: a thousand on both databases together and then some. `STOCKROOM_TEST_CASES` asks for another number.
const CASES: u32 = 510;
/// Cases that are played, again and again, when some rare operation was not met by chance.
const MORE_CASES: u32 = 30;
/// Cases in which the server is a process of its own that is killed. They take a start of the program each.
const CASES_WITH_KILLS: u32 = 12;

/// What happens in one case: one phase after the other.
#[derive(Debug, Clone)]
struct Case(Vec<Phase>);

/// What some clients do at the same time, and what happens then.
#[derive(Debug, Clone)]
struct Phase {
    /// Each client sends its operations one after the other.
    clients: Vec<Vec<Request>>,
    then: Then,
}

/// An operation, and whether an impatient client sends it twice at once under its idempotency key.
#[derive(Debug, Clone)]
struct Request {
    operation: Operation,
    twice: bool,
}

/// What happens between two phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Nothing,
    /// The server is stopped and started again.
    Restart,
    /// Time passes, with nobody sweeping.
    Minutes(u32),
}

fn any_case() -> impl Strategy<Value = Case> {
    Union::new(Weights::THEMES.map(|weights| any_case_of(weights).boxed()))
}

fn any_case_of(weights: Weights) -> impl Strategy<Value = Case> {
    let request = (any_operation(weights), prop::bool::weighted(0.15));
    let request = request.prop_map(|(operation, twice)| Request { operation, twice }).boxed();
    let then = prop_oneof![
        12 => Just(Then::Nothing),
        1 => Just(Then::Restart),
        4 => (1_u32..20).prop_map(Then::Minutes),
    ];
    let clients = prop_oneof![2 => vec(vec(request.clone(), 1..6), 1..=1), 3 => vec(vec(request, 1..4), 2..=4)];
    let phase = (clients, then).prop_map(|(clients, then)| Phase { clients, then });
    let opening = prop::option::weighted(0.5, any_opening(weights));
    (prop::bool::weighted(0.8), opening, vec(phase, 1..4)).prop_map(|(stocked, opening, phases)| {
        let first = stocked.then(first_stock).into_iter().chain(opening.into_iter().flatten());
        let first: Vec<Request> = first.map(|operation| Request { operation, twice: false }).collect();
        let first = (!first.is_empty()).then(|| Phase { clients: vec![first], then: Then::Nothing });
        Case(first.into_iter().chain(phases).collect())
    })
}

async fn every_history_is_one_that_the_model_allows(app: TestApp) {
    let stage = Stage::in_process(app).await;
    if run(&stage, CASES).await >= CASES {
        let mut more = 0;
        while more < CASES && stage.lacks_something().await {
            more += run(&stage, MORE_CASES).await;
        }
        stage.assert_everything_happened().await;
    }
    stage.assert_clean().await;
}

async fn every_history_with_kills_is_one_that_the_model_allows(app: TestApp) {
    let stage = Stage::with_kills(app).await;
    run(&stage, CASES_WITH_KILLS).await;
    stage.assert_clean().await;
}

/// Plays random cases, and tells how many. A failure names the seed, which `STOCKROOM_TEST_SEED` repeats, and the smallest case that fails.
async fn run(stage: &Stage, cases: u32) -> u32 {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("STOCKROOM_TEST_SEED").unwrap_or_else(rand::random);
    let cases = number("STOCKROOM_TEST_CASES").map_or(cases, |cases| u32::try_from(cases).unwrap());
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4));
    let mut runner = TestRunner::new_with_rng(config, rng);
    let played = block_in_place(|| {
        runner.run(&any_case(), |case| Handle::current().block_on(stage.play(&case)).map_err(TestCaseError::fail))
    });
    if let Err(failure) = played {
        panic!("STOCKROOM_TEST_SEED={seed}: {failure}");
    }
    cases
}
