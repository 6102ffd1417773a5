//! Lists of variants: which, in what order, one page at a time.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, Select};

use crate::catalog::entity::product::ProductId;
use crate::catalog::entity::product_variant::{self, Column, ProductVariantId};
use crate::catalog::rules;
use crate::kernel::actor::Actor;
use crate::kernel::db::search;
use crate::kernel::page::columns::Parts;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Group, Order, Page, Reading, ReadingGroups, count_grouped, fetch, fetch_grouped};

/// Which variants a list holds: those that meet every condition given. An empty list of values meets nothing.
#[derive(Debug, Clone, Default)]
pub struct VariantFilter {
    /// A part of the SKU, the barcode or the title, in any case.
    pub query: Option<String>,
    /// One of these.
    pub ids: Option<Vec<ProductVariantId>>,
    /// With one of these SKUs.
    pub skus: Option<Vec<String>>,
    /// With one of these barcodes, however many zeros stand before it.
    pub barcodes: Option<Vec<String>>,
    /// Of one of these products.
    pub products: Option<Vec<ProductId>>,
}

impl VariantFilter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.query.as_deref().map(matches))
            .add_option(self.ids.as_ref().map(|ids| Column::Id.is_in(ids.iter().copied())))
            .add_option(self.skus.as_ref().map(|skus| Column::Sku.is_in(skus.clone())))
            .add_option(self.barcodes.as_deref().map(with_barcodes))
            .add_option(self.products.as_ref().map(|products| Column::ProductId.is_in(products.iter().copied())))
    }
}

/// Variants with one of these barcodes, however many zeros stand before it.
fn with_barcodes(barcodes: &[String]) -> Expr {
    Column::Barcode.is_in(barcodes.iter().flat_map(|code| rules::same_codes(code)))
}

fn column(column: Column) -> Expr {
    Expr::col((product_variant::Entity, column))
}

fn matches(query: &str) -> Condition {
    [Column::Sku, Column::Barcode, Column::Title]
        .into_iter()
        .fold(Condition::any(), |any, each| any.add(search::contains(column(each), query)))
}

/// The orders of a list of variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VariantOrder {
    /// By place among the variants of the product, ascending.
    PositionAsc,
    /// By place among the variants of the product, descending.
    PositionDesc,
    /// By SKU, ascending.
    SkuAsc,
    /// By SKU, descending.
    SkuDesc,
    /// By title, ascending.
    TitleAsc,
    /// By title, descending.
    TitleDesc,
    /// By price in minor units, ascending.
    PriceAsc,
    /// By price in minor units, descending.
    PriceDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// The longest unchanged first.
    UpdatedAtAsc,
    /// The last changed first.
    UpdatedAtDesc,
}

impl VariantOrder {
    fn order(self) -> Order<product_variant::Model> {
        let (name, sort, descending, key): (_, _, _, fn(&product_variant::Model) -> Key) = match self {
            Self::PositionAsc => ("POSITION_ASC", Column::Position, false, |row| Key::Int(row.position)),
            Self::PositionDesc => ("POSITION_DESC", Column::Position, true, |row| Key::Int(row.position)),
            Self::SkuAsc => ("SKU_ASC", Column::Sku, false, |row| Key::Text(row.sku.clone())),
            Self::SkuDesc => ("SKU_DESC", Column::Sku, true, |row| Key::Text(row.sku.clone())),
            Self::TitleAsc => ("TITLE_ASC", Column::Title, false, |row| Key::Text(row.title.clone())),
            Self::TitleDesc => ("TITLE_DESC", Column::Title, true, |row| Key::Text(row.title.clone())),
            Self::PriceAsc => ("PRICE_ASC", Column::PriceMinor, false, |row| Key::Int(row.price_minor)),
            Self::PriceDesc => ("PRICE_DESC", Column::PriceMinor, true, |row| Key::Int(row.price_minor)),
            Self::CreatedAtAsc => ("CREATED_AT_ASC", Column::CreatedAt, false, |row| Key::Int(row.created_at.0)),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", Column::CreatedAt, true, |row| Key::Int(row.created_at.0)),
            Self::UpdatedAtAsc => ("UPDATED_AT_ASC", Column::UpdatedAt, false, |row| Key::Int(row.updated_at.0)),
            Self::UpdatedAtDesc => ("UPDATED_AT_DESC", Column::UpdatedAt, true, |row| Key::Int(row.updated_at.0)),
        };
        Order {
            name,
            column: Some(column(sort)),
            nullable: false,
            id: column(Column::Id),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: Some(Parts::stored(product_variant::Model::asking(&[sort]))),
        }
    }
}

/// The variants of a list that `actor` may see.
pub fn variants(actor: &Actor, filter: &VariantFilter) -> Select<product_variant::Entity> {
    product_variant::visible_to(actor).filter(filter.condition())
}

/// One page of the variants of `select`.
pub fn variants_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<product_variant::Entity>,
    order: VariantOrder,
    page: &'a Page,
) -> Reading<'a, product_variant::Model> {
    fetch(db, select, order.order(), page)
}

fn of_products(actor: &Actor, products: &[ProductId]) -> Select<product_variant::Entity> {
    product_variant::visible_to(actor).filter(Column::ProductId.is_in(products.iter().copied()))
}

/// The same page of the variants of each of these products that `actor` may see.
pub fn variants_of_products<'a>(
    db: &'a impl ConnectionTrait,
    actor: &Actor,
    products: &[ProductId],
    order: VariantOrder,
    page: &'a Page,
) -> ReadingGroups<'a, ProductId, product_variant::Model> {
    let parent = |row: &product_variant::Model| row.product_id;
    let group = Group { parents: products, column: Column::ProductId, parent };
    fetch_grouped(db, product_variant::visible_to(actor), group, order.order(), page)
}

/// How many variants of each of these products `actor` may see.
pub async fn variant_counts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    products: &[ProductId],
) -> Result<HashMap<ProductId, u64>, DbErr> {
    let counts = count_grouped(db, of_products(actor, products), Column::ProductId).await?;
    Ok(counts.into_iter().map(|(product, count)| (ProductId(product), count)).collect())
}
