//! Locations: the list, the look-ups, and what stands against closing one.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_level;
use crate::kernel::actor::Actor;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Order, Page, Reading, fetch};

/// The orders of the list of locations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocationOrder {
    /// By code, ascending.
    CodeAsc,
    /// By code, descending.
    CodeDesc,
    /// By name, ascending.
    NameAsc,
    /// By name, descending.
    NameDesc,
    /// The newest last.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
}

impl LocationOrder {
    fn order(self) -> Order<location::Model> {
        use location::Column;
        let (name, column, descending, key): (_, _, _, fn(&location::Model) -> Key) = match self {
            Self::CodeAsc => ("CODE_ASC", Column::Code, false, |row| Key::Text(row.code.clone())),
            Self::CodeDesc => ("CODE_DESC", Column::Code, true, |row| Key::Text(row.code.clone())),
            Self::NameAsc => ("NAME_ASC", Column::Name, false, |row| Key::Text(row.name.clone())),
            Self::NameDesc => ("NAME_DESC", Column::Name, true, |row| Key::Text(row.name.clone())),
            Self::CreatedAtAsc => ("CREATED_AT_ASC", Column::CreatedAt, false, |row| Key::Int(row.created_at.0)),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", Column::CreatedAt, true, |row| Key::Int(row.created_at.0)),
        };
        Order {
            name,
            column: Some(Expr::col((location::Entity, column))),
            nullable: false,
            id: Expr::col((location::Entity, Column::Id)),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

/// One page of the locations of `select`.
pub fn locations_page<'a>(
    db: &'a impl ConnectionTrait,
    select: sea_orm::Select<location::Entity>,
    order: LocationOrder,
    page: &'a Page,
) -> Reading<'a, location::Model> {
    fetch(db, select, order.order(), page)
}

/// The locations with these ids that `actor` may see.
pub async fn locations_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[LocationId],
) -> Result<HashMap<LocationId, location::Model>, DbErr> {
    let rows = location::visible_to(actor).filter(location::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The location with this code, if `actor` may see it.
pub async fn location_by_code(
    db: &impl ConnectionTrait,
    actor: &Actor,
    code: &str,
) -> Result<Option<location::Model>, DbErr> {
    location::visible_to(actor).filter(location::Column::Code.eq(code)).one(db).await
}

/// The location, locked until the transaction ends: no stock can come to it or go from it meanwhile.
pub async fn lock_location(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    id: LocationId,
) -> Result<Option<location::Model>, DbErr> {
    location::visible_to(actor).filter(location::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// Whether units are at the location, or promised there, or on their way to it.
pub async fn holds_stock(db: &impl ConnectionTrait, id: LocationId) -> Result<bool, DbErr> {
    use stock_level::Column;
    let any = Column::OnHand.ne(0).or(Column::Reserved.ne(0)).or(Column::Incoming.ne(0));
    let found = stock_level::Entity::find().filter(Column::LocationId.eq(id)).filter(any).one(db).await?;
    Ok(found.is_some())
}

/// Deletes a location with the levels to which nothing has ever happened; `false` when it has another version. A location with a history violates
/// a foreign key.
pub async fn delete_location(tx: &impl ConnectionTrait, id: LocationId, version: i64) -> Result<bool, DbErr> {
    use stock_level::Column;
    stock_level::Entity::delete_many().filter(Column::LocationId.eq(id)).filter(Column::Version.eq(0)).exec(tx).await?;
    let deleted = location::Entity::delete_many()
        .filter(location::Column::Id.eq(id))
        .filter(location::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected == 1)
}
