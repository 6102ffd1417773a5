//! Conditions that lists share: text that contains a piece, a moment within a range.

use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};

use crate::kernel::clock::TimeRange;

/// Whether the text in `column` contains `piece`, in any case of the letters A to Z. No character of `piece` has another meaning than itself. False,
/// never unknown, where the column is NULL, so that the condition can be negated.
pub fn contains(column: Expr, piece: &str) -> Expr {
    // Both databases lower only ASCII letters here, so the piece is treated the same way.
    let escaped = piece.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let like = LikeExpr::new(format!("%{escaped}%")).escape('\\');
    column.clone().is_not_null().and(Expr::expr(Func::lower(column)).like(like))
}

/// Whether the timestamp in `column` lies in `range`.
pub fn within(column: &Expr, range: TimeRange) -> Option<Expr> {
    let from = range.from.map(|from| column.clone().gte(from));
    let to = range.to.map(|to| column.clone().lt(to));
    match (from, to) {
        (Some(from), Some(to)) => Some(from.and(to)),
        (one, other) => one.or(other),
    }
}
