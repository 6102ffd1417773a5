//! Puts null where a field failed, and where that may not be null, into the nearest place above it that may: the library
//! only leaves the field out. It knows answers, not why something failed.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, PathSegment, Response, ServerError, Value};

use super::order::Order;
use super::shape::Nulls;

/// Completes the answer at the paths of its errors.
pub(super) fn complete(order: &Order, response: &mut Response) {
    let failures = Failures::of(&response.errors);
    if failures.below.is_empty() {
        return;
    }
    if failures.take_from(&mut response.data, order) {
        response.data = Value::Null;
    }
}

/// The places that failed, as a tree.
#[derive(Default)]
struct Failures<'a> {
    /// This place failed.
    here: bool,
    /// Places below it that did.
    below: HashMap<Step<'a>, Failures<'a>>,
}

/// One step of a path.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

impl<'a> Failures<'a> {
    fn of(errors: &'a [ServerError]) -> Self {
        let mut root = Self::default();
        for error in errors.iter().filter(|error| !error.path.is_empty()) {
            let mut place = &mut root;
            for segment in &error.path {
                let step = match segment {
                    PathSegment::Field(name) => Step::Field(name),
                    PathSegment::Index(index) => Step::Item(*index),
                };
                place = place.below.entry(step).or_default();
            }
            place.here = true;
        }
        root
    }

    /// Puts null at every place that failed below `value`, an answer to what `order` selects. Whether `value` itself has
    /// to become null. Recurses as deep as the answer, whose depth is limited.
    fn take_from(&self, value: &mut Value, order: &Order) -> bool {
        if self.here {
            return true;
        }
        if matches!(value, Value::Null) && self.below.keys().any(|step| matches!(step, Step::Field(_))) {
            // An object without a single field that worked.
            *value = Value::Object(IndexMap::new());
        }
        let mut fails = false;
        for (step, failures) in &self.below {
            fails |= match (step, &mut *value) {
                (Step::Field(name), Value::Object(fields)) => failures.take_field(fields, name, order),
                (Step::Item(index), Value::List(items)) => {
                    items.get_mut(*index).is_none_or(|item| failures.take_value(item, order, order.nulls.items))
                }
                // The rest of the list is lost, too.
                (Step::Item(_) | Step::Field(_), _) => true,
            };
        }
        fails
    }

    fn take_field(&self, fields: &mut IndexMap<Name, Value>, name: &str, order: &Order) -> bool {
        let below = order.fields.get(name);
        let nulls = below.map_or(Nulls::default(), |below| below.nulls);
        let value = fields.entry(Name::new(name)).or_insert(Value::Null);
        let unknown = Order::default();
        self.take_value(value, below.unwrap_or(&unknown), nulls.own)
    }

    /// The same for a value that may be null or not: whether the place above it fails.
    fn take_value(&self, value: &mut Value, order: &Order, nullable: bool) -> bool {
        let fails = self.take_from(value, order);
        if fails {
            *value = Value::Null;
        }
        fails && !nullable
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{Pos, value};

    use super::super::shape::Shape;
    use super::*;

    const SDL: &str = "type Query { maybe: Thing sure: Thing! things: [Thing!]! gaps: [Thing]! list: [Thing!] }
        type Thing { id: ID! name: String inner: Thing! loose: Thing }";

    fn completed(query: &str, data: Value, paths: &[&[PathSegment]]) -> String {
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let order = Order::of(&operation.node, &document.fragments, &Shape::from_sdl(SDL).unwrap());
        let failed = |path: &&[PathSegment]| {
            let mut error = ServerError::new("failed", Some(Pos { line: 1, column: 1 }));
            error.path = path.to_vec();
            error
        };
        let mut response = Response::new(data);
        response.errors = paths.iter().map(failed).collect();
        order.apply(&mut response);
        response.data.to_string()
    }

    fn field(name: &str) -> PathSegment {
        PathSegment::Field(name.to_owned())
    }

    #[test]
    fn a_failed_field_that_may_be_null_is_null() {
        let query = "{ a: maybe { id } sure { name id } }";
        let data = value!({ "sure": { "id": "1" } });
        let paths: &[&[PathSegment]] = &[&[field("sure"), field("name")], &[field("a")]];
        assert_eq!(completed(query, data, paths), r#"{a: null, sure: {name: null, id: "1"}}"#);
    }

    #[test]
    fn what_may_not_be_null_takes_along_what_is_above_it() {
        let query = "{ maybe { loose { inner { id name } } name } }";
        let data = value!({ "maybe": { "loose": { "inner": { "name": "n" } }, "name": "m" } });
        let path: &[PathSegment] = &[field("maybe"), field("loose"), field("inner"), field("id")];
        assert_eq!(completed(query, data, &[path]), r#"{maybe: {loose: null, name: "m"}}"#);
        assert_eq!(
            completed("{ sure { id } maybe { id } }", value!({ "maybe": { "id": "1" } }), &[&[field("sure")]]),
            "null"
        );
    }

    #[test]
    fn an_object_whose_fields_all_failed_is_an_object() {
        let data = value!({ "sure": null });
        let path: &[PathSegment] = &[field("sure"), field("name")];
        assert_eq!(completed("{ sure { name } }", data, &[path]), "{sure: {name: null}}");
        assert_eq!(completed("{ maybe { id } }", Value::Null, &[&[field("maybe")]]), "{maybe: null}");
    }

    #[test]
    fn a_failed_item_is_null_or_ends_its_list() {
        let item = |list: &str| [field(list), PathSegment::Index(1), field("id")];
        let gaps = value!({ "gaps": [{ "id": "1" }, null] });
        assert_eq!(completed("{ gaps { id } }", gaps, &[&item("gaps")]), r#"{gaps: [{id: "1"}, null]}"#);
        let list = value!({ "list": [{ "id": "1" }, null] });
        assert_eq!(completed("{ list { id } }", list, &[&item("list")]), "{list: null}");
        let things = value!({ "things": [{ "id": "1" }, null] });
        assert_eq!(completed("{ things { id } }", things, &[&item("things")]), "null");
    }
}
