//! The columns of a product export: which we import, which we know and do not keep, which nobody knows.

use std::collections::BTreeMap;

use super::problem::FileProblem;

/// A column that the import uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Handle,
    Title,
    Body,
    Vendor,
    Category,
    Type,
    Tags,
    Published,
    Status,
    Option1Name,
    Option1Value,
    Option2Name,
    Option2Value,
    Option3Name,
    Option3Value,
    Sku,
    Grams,
    Quantity,
    Price,
    CompareAtPrice,
    Barcode,
}

/// The name of each column in Shopify's export, and the one in its newer template.
const NAMES: [(Column, &str, &str); 21] = [
    (Column::Handle, "Handle", "URL handle"),
    (Column::Title, "Title", "Title"),
    (Column::Body, "Body (HTML)", "Description"),
    (Column::Vendor, "Vendor", "Vendor"),
    (Column::Category, "Product Category", "Product category"),
    (Column::Type, "Type", "Type"),
    (Column::Tags, "Tags", "Tags"),
    (Column::Published, "Published", "Published on online store"),
    (Column::Status, "Status", "Status"),
    (Column::Option1Name, "Option1 Name", "Option1 name"),
    (Column::Option1Value, "Option1 Value", "Option1 value"),
    (Column::Option2Name, "Option2 Name", "Option2 name"),
    (Column::Option2Value, "Option2 Value", "Option2 value"),
    (Column::Option3Name, "Option3 Name", "Option3 name"),
    (Column::Option3Value, "Option3 Value", "Option3 value"),
    (Column::Sku, "Variant SKU", "SKU"),
    (Column::Grams, "Variant Grams", "Weight value (grams)"),
    (Column::Quantity, "Variant Inventory Qty", "Inventory quantity"),
    (Column::Price, "Variant Price", "Price"),
    (Column::CompareAtPrice, "Variant Compare At Price", "Compare-at price"),
    (Column::Barcode, "Variant Barcode", "Barcode"),
];

/// Columns of Shopify for which Stockroom has no place, in lower case.
const NOT_KEPT: [&str; 23] = [
    "charge tax",
    "continue selling when out of stock",
    "cost per item",
    "fulfillment service",
    "gift card",
    "inventory tracker",
    "option1 linked to",
    "option2 linked to",
    "option3 linked to",
    "requires shipping",
    "seo description",
    "seo title",
    "tax code",
    "variant fulfillment service",
    "variant image",
    "variant image url",
    "variant inventory policy",
    "variant inventory tracker",
    "variant requires shipping",
    "variant tax code",
    "variant taxable",
    "variant weight unit",
    "weight unit for display",
];

/// Beginnings of the names of whole families of such columns, in lower case.
const NOT_KEPT_FAMILIES: [&str; 8] = [
    "compare at price / ",
    "compare-at price / ",
    "google shopping / ",
    "image ",
    "included / ",
    "price / ",
    "product image url",
    "unit price ",
];

impl Column {
    /// The name in Shopify's export.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(column, _, _)| *column == self).map_or("", |(_, name, _)| name)
    }

    fn named(name: &str) -> Option<Self> {
        let found = NAMES
            .iter()
            .find(|(_, export, template)| name.eq_ignore_ascii_case(export) || name.eq_ignore_ascii_case(template));
        found.map(|(column, _, _)| *column)
    }

    /// The columns of option number 1, 2 and 3: name and value.
    pub(super) const OPTIONS: [(Self, Self); 3] = [
        (Self::Option1Name, Self::Option1Value),
        (Self::Option2Name, Self::Option2Value),
        (Self::Option3Name, Self::Option3Value),
    ];

    /// The columns that make a row a variant when one of them is filled.
    pub(super) const OF_VARIANT: [Self; 9] = [
        Self::Option1Value,
        Self::Option2Value,
        Self::Option3Value,
        Self::Sku,
        Self::Grams,
        Self::Quantity,
        Self::Price,
        Self::CompareAtPrice,
        Self::Barcode,
    ];
}

/// What the header of a file names.
#[derive(Debug, Default)]
pub struct Columns {
    places: BTreeMap<Column, usize>,
    count: usize,
    not_kept: Vec<String>,
    unknown: Vec<String>,
}

impl Columns {
    pub(super) fn parse<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self, FileProblem> {
        let mut columns = Self::default();
        for (place, name) in names.enumerate() {
            columns.add(place, name.trim_start_matches('\u{feff}').trim())?;
        }
        if columns.places.contains_key(&Column::Handle) {
            return Ok(columns);
        }
        let semicolons = columns.unknown.iter().any(|name| name.contains(';'));
        let hint = if semicolons { "; its columns must be separated by commas, not semicolons" } else { "" };
        Err(FileProblem::NoHandle { hint })
    }

    fn add(&mut self, place: usize, name: &str) -> Result<(), FileProblem> {
        if name.contains('\r') {
            return Err(FileProblem::LineEnds);
        }
        self.count += 1;
        match Column::named(name) {
            Some(column) => {
                if self.places.insert(column, place).is_some() {
                    return Err(FileProblem::DuplicateColumn(name.to_owned()));
                }
            }
            None if is_not_kept(name) => self.not_kept.push(name.to_owned()),
            None => self.unknown.push(name.to_owned()),
        }
        Ok(())
    }

    /// Names of Shopify's columns that Stockroom does not keep, in the file's order.
    pub fn not_kept(&self) -> &[String] {
        &self.not_kept
    }

    /// Names that are none of Shopify's, in the file's order.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Whether the file has opening stock.
    pub fn has_quantities(&self) -> bool {
        self.has(Column::Quantity)
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.places.contains_key(&column)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn places(&self) -> impl Iterator<Item = (Column, usize)> {
        self.places.iter().map(|(column, place)| (*column, *place))
    }
}

fn is_not_kept(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_metafield = name.contains("(product.metafields.") || name.contains("(variant.metafields.");
    is_metafield || NOT_KEPT.contains(&name.as_str()) || NOT_KEPT_FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_used_column_has_a_name_and_is_found_by_it_in_any_case() {
        for (column, export, template) in NAMES {
            assert_eq!(Column::named(export), Some(column));
            assert_eq!(Column::named(&template.to_uppercase()), Some(column));
            assert_eq!(column.name(), export);
        }
    }

    #[test]
    fn columns_are_sorted_into_used_not_kept_and_unknown() {
        let names = ["\u{feff}Handle", "Image Src", "Google Shopping / MPN", "Colour of the box", "Cost per item"];
        let columns = Columns::parse(names.into_iter()).unwrap();
        assert!(columns.has(Column::Handle));
        assert_eq!(columns.not_kept(), ["Image Src", "Google Shopping / MPN", "Cost per item"]);
        assert_eq!(columns.unknown(), ["Colour of the box"]);
    }

    #[test]
    fn a_header_that_can_not_be_an_export_is_refused_with_the_reason() {
        let refused = |names: &[&str]| Columns::parse(names.iter().copied()).unwrap_err().to_string();
        assert_eq!(refused(&["Title", "Vendor"]), "the header has no column `Handle`");
        assert!(refused(&["Handle;Title;Vendor"]).ends_with("separated by commas, not semicolons"));
        assert_eq!(refused(&["Handle", "Title", "title"]), "the header names the column `title` twice");
        assert!(refused(&["Handle", "Title\rsocks"]).starts_with("the lines end in a carriage return"));
    }
}
