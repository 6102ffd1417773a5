//! A variant of a product: the thing that is sold, counted and kept in stock.

use std::sync::LazyLock;

use sea_orm::entity::prelude::*;

use super::product::{self, ProductId};
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::money::Currency;
use crate::kernel::page::columns;

crate::id!(
    /// The id of a variant of a product.
    ProductVariantId, "variant"
);

/// A row of `product_variants`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_variants")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductVariantId,
    /// The product.
    pub product_id: ProductId,
    /// Its option values joined by ` / `, or `Default`.
    pub title: String,
    /// The unique stock keeping unit.
    pub sku: String,
    /// A GTIN or another code on the thing.
    pub barcode: Option<String>,
    /// Its option values in the order of the options, so that no two variants of a product have the same; empty without options.
    pub option_key: String,
    /// The currency of its prices.
    pub currency: Currency,
    /// The price in minor units.
    pub price_minor: i64,
    /// The former price in minor units.
    pub compare_at_minor: Option<i64>,
    /// The weight in grams.
    pub weight_grams: Option<i64>,
    /// How far it may be promised beyond its stock.
    pub backorder_policy: BackorderPolicy,
    /// The most units that may be promised beyond its stock, where the policy has a limit.
    pub backorder_limit: Option<i64>,
    /// The place among the variants, from 1.
    pub position: i64,
    /// Counted up by each change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

crate::parts! {
    always { id: Id, product_id: ProductId, currency: Currency, backorder_policy: BackorderPolicy, }
    asked {
        title: Title,
        sku: Sku,
        barcode: Barcode,
        option_key: OptionKey,
        price_minor: PriceMinor,
        compare_at_minor: CompareAtMinor,
        weight_grams: WeightGrams,
        backorder_limit: BackorderLimit,
        position: Position,
        version: Version,
        created_at: CreatedAt,
        updated_at: UpdatedAt,
    }
}

/// How far a variant may be promised beyond its stock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BackorderPolicy {
    /// Not at all.
    #[default]
    #[sea_orm(string_value = "DENY")]
    Deny,
    /// As far as anyone asks.
    #[sea_orm(string_value = "ALLOW")]
    Allow,
    /// Up to a number of units over all locations.
    #[sea_orm(string_value = "ALLOW_UP_TO")]
    AllowUpTo,
}

/// Rows are joined by hand, in sets.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The variants that `actor` may see: those of the products that they may see. Every read of a variant starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    static ALL: LazyLock<Select<Entity>> = LazyLock::new(columns::all_rows);
    product::with_visible(actor, ALL.clone(), Column::ProductId)
}
