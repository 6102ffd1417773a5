//! The categories and products of the demo shop.

use std::collections::{HashMap, HashSet};

use sea_orm::{ActiveEnum as _, ColumnTrait as _, Iterable as _, QueryFilter as _};

use super::DemoError;
use super::data::{Category, DemoShop, Product, Variant};
use super::replay::{Past, Replay, parsed};
use crate::catalog::commands::{CategoryCreate, ProductCreate};
use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::entity::product::{self, Status};
use crate::catalog::rules::change::{Backorder, Choice, NewOption, NewProduct, NewVariant};
use crate::catalog::rules::{self, Handle, Sku};
use crate::kernel::money::{Currency, Money};

/// The catalogue was typed in over some days, a dozen products each, before the shop opened.
const FIRST_DAY: u32 = 58;
const PRODUCTS_PER_DAY: u32 = 12;
const MINUTES_PER_PRODUCT: u32 = 17;
const MORNING: u32 = 9 * 60;

/// Adds what is missing; returns the number of new products.
pub(super) async fn load(replay: &Replay, shop: &DemoShop) -> Result<usize, DemoError> {
    let categories = categories(replay, &shop.categories).await?;
    let currency = parsed("currency", shop.currency.parse::<Currency>())?;
    let there = existing(replay, &shop.products).await?;
    let mut new = 0;
    for (number, product) in (0..).zip(&shop.products) {
        if !there.contains(&product.handle) {
            let category_id = categories.get(&product.category).copied();
            let command = ProductCreate { product: new_product(product, category_id, currency)? };
            replay.must(&product.handle, moment(number), &replay.loader, command).await?;
            new += 1;
        }
    }
    Ok(new)
}

/// The id of each category, by its handle.
async fn categories(replay: &Replay, categories: &[Category]) -> Result<HashMap<String, CategoryId>, DemoError> {
    let handles = categories.iter().map(|category| category.handle.as_str());
    let found = category::visible_to(&replay.loader).filter(category::Column::Handle.is_in(handles));
    let found = found.all(replay.db().read()).await?;
    let mut ids: HashMap<String, CategoryId> = found.into_iter().map(|row| (row.handle, row.id)).collect();
    for category in categories {
        if !ids.contains_key(&category.handle) {
            let what = category.handle.as_str();
            let command = CategoryCreate {
                name: parsed(what, rules::category_name(&category.name))?,
                handle: Some(parsed(what, Handle::parse(&category.handle))?),
                description: parsed(what, rules::category_description(&category.description))?,
                parent_id: category.parent.as_ref().and_then(|parent| ids.get(parent)).copied(),
            };
            let id = replay.must(what, moment(0), &replay.loader, command).await?;
            ids.insert(category.handle.clone(), id);
        }
    }
    Ok(ids)
}

/// The handles of the products that are there already.
async fn existing(replay: &Replay, products: &[Product]) -> Result<HashSet<String>, DemoError> {
    let handles = products.iter().map(|product| product.handle.as_str());
    let found = product::visible_to(&replay.loader).filter(product::Column::Handle.is_in(handles));
    Ok(found.all(replay.db().read()).await?.into_iter().map(|row| row.handle).collect())
}

fn moment(number: u32) -> Past {
    let (day, of_day) = (number / PRODUCTS_PER_DAY, number % PRODUCTS_PER_DAY);
    Past { days_ago: FIRST_DAY.saturating_sub(day), minute: MORNING + of_day * MINUTES_PER_PRODUCT }
}

fn new_product(
    product: &Product,
    category_id: Option<CategoryId>,
    currency: Currency,
) -> Result<NewProduct, DemoError> {
    let what = product.handle.as_str();
    let status = Status::iter().find(|status| status.to_value() == product.status);
    let variants = product.variants.iter().map(|variant| new_variant(product, variant, currency));
    Ok(NewProduct {
        title: parsed(what, rules::title(&product.title))?,
        handle: Some(parsed(what, Handle::parse(&product.handle))?),
        description: parsed(what, rules::description(&product.description))?,
        status: parsed(what, status.ok_or("has an unknown status"))?,
        vendor: parsed(what, rules::optional_label(&product.vendor))?,
        product_type: parsed(what, rules::optional_label(&product.product_type))?,
        category_id,
        tags: parsed(what, rules::tags(&product.tags))?,
        // Their values come with the variants that have them.
        options: product.options.iter().map(|name| NewOption { name: name.clone(), values: Vec::new() }).collect(),
        variants: variants.collect::<Result<_, _>>()?,
    })
}

fn new_variant(product: &Product, variant: &Variant, currency: Currency) -> Result<NewVariant, DemoError> {
    let what = variant.sku.as_str();
    let money = |text: &String| parsed(what, Money::parse(text, currency));
    let choices = product.options.iter().zip(&variant.values);
    Ok(NewVariant {
        sku: parsed(what, Sku::parse(what))?,
        choices: choices.map(|(name, value)| Choice { name: name.clone(), value: value.clone() }).collect(),
        barcode: variant.barcode.as_ref().map(|code| parsed(what, rules::barcode(code))).transpose()?,
        price: money(&variant.price)?,
        compare_at_price: variant.compare_at_price.as_ref().map(money).transpose()?,
        weight_grams: variant.weight_grams.map(|grams| parsed(what, rules::weight_grams(grams))).transpose()?,
        backorder: Backorder::default(),
    })
}
