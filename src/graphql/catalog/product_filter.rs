//! Reads which products a list is to hold.

use async_graphql::{ID, InputObject, Result};

use super::product::ProductStatus;
use crate::catalog::store::{PriceFilter, ProductFilter};
use crate::graphql::filter::{At, DateTimeRange};
use crate::graphql::scalars::MoneyInput;
use crate::kernel::money::{Currency, Money};

/// How many filters may stand inside one another.
const MAX_DEPTH: usize = 5;

/// How many filters one filter may have inside it.
const MAX_FILTERS: usize = 50;

/// Which products to list. All given conditions must hold; a condition with several values holds when one of them does, and one with an empty list
/// never holds. Each list has at most 100 items.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "ProductFilter")]
pub struct ProductFilterInput {
    /// A part of the title, the handle, the vendor or the SKU of a variant: at most 100 characters. Letters from A to Z are found in any case.
    pub query: Option<String>,
    /// Only these.
    pub ids: Option<Vec<ID>>,
    /// Only these handles.
    pub handles: Option<Vec<String>>,
    /// Only these states. Who may not see a state gets none of its products.
    pub status: Option<Vec<ProductStatus>>,
    /// Only by these vendors, each spelled exactly.
    pub vendors: Option<Vec<String>>,
    /// Only of these types, each spelled exactly.
    pub product_types: Option<Vec<String>>,
    /// Only with at least one of these tags, each spelled exactly. Join filters with `and` to ask for several tags.
    pub tags: Option<Vec<String>>,
    /// Only in these categories or in categories below them.
    pub category_ids: Option<Vec<ID>>,
    /// Only with a variant that costs at least this, in its currency.
    pub price_min: Option<MoneyInput>,
    /// Only with a variant that costs at most this, in its currency. With `priceMin`, one and the same variant lies between both.
    pub price_max: Option<MoneyInput>,
    /// Only created then.
    pub created_at: Option<DateTimeRange>,
    /// Only last changed then.
    pub updated_at: Option<DateTimeRange>,
    /// Only what meets all of these as well. Filters go at most 5 deep and are at most 50 altogether.
    pub and: Option<Vec<ProductFilterInput>>,
    /// Only what meets at least one of these as well.
    pub or: Option<Vec<ProductFilterInput>>,
    /// Only what does not meet this.
    pub not: Option<Box<ProductFilterInput>>,
}

impl ProductFilterInput {
    /// Checks the filter of a list.
    pub(super) fn read(self) -> Result<ProductFilter> {
        let at = At("filter".to_owned());
        if self.size(MAX_DEPTH).is_none_or(|size| size > MAX_FILTERS) {
            return Err(at.wrong("and", &format!("or not: at most {MAX_DEPTH} deep and {MAX_FILTERS} altogether")));
        }
        self.read_at(&at)
    }

    /// How many filters it is; nothing when they stand deeper than `depth` inside one another.
    fn size(&self, depth: usize) -> Option<usize> {
        let below = depth.checked_sub(1)?;
        let inner = self.and.iter().flatten().chain(self.or.iter().flatten()).chain(self.not.as_deref());
        inner.map(|filter| filter.size(below)).try_fold(1_usize, |sum, size| Some(sum.saturating_add(size?)))
    }

    fn read_at(self, at: &At) -> Result<ProductFilter> {
        let statuses = at.list("status", self.status)?;
        let inside = |name: &str, filters: Vec<Self>| -> Result<Vec<ProductFilter>> {
            let read = |(index, filter): (usize, Self)| filter.read_at(&At(format!("{}.{name}[{index}]", at.0)));
            filters.into_iter().enumerate().map(read).collect()
        };
        Ok(ProductFilter {
            query: at.query(self.query)?,
            ids: at.ids("ids", self.ids)?,
            handles: at.texts("handles", self.handles)?,
            statuses: statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            vendors: at.texts("vendors", self.vendors)?,
            product_types: at.texts("productTypes", self.product_types)?,
            tags: at.texts("tags", self.tags)?,
            categories: at.ids("categoryIds", self.category_ids)?,
            price: price(at, self.price_min.as_ref(), self.price_max.as_ref())?,
            created: self.created_at.unwrap_or_default().into(),
            updated: self.updated_at.unwrap_or_default().into(),
            and: inside("and", self.and.unwrap_or_default())?,
            or: self.or.map(|filters| inside("or", filters)).transpose()?,
            not: self.not.map(|filter| filter.read_at(&At(format!("{}.not", at.0))).map(Box::new)).transpose()?,
        })
    }
}

fn price(at: &At, min: Option<&MoneyInput>, max: Option<&MoneyInput>) -> Result<Option<PriceFilter>> {
    let Some(currency) = min.or(max).map(|bound| bound.currency.0.as_str()) else { return Ok(None) };
    if max.is_some_and(|max| max.currency.0 != currency) {
        return Err(at.wrong("priceMax", &format!("must be in {currency}, as priceMin is")));
    }
    let name = if min.is_some() { "priceMin" } else { "priceMax" };
    let currency: Currency = currency.parse().map_err(|error| at.wrong(&format!("{name}.currency"), &error))?;
    let minor = |name: &str, bound: Option<&MoneyInput>| {
        let amount = bound.map(|bound| Money::parse(&bound.amount.0, currency)).transpose();
        amount.map(|money| money.map(Money::minor)).map_err(|error| at.wrong(&format!("{name}.amount"), &error))
    };
    Ok(Some(PriceFilter { currency, min_minor: minor("priceMin", min)?, max_minor: minor("priceMax", max)? }))
}
