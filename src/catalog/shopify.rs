//! Reads the product CSV that Shopify exports, one product at a time, as drafts for the import command.
//!
//! Pure: it knows the file format and nothing of databases, currencies or the command line. Memory grows with the
//! number of products only by their handles and SKUs, which it keeps to report duplicates.
//!
//! What the format means (Shopify's help, "Using CSV files to import and export products"): the rows of a product
//! follow each other and share a `Handle`; the first carries the product's own columns; each row with a variant column
//! filled is a variant; a row with only an image is neither. A file may hold any of the columns in any order; a column
//! that is missing changes nothing.

mod assemble;
mod cell;
mod draft;
mod header;
pub mod plan;
mod problem;
mod sku;
mod source;
mod variant;

use std::{
    collections::{HashMap, hash_map},
    io::Read,
};

use self::source::{Row, Rows};
pub use self::{
    draft::{Cell, ProductDraft, PublicationStatus, VariantDraft},
    header::Columns,
    problem::{FileProblem, RowProblem},
    sku::generated_sku,
};

/// A product of the file and what is wrong with its rows.
///
/// Rows with a problem are left out; the others of the same product stay. `product` is `None` when nothing that could
/// be imported remains.
#[derive(Debug)]
pub struct Entry {
    /// The product, made of its good rows.
    pub product: Option<ProductDraft>,
    /// What was wrong, in the order of the file.
    pub problems: Vec<RowProblem>,
}

/// The products of one file, read as they are asked for.
pub struct Catalogue<R> {
    rows: Rows<R>,
    pending: Option<Row>,
    seen: Seen,
}

/// Where handles and SKUs of this file were met first.
#[derive(Default)]
struct Seen {
    handles: HashMap<String, u64>,
    skus: HashMap<String, u64>,
    /// The handle and line of a row that could not be read and that no readable row of its product precedes.
    unreadable: Option<(String, u64)>,
}

impl<R: Read> Catalogue<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the file can't be read, is empty, or has a header that can't be that of a product export.
    pub fn open(source: R) -> Result<Self, FileProblem> {
        Ok(Self { rows: Rows::open(source)?, pending: None, seen: Seen::default() })
    }

    /// The columns that the header names.
    pub fn columns(&self) -> &Columns {
        self.rows.columns()
    }

    /// How many bytes have been read so far.
    pub fn position_bytes(&self) -> u64 {
        self.rows.position_bytes()
    }

    /// The rows up to the next change of the handle; `None` at the end of the file.
    fn next_group(&mut self, problems: &mut Vec<RowProblem>) -> Option<Result<Vec<Row>, FileProblem>> {
        let mut group: Vec<Row> = self.pending.take().into_iter().collect();
        loop {
            match self.rows.next() {
                None => return (!group.is_empty()).then_some(Ok(group)),
                Some(Err(source::RowError::File(problem))) => return Some(Err(problem)),
                Some(Err(source::RowError::Row(problem))) => {
                    if group.is_empty() {
                        self.seen.unreadable(&problem);
                        problems.push(problem);
                        return Some(Ok(group));
                    }
                    problems.push(problem);
                }
                Some(Ok(row)) => match group.first() {
                    Some(first) if first.handle() != row.handle() => {
                        self.pending = Some(row);
                        return Some(Ok(group));
                    }
                    _ => group.push(row),
                },
            }
        }
    }
}

impl<R: Read> Iterator for Catalogue<R> {
    type Item = Result<Entry, FileProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut problems = Vec::new();
        let group = match self.next_group(&mut problems)? {
            Ok(group) => group,
            Err(problem) => return Some(Err(problem)),
        };
        let product = assemble::product(&group, self.rows.columns(), &mut self.seen, &mut problems);
        problems.sort_by_key(|problem| problem.line);
        Some(Ok(Entry { product, problems }))
    }
}

impl Seen {
    /// Why the product that starts here can't be read, else remembers it.
    fn refusal(&mut self, handle: &str, line: u64) -> Option<String> {
        let unreadable = self.unreadable.take().filter(|(of, _)| of == handle);
        let earlier = first_met(&mut self.handles, handle.to_owned(), line);
        match (unreadable, earlier) {
            (Some((_, first)), _) => Some(format!("the product's first row, line {first}, can't be read")),
            (None, Some(earlier)) => {
                Some(format!("the product already began at line {earlier}; its rows must follow each other"))
            }
            (None, None) => None,
        }
    }

    /// Without its first row, which has its own columns, a product can't be imported.
    fn unreadable(&mut self, problem: &RowProblem) {
        if let Some(handle) = &problem.handle {
            self.unreadable = Some((handle.clone(), problem.line));
        }
    }

    /// The line where this SKU was met before, else remembers it.
    fn sku(&mut self, sku: &str, line: u64) -> Option<u64> {
        first_met(&mut self.skus, sku.to_owned(), line)
    }
}

fn first_met(lines: &mut HashMap<String, u64>, key: String, line: u64) -> Option<u64> {
    match lines.entry(key) {
        hash_map::Entry::Occupied(earlier) => Some(*earlier.get()),
        hash_map::Entry::Vacant(place) => {
            place.insert(line);
            None
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
