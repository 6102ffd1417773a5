//! Properties of the reader over generated catalogues: what is written comes back, and nothing crashes it.

use proptest::{collection::vec, prelude::*};

use super::*;

#[derive(Debug, Clone)]
struct Sample {
    title: String,
    body: String,
    sizes: Vec<(u32, u16)>,
}

fn sample() -> impl Strategy<Value = Sample> {
    let text = "[a-zA-Z0-9 ,\"'\n;é赤-]{0,20}x";
    (text, text, vec((0u32..1_000_000, any::<u16>()), 1..5)).prop_map(|(title, body, sizes)| Sample {
        title,
        body,
        sizes,
    })
}

/// The samples as a file, products named by their place, with the given line end.
fn file(samples: &[Sample], line_end: &str) -> String {
    let mut lines =
        vec!["Handle,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty,Title,Vendor".to_owned()];
    for (number, sample) in samples.iter().enumerate() {
        for (place, (cents, units)) in sample.sizes.iter().enumerate() {
            let own = if place == 0 { [quoted(&sample.title), quoted(&sample.body)] } else { Default::default() };
            let name = if place == 0 { "Size" } else { "" };
            let price = format!("{}.{:02}", cents / 100, cents % 100);
            lines.push(format!("product-{number},{name},size {place},{price},{units},{}", own.join(",")));
        }
        lines.push(format!("product-{number},,,,,,"));
    }
    lines.join(line_end) + line_end
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn every_product_and_variant_of_a_well_formed_file_comes_back(samples in vec(sample(), 0..8), crlf: bool) {
        let text = file(&samples, if crlf { "\r\n" } else { "\n" });
        let entries: Vec<Entry> = Catalogue::open(text.as_bytes()).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(entries.len(), samples.len());
        for (entry, sample) in entries.iter().zip(&samples) {
            prop_assert_eq!(&entry.problems, &vec![]);
            let product = entry.product.as_ref().unwrap();
            prop_assert_eq!(product.title.value().unwrap(), sample.title.trim());
            prop_assert_eq!(product.vendor.value().unwrap(), sample.body.trim());
            prop_assert_eq!(product.variants.len(), sample.sizes.len());
            for (variant, (cents, units)) in product.variants.iter().zip(&sample.sizes) {
                prop_assert_eq!(variant.price.unwrap() * rust_decimal::Decimal::from(100), (*cents).into());
                prop_assert_eq!(variant.quantity.unwrap_or(0), i64::from(*units));
            }
        }
    }

    #[test]
    fn reading_twice_gives_the_same_drafts_and_no_generated_sku_twice(samples in vec(sample(), 0..8)) {
        let text = file(&samples, "\n");
        let read = || -> Vec<ProductDraft> {
            Catalogue::open(text.as_bytes()).unwrap().filter_map(|entry| entry.unwrap().product).collect()
        };
        let drafts = read();
        prop_assert_eq!(&drafts, &read());
        let skus: Vec<_> = drafts.iter().flat_map(|draft| &draft.variants).map(|variant| &variant.generated_sku).collect();
        let distinct: std::collections::HashSet<_> = skus.iter().collect();
        prop_assert_eq!(distinct.len(), skus.len());
    }

    #[test]
    fn arbitrary_bytes_end_in_products_or_problems_and_lines_only_grow(bytes in vec(any::<u8>(), 0..400)) {
        let mut text = b"Handle,Title,Option1 Name,Option1 Value,Variant Price,Status\n".to_vec();
        text.extend(bytes);
        let lines = u64::try_from(text.split(|byte| *byte == b'\n').count()).unwrap();
        let mut last = 1;
        for entry in Catalogue::open(text.as_slice()).unwrap() {
            for problem in entry.unwrap().problems {
                prop_assert!(problem.line >= last && problem.line <= lines);
                last = problem.line;
            }
        }
    }
}
