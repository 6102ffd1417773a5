//! Tells the audit log and the subscribers what a write did to a product and its variants.

use std::collections::BTreeMap;

use serde_json::json;

use super::save::find;
use crate::catalog::entity::product_variant;
use crate::catalog::rules::whole::{OptionState, VariantState, Whole};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::Fault;
use crate::kernel::outbox::Event;
use crate::kernel::write::Cx;

/// The audit entries and the events of what differs between the variants.
pub fn variants(cx: &mut Cx<'_>, before: &Whole, after: &Whole) -> Result<(), Fault> {
    for new in &after.variants {
        let (action, topic, changes) = match find(before, new.row.id) {
            None => ("variant.create", "variant.created", new_variant(after, new)),
            Some(old) if old != new => ("variant.update", "variant.updated", changed_variant(old, new)),
            Some(_) => continue,
        };
        cx.audit(Entry::new(action, new.row.id, changes));
        cx.emit(Event::new(topic, new.row.id, &variant_event(&new.row))?.urgent());
    }
    for old in before.variants.iter().filter(|old| find(after, old.row.id).is_none()) {
        deleted_variant(cx, &old.row)?;
    }
    Ok(())
}

/// The audit entry and the event of a variant that is gone.
pub fn deleted_variant(cx: &mut Cx<'_>, row: &product_variant::Model) -> Result<(), Fault> {
    let changes = Changes::new().field("sku", &Some(&row.sku), &None).field("title", &Some(&row.title), &None);
    cx.audit(Entry::new("variant.delete", row.id, changes));
    cx.emit(Event::new("variant.deleted", row.id, &variant_event(row))?.urgent());
    Ok(())
}

fn new_variant(whole: &Whole, new: &VariantState) -> Changes {
    let row = &new.row;
    Changes::new()
        .set("productId", &whole.product.id)
        .set("title", &row.title)
        .set("sku", &row.sku)
        .set("barcode", &row.barcode)
        .set("currency", &row.currency)
        .set("priceMinor", &row.price_minor)
        .set("compareAtMinor", &row.compare_at_minor)
        .set("weightGrams", &row.weight_grams)
        .set("backorderPolicy", &row.backorder_policy)
        .set("backorderLimit", &row.backorder_limit)
}

fn changed_variant(old: &VariantState, new: &VariantState) -> Changes {
    let (old, new) = (&old.row, &new.row);
    Changes::new()
        .field("title", &old.title, &new.title)
        .field("sku", &old.sku, &new.sku)
        .field("barcode", &old.barcode, &new.barcode)
        .field("currency", &old.currency, &new.currency)
        .field("priceMinor", &old.price_minor, &new.price_minor)
        .field("compareAtMinor", &old.compare_at_minor, &new.compare_at_minor)
        .field("weightGrams", &old.weight_grams, &new.weight_grams)
        .field("backorderPolicy", &old.backorder_policy, &new.backorder_policy)
        .field("backorderLimit", &old.backorder_limit, &new.backorder_limit)
}

fn variant_event(row: &product_variant::Model) -> serde_json::Value {
    json!({ "variantId": row.id, "productId": row.product_id, "sku": row.sku, "version": row.version })
}

/// The event of a product.
pub fn product(cx: &mut Cx<'_>, topic: &'static str, whole: &Whole) -> Result<(), Fault> {
    let row = &whole.product;
    let facts = json!({ "productId": row.id, "handle": row.handle, "status": row.status, "version": row.version });
    cx.emit(Event::new(topic, row.id, &facts)?.urgent());
    Ok(())
}

/// The options and their values as the audit log has them.
pub fn option_texts(whole: &Whole) -> Vec<BTreeMap<&str, Vec<&str>>> {
    whole.options.iter().map(|option| BTreeMap::from([(option.row.name.as_str(), value_texts(option))])).collect()
}

fn value_texts(option: &OptionState) -> Vec<&str> {
    option.values.iter().map(|value| value.value.as_str()).collect()
}
