//! The demo shop as data: the TOML files beside this one, read into plain structs. Knows no database and no command.

use figment::providers::{Format as _, Toml};
use serde::Deserialize;

const SHOP: &str = include_str!("shop.toml");
const PRODUCTS: [&str; 4] = [
    include_str!("outdoor.toml"),
    include_str!("clothing.toml"),
    include_str!("home.toml"),
    include_str!("garden.toml"),
];
const DOCUMENTS: [&str; 2] = [include_str!("opening.toml"), include_str!("history.toml")];

/// Everything in the demo shop.
#[derive(Debug)]
pub(super) struct DemoShop {
    pub(super) currency: String,
    pub(super) locations: Vec<Location>,
    pub(super) users: Vec<User>,
    /// Parents before their children.
    pub(super) categories: Vec<Category>,
    pub(super) products: Vec<Product>,
    /// Oldest first.
    pub(super) documents: Vec<Document>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Location {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) address: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) email: String,
    pub(super) name: String,
    /// Codes of built-in roles.
    pub(super) roles: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Category {
    pub(super) handle: String,
    /// The parent's handle; `None` at the root.
    pub(super) parent: Option<String>,
    pub(super) name: String,
    pub(super) description: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    pub(super) handle: String,
    pub(super) title: String,
    /// The category's handle.
    pub(super) category: String,
    pub(super) vendor: String,
    pub(super) product_type: String,
    pub(super) tags: Vec<String>,
    pub(super) status: String,
    /// HTML.
    pub(super) description: String,
    /// Names, in order.
    #[serde(default)]
    pub(super) options: Vec<String>,
    pub(super) variants: Vec<Variant>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variant {
    pub(super) sku: String,
    /// One value for each option.
    #[serde(default)]
    pub(super) values: Vec<String>,
    pub(super) barcode: Option<String>,
    /// In the shop's currency, such as `289.00`.
    pub(super) price: String,
    pub(super) compare_at_price: Option<String>,
    pub(super) weight_grams: Option<i64>,
}

/// One change of stock, as it was entered by one person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// Names the document; no two have the same.
    pub(super) reference: String,
    /// Counted back from the day of loading; at least one.
    pub(super) days_ago: u32,
    /// Hours and minutes, UTC.
    pub(super) at: String,
    /// E-mail of the user who entered it.
    pub(super) actor: String,
    pub(super) kind: DocumentKind,
    pub(super) reason: String,
    pub(super) note: Option<String>,
    /// Code of the location; for a move, where it starts.
    pub(super) location: String,
    /// Where a move ends.
    pub(super) to: Option<String>,
    /// SKU and units: a change for `adjust`, what was found for `count`, what was carried for `move`.
    pub(super) lines: Vec<(String, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DocumentKind {
    Adjust,
    Count,
    Move,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopFile {
    #[serde(rename = "name")]
    _name: String,
    currency: String,
    locations: Vec<Location>,
    users: Vec<User>,
    categories: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductFile {
    products: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentFile {
    documents: Vec<Document>,
}

impl DemoShop {
    /// Reads the embedded files.
    pub(super) fn read() -> Result<Self, String> {
        let ShopFile { currency, locations, users, categories, .. } = parse(SHOP)?;
        let mut products = Vec::new();
        for text in PRODUCTS {
            products.extend(parse::<ProductFile>(text)?.products);
        }
        let mut documents = Vec::new();
        for text in DOCUMENTS {
            documents.extend(parse::<DocumentFile>(text)?.documents);
        }
        Ok(Self { currency, locations, users, categories, products, documents })
    }
}

impl Document {
    /// Minutes since midnight; `None` when `at` is no time of day.
    pub(super) fn minute_of_day(&self) -> Option<u32> {
        let (hours, minutes) = self.at.split_once(':')?;
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    Toml::from_str(text).map_err(|error| format!("the demo shop's data: {error}"))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn shop() -> DemoShop {
        DemoShop::read().unwrap()
    }

    fn skus(shop: &DemoShop) -> Vec<&str> {
        shop.products.iter().flat_map(|product| &product.variants).map(|variant| variant.sku.as_str()).collect()
    }

    #[test]
    fn the_shop_is_large_enough_to_explore() {
        let shop = shop();
        assert!(shop.products.len() >= 48, "{}", shop.products.len());
        assert!(skus(&shop).len() >= 120);
        assert!(shop.categories.len() >= 6 && shop.categories.iter().any(|category| category.parent.is_some()));
        assert_eq!(shop.locations.len(), 3);
        for status in ["ACTIVE", "DRAFT", "ARCHIVED"] {
            assert!(shop.products.iter().any(|product| product.status == status), "{status}");
        }
        for role in ["ADMINISTRATOR", "CATALOG_MANAGER", "INVENTORY_MANAGER", "SUPPORT", "CUSTOMER"] {
            assert!(shop.users.iter().any(|user| user.roles.iter().any(|held| held == role)), "{role}");
        }
    }

    #[test]
    fn what_must_be_unique_is() {
        let shop = shop();
        let distinct = |names: Vec<&str>| names.iter().collect::<HashSet<_>>().len() == names.len();
        assert!(distinct(skus(&shop)));
        assert!(distinct(shop.products.iter().map(|product| product.handle.as_str()).collect()));
        assert!(distinct(shop.categories.iter().map(|category| category.handle.as_str()).collect()));
        assert!(distinct(shop.documents.iter().map(|document| document.reference.as_str()).collect()));
        let barcodes = shop.products.iter().flat_map(|product| &product.variants);
        assert!(distinct(barcodes.filter_map(|variant| variant.barcode.as_deref()).collect()));
    }

    #[test]
    fn every_barcode_is_a_gtin_13_with_its_check_digit() {
        for variant in shop().products.iter().flat_map(|product| &product.variants) {
            let Some(barcode) = &variant.barcode else { continue };
            let digits: Vec<u32> = barcode.chars().map(|c| c.to_digit(10).unwrap()).collect();
            let sum: u32 = digits.iter().zip([1, 3].iter().cycle()).map(|(digit, weight)| digit * weight).sum();
            assert!(digits.len() == 13 && sum.is_multiple_of(10), "{barcode}");
        }
    }

    #[test]
    fn everything_that_is_named_exists_and_parents_come_first() {
        let shop = shop();
        let mut categories = HashSet::new();
        for category in &shop.categories {
            assert!(category.parent.as_ref().is_none_or(|parent| categories.contains(parent)), "{}", category.handle);
            categories.insert(category.handle.clone());
        }
        for product in &shop.products {
            assert!(categories.contains(&product.category), "{}", product.handle);
            for variant in &product.variants {
                assert_eq!(variant.values.len(), product.options.len(), "{}", variant.sku);
            }
        }
        let skus: HashSet<&str> = skus(&shop).into_iter().collect();
        for document in &shop.documents {
            assert!(document.minute_of_day().is_some() && document.days_ago >= 1, "{}", document.reference);
            assert!(shop.users.iter().any(|user| user.email == document.actor), "{}", document.reference);
            let is_move = document.kind == DocumentKind::Move;
            assert_eq!(document.to.is_some(), is_move, "{}", document.reference);
            for code in std::iter::once(&document.location).chain(&document.to) {
                assert!(shop.locations.iter().any(|location| location.code == *code), "{}", document.reference);
            }
            assert!(document.lines.iter().all(|(sku, _)| skus.contains(sku.as_str())), "{}", document.reference);
        }
    }

    #[test]
    fn the_history_is_in_order_and_no_stock_falls_below_zero() {
        let shop = shop();
        let mut stock: HashMap<(&str, &str), i64> = HashMap::new();
        let mut last = (u32::MAX, 0);
        for document in &shop.documents {
            let minute = document.minute_of_day().unwrap();
            assert!(document.days_ago < last.0 || minute >= last.1, "{}", document.reference);
            last = (document.days_ago, minute);
            for (sku, units) in &document.lines {
                let here = stock.entry((document.location.as_str(), sku.as_str())).or_default();
                match document.kind {
                    DocumentKind::Adjust => *here += units,
                    DocumentKind::Count => *here = *units,
                    DocumentKind::Move => *here -= units,
                }
                assert!(*here >= 0, "{} {sku}", document.reference);
                if let Some(to) = &document.to {
                    *stock.entry((to.as_str(), sku.as_str())).or_default() += units;
                }
            }
        }
    }
}
