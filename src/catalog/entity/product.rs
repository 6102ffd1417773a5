//! A product: what the shop presents as one thing, sold as one or more variants.

use std::sync::LazyLock;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{QuerySelect as _, QueryTrait as _};

use super::category::CategoryId;
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::clock::Timestamp;
use crate::kernel::page::columns;

crate::id!(
    /// The id of a product.
    ProductId, "product"
);

/// A row of `products`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    /// The name for customers.
    pub title: String,
    /// The unique name in addresses.
    pub handle: String,
    /// Sanitised HTML, or empty.
    pub description: String,
    /// Who may see it.
    pub status: Status,
    /// Who makes it.
    pub vendor: Option<String>,
    /// A word for what it is.
    pub product_type: Option<String>,
    /// Its place in the category tree.
    pub category_id: Option<CategoryId>,
    /// Counted up by each change of the product or its options.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

crate::parts! {
    always { id: Id, status: Status, category_id: CategoryId, }
    asked {
        title: Title,
        handle: Handle,
        description: Description,
        vendor: Vendor,
        product_type: ProductType,
        version: Version,
        created_at: CreatedAt,
        updated_at: UpdatedAt,
    }
}

/// Who may see a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// In preparation: staff only.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// On sale: everyone.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// No longer on sale: staff only.
    #[sea_orm(string_value = "ARCHIVED")]
    Archived,
}

/// Rows are joined by hand, in sets.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The products that `actor` may see. Every read of a product starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    static ALL: LazyLock<Select<Entity>> = LazyLock::new(columns::all_rows);
    let all = ALL.clone();
    if actor.may(Permission::ReadCatalog) { all } else { all.filter(Column::Status.eq(Status::Active)) }
}

/// The rows of `all` whose product `actor` may see. For those who may not see all it is a look into the primary key for each row: of
/// `product_id IN (SELECT id …)` SQLite makes a list of all such products first.
pub fn with_visible<E: EntityTrait>(actor: &Actor, all: Select<E>, product_id: E::Column) -> Select<E> {
    if actor.may(Permission::ReadCatalog) {
        return all;
    }
    let theirs = Expr::col((Entity, Column::Id)).equals((E::default(), product_id));
    let visible = visible_to(actor).select_only().column(Column::Id).filter(theirs).into_query();
    all.filter(Expr::exists(visible))
}
