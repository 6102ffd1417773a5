//! The same schema, as far as W1 and W2 ask for it, without loaders: each field asks the database for itself.

use async_graphql::{Context, EmptyMutation, EmptySubscription, Enum, ID, Object, Schema, SimpleObject};
use axum::body::Bytes;
use axum::extract::State;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use super::bare::{PAGE, json_of, price, text_of};
use super::rows::{LevelRow, Pool, ProductRow, VariantRow};

pub(crate) type Naive = Schema<Query, EmptyMutation, EmptySubscription>;

pub(crate) fn schema(pool: Pool) -> Naive {
    Schema::build(Query, EmptyMutation, EmptySubscription).data(pool).finish()
}

/// Answers a document.
pub(crate) async fn answer(State(schema): State<Naive>, asked: Bytes) -> axum::response::Response {
    let request: async_graphql::Request = serde_json::from_slice(&asked).unwrap();
    json_of(serde_json::to_vec(&schema.execute(request).await).unwrap().into())
}

pub(crate) struct Query;

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum ProductOrder {
    TitleAsc,
}

/// What the program's cursors hold.
#[derive(Deserialize)]
struct Cursor {
    k: Key,
    r: Uuid,
}

#[derive(Deserialize)]
struct Key {
    t: String,
}

#[derive(SimpleObject)]
#[graphql(name_type)]
struct Nodes<T: async_graphql::OutputType> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

impl<T: async_graphql::OutputType> async_graphql::TypeName for Nodes<T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Nodes", T::type_name()).into()
    }
}

#[derive(SimpleObject)]
struct PageInfo {
    has_next_page: bool,
}

impl<T: async_graphql::OutputType> Nodes<T> {
    fn of(nodes: Vec<T>, has_next_page: bool) -> Self {
        Self { nodes, page_info: PageInfo { has_next_page } }
    }
}

#[Object]
impl Query {
    async fn products(
        &self,
        ctx: &Context<'_>,
        first: i32,
        after: Option<String>,
        order_by: ProductOrder,
    ) -> Nodes<Product> {
        assert!(order_by == ProductOrder::TitleAsc && usize::try_from(first) == Ok(PAGE));
        let after = after.map(|after| {
            let cursor: Cursor = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(after).unwrap()).unwrap();
            (cursor.k.t, cursor.r)
        });
        let mut rows = ctx.data_unchecked::<Pool>().products(after.as_ref()).await;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        Nodes::of(rows.into_iter().map(Product).collect(), more)
    }

    async fn product(&self, ctx: &Context<'_>, handle: String) -> Option<Product> {
        ctx.data_unchecked::<Pool>().product(&handle).await.pop().map(Product)
    }
}

struct Product(ProductRow);

#[Object]
impl Product {
    async fn id(&self) -> ID {
        text_of("product", self.0.0).into()
    }

    async fn title(&self) -> &str {
        &self.0.1
    }

    async fn handle(&self) -> &str {
        &self.0.2
    }

    async fn variants(&self, ctx: &Context<'_>, first: usize) -> Nodes<Variant> {
        let rows = ctx.data_unchecked::<Pool>().variants(&[self.0.0]).await;
        Nodes::of(rows.into_iter().take(first).map(Variant).collect(), false)
    }
}

struct Variant(VariantRow);

#[derive(SimpleObject)]
struct Price {
    amount: String,
    currency: String,
}

#[Object]
impl Variant {
    async fn id(&self) -> ID {
        text_of("variant", self.0.0).into()
    }

    async fn sku(&self) -> &str {
        &self.0.2
    }

    async fn price(&self) -> Price {
        Price { amount: price(self.0.3), currency: self.0.4.clone() }
    }

    async fn stock_levels(&self, ctx: &Context<'_>, first: usize) -> Nodes<Level> {
        let rows = ctx.data_unchecked::<Pool>().levels(&[self.0.0]).await;
        Nodes::of(rows.into_iter().take(first).map(Level).collect(), false)
    }
}

struct Level(LevelRow);

#[Object]
impl Level {
    async fn on_hand(&self) -> i64 {
        self.0.1
    }

    async fn available(&self) -> i64 {
        self.0.2
    }
}
