//! `variantByBarcode`: what a scanner asks.

use async_graphql::{Context, Object, Result};

use super::variant::ProductVariant;
use crate::catalog::rules;
use crate::catalog::store::{self, tags};
use crate::graphql::error::ErrorCode;
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;

#[derive(Default)]
pub struct BarcodeQuery;

#[Object]
impl BarcodeQuery {
    /// The variant with a barcode, as a scanner reads it. A GTIN is found with any number of zeros before it: a UPC-A read as an EAN-13 is the same.
    /// Null when there is none, or when the caller may not see it; an error when several variants have it.
    #[graphql(cache_control(max_age = 300))]
    async fn variant_by_barcode(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] barcode: String,
    ) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.depends_on(tags::PRODUCTS);
        let Ok(code) = rules::printed_code(&barcode) else { return Ok(None) };
        let found = store::variants_by_barcode(ctx.services().db.read(), ctx.actor(), &code).await;
        let mut found = found.map_err(|fault| ctx.fault(fault))?;
        if found.len() > 1 {
            let several =
                "Several variants have this barcode: list them with `productVariants(filter: { barcodes: … })`.";
            return Err(ErrorCode::BadUserInput.with(&several));
        }
        Ok(found.pop().map(|row| InOrder(ProductVariant(row))))
    }
}
