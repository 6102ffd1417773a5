//! From the rows of one product to its draft, leaving out the rows that break a rule of the format.

use std::collections::HashMap;

use super::{
    Seen, cell,
    draft::{Cell, ProductDraft, PublicationStatus},
    header::{Column, Columns},
    problem::RowProblem,
    source::Row,
    variant::{self, OptionColumns},
};

/// The draft; `None` when the product's own columns are wrong, or when it had variants and every one of them is.
pub(super) fn product(
    group: &[Row],
    columns: &Columns,
    seen: &mut Seen,
    problems: &mut Vec<RowProblem>,
) -> Option<ProductDraft> {
    let first = group.first()?;
    let handle = first.handle();
    if handle.is_empty() {
        problems.extend(group.iter().map(|row| at(row, Column::Handle, "is empty; every row must name its product")));
        return None;
    }
    if let Some(rule) = seen.refusal(&handle, first.line) {
        problems.push(at(first, Column::Handle, rule));
        return None;
    }
    let mut broken = Vec::new();
    let mut draft = own_columns(first, handle, &mut broken);
    let options = option_names(first, columns, &mut broken);
    if !broken.is_empty() {
        problems.extend(broken.into_iter().map(|problem| left_out(problem, group.len())));
        return None;
    }
    let rows: Vec<&Row> = group.iter().filter(|row| row.is_filled(&Column::OF_VARIANT)).collect();
    draft.variants = rows.iter().filter_map(|row| variant::of(row, &options, seen, problems)).collect();
    keep_distinct(&mut draft, problems);
    draft.options = options.names().map(<[String]>::to_vec);
    (rows.is_empty() || !draft.variants.is_empty()).then_some(draft)
}

/// The columns of the first row that speak of the product as a whole.
fn own_columns(row: &Row, handle: String, broken: &mut Vec<RowProblem>) -> ProductDraft {
    let title = text(row, Column::Title);
    if title == Cell::Empty {
        broken.push(at(row, Column::Title, "is empty; the first row of a product must have its title"));
    }
    ProductDraft {
        line: row.line,
        handle,
        title,
        description: parsed(row, Column::Body, cell::html),
        vendor: text(row, Column::Vendor),
        product_type: text(row, Column::Type),
        tags: parsed(row, Column::Tags, cell::tags),
        category: parsed(row, Column::Category, cell::category),
        status: status(row, broken),
        options: None,
        variants: Vec::new(),
    }
}

/// `Status` decides; an active product that is not published is a draft. Without either column nothing is said.
fn status(row: &Row, broken: &mut Vec<RowProblem>) -> Option<PublicationStatus> {
    let mut read = |column, parse: fn(&str) -> Result<PublicationStatus, String>| {
        let parsed = parse(row.filled(column)?);
        parsed.map_err(|rule| broken.push(at(row, column, rule))).ok()
    };
    let status = read(Column::Status, cell::status);
    let published = read(Column::Published, |text| {
        cell::truth(text).map(|yes| if yes { PublicationStatus::Active } else { PublicationStatus::Draft })
    });
    match (status, published) {
        (Some(PublicationStatus::Active) | None, Some(published)) => Some(published),
        (status, _) => status,
    }
}

/// The options that the first row names. Shopify writes `Title` with `Default Title` for a product without any.
fn option_names(row: &Row, columns: &Columns, broken: &mut Vec<RowProblem>) -> OptionColumns {
    let has_values = Column::OPTIONS.iter().any(|(_, value)| columns.has(*value));
    let has_names = Column::OPTIONS.iter().any(|(name, _)| columns.has(*name));
    if !has_names || !has_values {
        return OptionColumns::Unnamed { has_values };
    }
    let mut names: Vec<String> = Vec::new();
    for (place, (column, value)) in Column::OPTIONS.into_iter().enumerate() {
        let Some(name) = row.filled(column) else {
            continue;
        };
        if place == 0 && is_default(name, row.filled(value)) {
            continue;
        }
        if names.iter().any(|earlier| earlier.to_lowercase() == name.to_lowercase()) {
            broken.push(at(row, column, "names the same option as an earlier column"));
        } else if names.len() != place {
            broken.push(at(row, column, "is filled while the option before it is not"));
        }
        names.push(name.to_owned());
    }
    OptionColumns::Named(names)
}

fn is_default(name: &str, value: Option<&str>) -> bool {
    name.eq_ignore_ascii_case("title") && value.is_none_or(variant::is_default_value)
}

/// Drops variants that can't be told from an earlier one.
fn keep_distinct(draft: &mut ProductDraft, problems: &mut Vec<RowProblem>) {
    let mut met: HashMap<String, u64> = HashMap::new();
    let handle = draft.handle.clone();
    draft.variants.retain(|variant| {
        let key = match (&variant.option_values, &variant.sku) {
            (Some(values), _) => format!("values {}", values.join("\0")),
            (None, Some(sku)) => format!("sku {sku}"),
            (None, None) => "neither".to_owned(),
        };
        let Some(earlier) = met.insert(key, variant.line) else {
            return true;
        };
        let rule = match &variant.option_values {
            Some(values) if values.is_empty() => {
                format!("a product without options has one variant, which line {earlier} is")
            }
            Some(_) => format!("has the same option values as line {earlier}"),
            None => format!("neither SKU nor option values tell this variant from that of line {earlier}"),
        };
        problems.push(RowProblem { line: variant.line, handle: Some(handle.clone()), column: None, rule });
        false
    });
}

fn text(row: &Row, column: Column) -> Cell<String> {
    parsed(row, column, str::to_owned)
}

fn parsed<T>(row: &Row, column: Column, parse: impl Fn(&str) -> T) -> Cell<T> {
    match row.cell(column) {
        None => Cell::Absent,
        Some("") => Cell::Empty,
        Some(text) => Cell::Value(parse(text)),
    }
}

/// A problem of one cell.
pub(super) fn at(row: &Row, column: Column, rule: impl Into<String>) -> RowProblem {
    let handle = Some(row.handle()).filter(|handle| !handle.is_empty());
    RowProblem { line: row.line, handle, column: Some(column.name().into()), rule: rule.into() }
}

fn left_out(problem: RowProblem, rows: usize) -> RowProblem {
    let extent = if rows > 1 { format!(" with its {rows} rows") } else { String::new() };
    RowProblem { rule: format!("{}; the product is left out{extent}", problem.rule), ..problem }
}
