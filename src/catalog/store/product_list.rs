//! Lists of products: which, in what order, one page at a time.

use std::collections::HashMap;

use sea_orm::sea_query::{CommonTableExpression, Expr, ExprTrait as _, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Select,
};
use uuid::Uuid;

use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::entity::product::{self, Column, ProductId, Status};
use crate::catalog::entity::{product_tag, product_variant};
use crate::kernel::actor::Actor;
use crate::kernel::clock::TimeRange;
use crate::kernel::db::search;
use crate::kernel::money::Currency;
use crate::kernel::page::columns::Parts;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Group, Order, Page, Reading, ReadingGroups, count_grouped, fetch, fetch_grouped};

/// Which products a list holds: those that meet every condition given. An empty list of values meets nothing.
#[derive(Debug, Clone, Default)]
pub struct ProductFilter {
    /// A part of the title, the handle, the vendor or the SKU of a variant, in any case.
    pub query: Option<String>,
    /// One of these.
    pub ids: Option<Vec<ProductId>>,
    /// With one of these handles.
    pub handles: Option<Vec<String>>,
    /// In one of these states.
    pub statuses: Option<Vec<Status>>,
    /// By one of these vendors.
    pub vendors: Option<Vec<String>>,
    /// Of one of these types.
    pub product_types: Option<Vec<String>>,
    /// With at least one of these tags.
    pub tags: Option<Vec<String>>,
    /// In one of these categories or below it.
    pub categories: Option<Vec<CategoryId>>,
    /// With a variant at such a price.
    pub price: Option<PriceFilter>,
    /// Created then.
    pub created: TimeRange,
    /// Last changed then.
    pub updated: TimeRange,
    /// Meets all of these as well.
    pub and: Vec<Self>,
    /// Meets at least one of these as well.
    pub or: Option<Vec<Self>>,
    /// Does not meet this.
    pub not: Option<Box<Self>>,
}

/// A range of prices in one currency, both ends included.
#[derive(Debug, Clone, Copy)]
pub struct PriceFilter {
    /// The currency.
    pub currency: Currency,
    /// The lowest, in minor units.
    pub min_minor: Option<i64>,
    /// The highest, in minor units.
    pub max_minor: Option<i64>,
}

impl ProductFilter {
    /// No part may be unknown (NULL) for a row, so that `not` finds exactly the other rows.
    fn condition(&self) -> Condition {
        let optional = |column: Column, values: &Vec<String>| column.is_not_null().and(column.is_in(values.clone()));
        Condition::all()
            .add_option(self.query.as_deref().map(matches))
            .add_option(self.ids.as_ref().map(|ids| Column::Id.is_in(ids.iter().copied())))
            .add_option(self.handles.as_ref().map(|handles| Column::Handle.is_in(handles.clone())))
            .add_option(self.statuses.as_ref().map(|statuses| Column::Status.is_in(statuses.iter().copied())))
            .add_option(self.vendors.as_ref().map(|vendors| optional(Column::Vendor, vendors)))
            .add_option(self.product_types.as_ref().map(|types| optional(Column::ProductType, types)))
            .add_option(self.tags.as_deref().map(has_tag))
            .add_option(self.categories.as_deref().map(lies_in))
            .add_option(self.price.map(costs))
            .add_option(search::within(&column(Column::CreatedAt), self.created))
            .add_option(search::within(&column(Column::UpdatedAt), self.updated))
            .add(self.and.iter().fold(Condition::all(), |all, filter| all.add(filter.condition())))
            .add_option(self.or.as_deref().map(any))
            .add_option(self.not.as_ref().map(|filter| filter.condition().not()))
    }
}

fn column(column: Column) -> Expr {
    Expr::col((product::Entity, column))
}

fn any(filters: &[ProductFilter]) -> Condition {
    // Of no filters none can be met.
    filters.iter().fold(Condition::any().add(Expr::cust("1 = 0")), |any, filter| any.add(filter.condition()))
}

fn matches(query: &str) -> Condition {
    let sku = search::contains(Expr::col((product_variant::Entity, product_variant::Column::Sku)), query);
    [Column::Title, Column::Handle, Column::Vendor]
        .into_iter()
        .fold(Condition::any(), |any, each| any.add(search::contains(column(each), query)))
        .add(column(Column::Id).in_subquery(products_with_variant(sku)))
}

fn costs(price: PriceFilter) -> Expr {
    use product_variant::Column as Variant;
    let condition = Condition::all()
        .add(Variant::Currency.eq(price.currency))
        .add_option(price.min_minor.map(|minor| Variant::PriceMinor.gte(minor)))
        .add_option(price.max_minor.map(|minor| Variant::PriceMinor.lte(minor)));
    column(Column::Id).in_subquery(products_with_variant(condition))
}

fn products_with_variant(condition: impl sea_orm::sea_query::IntoCondition) -> SelectStatement {
    let variants = product_variant::Entity::find().select_only().column(product_variant::Column::ProductId);
    variants.filter(condition).into_query()
}

fn has_tag(tags: &[String]) -> Expr {
    let tagged = product_tag::Entity::find().select_only().column(product_tag::Column::ProductId);
    column(Column::Id).in_subquery(tagged.filter(product_tag::Column::Tag.is_in(tags)).into_query())
}

fn lies_in(categories: &[CategoryId]) -> Expr {
    Column::CategoryId.is_not_null().and(column(Column::CategoryId).in_subquery(with_descendants(categories)))
}

/// The ids of these categories and of all below them.
fn with_descendants(categories: &[CategoryId]) -> SelectStatement {
    const TREE: &str = "tree";
    let (id, parent) = (category::Column::Id, category::Column::ParentId);
    let mut below = Query::select();
    below
        .column((category::Entity, id))
        .from(category::Entity)
        .inner_join(TREE, Expr::col((category::Entity, parent)).equals((TREE, "id")));
    let mut tree = Query::select();
    tree.column((category::Entity, id)).from(category::Entity).and_where(id.is_in(categories.iter().copied()));
    // A union without repetitions ends even if the tree had a loop.
    tree.union(UnionType::Distinct, below);
    let table = CommonTableExpression::new().table_name(TREE).column("id").query(tree).to_owned();
    let clause = Query::with().recursive(true).cte(table).to_owned();
    Query::select().column((TREE, "id")).from(TREE).with_cte(clause).to_owned()
}

/// The orders of a list of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductOrder {
    /// By title, ascending.
    TitleAsc,
    /// By title, descending.
    TitleDesc,
    /// By handle, ascending.
    HandleAsc,
    /// By handle, descending.
    HandleDesc,
    /// By vendor, ascending; without one last.
    VendorAsc,
    /// By vendor, descending; without one first.
    VendorDesc,
    /// By type, ascending; without one last.
    ProductTypeAsc,
    /// By type, descending; without one first.
    ProductTypeDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// The longest unchanged first.
    UpdatedAtAsc,
    /// The last changed first.
    UpdatedAtDesc,
}

impl ProductOrder {
    fn order(self) -> Order<product::Model> {
        let (name, sort, descending, key): (_, _, _, fn(&product::Model) -> Key) = match self {
            Self::TitleAsc => ("TITLE_ASC", Column::Title, false, |row| Key::Text(row.title.clone())),
            Self::TitleDesc => ("TITLE_DESC", Column::Title, true, |row| Key::Text(row.title.clone())),
            Self::HandleAsc => ("HANDLE_ASC", Column::Handle, false, |row| Key::Text(row.handle.clone())),
            Self::HandleDesc => ("HANDLE_DESC", Column::Handle, true, |row| Key::Text(row.handle.clone())),
            Self::VendorAsc => ("VENDOR_ASC", Column::Vendor, false, |row| Key::text(row.vendor.as_deref())),
            Self::VendorDesc => ("VENDOR_DESC", Column::Vendor, true, |row| Key::text(row.vendor.as_deref())),
            Self::ProductTypeAsc => {
                ("PRODUCT_TYPE_ASC", Column::ProductType, false, |row| Key::text(row.product_type.as_deref()))
            }
            Self::ProductTypeDesc => {
                ("PRODUCT_TYPE_DESC", Column::ProductType, true, |row| Key::text(row.product_type.as_deref()))
            }
            Self::CreatedAtAsc => ("CREATED_AT_ASC", Column::CreatedAt, false, |row| Key::Int(row.created_at.0)),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", Column::CreatedAt, true, |row| Key::Int(row.created_at.0)),
            Self::UpdatedAtAsc => ("UPDATED_AT_ASC", Column::UpdatedAt, false, |row| Key::Int(row.updated_at.0)),
            Self::UpdatedAtDesc => ("UPDATED_AT_DESC", Column::UpdatedAt, true, |row| Key::Int(row.updated_at.0)),
        };
        Order {
            name,
            nullable: matches!(sort, Column::Vendor | Column::ProductType),
            column: Some(column(sort)),
            id: column(Column::Id),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: Some(Parts::stored(product::Model::asking(&[sort]))),
        }
    }
}

/// The products of a list that `actor` may see.
pub fn products(actor: &Actor, filter: &ProductFilter) -> Select<product::Entity> {
    product::visible_to(actor).filter(filter.condition())
}

/// One page of the products of `select`.
pub fn products_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<product::Entity>,
    order: ProductOrder,
    page: &'a Page,
) -> Reading<'a, product::Model> {
    fetch(db, select, order.order(), page)
}

fn directly_in(actor: &Actor, categories: &[CategoryId]) -> Select<product::Entity> {
    product::visible_to(actor).filter(Column::CategoryId.is_in(categories.iter().copied()))
}

/// The same page of the products directly in each of these categories that `actor` may see.
pub fn products_of_categories<'a>(
    db: &'a impl ConnectionTrait,
    actor: &Actor,
    categories: &[CategoryId],
    order: ProductOrder,
    page: &'a Page,
) -> ReadingGroups<'a, CategoryId, product::Model> {
    let parent = |row: &product::Model| row.category_id.unwrap_or(CategoryId(Uuid::nil()));
    let group = Group { parents: categories, column: Column::CategoryId, parent };
    fetch_grouped(db, product::visible_to(actor), group, order.order(), page)
}

/// How many products directly in each of these categories `actor` may see.
pub async fn product_counts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    categories: &[CategoryId],
) -> Result<HashMap<CategoryId, u64>, DbErr> {
    let counts = count_grouped(db, directly_in(actor, categories), Column::CategoryId).await?;
    Ok(counts.into_iter().map(|(category, count)| (CategoryId(category), count)).collect())
}
