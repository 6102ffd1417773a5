//! From bytes to rows: CSV syntax, text encoding and line numbers. Knows no meaning of a column but the handle's.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::{
    header::{Column, Columns},
    problem::{FileProblem, RowProblem},
};

/// The rows of a file, after its header.
pub(super) struct Rows<R> {
    csv: csv::Reader<std::io::Chain<R, Cursor<&'static [u8]>>>,
    columns: Columns,
    record: ByteRecord,
}

/// A row with the cells of the columns that we use, trimmed.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    cells: BTreeMap<Column, String>,
}

/// Why there is no row: this one is broken, or the rest of the file is out of reach.
#[derive(Debug)]
pub(super) enum RowError {
    Row(RowProblem),
    File(FileProblem),
}

impl Row {
    /// The cell's text; `None` when the file has no such column.
    pub(super) fn cell(&self, column: Column) -> Option<&str> {
        self.cells.get(&column).map(String::as_str)
    }

    /// The cell's text, unless it is empty or the column is missing.
    pub(super) fn filled(&self, column: Column) -> Option<&str> {
        self.cell(column).filter(|text| !text.is_empty())
    }

    /// The handle, in lower case as in an address; may be empty.
    pub(super) fn handle(&self) -> String {
        self.cell(Column::Handle).unwrap_or_default().to_lowercase()
    }

    pub(super) fn is_filled(&self, columns: &[Column]) -> bool {
        columns.iter().any(|column| self.filled(*column).is_some())
    }
}

impl<R: Read> Rows<R> {
    /// Lines are ended by LF here and cells trimmed of a CR before it: the csv crate's own CRLF mode counts a line too
    /// few. The line end that is chained on lets the last line count as any other.
    pub(super) fn open(source: R) -> Result<Self, FileProblem> {
        let mut csv = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(source.chain(Cursor::new(b"\n".as_slice())));
        let mut record = ByteRecord::new();
        if !read(&mut csv, &mut record)? {
            return Err(FileProblem::Empty);
        }
        let names = text_of(&record).ok_or_else(|| FileProblem::Unreadable("the header is not UTF-8".to_owned()))?;
        let columns = Columns::parse(names.iter().map(String::as_str))?;
        Ok(Self { csv, columns, record })
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    pub(super) fn position_bytes(&self) -> u64 {
        self.csv.position().byte()
    }

    /// The line on which the record just read begins: counted back from its end, as blank lines may precede it, but not
    /// before the end of the record before it, as one that the file's end cuts off has no line end of its own.
    fn line(&self) -> u64 {
        let inner = self.record.iter().flatten().filter(|byte| **byte == b'\n').count();
        let end = self.csv.position().line().saturating_sub(1);
        let earliest = self.record.position().map_or(1, csv::Position::line);
        end.saturating_sub(u64::try_from(inner).unwrap_or(u64::MAX)).max(earliest)
    }

    /// The handle of a row that is broken elsewhere, for the message.
    fn likely_handle(&self) -> Option<String> {
        let (_, place) = self.columns.places().find(|(column, _)| *column == Column::Handle)?;
        let text = std::str::from_utf8(self.record.get(place)?).ok()?.trim();
        (!text.is_empty()).then(|| text.to_lowercase())
    }

    fn row(&self) -> Result<Row, RowProblem> {
        let line = self.line();
        let problem = |rule: String| RowProblem { line, handle: self.likely_handle(), column: None, rule };
        let fields = text_of(&self.record).ok_or_else(|| problem("the row is not UTF-8".to_owned()))?;
        let expected = self.columns.count();
        if fields.len() != expected {
            let spans_lines = fields.iter().any(|field| field.contains('\n'));
            let hint = if spans_lines { "; a quote may be left open" } else { "" };
            let rule = format!("the row has {} cells where the header has {expected}{hint}", fields.len());
            return Err(problem(rule));
        }
        let cells = self.columns.places().filter_map(|(column, place)| Some((column, fields.get(place)?.clone())));
        Ok(Row { line, cells: cells.collect() })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match read(&mut self.csv, &mut self.record) {
                Err(problem) => return Some(Err(RowError::File(problem))),
                Ok(false) => return None,
                Ok(true) if self.record.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Ok(true) => return Some(self.row().map_err(RowError::Row)),
            }
        }
    }
}

fn read<S: Read>(csv: &mut csv::Reader<S>, record: &mut ByteRecord) -> Result<bool, FileProblem> {
    csv.read_byte_record(record).map_err(|error| FileProblem::Unreadable(error.to_string()))
}

/// The fields as trimmed text with LF line ends; `None` when one is not UTF-8.
fn text_of(record: &ByteRecord) -> Option<Vec<String>> {
    let fields = record.iter().map(|field| std::str::from_utf8(field).ok());
    fields.map(|field| Some(field?.trim().replace("\r\n", "\n"))).collect()
}
