//! From one row to one variant.

use super::{
    Seen,
    assemble::at,
    cell,
    draft::{Cell, VariantDraft},
    header::Column,
    problem::{RowProblem, excerpt},
    sku::generated_sku,
    source::Row,
};

/// Where a file's option values belong.
pub(super) enum OptionColumns {
    /// The product's options by name, in order; empty when it is sold in one form.
    Named(Vec<String>),
    /// The file does not name options; it may still have their values, which then belong to those the product has.
    Unnamed { has_values: bool },
}

impl OptionColumns {
    pub(super) fn names(&self) -> Option<&[String]> {
        match self {
            Self::Named(names) => Some(names),
            Self::Unnamed { .. } => None,
        }
    }
}

/// The variant of a row; `None`, with the reasons in `problems`, when a cell of it is wrong.
pub(super) fn of(
    row: &Row,
    options: &OptionColumns,
    seen: &mut Seen,
    problems: &mut Vec<RowProblem>,
) -> Option<VariantDraft> {
    let mut broken = Vec::new();
    let option_values = option_values(row, options, &mut broken);
    let sku = row.filled(Column::Sku).map(str::to_owned);
    if let Some(line) = sku.as_deref().and_then(|sku| seen.sku(sku, row.line)) {
        broken.push(at(row, Column::Sku, format!("is already the SKU of line {line}")));
    }
    if row.cell(Column::Price) == Some("") {
        broken.push(at(row, Column::Price, "is empty; a variant needs a price"));
    }
    let price = number(row, Column::Price, cell::amount, &mut broken);
    let weight = number(row, Column::Grams, cell::grams, &mut broken);
    let draft = VariantDraft {
        line: row.line,
        generated_sku: generated_sku(&row.handle(), option_values.as_deref().unwrap_or_default()),
        option_values,
        sku,
        barcode: number(row, Column::Barcode, |text| Ok(text.to_owned()), &mut broken),
        price: price.value().copied(),
        compare_at_price: number(row, Column::CompareAtPrice, cell::amount, &mut broken),
        weight_grams: known(weight),
        quantity: quantity(row, &mut broken, problems),
    };
    if broken.is_empty() {
        return Some(draft);
    }
    problems.append(&mut broken);
    None
}

/// Shopify's value for the one variant of a product without options.
pub(super) fn is_default_value(value: &str) -> bool {
    value.eq_ignore_ascii_case("default title")
}

fn option_values(row: &Row, options: &OptionColumns, broken: &mut Vec<RowProblem>) -> Option<Vec<String>> {
    match options {
        OptionColumns::Unnamed { has_values: false } => None,
        OptionColumns::Unnamed { has_values: true } => {
            let values: Vec<String> = filled_values(row).map(|(_, value)| value.to_owned()).collect();
            // Nothing in the cells says as little as a missing column: the SKU has to tell which variant it is.
            (!values.is_empty()).then(|| values.into_iter().filter(|value| !is_default_value(value)).collect())
        }
        OptionColumns::Named(names) => {
            for (place, (_, column)) in Column::OPTIONS.into_iter().enumerate() {
                match (names.get(place), row.filled(column)) {
                    (Some(name), None) => {
                        broken.push(at(row, column, format!("is empty; the product has the option {}", excerpt(name))));
                    }
                    (None, Some(value)) if !is_default_value(value) => {
                        broken.push(at(row, column, "is filled while the product's first row names no such option"));
                    }
                    (Some(_), Some(_)) | (None, _) => {}
                }
            }
            Some(filled_values(row).take(names.len()).map(|(_, value)| value.to_owned()).collect())
        }
    }
}

fn filled_values(row: &Row) -> impl Iterator<Item = (Column, &str)> {
    Column::OPTIONS.into_iter().filter_map(|(_, column)| Some((column, row.filled(column)?)))
}

/// A quantity below zero is reported, yet the variant is good without it.
fn quantity(row: &Row, broken: &mut Vec<RowProblem>, problems: &mut Vec<RowProblem>) -> Option<i64> {
    match cell::quantity(row.filled(Column::Quantity)?) {
        Ok(units) => (units > 0).then_some(units),
        Err(cell::QuantityProblem::Negative(rule)) => {
            problems.push(at(row, Column::Quantity, rule));
            None
        }
        Err(cell::QuantityProblem::NotWhole(rule)) => {
            broken.push(at(row, Column::Quantity, rule));
            None
        }
    }
}

fn number<T>(
    row: &Row,
    column: Column,
    parse: impl Fn(&str) -> Result<T, String>,
    broken: &mut Vec<RowProblem>,
) -> Cell<T> {
    match row.cell(column) {
        None => Cell::Absent,
        Some("") => Cell::Empty,
        Some(text) => match parse(text) {
            Ok(value) => Cell::Value(value),
            Err(rule) => {
                broken.push(at(row, column, rule));
                Cell::Empty
            }
        },
    }
}

/// An unknown weight is an empty cell.
fn known(weight: Cell<Option<i64>>) -> Cell<i64> {
    match weight {
        Cell::Absent => Cell::Absent,
        Cell::Empty | Cell::Value(None) => Cell::Empty,
        Cell::Value(Some(grams)) => Cell::Value(grams),
    }
}
