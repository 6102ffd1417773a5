//! `stockroom import shopify` as it is typed, on both databases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use secrecy::ExposeSecret as _;
use serde_json::json;
use stockroom::inventory::commands::{AdjustLine, LocationName, StockAdjust, Terms, VariantName};
use stockroom::inventory::entity::stock_adjustment::Reason;
use stockroom::inventory::rules::LocationCode;
use stockroom::inventory::rules::change::{Condition, Memo};
use stockroom::kernel::actor::Actor;
use stockroom::kernel::quantity::Delta;
use stockroom::kernel::write::Meta;

use super::counts;
use crate::support::{TestApp, both_databases, process};

/// What one run printed and how it ended.
struct Run {
    ok: bool,
    report: String,
    notes: String,
}

/// Runs the import beside the running server, on its database.
fn import(app: &TestApp, arguments: &[&str]) -> Run {
    let mut command = process::stockroom(app.folder());
    command.args(["import", "shopify"]).args(arguments).args(["--data-dir", "data"]);
    if let Some(url) = &app.config().database.url {
        command.args(["--database-url", url.expose_secret()]);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    Run { ok: status.success(), report: String::from_utf8(stdout).unwrap(), notes: String::from_utf8(stderr).unwrap() }
}

/// Writes a file into the test's folder and imports it.
fn import_text(app: &TestApp, text: &str, more: &[&str]) -> Run {
    let path = app.folder().join("catalogue.csv");
    fs::write(&path, text).unwrap();
    let path = path.to_string_lossy();
    import(app, &[&[path.as_ref()], more].concat())
}

/// The lines about rows, without the file's name.
fn row_problems(run: &Run) -> Vec<String> {
    let after_name = |line: &str| line.split_once(".csv: ").map(|(_, rest)| rest.to_owned());
    run.notes.lines().filter_map(after_name).filter(|line| line.starts_with("line ")).collect()
}

/// Three catalogues of Shopify's own, kept beside the repository.
fn real_catalogues() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !folder.is_dir() {
        return None;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    assert_eq!(files.len(), 3);
    Some(files)
}

const SHIRTS: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
    Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price\n\
    linen-shirt,Linen Shirt,<p>Cool</p>,Mill,Shirt,\"summer, men\",true,Size,S,LS-S,210,4,39.00,45.00\n\
    linen-shirt,,,,,,,,M,LS-M,220,6,39.00,45.00\n\
    canvas-belt,Canvas Belt,<p>Wide</p>,Harrow,Belt,,true,Title,Default Title,,150,3,19.50,\n";

async fn the_three_catalogues_come_in_completely_and_a_second_time_changes_nothing(app: TestApp) {
    let Some(files) = real_catalogues() else { return };
    let files: Vec<String> = files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();

    let first = import(&app, &files);
    assert!(first.ok, "{}", first.notes);
    assert!(first.report.contains("products  60 created, 0 updated, 0 unchanged"), "{}", first.report);
    assert!(first.report.contains("variants  66 created"), "{}", first.report);
    assert!(first.report.contains("stock     107 units opened at MAIN"), "{}", first.report);
    assert_eq!(counts::of(&app, "products").await, 60);
    assert_eq!(counts::of(&app, "variants").await, 66);
    let units = "SELECT CAST(SUM(on_hand) AS BIGINT) AS rows FROM stock_levels";
    assert_eq!(counts::rows(&app, units).await, 107);
    assert_eq!(counts::drifted_levels(&app).await, 0);

    let before = counts::all(&app).await;
    let second = import(&app, &files);
    assert!(second.ok, "{}", second.notes);
    assert!(second.report.contains("products  0 created, 0 updated, 60 unchanged"), "{}", second.report);
    assert_eq!(counts::all(&app).await, before);
}

async fn what_came_in_is_what_the_file_says(app: TestApp) {
    let run = import_text(&app, SHIRTS, &["--currency", "eur"]);
    assert!(run.ok, "{}", run.notes);
    let document = "{ product(handle: \"linen-shirt\") { title description vendor productType tags status
        variants(first: 5) { nodes { sku title weightGrams price { amount currency } compareAtPrice { amount } } } } }";
    let answer = app.as_role("CATALOG_MANAGER").await.query(document, json!({})).await;
    let product = &answer.data()["product"];
    assert_eq!(product["description"], "<p>Cool</p>");
    assert_eq!(product["tags"], json!(["men", "summer"]));
    assert_eq!(product["status"], "ACTIVE");
    assert_eq!(
        product["variants"]["nodes"][0],
        json!({ "sku": "LS-S", "title": "S", "weightGrams": 210, "price": { "amount": "39.00", "currency": "EUR" },
            "compareAtPrice": { "amount": "45.00" } })
    );
    let generated = "SELECT count(*) AS rows FROM product_variants WHERE sku = 'CANVAS-BELT'";
    assert_eq!(counts::rows(&app, generated).await, 1);
    let opened =
        "SELECT count(*) AS rows FROM stock_movements WHERE reason = 'OPENING_STOCK' AND reference = 'catalogue.csv'";
    assert_eq!(counts::rows(&app, opened).await, 3);
}

async fn a_file_with_some_columns_changes_only_those(app: TestApp) {
    assert!(import_text(&app, SHIRTS, &[]).ok);
    let unchanged =
        "SELECT count(*) AS rows FROM product_variants WHERE weight_grams = 220 AND compare_at_minor = 4500";
    let run = import_text(&app, "Variant Price,Handle,Option1 Value\n41.00,linen-shirt,M\n", &[]);
    assert!(run.ok, "{}", run.notes);
    assert!(run.report.contains("0 created, 1 updated"), "{}", run.report);
    assert_eq!(counts::rows(&app, "SELECT count(*) AS rows FROM product_variants WHERE price_minor = 4100").await, 1);
    assert_eq!(counts::rows(&app, unchanged).await, 1);
    // The product itself was not touched, nor the other variant.
    assert_eq!(counts::rows(&app, "SELECT count(*) AS rows FROM products WHERE version = 1").await, 2);
    assert_eq!(counts::rows(&app, "SELECT count(*) AS rows FROM product_variants WHERE version = 1").await, 2);
    assert_eq!(counts::rows(&app, "SELECT count(*) AS rows FROM products WHERE vendor = 'Mill'").await, 1);

    let run = import_text(&app, "Handle,Vendor,Tags\nlinen-shirt,,linen\n", &[]);
    assert!(run.ok, "{}", run.notes);
    assert_eq!(counts::rows(&app, "SELECT count(*) AS rows FROM products WHERE vendor IS NULL").await, 1);
    assert_eq!(counts::rows(&app, "SELECT count(*) AS rows FROM product_tags").await, 1);
    assert_eq!(counts::of(&app, "movements").await, 3);
}

async fn bad_rows_are_told_by_line_while_the_good_ones_land(app: TestApp) {
    let text = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Colour of the Box\n\
        tent,Tent,Size,2,T-2,200,3,red\n\
        tent,,,4,T-4,three hundred,2,red\n\
        mat,,,,M-1,50,1,red\n\
        mug,Mug,,,T-2,9,1,red\n\
        pan,Pan,,,P-1,30,-2,red\n\
        Big Pot,Pot,,,B-1,12,1,red\n\
        lamp,Lamp,,,L-1\n\
        rope,Rope,,,R-1,7,5,red\n";
    let run = import_text(&app, text, &[]);
    assert!(!run.ok);
    let problems = row_problems(&run);
    let begins = [
        "line 3, tent, Variant Price",
        "line 4, mat, Title",
        "line 5, mug, Variant SKU",
        "line 6, pan, Variant Inventory Qty",
        "line 7, big pot, Handle",
        "line 8, lamp: the row has 5 cells",
    ];
    assert_eq!(problems.len(), begins.len(), "{problems:#?}");
    for (problem, begin) in problems.iter().zip(begins) {
        assert!(problem.starts_with(begin), "{problem}");
    }
    assert_eq!(run.notes.matches("unknown columns: Colour of the Box").count(), 1);
    assert!(run.report.contains("products  3 created"), "{}", run.report);
    assert!(run.report.contains("errors    6"), "{}", run.report);
    assert_eq!(counts::of(&app, "variants").await, 3);
    let units = "SELECT CAST(SUM(on_hand) AS BIGINT) AS rows FROM stock_levels";
    assert_eq!(counts::rows(&app, units).await, 8);
    assert_eq!(counts::drifted_levels(&app).await, 0);
}

async fn a_category_path_is_followed_and_made_where_it_is_missing(app: TestApp) {
    let text = "Handle,Title,Product Category\n\
        lamp,Lamp,Home & Garden > Lighting > Lamps\n\
        shade,Shade,Home & Garden > Lighting\n\
        rope,Rope,\n";
    let dry = import_text(&app, text, &["--dry-run"]);
    assert!(dry.ok && counts::of(&app, "categories").await == 0, "{}", dry.notes);
    let run = import_text(&app, text, &[]);
    assert!(run.ok, "{}", run.notes);
    assert_eq!(counts::of(&app, "categories").await, 3);
    let placed =
        "SELECT count(*) AS rows FROM products p JOIN categories c ON c.id = p.category_id WHERE c.name = 'Lamps'";
    assert_eq!(counts::rows(&app, placed).await, 1);
    let before = counts::all(&app).await;
    let run = import_text(&app, text, &[]);
    assert!(run.ok, "{}", run.notes);
    assert_eq!(counts::all(&app).await, before);

    let deep = ["a"; 11].join(" > ");
    let deep = import_text(&app, &format!("Handle,Title,Product Category\npit,Pit,{deep}\n"), &[]);
    let problems = row_problems(&deep);
    assert!(problems[0].starts_with("line 2, pit, Product Category: makes the tree deeper"), "{problems:?}");
    assert_eq!(counts::all(&app).await, before);
}

async fn a_sku_of_another_product_is_told_and_takes_nothing_away(app: TestApp) {
    assert!(import_text(&app, SHIRTS, &[]).ok);
    let run = import_text(&app, "Handle,Title,Variant SKU,Variant Price\nother,Other,LS-S,1\n", &[]);
    assert!(!run.ok);
    assert_eq!(row_problems(&run), ["line 2, other, Variant SKU: `LS-S` is the SKU of another variant"]);
    assert_eq!(counts::of(&app, "products").await, 2);
}

async fn opening_stock_is_booked_once_even_when_it_has_been_sold(app: TestApp) {
    assert!(import_text(&app, SHIRTS, &[]).ok);
    sell(&app, "LS-S", 4).await;
    let again = import_text(&app, SHIRTS, &[]);
    assert!(again.report.contains("stock     0 units"), "{}", again.report);
    // More of a variant, and a new one: only the new one has opening stock.
    let more = SHIRTS.replace("LS-M,220,6", "LS-M,220,60").replace("canvas-belt", "leather-belt");
    let more = import_text(&app, &more, &[]);
    assert!(more.report.contains("stock     3 units"), "{}", more.report);
    assert_eq!(counts::drifted_levels(&app).await, 0);
}

/// Takes units of a variant away from MAIN.
async fn sell(app: &TestApp, sku: &str, units: i64) {
    let line = AdjustLine {
        variant: VariantName::Sku(sku.to_owned()),
        location: LocationName::Code(LocationCode::parse("MAIN").unwrap()),
        delta: Delta::new(-units).unwrap(),
        condition: Condition::Available,
    };
    let command = StockAdjust { terms: Terms { memo: Memo::new(Reason::Sold), dry_run: false }, lines: vec![line] };
    let written = app.app.services.writer.write(&Actor::system("test"), Meta::new("test"), command).await.unwrap();
    written.outcome.unwrap();
}

async fn a_dry_run_says_the_same_and_writes_nothing(app: TestApp) {
    let before = counts::all(&app).await;
    let dry = import_text(&app, SHIRTS, &["--dry-run"]);
    assert!(dry.ok && dry.report.starts_with("dry run"), "{} {}", dry.report, dry.notes);
    assert_eq!(counts::all(&app).await, before);
    let wet = import_text(&app, SHIRTS, &[]);
    assert!(dry.report.ends_with(&wet.report), "{} {}", dry.report, wet.report);
}

async fn stock_goes_to_the_location_that_is_named_or_to_the_first(app: TestApp) {
    let make = "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { userErrors { message } } }";
    let client = app.as_role("INVENTORY_MANAGER").await;
    for code in ["NORTH", "ANNEX"] {
        let made = client.mutate(make, json!({ "code": code, "name": code })).await;
        assert_eq!(made.data()["locationCreate"]["userErrors"], json!([]));
    }
    let nowhere = import_text(&app, SHIRTS, &["--location", "SOUTH"]);
    assert!(!nowhere.ok && nowhere.notes.contains("--location: SOUTH names no location"), "{}", nowhere.notes);
    assert_eq!(counts::of(&app, "products").await, 0);
    let named = import_text(&app, SHIRTS, &["--location", "annex"]);
    assert!(named.report.contains("13 units opened at ANNEX"), "{}", named.report);
    let first = import_text(&app, SHIRTS, &[]);
    assert!(first.report.contains("13 units opened at NORTH"), "{}", first.report);
}

async fn a_file_that_is_no_export_is_named_and_the_others_come_in(app: TestApp) {
    let (wrong, good) = (app.folder().join("wrong.csv"), app.folder().join("good.csv"));
    fs::write(&wrong, "Titel;Preis\nHut;3\n").unwrap();
    fs::write(&good, SHIRTS).unwrap();
    let run = import(&app, &["missing.csv", wrong.to_str().unwrap(), good.to_str().unwrap()]);
    assert!(!run.ok);
    assert!(run.notes.contains("error: missing.csv: "), "{}", run.notes);
    assert!(
        run.notes.contains("the header has no column `Handle`; its columns must be separated by commas"),
        "{}",
        run.notes
    );
    assert!(run.report.contains("products  2 created"), "{}", run.report);
    assert!(run.report.contains("errors    2"), "{}", run.report);
}

both_databases!(
    the_three_catalogues_come_in_completely_and_a_second_time_changes_nothing,
    what_came_in_is_what_the_file_says,
    a_file_with_some_columns_changes_only_those,
    bad_rows_are_told_by_line_while_the_good_ones_land,
    a_category_path_is_followed_and_made_where_it_is_missing,
    a_sku_of_another_product_is_told_and_takes_nothing_away,
    opening_stock_is_booked_once_even_when_it_has_been_sold,
    a_dry_run_says_the_same_and_writes_nothing,
    stock_goes_to_the_location_that_is_named_or_to_the_first,
    a_file_that_is_no_export_is_named_and_the_others_come_in,
);
