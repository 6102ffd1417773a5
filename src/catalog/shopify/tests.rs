//! The reader against hand-written files, one rule of the format each.

use super::*;

const HEADER: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty";

fn entries(text: &str) -> Vec<Entry> {
    Catalogue::open(text.as_bytes()).unwrap().map(Result::unwrap).collect()
}

fn products(text: &str) -> Vec<ProductDraft> {
    entries(text).into_iter().filter_map(|entry| entry.product).collect()
}

fn problems(text: &str) -> Vec<String> {
    entries(text).into_iter().flat_map(|entry| entry.problems).map(|problem| problem.to_string()).collect()
}

fn rows(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

#[test]
fn a_product_is_its_rows_with_one_handle_and_an_image_row_is_no_variant() {
    let text = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src\n\
        pot,Clay Pot,Size,Regular,9.99,a.jpg\n\
        pot,,,Large,15.99,\n\
        pot,,,,,b.jpg\n\
        lamp,Lamp,Title,Default Title,60,c.jpg\n";
    let products = products(text);
    assert_eq!(products.len(), 2);
    assert_eq!(products[0].options.as_deref(), Some(["Size".to_owned()].as_slice()));
    let values: Vec<_> = products[0].variants.iter().map(|v| v.option_values.clone().unwrap().join("/")).collect();
    assert_eq!(values, ["Regular", "Large"]);
    assert_eq!(products[0].variants[1].price.unwrap().to_string(), "15.99");
    assert_eq!(products[1].options.as_deref(), Some([].as_slice()));
    assert_eq!(products[1].variants[0].option_values.as_deref(), Some([].as_slice()));
    assert_eq!(problems(text), [""; 0]);
}

#[test]
fn line_numbers_are_those_of_an_editor_whatever_the_line_ends() {
    let text = "\u{feff}Handle,Title,Body (HTML),Variant Price\n\
        a,A,\"<p>one\ntwo</p>\",x\n\
        \n\
        b,B,,y\n\
        c,C,,z";
    let expected = ["line 2, a", "line 5, b", "line 6, c"];
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let met = problems(&text);
        assert_eq!(met.len(), 3, "{met:?}");
        for (problem, start) in met.iter().zip(expected) {
            assert!(problem.starts_with(&format!("{start}, Variant Price: ")), "{problem}");
        }
    }
}

#[test]
fn quotes_commas_and_line_ends_inside_a_cell_are_kept() {
    let text = "Handle,Title,Body (HTML)\r\nrope,\"Rope, 12\"\" long\",\"<p>strong\r\nand light</p>\"\r\n";
    let rope = &products(text)[0];
    assert_eq!(rope.title, Cell::Value("Rope, 12\" long".to_owned()));
    assert_eq!(rope.description, Cell::Value("<p>strong\nand light</p>".to_owned()));
}

#[test]
fn columns_come_in_any_order_and_absent_is_not_empty() {
    let tent = &products("Vendor,Tags,handle,Status\n,\"Red, red, Big\",Tent,archived\n")[0];
    assert_eq!(tent.handle, "tent");
    assert_eq!(tent.title, Cell::Absent);
    assert_eq!(tent.vendor, Cell::Empty);
    assert_eq!(tent.tags, Cell::Value(vec!["Red".to_owned(), "Big".to_owned()]));
    assert_eq!(tent.status, Some(PublicationStatus::Archived));
    assert_eq!(tent.options, None);
    assert!(tent.variants.is_empty());
}

#[test]
fn the_newer_names_of_the_columns_are_understood() {
    let text = "Title,URL handle,Description,Product category,Published on online store,Status,SKU,Price,\
        Compare-at price,Inventory quantity,Weight value (grams),Barcode\n\
        Mug,mug,<b>Big</b>,Home > Kitchen,TRUE,Active,M-1,8,10,5,310,4006381333931\n";
    let mug = &products(text)[0];
    assert_eq!(mug.category, Cell::Value(vec!["Home".to_owned(), "Kitchen".to_owned()]));
    assert_eq!(mug.status, Some(PublicationStatus::Active));
    let variant = &mug.variants[0];
    assert_eq!(variant.sku.as_deref(), Some("M-1"));
    assert_eq!(variant.weight_grams, Cell::Value(310));
    assert_eq!(variant.quantity, Some(5));
    assert_eq!(variant.barcode, Cell::Value("4006381333931".to_owned()));
}

#[test]
fn status_and_published_together_decide() {
    let status = |status: &str, published: &str| {
        products(&format!("Handle,Status,Published\na,{status},{published}\n"))[0].status
    };
    assert_eq!(status("active", "true"), Some(PublicationStatus::Active));
    assert_eq!(status("active", "false"), Some(PublicationStatus::Draft));
    assert_eq!(status("archived", "true"), Some(PublicationStatus::Archived));
    assert_eq!(status("", "FALSE"), Some(PublicationStatus::Draft));
    assert_eq!(status("", ""), None);
}

#[test]
fn a_bad_row_is_left_out_and_the_rest_of_its_product_stays() {
    let text = rows(&["shirt,Shirt,Size,S,S-1,10,1", "shirt,,,M,S-2,ten,1", "shirt,,,L,S-3,12,1", "hat,Hat,,,H-1,5,2"]);
    let products = products(&text);
    let skus: Vec<_> = products.iter().flat_map(|p| &p.variants).map(|v| v.sku.clone().unwrap()).collect();
    assert_eq!(skus, ["S-1", "S-3", "H-1"]);
    assert_eq!(problems(&text), ["line 3, shirt, Variant Price: `ten` is not an amount such as 12.50"]);
}

#[test]
fn a_product_whose_own_columns_are_wrong_is_left_out_whole() {
    let text = rows(&["shirt,,Size,S,S-1,10,1", "shirt,,,M,S-2,11,1", "hat,Hat,,,H-1,5,2"]);
    assert_eq!(products(&text).len(), 1);
    let met = problems(&text);
    assert_eq!(met.len(), 1);
    assert!(met[0].starts_with("line 2, shirt, Title: is empty"), "{}", met[0]);
    assert!(met[0].ends_with("the product is left out with its 2 rows"), "{}", met[0]);
}

#[test]
fn rows_that_come_back_to_an_earlier_product_are_refused() {
    let text = rows(&["a,A,Size,S,A-1,10,1", "b,B,,,B-1,5,2", "a,,,M,A-2,10,1"]);
    assert_eq!(products(&text).len(), 2);
    assert_eq!(
        problems(&text),
        ["line 4, a, Handle: the product already began at line 2; its rows must follow each other"]
    );
}

#[test]
fn repeated_skus_and_option_values_are_refused_with_the_earlier_line() {
    let text = rows(&["a,A,Size,S,A-1,10,1", "a,,,S,A-2,10,1", "a,,,M,A-1,10,1", "b,B,,,B-1,5,2", "b,,,,B-2,5,2"]);
    assert_eq!(
        problems(&text),
        [
            "line 3, a: has the same option values as line 2",
            "line 4, a, Variant SKU: is already the SKU of line 2",
            "line 6, b: a product without options has one variant, which line 5 is",
        ]
    );
}

#[test]
fn without_option_columns_the_sku_tells_the_variants_apart() {
    let text = "Handle,Variant SKU,Variant Price\na,A-1,10\na,A-2,11\nb,,5\nb,,6\n";
    let products = products(text);
    assert_eq!(products[0].variants.len(), 2);
    assert_eq!(products[1].variants.len(), 1);
    assert_eq!(problems(text), ["line 5, b: neither SKU nor option values tell this variant from that of line 4"]);
}

#[test]
fn options_must_be_named_in_order_and_valued_in_every_row() {
    let head = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price\n";
    let met = problems(&format!("{head}a,A,,,Size,S,1\nb,B,Size,S,size,M,1\nc,C,Size,S,Hue,,1\nc,,,M,,Red,1\n"));
    assert_eq!(met.len(), 3, "{met:?}");
    assert!(met[0].starts_with("line 2, a, Option2 Name: is filled while the option before it is not"), "{}", met[0]);
    assert!(met[1].starts_with("line 3, b, Option2 Name: names the same option"), "{}", met[1]);
    assert_eq!(met[2], "line 4, c, Option2 Value: is empty; the product has the option `Hue`");
    let met = problems(&format!("{head}a,A,Title,Default Title,,,1\na,,,Large,,,2\n"));
    assert!(met[0].starts_with("line 3, a, Option1 Value: is filled while"), "{}", met[0]);
}

#[test]
fn negative_stock_is_reported_and_the_variant_stays() {
    let text = rows(&["a,A,,,A-1,10,-4", "b,B,,,B-1,10,1.5"]);
    let products = products(&text);
    assert_eq!(products.len(), 1);
    assert_eq!(products[0].variants[0].quantity, None);
    let met = problems(&text);
    assert!(met[0].starts_with("line 2, a, Variant Inventory Qty: `-4` is negative"), "{}", met[0]);
    assert!(met[1].starts_with("line 3, b, Variant Inventory Qty: `1.5` is not a whole number"), "{}", met[1]);
}

#[test]
fn a_row_with_too_few_cells_or_wrong_encoding_is_reported_and_the_next_ones_go_on() {
    let mut text = b"Handle,Title,Variant Price\na,A\nb,".to_vec();
    text.extend_from_slice(b"\xff\xfe,1\nc,C,1\n");
    let entries: Vec<Entry> = Catalogue::open(text.as_slice()).unwrap().map(Result::unwrap).collect();
    let met: Vec<_> = entries.iter().flat_map(|e| &e.problems).map(ToString::to_string).collect();
    assert_eq!(met, ["line 2, a: the row has 2 cells where the header has 3", "line 3, b: the row is not UTF-8"]);
    assert_eq!(entries.iter().filter(|e| e.product.is_some()).count(), 1);
}

#[test]
fn a_quote_left_open_is_reported_at_the_row_that_opens_it() {
    let text = "Handle,Title,Variant Price\na,A,1\nb,\"B,2\nc,C,3\n";
    let met = problems(text);
    assert_eq!(met.len(), 1);
    assert!(met[0].starts_with("line 3, b: the row has 2 cells where the header has 3; a quote may be left open"));
}

#[test]
fn the_later_rows_of_a_product_whose_first_row_is_broken_change_nothing() {
    let text = rows(&["a,A,Size", "a,,,M,A-2,10,1", "b,B,,,B-1,5,2"]).replace("Title,", "Vendor,");
    let products = products(&text);
    assert_eq!(products.len(), 1);
    assert_eq!(products[0].handle, "b");
    assert!(problems(&text)[1].ends_with("the product's first row, line 2, can't be read"));
}

#[test]
fn a_row_without_a_handle_is_refused() {
    let text = rows(&[",A,,,A-1,10,1", "b,B,,,B-1,5,2"]);
    assert_eq!(problems(&text), ["line 2, Handle: is empty; every row must name its product"]);
    assert_eq!(products(&text).len(), 1);
}

/// A file that can't be read.
struct Breaks;

impl Read for Breaks {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the disk is gone"))
    }
}

#[test]
fn an_empty_file_and_one_that_stops_being_readable_are_problems_of_the_file() {
    assert!(matches!(Catalogue::open([].as_slice()).err(), Some(FileProblem::Empty)));
    let source = "Handle,Title\na,A\n".as_bytes().chain(Breaks);
    let read: Result<Vec<Entry>, FileProblem> = match Catalogue::open(source) {
        Ok(catalogue) => catalogue.collect(),
        Err(problem) => Err(problem),
    };
    assert!(read.unwrap_err().to_string().contains("the disk is gone"));
    assert!(products(HEADER).is_empty());
}
