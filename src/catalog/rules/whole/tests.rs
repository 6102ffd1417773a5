//! The rules among the parts of a product, without a database.

use proptest::prelude::*;

use super::*;
use crate::catalog::entity::product::Status;
use crate::catalog::rules::Sku;
use crate::catalog::rules::change::{Backorder, Patch};
use crate::kernel::error::At;

fn eur(minor: i64) -> Money {
    Money::from_minor(minor, "EUR".parse().unwrap()).unwrap()
}

fn product(options: &[(&str, &[&str])]) -> NewProduct {
    let options = options.iter().map(|(name, values)| NewOption {
        name: (*name).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    });
    NewProduct {
        title: "Tent".to_owned(),
        handle: None,
        description: String::new(),
        status: Status::Draft,
        vendor: None,
        product_type: None,
        category_id: None,
        tags: Vec::new(),
        options: options.collect(),
        variants: Vec::new(),
    }
}

fn variant(sku: &str, choices: &[(&str, &str)]) -> NewVariant {
    let choices = choices.iter().map(|(name, value)| Choice { name: (*name).to_owned(), value: (*value).to_owned() });
    NewVariant {
        sku: Sku::parse(sku).unwrap(),
        choices: choices.collect(),
        barcode: None,
        price: eur(1000),
        compare_at_price: None,
        weight_grams: None,
        backorder: Backorder::default(),
    }
}

/// The product with these variants, and all that is wrong with them.
fn assemble(new: &NewProduct, variants: &[NewVariant]) -> (Whole, Vec<At<CatalogError>>) {
    let ids = Ids::counting();
    let (making, mut problems) = (Making { ids: &ids, now: Timestamp(0) }, Problems::default());
    let mut whole = Whole::new(new, making, &mut problems);
    let add = |(index, variant): (usize, &NewVariant)| {
        whole.add_variant(variant, &format!("input.variants.{index}"), making, &mut problems)
    };
    let touched: Vec<_> = variants.iter().enumerate().map(add).collect();
    whole.check(&touched, &mut problems);
    let errors = problems.finish(Some(())).err().unwrap_or_default();
    (whole, errors)
}

proptest! {
    #[test]
    fn variants_are_accepted_exactly_when_their_option_values_differ(
        sizes in prop::collection::vec((0..3_u8, 0..3_u8), 1..8),
    ) {
        let texts: Vec<_> = sizes.iter().map(|(size, colour)| (size.to_string(), colour.to_string())).collect();
        let variants: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(index, (size, colour))| variant(&index.to_string(), &[("colour", colour), ("Size", size)]))
            .collect();
        let (whole, errors) = assemble(&product(&[("Size", &["0"]), ("Colour", &[])]), &variants);
        let distinct: std::collections::HashSet<_> = sizes.iter().collect();
        prop_assert_eq!(errors.len(), sizes.len() - distinct.len());
        prop_assert!(errors.iter().all(|at| at.error == CatalogError::SameOptions));
        for (state, (size, colour)) in whole.variants.iter().zip(&texts) {
            prop_assert_eq!(&state.row.title, &format!("{size} / {colour}"));
        }
    }

    #[test]
    fn every_variant_has_a_value_of_each_option_or_a_problem(named in prop::collection::vec("[a-d]", 0..5)) {
        let choices: Vec<_> = named.iter().map(|name| (name.as_str(), "x")).collect();
        let (whole, errors) = assemble(&product(&[("A", &[]), ("B", &[])]), &[variant("S", &choices)]);
        let complete = whole.variants.iter().all(|variant| variant.values.len() == whole.options.len());
        let exact = named.len() == 2 && named.contains(&"a".to_owned()) && named.contains(&"b".to_owned());
        prop_assert_eq!(errors.is_empty(), exact);
        prop_assert!(complete || !errors.is_empty());
    }
}

#[test]
fn an_option_takes_a_hundred_values_and_no_more() {
    let values: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    let of = |count: usize| {
        let values: Vec<&str> = values.iter().take(count).map(String::as_str).collect();
        assemble(&product(&[("Size", values.as_slice())]), &[]).1
    };
    assert_eq!(of(100), []);
    assert_eq!(of(101), [At::new("input.options.0.values.100", InputError::TooMany { max: 100 }.into())]);
}

#[test]
fn variants_without_options_are_told_that_the_product_has_none() {
    let (_, errors) = assemble(&product(&[]), &[variant("A", &[]), variant("B", &[])]);
    assert_eq!(errors, [At::new("input.variants.1.selectedOptions", CatalogError::NoOptions)]);
}

#[test]
fn a_whole_product_may_change_its_currency_at_once_but_not_in_part() {
    let (mut whole, errors) =
        assemble(&product(&[("Size", &[])]), &[variant("A", &[("Size", "A")]), variant("B", &[("Size", "B")])]);
    assert_eq!(errors, []);
    let usd = Money::from_minor(5, "USD".parse().unwrap()).unwrap();
    let changes = VariantChanges { price: Some(usd), ..VariantChanges::default() };
    let ids = Ids::counting();
    let making = Making { ids: &ids, now: Timestamp(0) };
    let touched: Vec<_> =
        whole.variants.iter().map(|state| Touched { id: state.row.id, path: state.row.sku.clone() }).collect();
    let mut change = |touched: &[Touched]| {
        let mut problems = Problems::default();
        for one in touched {
            whole.change_variant(one, &changes, making, &mut problems);
        }
        whole.check(touched, &mut problems);
        problems.finish(Some(())).err().unwrap_or_default()
    };
    let expected = CatalogError::OtherCurrency { expected: "EUR".parse().unwrap() };
    assert_eq!(change(&touched[..1]), [At::new("A.price.currency", expected)]);
    assert_eq!(change(&touched), []);
}

#[test]
fn a_former_price_goes_with_the_currency_it_was_in() {
    let former = NewVariant { compare_at_price: Some(eur(2000)), ..variant("A", &[]) };
    let (mut whole, _) = assemble(&product(&[]), &[former]);
    let usd = Money::from_minor(5, "USD".parse().unwrap()).unwrap();
    let ids = Ids::counting();
    let making = Making { ids: &ids, now: Timestamp(0) };
    let touched = Touched { id: whole.variants[0].row.id, path: "input".to_owned() };
    let changes = VariantChanges { price: Some(usd), barcode: Patch::Set("1".to_owned()), ..VariantChanges::default() };
    let mut problems = Problems::default();
    whole.change_variant(&touched, &changes, making, &mut problems);
    assert_eq!(problems.finish(Some(())), Ok(()));
    let row = &whole.variants[0].row;
    assert_eq!((row.price_minor, row.compare_at_minor, row.barcode.as_deref()), (5, None, Some("1")));
}
