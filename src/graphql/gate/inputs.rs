//! Whether the values of variables fit their types, by the schema's own rules of validation. A document that was found valid once is valid with any
//! values that fit, and need not be looked through again. Pure.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::registry::{MetaInputValue, MetaType, Registry, ScalarValidatorFn};
use async_graphql::{Value, Variables};

/// The types that a variable may have.
#[derive(Default)]
pub struct Inputs {
    types: HashMap<String, Input>,
}

enum Input {
    Scalar(Option<ScalarValidatorFn>),
    Enum(HashSet<String>),
    Object(HashMap<String, Field>),
}

struct Field {
    ty: Type,
    required: bool,
}

impl Inputs {
    /// The types in `registry`. Input objects of which one field is given are left out: nothing fits them here.
    pub fn of(registry: &Registry) -> Self {
        let types = registry.types.iter().filter_map(|(name, ty)| Some((name.clone(), Input::of(ty)?)));
        Self { types: types.collect() }
    }

    /// Whether all that are given fit beyond doubt; null does not, as it depends on the place whether it may be there.
    pub(super) fn fit(&self, operation: &OperationDefinition, variables: &Variables) -> bool {
        operation.variable_definitions.iter().all(|definition| {
            let value = variables.get(&definition.node.name.node);
            value.is_none_or(|value| *value != Value::Null && self.fits(value, &definition.node.var_type.node))
        })
    }

    fn fits(&self, value: &Value, ty: &Type) -> bool {
        match (&ty.base, value) {
            (_, Value::Null) => ty.nullable,
            (BaseType::List(inner), Value::List(items)) => items.iter().all(|item| self.fits(item, inner)),
            (BaseType::List(_), _) => false,
            (BaseType::Named(name), value) => match (self.types.get(name.as_str()), value) {
                (Some(Input::Scalar(is_valid)), value) => is_valid.as_ref().is_none_or(|is_valid| is_valid(value)),
                (Some(Input::Enum(values)), Value::String(value)) => values.contains(value),
                (Some(Input::Object(fields)), Value::Object(given)) => {
                    let known = |(name, value): (&async_graphql::Name, &Value)| {
                        fields.get(name.as_str()).is_some_and(|field| self.fits(value, &field.ty))
                    };
                    given.iter().all(known)
                        && fields.iter().all(|(name, field)| !field.required || given.contains_key(name.as_str()))
                }
                _ => false,
            },
        }
    }
}

impl Input {
    fn of(ty: &MetaType) -> Option<Self> {
        match ty {
            MetaType::Scalar { is_valid, .. } => Some(Self::Scalar(is_valid.clone())),
            MetaType::Enum { enum_values, .. } => Some(Self::Enum(enum_values.keys().cloned().collect())),
            MetaType::InputObject { oneof: false, input_fields, .. } => {
                let fields = input_fields.values().map(|field| Some((field.name.clone(), Field::of(field)?)));
                fields.collect::<Option<_>>().map(Self::Object)
            }
            _ => None,
        }
    }
}

impl Field {
    fn of(field: &MetaInputValue) -> Option<Self> {
        let ty = Type::new(&field.ty)?;
        let required = !ty.nullable && field.default_value.is_none();
        Some(Self { ty, required })
    }
}
