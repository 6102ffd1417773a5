//! Reading the ledger: movements and the adjustments that they belong to.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_adjustment::{self, AdjustmentId, Document, Kind, Reason};
use crate::inventory::entity::stock_movement::{self, MovementId, State};
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Group, Order, Page, Reading, ReadingGroups, count_grouped, fetch, fetch_grouped};

/// What both lists can be filtered by.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// For one of these reasons.
    pub reasons: Option<Vec<Reason>>,
    /// With one of these documents behind it.
    pub references: Option<Vec<String>>,
    /// Made by this user.
    pub actor: Option<UserId>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub until: Option<Timestamp>,
}

/// Which movements a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct MovementFilter {
    /// What adjustments have too.
    pub history: HistoryFilter,
    /// Of one of these numbers.
    pub states: Option<Vec<State>>,
    /// Of one of these variants.
    pub variants: Option<Vec<ProductVariantId>>,
    /// Of the variants with these SKUs.
    pub skus: Option<Vec<String>>,
    /// At one of these locations.
    pub locations: Option<Vec<LocationId>>,
    /// At the locations with these codes.
    pub location_codes: Option<Vec<String>>,
    /// Of this adjustment.
    pub adjustment: Option<AdjustmentId>,
    /// Posted by one of these documents, of whatever kind.
    pub documents: Option<Vec<Uuid>>,
}

/// Which adjustments a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct AdjustmentFilter {
    /// What movements have too.
    pub history: HistoryFilter,
    /// Of one of these kinds.
    pub kinds: Option<Vec<Kind>>,
    /// Made by this document.
    pub document: Option<Document>,
}

/// The orders of both lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HistoryOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
}

impl HistoryOrder {
    pub(super) fn name(self) -> (&'static str, bool) {
        match self {
            Self::CreatedAtAsc => ("CREATED_AT_ASC", false),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", true),
        }
    }

    fn of_movements(self) -> Order<stock_movement::Model> {
        use stock_movement::{Column, Entity};
        let (name, descending) = self.name();
        Order {
            name,
            column: Some(Expr::col((Entity, Column::CreatedAt))),
            nullable: false,
            id: Expr::col((Entity, Column::Id)),
            descending,
            key: |row| Key::Int(row.created_at.0),
            row_id: |row| row.id.0,
            parts: None,
        }
    }

    fn of_adjustments(self) -> Order<stock_adjustment::Model> {
        use stock_adjustment::{Column, Entity};
        let (name, descending) = self.name();
        Order {
            name,
            column: Some(Expr::col((Entity, Column::CreatedAt))),
            nullable: false,
            id: Expr::col((Entity, Column::Id)),
            descending,
            key: |row| Key::Int(row.created_at.0),
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

/// The movements of a list that `actor` may see.
pub fn movements(actor: &Actor, filter: MovementFilter) -> Select<stock_movement::Entity> {
    use stock_movement::Column;
    let of_skus = |skus: Vec<String>| {
        let variants = product_variant::Entity::find()
            .select_only()
            .column(product_variant::Column::Id)
            .filter(product_variant::Column::Sku.is_in(skus));
        Column::VariantId.in_subquery(variants.into_query())
    };
    let at_codes = |codes: Vec<String>| {
        let locations = location::Entity::find()
            .select_only()
            .column(location::Column::Id)
            .filter(location::Column::Code.is_in(codes));
        Column::LocationId.in_subquery(locations.into_query())
    };
    let condition = Condition::all()
        .add_option(filter.history.reasons.map(|reasons| Column::Reason.is_in(reasons)))
        .add_option(filter.history.references.map(|references| Column::Reference.is_in(references)))
        .add_option(filter.history.actor.map(|actor| Column::ActorId.eq(actor)))
        .add_option(filter.history.from.map(|from| Column::CreatedAt.gte(from)))
        .add_option(filter.history.until.map(|until| Column::CreatedAt.lt(until)))
        .add_option(filter.states.map(|states| Column::State.is_in(states)))
        .add_option(filter.variants.map(|variants| Column::VariantId.is_in(variants)))
        .add_option(filter.skus.map(of_skus))
        .add_option(filter.locations.map(|locations| Column::LocationId.is_in(locations)))
        .add_option(filter.location_codes.map(at_codes))
        .add_option(filter.documents.map(by_documents))
        .add_option(filter.adjustment.map(|adjustment| Column::AdjustmentId.eq(adjustment)));
    stock_movement::visible_to(actor).filter(condition)
}

/// Movements that one of these documents posted.
fn by_documents(documents: Vec<Uuid>) -> Expr {
    let adjustments = stock_adjustment::Entity::find()
        .select_only()
        .column(stock_adjustment::Column::Id)
        .filter(stock_adjustment::Column::DocumentId.is_in(documents));
    stock_movement::Column::AdjustmentId.in_subquery(adjustments.into_query())
}

/// The adjustments of a list that `actor` may see.
pub fn adjustments(actor: &Actor, filter: AdjustmentFilter) -> Select<stock_adjustment::Entity> {
    use stock_adjustment::Column;
    let condition = Condition::all()
        .add_option(filter.history.reasons.map(|reasons| Column::Reason.is_in(reasons)))
        .add_option(filter.history.references.map(|references| Column::Reference.is_in(references)))
        .add_option(filter.history.actor.map(|actor| Column::ActorId.eq(actor)))
        .add_option(filter.history.from.map(|from| Column::CreatedAt.gte(from)))
        .add_option(filter.history.until.map(|until| Column::CreatedAt.lt(until)))
        .add_option(filter.kinds.map(|kinds| Column::Kind.is_in(kinds)))
        .add_option(filter.document.map(|document| Column::DocumentId.eq(document.id)))
        .add_option(filter.document.map(|document| Column::DocumentType.eq(document.kind)));
    stock_adjustment::visible_to(actor).filter(condition)
}

/// One page of the movements of `select`.
pub fn movements_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<stock_movement::Entity>,
    order: HistoryOrder,
    page: &'a Page,
) -> Reading<'a, stock_movement::Model> {
    fetch(db, select, order.of_movements(), page)
}

/// One page of the adjustments of `select`.
pub fn adjustments_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<stock_adjustment::Entity>,
    order: HistoryOrder,
    page: &'a Page,
) -> Reading<'a, stock_adjustment::Model> {
    fetch(db, select, order.of_adjustments(), page)
}

fn of_adjustments(actor: &Actor, adjustments: &[AdjustmentId]) -> Select<stock_movement::Entity> {
    stock_movement::visible_to(actor).filter(stock_movement::Column::AdjustmentId.is_in(adjustments.iter().copied()))
}

/// The same page of the movements of each of these adjustments that `actor` may see.
pub fn movements_of_adjustments<'a>(
    db: &'a impl ConnectionTrait,
    actor: &Actor,
    adjustments: &[AdjustmentId],
    order: HistoryOrder,
    page: &'a Page,
) -> ReadingGroups<'a, AdjustmentId, stock_movement::Model> {
    let parent = |row: &stock_movement::Model| row.adjustment_id;
    let group = Group { parents: adjustments, column: stock_movement::Column::AdjustmentId, parent };
    fetch_grouped(db, stock_movement::visible_to(actor), group, order.of_movements(), page)
}

/// How many movements of each of these adjustments `actor` may see.
pub async fn movement_counts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    adjustments: &[AdjustmentId],
) -> Result<HashMap<AdjustmentId, u64>, DbErr> {
    let column = stock_movement::Column::AdjustmentId;
    let counts = count_grouped(db, of_adjustments(actor, adjustments), column).await?;
    Ok(counts.into_iter().map(|(adjustment, count)| (AdjustmentId(adjustment), count)).collect())
}

/// The movements with these ids that `actor` may see.
pub async fn movements_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[MovementId],
) -> Result<HashMap<MovementId, stock_movement::Model>, DbErr> {
    let select = stock_movement::visible_to(actor);
    let rows = select.filter(stock_movement::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The adjustments with these ids that `actor` may see.
pub async fn adjustments_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[AdjustmentId],
) -> Result<HashMap<AdjustmentId, stock_adjustment::Model>, DbErr> {
    let select = stock_adjustment::visible_to(actor);
    let rows = select.filter(stock_adjustment::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The adjustment that a document posted which posts only one, if `actor` may see it. Its reversal is not meant.
pub async fn adjustment_of_document(
    db: &impl ConnectionTrait,
    actor: &Actor,
    document: Document,
) -> Result<Option<stock_adjustment::Model>, DbErr> {
    use stock_adjustment::Column;
    stock_adjustment::visible_to(actor)
        .filter(Column::DocumentId.eq(document.id))
        .filter(Column::DocumentType.eq(document.kind))
        .filter(Column::ReversesId.is_null())
        .one(db)
        .await
}

/// The adjustment that takes each of these back, if there is one and `actor` may see it.
pub async fn reversals_of(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[AdjustmentId],
) -> Result<HashMap<AdjustmentId, stock_adjustment::Model>, DbErr> {
    let select = stock_adjustment::visible_to(actor);
    let rows = select.filter(stock_adjustment::Column::ReversesId.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.reverses_id?, row))).collect())
}

/// The movements of these adjustments that `actor` may see, in the order of their lines.
pub async fn lines_of_adjustments(
    db: &impl ConnectionTrait,
    actor: &Actor,
    adjustments: &[AdjustmentId],
) -> Result<HashMap<AdjustmentId, Vec<stock_movement::Model>>, DbErr> {
    use stock_movement::Column;
    let rows = of_adjustments(actor, adjustments)
        .order_by_asc(Column::AdjustmentId)
        .order_by_asc(Column::Line)
        .all(db)
        .await?;
    let mut lines: HashMap<AdjustmentId, Vec<stock_movement::Model>> = HashMap::new();
    for row in rows {
        lines.entry(row.adjustment_id).or_default().push(row);
    }
    Ok(lines)
}
