//! Resolving the fields of objects one after the other. The library makes a task of each field of each object, to have them all under way at once; but
//! of rows that have been read already nearly every field is there. So each is tried first, in the memory of the one before, and only those that have
//! to wait, for a loader, wait side by side. They are answered in the order of the operation, too.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use async_graphql::indexmap::IndexMap;
use async_graphql::indexmap::map::Entry;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container, resolve_list};
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

/// An object whose fields are tried in their order. In the schema it is the object itself.
#[derive(Debug, Clone, Copy)]
pub struct InOrder<T>(pub T);

impl<T: ContainerType> OutputType for InOrder<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _field: &Positioned<Field>) -> ServerResult<Value> {
        // Boxed, as objects can be in objects of their own type.
        let resolving: BoxFuture<'_, ServerResult<Value>> = Box::pin(async move {
            let Some(fields) = fields_of::<T>(ctx) else { return resolve_container(ctx, &self.0).await };
            let mut values = resolve_objects(ctx, &fields, std::iter::once((&self.0, None))).await;
            Ok(values.pop().unwrap_or_default())
        });
        resolving.await
    }
}

/// A list of such objects.
#[derive(Debug, Clone)]
pub struct AllInOrder<T>(pub Vec<T>);

impl<T: ContainerType> OutputType for AllInOrder<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let resolving: BoxFuture<'_, ServerResult<Value>> = Box::pin(async move {
            let Some(fields) = fields_of::<T>(ctx) else {
                return resolve_list(ctx, field, &self.0, Some(self.0.len())).await;
            };
            let objects = self.0.iter().enumerate().map(|(index, object)| (object, Some(index)));
            Ok(Value::List(resolve_objects(ctx, &fields, objects).await))
        });
        resolving.await
    }
}

type Fields<'a> = Vec<&'a Positioned<Field>>;

/// The fields that are selected of a `T`. `None` when there is more to them than their names: directives, or fragments on an interface.
fn fields_of<'a, T: ContainerType>(ctx: &ContextSelectionSet<'a>) -> Option<Fields<'a>> {
    let set: &'a SelectionSet = &ctx.item.node;
    let mut fields = Vec::with_capacity(set.items.len());
    add_fields(ctx, &T::type_name(), set, &mut fields).then_some(fields)
}

/// Fragments end, and are few when spread out: the gate has counted them.
fn add_fields<'a>(
    ctx: &ContextSelectionSet<'a>,
    type_name: &str,
    set: &'a SelectionSet,
    fields: &mut Fields<'a>,
) -> bool {
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => {
            fields.push(field);
            field.node.directives.is_empty()
        }
        Selection::InlineFragment(fragment) => {
            let fragment = &fragment.node;
            let applies = fragment.type_condition.as_ref().is_none_or(|on| on.node.on.node == type_name);
            applies && add_fields(ctx, type_name, &fragment.selection_set.node, fields)
        }
        Selection::FragmentSpread(spread) => {
            ctx.query_env.fragments.get(&spread.node.fragment_name.node).is_some_and(|fragment| {
                let fragment = &fragment.node;
                fragment.type_condition.node.on.node == type_name
                    && add_fields(ctx, type_name, &fragment.selection_set.node, fields)
            })
        }
    })
}

/// The values of these fields of each object, which may have a place in a list.
async fn resolve_objects<'o, T: ContainerType + 'o>(
    ctx: &ContextSelectionSet<'_>,
    fields: &[&Positioned<Field>],
    objects: impl Iterator<Item = (&'o T, Option<usize>)>,
) -> Vec<Value> {
    let mut answers = Vec::with_capacity(objects.size_hint().0);
    let mut tries = Tries { memory: None, waiting: Vec::new() };
    for (object, index) in objects {
        let mut answer = Answer(IndexMap::with_capacity(fields.len()));
        for field in fields {
            let name = &field.node.response_key().node;
            if field.node.name.node == "__typename" {
                answer.put(name, Value::String(object.introspection_type_name().into_owned()));
                continue;
            }
            let number = answers.len();
            match tries.run(|| async move { (number, *field, resolve_field(ctx, index, field, object).await) }).await {
                Some((_, _, Ok(value))) => answer.put(name, value),
                Some((_, _, Err(error))) => ctx.add_error(error),
                None => answer.put(name, Value::Null),
            }
        }
        answers.push(answer);
    }
    let mut waiting: FuturesUnordered<_> = match tries.waiting {
        none if none.is_empty() => return answers.into_iter().map(Answer::value).collect(),
        waiting => waiting.into_iter().collect(),
    };
    while let Some((number, field, result)) = waiting.next().await {
        let (name, answer) = (&field.node.response_key().node, answers.get_mut(number));
        match (answer, result) {
            (Some(answer), Ok(value)) => answer.put(name, value),
            (Some(answer), Err(error)) => {
                answer.0.shift_remove(name);
                ctx.add_error(error);
            }
            (None, _) => {}
        }
    }
    answers.into_iter().map(Answer::value).collect()
}

async fn resolve_field<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    index: Option<usize>,
    field: &Positioned<Field>,
    object: &T,
) -> ServerResult<Value> {
    let item = index.map(|index| ctx.with_index(index));
    let ctx = item.as_ref().unwrap_or(ctx);
    Ok(object.resolve_field(&ctx.with_field(field)).await?.unwrap_or_default())
}

/// Futures of one kind of which each is tried once.
struct Tries<F> {
    /// Of one that has ended.
    memory: Option<Pin<Box<F>>>,
    /// Those that have to wait.
    waiting: Vec<Pin<Box<F>>>,
}

impl<F: Future> Tries<F> {
    /// What comes of it, if it need not wait.
    async fn run(&mut self, make: impl FnOnce() -> F) -> Option<F::Output> {
        let mut future = match self.memory.take() {
            Some(mut memory) => {
                memory.set(make());
                memory
            }
            None => Box::pin(make()),
        };
        match poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
            Poll::Ready(output) => {
                self.memory = Some(future);
                Some(output)
            }
            Poll::Pending => {
                self.waiting.push(future);
                None
            }
        }
    }
}

/// What is answered of one object.
struct Answer(IndexMap<Name, Value>);

impl Answer {
    fn value(self) -> Value {
        Value::Object(self.0)
    }

    /// Puts the field where it is selected first. A field that is selected twice has what is selected of either.
    fn put(&mut self, name: &Name, value: Value) {
        match self.0.entry(name.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(mut entry) => unite(entry.get_mut(), value),
        }
    }
}

fn unite(known: &mut Value, more: Value) {
    match (known, more) {
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                unite(known.entry(name).or_default(), value);
            }
        }
        (Value::List(known), Value::List(more)) => {
            known.iter_mut().zip(more).for_each(|(known, more)| unite(known, more));
        }
        (known @ Value::Null, more) => *known = more,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Interface, Object, Response, Schema, SimpleObject};

    use super::*;

    struct Thing {
        depth: u8,
    }

    #[derive(SimpleObject)]
    struct Amount {
        number: i32,
        unit: &'static str,
    }

    #[Object]
    impl Thing {
        async fn id(&self) -> String {
            format!("thing{}", self.depth)
        }

        async fn amount(&self) -> InOrder<Amount> {
            InOrder(Amount { number: 1, unit: "kg" })
        }

        async fn late(&self) -> &str {
            tokio::task::yield_now().await;
            "late"
        }

        async fn later(&self, #[graphql(default = 2)] turns: u8) -> u8 {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            turns
        }

        async fn broken(&self) -> async_graphql::Result<i32> {
            Err("broken".into())
        }

        async fn broken_late(&self) -> async_graphql::Result<i32> {
            tokio::task::yield_now().await;
            Err("broken late".into())
        }

        async fn maybe(&self) -> async_graphql::Result<Option<InOrder<Amount>>> {
            Err("not even that".into())
        }

        async fn inside(&self) -> AllInOrder<Thing> {
            tokio::task::yield_now().await;
            let depth = self.depth + 1;
            AllInOrder(vec![Thing { depth }, Thing { depth: depth + 1 }])
        }
    }

    #[derive(Interface)]
    #[graphql(field(name = "id", ty = "String"))]
    enum Named {
        Thing(Thing),
    }

    struct Query;

    #[Object]
    impl Query {
        async fn thing(&self) -> Thing {
            Thing { depth: 0 }
        }

        async fn in_order(&self) -> InOrder<Thing> {
            InOrder(Thing { depth: 0 })
        }

        async fn named(&self) -> Named {
            Named::Thing(Thing { depth: 0 })
        }
    }

    async fn answered(field: &str, selection: &str) -> Response {
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
        let used = FRAGMENTS.iter().filter(|(name, _)| selection.contains(name)).map(|(_, text)| *text);
        schema.execute(format!("{{ answer: {field} {selection} }} {}", used.collect::<String>())).await
    }

    const FRAGMENTS: [(&str, &str); 2] = [
        (
            "...onThing",
            "fragment onThing on Thing { later late ...more } fragment more on Thing { inside { amount { unit } } }",
        ),
        ("...onNamed", "fragment onNamed on Named { id }"),
    ];

    /// What the library answers, and in which order this does; `late` fields first are the test that it is an order.
    const SELECTIONS: [(&str, &str); 10] = [
        ("{ late id }", r#"{answer: {late: "late", id: "thing0"}}"#),
        (
            "{ a: later(turns: 3) __typename b: late c: later(turns: 0) id }",
            r#"{answer: {a: 3, __typename: "Thing", b: "late", c: 0, id: "thing0"}}"#,
        ),
        (
            "{ inside { late id } amount { unit number } }",
            r#"{answer: {inside: [{late: "late", id: "thing1"}, {late: "late", id: "thing2"}], amount: {unit: "kg", number: 1}}}"#,
        ),
        (
            "{ inside { id } ...onThing inside { late id } }",
            r#"{answer: {inside: [{id: "thing1", amount: {unit: "kg"}, late: "late"}, {id: "thing2", amount: {unit: "kg"}, late: "late"}], later: 2, late: "late"}}"#,
        ),
        (
            "{ ... { late } ... on Thing { id amount { number } } amount { unit } id }",
            r#"{answer: {late: "late", id: "thing0", amount: {number: 1, unit: "kg"}}}"#,
        ),
        ("{ ... on Named { late: id } ...onNamed }", r#"{answer: {late: "thing0", id: "thing0"}}"#),
        ("{ brokenLate late broken id }", r#"{answer: {late: "late", id: "thing0"}}"#),
        ("{ maybe { unit } late }", r#"{answer: {late: "late"}}"#),
        ("{ inside { broken } }", "{answer: {inside: [{}, {}]}}"),
        ("{ late @include(if: true) id @skip(if: true) }", r#"{answer: {late: "late"}}"#),
    ];

    #[tokio::test]
    async fn an_object_is_answered_in_the_order_of_its_selection() {
        for (selection, expected) in SELECTIONS {
            assert_eq!(answered("inOrder", selection).await.data.to_string(), expected, "{selection}");
        }
    }

    #[tokio::test]
    async fn it_answers_and_fails_as_the_library_does() {
        for (selection, _) in SELECTIONS.iter().filter(|(selection, _)| *selection != "{ inside { broken } }") {
            let (ours, theirs) = (answered("inOrder", selection).await, answered("thing", selection).await);
            assert_eq!(sorted(ours.data), sorted(theirs.data), "{selection}");
            assert_eq!(told(&ours.errors), told(&theirs.errors), "{selection}");
        }
        let named = answered("named", "{ id ... on Thing { late } }").await.data;
        assert_eq!(sorted(named), r#"{"answer":{"id":"thing0","late":"late"}}"#);
    }

    fn sorted(value: Value) -> String {
        serde_json::from_str::<serde_json::Value>(&value.into_json().unwrap().to_string()).unwrap().to_string()
    }

    fn told(errors: &[async_graphql::ServerError]) -> Vec<String> {
        let mut told: Vec<String> = errors.iter().map(|error| format!("{:?} {}", error.path, error.message)).collect();
        told.sort();
        told
    }
}
