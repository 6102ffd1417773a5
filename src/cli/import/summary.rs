//! What an import did, in numbers and in one paragraph for people.

use std::fmt;

/// Counts over all files of one run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Files read.
    pub files: u64,
    /// Products that were new.
    pub created: u64,
    /// Products of which something changed.
    pub updated: u64,
    /// Products that were as the file says already.
    pub unchanged: u64,
    /// Variants that were new.
    pub variants_created: u64,
    /// Variants of which something changed.
    pub variants_updated: u64,
    /// Units booked as opening stock.
    pub units: i64,
    /// Rows and files that could not be imported, or not wholly.
    pub errors: u64,
}

/// A summary with what its numbers need to be understood.
pub(super) struct Report<'a> {
    pub(super) summary: &'a Summary,
    /// Code of the location that got the stock.
    pub(super) location: &'a str,
    pub(super) dry_run: bool,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { files, created, updated, unchanged, variants_created, variants_updated, units, errors } =
            self.summary;
        if self.dry_run {
            f.write_str("dry run, nothing was written; the import would have done this:\n")?;
        }
        writeln!(f, "files     {files}")?;
        writeln!(f, "products  {created} created, {updated} updated, {unchanged} unchanged")?;
        writeln!(f, "variants  {variants_created} created, {variants_updated} updated")?;
        writeln!(f, "stock     {units} units opened at {}", self.location)?;
        write!(f, "errors    {errors}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_has_every_number() {
        let summary = Summary {
            files: 3,
            created: 60,
            updated: 2,
            unchanged: 1,
            variants_created: 66,
            variants_updated: 4,
            units: 107,
            errors: 5,
        };
        let report = Report { summary: &summary, location: "MAIN", dry_run: false };
        assert_eq!(
            report.to_string(),
            "files     3\nproducts  60 created, 2 updated, 1 unchanged\nvariants  66 created, 4 updated\n\
             stock     107 units opened at MAIN\nerrors    5"
        );
    }
}
