//! The demo shop: it is whole, it stays single, and everyone in it can log in.

use std::time::Duration;

use serde_json::json;
use stockroom::cli::demo;
use stockroom::kernel::db::sql::Sql;

use super::counts;
use crate::support::{TestApp, both_databases};

async fn the_demo_shop_is_large_enough_and_has_a_history(app: TestApp) {
    let loaded = demo::load(&app.app.services).await.unwrap();
    assert!(loaded.new_products >= 40, "{}", loaded.new_products);
    for (name, least) in [("categories", 6), ("products", 40), ("variants", 120), ("levels", 300), ("movements", 500)] {
        assert!(counts::of(&app, name).await >= least, "{name}");
    }
    assert_eq!(counts::of(&app, "locations").await, 3);
    let reasons = "SELECT count(DISTINCT reason) AS rows FROM stock_adjustments";
    assert!(counts::rows(&app, reasons).await >= 6);
    let people = "SELECT count(DISTINCT actor_id) AS rows FROM stock_movements";
    assert_eq!(counts::rows(&app, people).await, 3);
    assert_eq!(counts::drifted_levels(&app).await, 0);
}

#[derive(sea_orm::FromQueryResult)]
struct Ends {
    first: i64,
    last: i64,
}

async fn its_history_lies_in_the_past_weeks(app: TestApp) {
    demo::load(&app.app.services).await.unwrap();
    let now = app.app.services.clock.now();
    let sql = Sql::new("SELECT min(created_at) AS first, max(created_at) AS last FROM stock_movements");
    let ends: Option<Ends> = sql.one(app.app.services.db.read()).await.unwrap();
    let Ends { first, last } = ends.unwrap();
    assert!(last < now.0 && first < last - 30 * 24 * 3600 * 1_000_000, "{first} {last} {now}");
    let late = "SELECT count(*) AS rows FROM stock_movements m JOIN product_variants v ON v.id = m.variant_id WHERE m.created_at < v.created_at";
    assert_eq!(counts::rows(&app, late).await, 0);
}

async fn loading_it_twice_changes_nothing(app: TestApp) {
    let first = demo::load(&app.app.services).await.unwrap();
    let before = counts::all(&app).await;
    let second = demo::load(&app.app.services).await.unwrap();
    assert_eq!((second.new_products, second.new_documents), (0, 0));
    assert_eq!(second.password, first.password);
    assert_eq!(counts::all(&app).await, before);
}

async fn a_load_that_is_cut_off_is_completed_by_the_next_one(app: TestApp) {
    // Each attempt gets a little further before it is dropped; what it wrote stays. Each has more time than the one before,
    // so that on a slow machine, too, one comes to the end.
    let mut attempts = 0;
    let whole = loop {
        attempts += 1;
        let load = demo::load(&app.app.services);
        if let Ok(loaded) = tokio::time::timeout(Duration::from_millis(100 + 10 * attempts), load).await {
            break loaded.unwrap();
        }
        // What was under way when the attempt was dropped comes to its end.
        app.app.services.writer.drain().await;
    };
    assert_eq!(whole.users.len(), 8);
    assert_eq!(counts::of(&app, "products").await, 55);
    assert_eq!(counts::of(&app, "adjustments").await, 71);
    assert_eq!(counts::of(&app, "users").await, 8);
    assert_eq!(counts::drifted_levels(&app).await, 0);
}

async fn a_user_of_every_role_can_log_in_with_the_one_password(app: TestApp) {
    let loaded = demo::load(&app.app.services).await.unwrap();
    let mut roles: Vec<&str> = loaded.users.iter().flat_map(|user| &user.roles).map(String::as_str).collect();
    roles.sort_unstable();
    roles.dedup();
    assert_eq!(roles, ["ADMINISTRATOR", "CATALOG_MANAGER", "CUSTOMER", "INVENTORY_MANAGER", "SUPPORT"]);
    let login = "mutation($input: LoginInput!) { login(input: $input) { user { email } userErrors { message } } }";
    for user in &loaded.users {
        let answer = app.anonymous().mutate(login, json!({ "email": user.email, "password": loaded.password })).await;
        assert_eq!(answer.data()["login"]["user"]["email"], json!(user.email));
    }
}

async fn customers_see_what_is_on_sale_and_nothing_else(app: TestApp) {
    demo::load(&app.app.services).await.unwrap();
    let document = "{ products(first: 100) { nodes { handle status } } }";
    let answer = app.anonymous().query(document, json!({})).await;
    let products = answer.data()["products"]["nodes"].as_array().unwrap().clone();
    assert_eq!(products.len(), 51);
    assert!(products.iter().all(|product| product["status"] == "ACTIVE"));
}

both_databases!(
    the_demo_shop_is_large_enough_and_has_a_history,
    its_history_lies_in_the_past_weeks,
    loading_it_twice_changes_nothing,
    a_load_that_is_cut_off_is_completed_by_the_next_one,
    a_user_of_every_role_can_log_in_with_the_one_password,
    customers_see_what_is_on_sale_and_nothing_else,
);
