//! A statement under construction: text with its values, for set-based SQL that an entity cannot say.
//!
//! Placeholders are `$1`, `$2` … on both databases. Text is only ever a literal of the code; what comes from outside is bound.

use sea_orm::{ConnectionTrait, DbErr, ExecResult, FromQueryResult, Statement, Value, Values};

/// SQL text and the values bound in it.
#[derive(Debug, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Starts with literal text.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds literal text.
    #[must_use]
    pub fn push(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder for `value`.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds the placeholders of `values`, separated by commas: the inside of an `IN (…)`.
    #[must_use]
    pub fn bind_all<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.separated(values, Self::bind)
    }

    /// Adds `(…), (…)`, one tuple a row: the body of `VALUES`.
    #[must_use]
    pub fn rows<R>(self, rows: impl IntoIterator<Item = R>, row: impl Fn(Self, R) -> Self) -> Self {
        self.separated(rows, |sql, item| row(sql.push("("), item).push(")"))
    }

    fn separated<T>(mut self, items: impl IntoIterator<Item = T>, item: impl Fn(Self, T) -> Self) -> Self {
        for (index, each) in items.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self = item(self, each);
        }
        self
    }

    fn statement(self, db: &impl ConnectionTrait) -> Statement {
        Statement { sql: self.text, values: Some(Values(self.values)), db_backend: db.get_database_backend() }
    }

    /// Runs it and tells how many rows it changed.
    pub async fn execute(self, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
        let result: ExecResult = db.execute_raw(self.statement(db)).await?;
        Ok(result.rows_affected())
    }

    /// Runs it and reads every row.
    pub async fn all<M: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Vec<M>, DbErr> {
        db.query_all_raw(self.statement(db)).await?.iter().map(|row| M::from_query_result(row, "")).collect()
    }

    /// Runs it and reads the first row, if any.
    pub async fn one<M: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Option<M>, DbErr> {
        db.query_one_raw(self.statement(db)).await?.map(|row| M::from_query_result(&row, "")).transpose()
    }
}
