//! Reads what the inputs of the stock mutations share, and notes what is wrong with it.

use async_graphql::ID;

use super::stock_adjustment::StockReason;
use crate::inventory::commands::{LocationName, Terms, VariantName};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::LocationCode;
use crate::inventory::rules::change::{self, Memo};
use crate::kernel::error::{At, Problems};
use crate::kernel::id::{self, Id};
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
        self.list("input.lines", lines, max, read)
    }

    /// All items of a list at this path, or nothing when something is wrong with one of them or there are too many.
    pub(super) fn list<L, P>(
        &mut self,
        path: &str,
        items: Vec<L>,
        max: usize,
        read: impl Fn(&mut Self, &str, L) -> Option<P>,
    ) -> Option<Vec<P>> {
        if items.len() > max {
            self.0.add(path, InputError::TooMany { max }.into());
            return None;
        }
        // Every item is read, so that everything wrong is named at once.
        let parsed: Vec<Option<P>> =
            items.into_iter().enumerate().map(|(index, item)| read(self, &format!("{path}.{index}"), item)).collect();
        parsed.into_iter().collect()
    }

    pub(super) fn id<T: Id>(&mut self, path: &str, text: &ID) -> Option<T> {
        self.0.take(path, id::parse(text).map_err(InventoryError::of_id))
    }

    /// The note, if there is one. What is wrong with it comes out at the end.
    pub(super) fn note(&mut self, note: Option<String>) -> Option<String> {
        self.0.take("input.note", change::note(note.as_deref().unwrap_or_default())).flatten()
    }

    /// The external reference, if there is one. What is wrong with it comes out at the end.
    pub(super) fn external_reference(&mut self, reference: Option<String>) -> Option<String> {
        let read = change::reference(reference.as_deref().unwrap_or_default());
        self.0.take("input.externalReference", read).flatten()
    }

    /// What was read elsewhere; what is wrong with it comes out at the end.
    pub(super) fn collect<T>(&mut self, read: Result<T, Vec<At<InventoryError>>>) -> Option<T> {
        read.map_err(|errors| self.0.extend(errors)).ok()
    }

    /// The command, or everything that is wrong with its input.
    pub(super) fn finish<C>(self, command: Option<C>) -> Result<C, Vec<At<InventoryError>>> {
        self.0.finish(command)
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
