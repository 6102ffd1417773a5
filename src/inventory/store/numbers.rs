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
    let counted: Option<Counted> = Sql::new("INSERT INTO document_numbers (document_type, last_number) VALUES (")
        .bind(kind)
        .push(", 1) ON CONFLICT (document_type) DO UPDATE SET last_number = document_numbers.last_number + 1 RETURNING last_number AS number")
        .one(tx)
        .await?;
    let number = counted.ok_or_else(|| DbErr::RecordNotFound("the number of a document".to_owned()))?.number;
    Ok(format!("{}-{number:06}", kind.prefix()))
}
