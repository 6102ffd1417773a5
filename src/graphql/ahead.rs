//! Looks ahead: a list whose rows will be asked for lists of their own fetches these for all rows at once and leaves them with the loaders, so that the
//! fields below need not gather. What it cannot foresee, such as a field under `@include`, is looked up by the loaders as ever; so it is after a fault.

use async_graphql::{Context, InputType, SelectionField, Value};

use super::catalog::{ProductVariant, ProductVariantOrder};
use super::columns::{self, Fields};
use super::inventory::{StockLevel, StockLevelOrder};
use super::loaders::Nested;
use super::request::RequestContext as _;
use crate::catalog::entity::product;
use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::store::VariantOrder;
use crate::inventory::store::LevelOrder;
use crate::kernel::actor::Permission;
use crate::kernel::page::{Page, PageArgs, Slice};

/// What the rows of a page of products will be asked for: their variants, and the stock levels of these.
pub async fn products(ctx: &Context<'_>, slice: &Slice<product::Model>) {
    let asked = asked_of_rows::<ProductVariant, ProductVariantOrder, VariantOrder>(ctx, &ctx.field(), "variants");
    let of = |list: &Asked<'_, VariantOrder>| -> Vec<_> { slice.rows.iter().map(|(row, _)| list.of(row.id)).collect() };
    let wanted = asked.iter().flat_map(of).collect();
    let found = ctx.loaders().variants_of_product.prime(wanted, |found| -> Vec<Vec<ProductVariantId>> {
        let below = |list| {
            let slices = of(list).into_iter().filter_map(|key| found.get(&key)?.as_ref()?.as_ref().ok());
            slices.flat_map(|slice| slice.rows.iter().map(|(row, _)| row.id)).collect()
        };
        asked.iter().map(below).collect()
    });
    // A fault is told by whoever asks; so it is below.
    let found = found.await.unwrap_or_default();
    levels(ctx, asked.iter().map(|list| &list.field).zip(found)).await;
}

/// What the rows of a page of variants will be asked for: their stock levels.
pub async fn variants(ctx: &Context<'_>, slice: &Slice<product_variant::Model>) {
    let ids = slice.rows.iter().map(|(row, _)| row.id).collect();
    levels(ctx, [(&ctx.field(), ids)].into_iter()).await;
}

/// The stock levels that variants in these lists will be asked for.
async fn levels<'a>(
    ctx: &Context<'_>,
    lists: impl Iterator<Item = (&'a SelectionField<'a>, Vec<ProductVariantId>)> + Send,
) {
    if !ctx.actor().may(Permission::ReadInventory) {
        return;
    }
    let mut wanted = Vec::new();
    for (list, variants) in lists {
        for asked in asked_of_rows::<StockLevel, StockLevelOrder, LevelOrder>(ctx, list, "stockLevels") {
            wanted.extend(variants.iter().map(|variant| asked.of(*variant)));
        }
    }
    ctx.loaders().levels_of_variant.prime(wanted, |_| ()).await.unwrap_or_default();
}

/// A list that every row of another one is asked for.
struct Asked<'a, O> {
    field: SelectionField<'a>,
    order: O,
    page: Page,
}

impl<O: Copy> Asked<'_, O> {
    fn of<P>(&self, parent: P) -> Nested<P, O> {
        Nested { parent, order: self.order, page: self.page.clone() }
    }
}

/// The lists of this name that all rows of a list are asked for.
fn asked_of_rows<'a, T: Fields, I: InputType + Default + Into<O>, O>(
    ctx: &Context<'_>,
    list: &SelectionField<'a>,
    name: &str,
) -> Vec<Asked<'a, O>> {
    let asked = |field: SelectionField<'a>| {
        let (order, page) = list_of::<T, I, O>(ctx, &field)?;
        Some(Asked { field, order, page })
    };
    of_rows(list, name).into_iter().filter_map(asked).collect()
}

/// The fields of this name that all rows of a list are asked for, whatever the variables say.
fn of_rows<'a>(list: &SelectionField<'a>, name: &str) -> Vec<SelectionField<'a>> {
    let mut fields = Vec::new();
    for row in rows(list) {
        fields.extend(row.selection_set().filter(|field| field.name() == name));
    }
    fields.retain(|field| field.directives().is_ok_and(|directives| directives.is_empty()));
    fields
}

/// The fields of a list that stand for its rows.
pub(super) fn rows<'a>(list: &SelectionField<'a>) -> Vec<SelectionField<'a>> {
    let mut rows = Vec::new();
    for part in list.selection_set() {
        match part.name() {
            "nodes" => rows.push(part),
            "edges" => rows.extend(part.selection_set().filter(|field| field.name() == "node")),
            _ => {}
        }
    }
    rows
}

/// The order and the page that a field asks for; `None` when something is wrong with its arguments, which the field itself tells.
fn list_of<T: Fields, I: InputType + Default + Into<O>, O>(
    ctx: &Context<'_>,
    field: &SelectionField<'_>,
) -> Option<(O, Page)> {
    let arguments = field.arguments().ok()?;
    let value = |name: &str| -> Option<Value> {
        arguments.iter().find_map(|(argument, value)| (argument == name).then(|| value.clone()))
    };
    let order = match value("orderBy") {
        Some(order) => I::parse(Some(order)).ok()?,
        None => I::default(),
    };
    let args = PageArgs {
        first: InputType::parse(value("first")).ok()?,
        after: InputType::parse(value("after")).ok()?,
        last: InputType::parse(value("last")).ok()?,
        before: InputType::parse(value("before")).ok()?,
    };
    Some((order.into(), ctx.page(args).ok()?.reading(columns::of_rows::<T>(field))))
}
