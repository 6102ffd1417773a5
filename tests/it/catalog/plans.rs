//! How the database goes about what visitors ask: by looking up what belongs to a page, not by a list of everything that is on sale.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait, QueryFilter as _, QueryTrait as _, Select, Statement,
};
use stockroom::catalog::entity::{option_value, product_option, product_variant};
use stockroom::kernel::actor::Actor;
use uuid::Uuid;

use crate::support::TestApp;

/// The steps of SQLite's plan.
async fn plan<E: EntityTrait>(app: &TestApp, select: Select<E>) -> Vec<String> {
    let db = app.app.services.db.read();
    let Statement { sql, values, db_backend } = select.build(db.get_database_backend());
    let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {sql}"), values, db_backend };
    let steps = db.query_all_raw(explained).await.unwrap();
    steps.iter().map(|step| step.try_get("", "detail").unwrap()).collect()
}

#[tokio::test]
async fn what_belongs_to_a_page_is_looked_up_for_visitors_too() {
    let app = TestApp::on_sqlite().await;
    let (visitor, ids) = (Actor::anonymous(), [Uuid::nil(), Uuid::max()]);
    let variants = product_variant::visible_to(&visitor).filter(product_variant::Column::ProductId.is_in(ids));
    let options = product_option::visible_to(&visitor).filter(product_option::Column::ProductId.is_in(ids));
    let values = option_value::visible_to(&visitor).filter(option_value::Column::OptionId.is_in(ids));
    let plans = [plan(&app, variants).await, plan(&app, options).await, plan(&app, values).await];
    for step in plans.iter().flatten() {
        assert!(!step.starts_with("SCAN") && !step.starts_with("LIST SUBQUERY"), "{plans:#?}");
    }
}
