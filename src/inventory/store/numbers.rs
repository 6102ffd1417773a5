//! Numbers of documents for people: one after the other for each kind, without a gap among those that were kept.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::inventory::entity::stock_adjustment::DocumentType;
use crate::kernel::db::sql::Sql;

#[derive(FromQueryResult)]
struct Counted {
    number: i64,
}

/// The next number of this kind, such as `PO-000123`. Whoever else wants one waits until the transaction ends.
pub async fn next_number(tx: &impl ConnectionTrait, kind: DocumentType) -> Result<String, DbErr> {
    next_numbers(tx, kind, 1).await?.pop().ok_or_else(|| DbErr::RecordNotFound("the number of a document".to_owned()))
}

/// The next so many of them, in order.
pub async fn next_numbers(tx: &impl ConnectionTrait, kind: DocumentType, count: usize) -> Result<Vec<String>, DbErr> {
    let count = i64::try_from(count).map_err(|_| DbErr::Custom("so many numbers of documents".to_owned()))?;
    let counted: Option<Counted> = Sql::new("INSERT INTO document_numbers (document_type, last_number) VALUES (")
        .bind(kind)
        .push(", ")
        .bind(count)
        .push(") ON CONFLICT (document_type) DO UPDATE SET last_number = document_numbers.last_number + excluded.last_number RETURNING last_number AS number")
        .one(tx)
        .await?;
    let last = counted.ok_or_else(|| DbErr::RecordNotFound("the number of a document".to_owned()))?.number;
    Ok((last.saturating_sub(count).saturating_add(1)..=last).map(|number| written(kind, number)).collect())
}

/// A number as people read it.
pub fn written(kind: DocumentType, number: i64) -> String {
    format!("{}-{number:06}", kind.prefix())
}
