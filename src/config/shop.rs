//! `[shop]`: who sells, and in which currency. It knows no product.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// Name of the shop.
    pub name: String,
    /// ISO 4217 code of the currency in which prices are given unless they name another.
    pub currency: String,
}

impl Default for Shop {
    fn default() -> Self {
        Self { name: "Stockroom".to_owned(), currency: "USD".to_owned() }
    }
}
