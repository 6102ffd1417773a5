//! Reads what the inputs of the stock mutations share, and notes what is wrong with it.

use async_graphql::ID;

use super::stock_adjustment::StockReason;
use crate::inventory::commands::{LocationName, Terms, VariantName};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::LocationCode;
use crate::inventory::rules::change::{self, Memo};
use crate::kernel::error::Problems;
use crate::kernel::id;
use crate::kernel::text::{self, InputError};

/// The longest SKU, in characters.
const SKU_MAX: usize = 64;

/// Reads the parts that the inputs share, and notes what is wrong with them.
#[derive(Default)]
pub(super) struct Reader(pub(super) Problems<InventoryError>);

impl Reader {
    pub(super) fn terms(
        &mut self,
        reason: StockReason,
        reference: Option<String>,
        note: Option<String>,
        dry_run: bool,
    ) -> Option<Terms> {
        let reference = self.0.take("input.reference", change::reference(reference.as_deref().unwrap_or_default()));
        let note = self.0.take("input.note", change::note(note.as_deref().unwrap_or_default()));
        let reason = self.0.take("input.reason", change::chosen_reason(reason.into()));
        let memo = Memo::new(reason?).with_reference(reference?).with_note(note?);
        Some(Terms { memo, dry_run })
    }

    /// All lines, or nothing when something is wrong with one of them or with their number.
    pub(super) fn lines<L, P>(
        &mut self,
        lines: Vec<L>,
        max: usize,
        read: impl Fn(&mut Self, &str, L) -> Option<P>,
    ) -> Option<Vec<P>> {
        if lines.is_empty() {
            self.0.add("input.lines", InputError::Empty.into());
        }
        if lines.len() > max {
            self.0.add("input.lines", InputError::TooMany { max }.into());
            return None;
        }
        // Every line is read, so that everything wrong is named at once.
        let parsed: Vec<Option<P>> = lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| read(self, &format!("input.lines.{index}"), line))
            .collect();
        parsed.into_iter().collect()
    }

    pub(super) fn variant(&mut self, line: &str, id: Option<ID>, sku: Option<String>) -> Option<VariantName> {
        match (id, sku) {
            (Some(id), None) => {
                let id = id::parse(&id).map_err(InventoryError::of_id);
                self.0.take(&format!("{line}.variantId"), id).map(VariantName::Id)
            }
            (None, Some(sku)) => self.0.take(&format!("{line}.sku"), text::line(&sku, SKU_MAX)).map(VariantName::Sku),
            (Some(_), Some(_)) | (None, None) => self.either(line, ["variantId", "sku"]),
        }
    }

    pub(super) fn location(
        &mut self,
        line: &str,
        fields: [&str; 2],
        id: Option<ID>,
        code: Option<String>,
    ) -> Option<LocationName> {
        let [id_field, code_field] = fields;
        match (id, code) {
            (Some(id), None) => {
                let id = id::parse(&id).map_err(InventoryError::of_id);
                self.0.take(&format!("{line}.{id_field}"), id).map(LocationName::Id)
            }
            (None, Some(code)) => {
                self.0.take(&format!("{line}.{code_field}"), LocationCode::parse(&code)).map(LocationName::Code)
            }
            (Some(_), Some(_)) | (None, None) => self.either(line, fields),
        }
    }

    fn either<T>(&mut self, line: &str, [one, other]: [&str; 2]) -> Option<T> {
        self.0.add(line, InputError::malformed(format!("give either {one} or {other}")).into());
        None
    }
}
