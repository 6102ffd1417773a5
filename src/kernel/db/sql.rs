//! A statement under construction: text with its values, for set-based SQL that an entity cannot say.
//!
//! Placeholders are `$1`, `$2` … on both databases. Text is only ever a literal of the code; what comes from outside is bound. On PostgreSQL lists and
//! rows are one value, so that the text of a statement is the same for any number of them: it is parsed and planned once for each connection, and not
//! once for each number.

use std::borrow::Borrow;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, ExecResult, FromQueryResult, IdenStatic as _, Iterable as _,
    ModelTrait as _, Statement, Value, Values,
};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use super::Tx;

/// SQL text and the values bound in it.
#[derive(Debug, Default)]
pub struct Sql(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(&'static str),
    Value(Value),
    List(Vec<Value>),
    Rows(Vec<Vec<Value>>),
    Limit(u32),
}

impl Sql {
    /// Starts with literal text.
    pub fn new(text: &'static str) -> Self {
        Self::default().push(text)
    }

    /// Adds literal text.
    #[must_use]
    pub fn push(self, text: &'static str) -> Self {
        self.and(Part::Text(text))
    }

    /// Adds a placeholder for `value`.
    #[must_use]
    pub fn bind(self, value: impl Into<Value>) -> Self {
        self.and(Part::Value(value.into()))
    }

    /// Adds `values` as the inside of an `IN (…)`.
    #[must_use]
    pub fn bind_all<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.and(Part::List(values.into_iter().map(Into::into).collect()))
    }

    /// Adds a query that gives these rows, of which there must be at least one: what an `INSERT` writes, or the inside of an `IN (…)` or an `AS (…)`.
    #[must_use]
    pub fn rows<R, const N: usize>(self, rows: impl IntoIterator<Item = R>, row: impl FnMut(R) -> [Value; N]) -> Self {
        self.and(Part::Rows(rows.into_iter().map(row).map(Vec::from).collect()))
    }

    /// Adds a limit that the planner sees. Where it is a parameter, PostgreSQL supposes a tenth of the rows.
    #[must_use]
    pub fn limit(self, rows: u32) -> Self {
        self.and(Part::Limit(rows))
    }

    /// Adds all of another.
    #[must_use]
    pub(super) fn and_all(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// About how many bytes its values have.
    pub(super) fn size(&self) -> usize {
        let of_part = |part: &Part| match part {
            Part::Text(_) | Part::Limit(_) => 0,
            Part::Value(value) => size(std::slice::from_ref(value)),
            Part::List(values) => size(values),
            Part::Rows(rows) => rows.iter().map(|row| size(row)).sum(),
        };
        self.0.iter().map(of_part).sum()
    }

    fn and(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }

    /// The statement as this database takes it.
    pub fn statement(self, backend: DbBackend) -> Result<Statement, DbErr> {
        let mut writing = Writing { backend, text: String::new(), values: Vec::new() };
        for part in self.0 {
            match part {
                Part::Text(text) => writing.text.push_str(text),
                Part::Value(value) => writing.bind(value),
                Part::List(values) => writing.list(values)?,
                Part::Rows(rows) => writing.rows(rows)?,
                Part::Limit(rows) => {
                    writing.text.push_str(" LIMIT ");
                    writing.text.push_str(&rows.to_string());
                }
            }
        }
        let Writing { backend, text, values } = writing;
        Ok(Statement { sql: text, values: Some(Values(values)), db_backend: backend })
    }

    /// Runs it and tells how many rows it changed.
    pub async fn execute(self, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
        let result: ExecResult = db.execute_raw(self.statement(db.get_database_backend())?).await?;
        Ok(result.rows_affected())
    }

    /// Runs it and reads every row.
    pub async fn all<M: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Vec<M>, DbErr> {
        db.query_all_raw(self.statement(db.get_database_backend())?)
            .await?
            .iter()
            .map(|row| M::from_query_result(row, ""))
            .collect()
    }

    /// Runs it and reads the first row, if any.
    pub async fn one<M: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Option<M>, DbErr> {
        db.query_one_raw(self.statement(db.get_database_backend())?)
            .await?
            .map(|row| M::from_query_result(&row, ""))
            .transpose()
    }
}

/// About how many bytes these values have when they are sent: a text is JSON in JSON at worst, with a stroke before each quotation mark.
pub fn size(values: &[Value]) -> usize {
    let of_value = |value: &Value| match value {
        Value::String(text) => text.as_ref().map_or(4, |text| text.len() * 5 / 4 + 3),
        Value::Bytes(bytes) => bytes.as_ref().map_or(4, |bytes| bytes.len() * 2 + 6),
        Value::Uuid(_) => 39,
        _ => 17,
    };
    values.iter().map(of_value).sum()
}

/// SQLite takes 32,766 parameters.
const MOST_PARAMETERS: usize = 32_000;

/// Writes new rows, with one statement or as many as their number needs.
pub async fn insert_all<E: EntityTrait>(
    tx: &impl ConnectionTrait,
    rows: &[impl Borrow<E::Model> + Sync],
) -> Result<(), DbErr> {
    for sql in inserts::<E>(rows) {
        sql.execute(tx).await?;
    }
    Ok(())
}

/// The same at the latest with the commit.
pub async fn insert_later<E: EntityTrait>(tx: &Tx, rows: &[impl Borrow<E::Model> + Sync]) -> Result<(), DbErr> {
    for sql in inserts::<E>(rows) {
        tx.write_later(sql).await?;
    }
    Ok(())
}

fn inserts<E: EntityTrait>(rows: &[impl Borrow<E::Model>]) -> Vec<Sql> {
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let insert = |rows: &[_]| {
        let mut sql = Sql::new("INSERT INTO ").push(E::default().table_name());
        for (index, column) in columns.iter().enumerate() {
            sql = sql.push(if index == 0 { " (" } else { ", " }).push(column.as_str());
        }
        let cells = |row: &E::Model| columns.iter().map(|column| row.get(*column)).collect();
        sql.push(") ").and(Part::Rows(rows.iter().map(|row: &_| cells(Borrow::borrow(row))).collect()))
    };
    rows.chunks((MOST_PARAMETERS / columns.len().max(1)).max(1)).map(insert).collect()
}

/// The statement as one database takes it.
struct Writing {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Writing {
    fn bind(&mut self, value: Value) {
        self.values.push(value);
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
    }

    fn list(&mut self, values: Vec<Value>) -> Result<(), DbErr> {
        let first = values.first().filter(|_| self.backend == DbBackend::Postgres);
        let Some(of_type) = first.map(type_name).transpose()? else {
            self.separated(values, Self::bind);
            return Ok(());
        };
        self.text.push_str("SELECT CAST(item AS ");
        self.text.push_str(of_type);
        self.text.push_str(") FROM jsonb_array_elements_text(CAST(");
        self.bind(json(&Cells(&values))?);
        self.text.push_str(" AS jsonb)) AS items (item)");
        Ok(())
    }

    fn rows(&mut self, rows: Vec<Vec<Value>>) -> Result<(), DbErr> {
        let first = rows.first().filter(|_| self.backend == DbBackend::Postgres);
        let Some(first) = first else {
            self.text.push_str("VALUES ");
            self.separated(rows, |this, row| {
                this.text.push('(');
                this.separated(row, Self::bind);
                this.text.push(')');
            });
            return Ok(());
        };
        let types = first.iter().map(type_name).collect::<Result<Vec<_>, _>>()?;
        self.text.push_str("SELECT ");
        self.separated(types.into_iter().enumerate(), |this, (index, of_type)| {
            this.text.push_str("CAST(cells ->> ");
            this.text.push_str(&index.to_string());
            this.text.push_str(" AS ");
            this.text.push_str(of_type);
            this.text.push(')');
        });
        self.text.push_str(" FROM jsonb_array_elements(CAST(");
        self.bind(json(&Lines(&rows))?);
        self.text.push_str(" AS jsonb)) AS lines (cells)");
        Ok(())
    }

    fn separated<T>(&mut self, items: impl IntoIterator<Item = T>, item: impl Fn(&mut Self, T)) {
        for (index, each) in items.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            item(self, each);
        }
    }
}

/// What PostgreSQL calls the type of a value, of those that columns have.
fn type_name(value: &Value) -> Result<&'static str, DbErr> {
    match value {
        Value::Bool(_) => Ok("boolean"),
        Value::SmallInt(_) | Value::Int(_) | Value::BigInt(_) => Ok("bigint"),
        Value::String(_) => Ok("text"),
        Value::Bytes(_) => Ok("bytea"),
        Value::Uuid(_) => Ok("uuid"),
        other => Err(not_listed(other)),
    }
}

fn json(values: &impl Serialize) -> Result<Value, DbErr> {
    Ok(serde_json::to_string(values).map_err(|error| DbErr::Type(error.to_string()))?.into())
}

/// Rows as JSON.
struct Lines<'a>(&'a [Vec<Value>]);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|row| Cells(row)))
    }
}

/// A row, or a list of values, as JSON.
struct Cells<'a>(&'a [Value]);

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Cell))
    }
}

/// A value as PostgreSQL casts it from the text that JSON gives.
struct Cell<'a>(&'a Value);

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => value.serialize(serializer),
            Value::SmallInt(value) => value.serialize(serializer),
            Value::Int(value) => value.serialize(serializer),
            Value::BigInt(value) => value.serialize(serializer),
            Value::String(value) => value.serialize(serializer),
            Value::Bytes(value) => value.as_deref().map(hexadecimal).serialize(serializer),
            Value::Uuid(value) => value.serialize(serializer),
            other => Err(S::Error::custom(not_listed(other))),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\\x{}", digits.concat())
}

fn not_listed(value: &Value) -> DbErr {
    DbErr::Type(format!("no list or row is made of {:?}", std::mem::discriminant(value)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn changes(rows: &[(i64, Option<&str>)]) -> Sql {
        Sql::new("INSERT INTO notes (id, number, text) ")
            .rows(rows, |(number, text)| [Uuid::nil().into(), (*number).into(), (*text).into()])
            .push(" ON CONFLICT DO NOTHING")
    }

    #[test]
    fn on_postgresql_any_number_of_rows_and_items_is_the_same_text() {
        let text = |sql: Sql| sql.statement(DbBackend::Postgres).unwrap().sql;
        assert_eq!(text(changes(&[(1, None)])), text(changes(&[(1, Some("a")), (2, None), (3, Some("c"))])));
        insta::assert_snapshot!(
            text(changes(&[(1, None)])),
            @"INSERT INTO notes (id, number, text) SELECT CAST(cells ->> 0 AS uuid), CAST(cells ->> 1 AS bigint), CAST(cells ->> 2 AS text) FROM jsonb_array_elements(CAST($1 AS jsonb)) AS lines (cells) ON CONFLICT DO NOTHING"
        );
        let among = |skus: &[&str]| text(Sql::new("sku IN (").bind_all(skus.iter().copied()).push(")"));
        assert_eq!(among(&["a"]), among(&["a", "b"]));
    }

    #[test]
    fn on_postgresql_values_arrive_whole() {
        let awkward = "\"a\", \\ {b}\n'é'";
        let statement = changes(&[(i64::MAX, Some(awkward)), (i64::MIN, None)]).statement(DbBackend::Postgres).unwrap();
        let Some(Values(values)) = statement.values else { panic!("no values") };
        let [Value::String(Some(text))] = &values[..] else { panic!("{values:?}") };
        let nil = Uuid::nil().to_string();
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(read, serde_json::json!([[nil, i64::MAX, awkward], [nil, i64::MIN, null]]));
    }

    #[test]
    fn bytes_are_written_in_hexadecimal() {
        let sql = Sql::new("").bind_all([vec![0_u8, 255, 16]]).statement(DbBackend::Postgres).unwrap();
        assert_eq!(sql.values.unwrap().0, [Value::from("[\"\\\\x00ff10\"]")]);
    }

    #[test]
    fn on_sqlite_each_value_is_bound() {
        let statement = changes(&[(1, None), (2, Some("b"))]).statement(DbBackend::Sqlite).unwrap();
        insta::assert_snapshot!(
            statement.sql,
            @"INSERT INTO notes (id, number, text) VALUES ($1, $2, $3), ($4, $5, $6) ON CONFLICT DO NOTHING"
        );
        assert_eq!(statement.values.unwrap().0.len(), 6);
    }

    #[test]
    fn a_type_that_no_column_has_is_refused() {
        assert!(Sql::new("").bind_all([1.5_f64]).statement(DbBackend::Postgres).is_err());
    }
}
