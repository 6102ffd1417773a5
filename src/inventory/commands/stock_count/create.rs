//! Plans a stock count. Nothing is on its list before counting begins.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::catalog::entity::category::CategoryId;
use crate::catalog::entity::product::ProductId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::store as catalog;
use crate::inventory::commands::stock::{LOCATION, LocationName, VariantName};
use crate::inventory::entity::location::{LocationId, Status as LocationStatus};
use crate::inventory::entity::stock_adjustment::DocumentType;
use crate::inventory::entity::stock_count::{self, CountId, Extent, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::store::{self, ScopeKind};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::{Command, Cx};

/// Plans a stock count at one location.
#[derive(Debug, Clone)]
pub struct StockCountCreate {
    /// Where.
    pub location: LocationName,
    /// What to count; `None` for everything that has a level there.
    pub scope: Option<CountScope>,
    /// What others call it.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
}

/// What a cycle count counts.
#[derive(Debug, Clone, Default)]
pub struct CountScope {
    /// These variants, whether or not the location has had them.
    pub variants: Vec<VariantName>,
    /// The variants of these products that have a level at the location.
    pub products: Vec<ProductId>,
    /// The same of the products in these categories and below them.
    pub categories: Vec<CategoryId>,
}

impl Command for StockCountCreate {
    type Output = CountId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CountId, Failure<InventoryError>> {
        let location_id = self.location(cx).await?;
        let scope = match &self.scope {
            None => Vec::new(),
            Some(scope) => scope.objects(cx).await?,
        };
        let row = stock_count::Model {
            id: cx.ids.make(),
            number: store::next_number(cx.tx, DocumentType::Count).await?,
            extent: if self.scope.is_some() { Extent::Cycle } else { Extent::Full },
            location_id,
            status: Status::Draft,
            round: 1,
            external_reference: self.external_reference.clone(),
            note: self.note.clone(),
            created_by: cx.actor.user_id(),
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
            started_at: None,
            closed_at: None,
        };
        store::insert_count(cx.tx, &row, &scope).await?;
        let changes = Changes::new()
            .set("number", &row.number)
            .set("extent", &row.extent)
            .set("location", &row.location_id)
            .set("externalReference", &row.external_reference)
            .set("note", &row.note);
        cx.audit(Entry::new("stock_count.create", row.id, changes));
        super::tell(cx, &row)?;
        Ok(row.id)
    }
}

impl StockCountCreate {
    async fn location(&self, cx: &Cx<'_>) -> Result<LocationId, Failure<InventoryError>> {
        let refused = |error| Failure::refused(&format!("input.{}", self.location.field(LOCATION)), error);
        let id = match &self.location {
            LocationName::Id(id) => *id,
            LocationName::Code(code) => {
                let found = store::locations_by_codes(cx.tx, BTreeSet::from([code.as_str()])).await?;
                *found.get(code.as_str()).ok_or_else(|| refused(InventoryError::LocationNotFound))?
            }
        };
        match store::lock_locations(cx.tx, &BTreeSet::from([id])).await?.get(&id) {
            Some(LocationStatus::Active) => Ok(id),
            Some(LocationStatus::Deactivated) => Err(refused(InventoryError::LocationDeactivated)),
            None => Err(refused(InventoryError::LocationNotFound)),
        }
    }
}

impl CountScope {
    /// What the scope names; refused when a name leads nowhere.
    async fn objects(&self, cx: &Cx<'_>) -> Result<Vec<(ScopeKind, Uuid)>, Failure<InventoryError>> {
        let (mut objects, mut errors) = (Vec::new(), Vec::new());
        for (index, (name, id)) in self.variants.iter().zip(self.variant_ids(cx).await?).enumerate() {
            if let Some(id) = id {
                objects.push((ScopeKind::Variant, id.0));
            } else {
                let path = format!("input.variants.{index}.{}", name.field());
                errors.push(At::new(&path, InventoryError::VariantNotFound));
            }
        }
        let products = catalog::products_by_ids(cx.tx, cx.actor, &self.products).await?;
        for (index, id) in self.products.iter().enumerate() {
            if products.contains_key(id) {
                objects.push((ScopeKind::Product, id.0));
            } else {
                errors.push(At::new(&format!("input.productIds.{index}"), InventoryError::ProductNotFound));
            }
        }
        let categories = catalog::categories_by_ids(cx.tx, cx.actor, &self.categories).await?;
        for (index, id) in self.categories.iter().enumerate() {
            if categories.contains_key(id) {
                objects.push((ScopeKind::Category, id.0));
            } else {
                errors.push(At::new(&format!("input.categoryIds.{index}"), InventoryError::CategoryNotFound));
            }
        }
        if errors.is_empty() { Ok(objects) } else { Err(Failure::Refused(errors)) }
    }

    /// The variant behind each name.
    async fn variant_ids(&self, cx: &Cx<'_>) -> Result<Vec<Option<ProductVariantId>>, Fault> {
        resolve(cx, self.variants.iter()).await
    }
}

/// The variant behind each name; `None` where there is none.
pub(super) async fn resolve<'a>(
    cx: &Cx<'_>,
    names: impl Iterator<Item = &'a VariantName> + Clone,
) -> Result<Vec<Option<ProductVariantId>>, Fault> {
    let skus: BTreeSet<&str> = names
        .clone()
        .filter_map(|name| match name {
            VariantName::Id(_) => None,
            VariantName::Sku(sku) => Some(sku.as_str()),
        })
        .collect();
    let by_sku = store::variants_by_skus(cx.tx, skus).await?;
    let ids: Vec<Option<ProductVariantId>> = names
        .map(|name| match name {
            VariantName::Id(id) => Some(*id),
            VariantName::Sku(sku) => by_sku.get(sku).copied(),
        })
        .collect();
    let known = store::known_variants(cx.tx, &ids.iter().flatten().copied().collect()).await?;
    Ok(ids.into_iter().map(|id| id.filter(|id| known.contains(id))).collect())
}
