//! Bounds on the variables that come with a document. It does not know their types.

use async_graphql::parser::types::{OperationDefinition, VariableDefinition};
use async_graphql::{Value, Variables};

use super::refusal::Refusal;
use crate::config::GraphqlLimits;

/// Refuses too many variables, and values that nest too deeply or hold too long a text or list. The recursion is bounded by the
/// JSON reader, which stops at 128 levels.
pub(super) fn check(variables: &Variables, limits: &GraphqlLimits) -> Result<(), Refusal> {
    if variables.len() > limits.variables {
        return Err(Refusal::limit("variables", "The request", "variables", limits.variables));
    }
    for (name, value) in variables.iter() {
        check_value(value, limits.variable_depth, limits)
            .map_err(|excess| excess.refusal(&format!("The variable ${}", short(name)), limits))?;
    }
    Ok(())
}

/// Refuses a request without a variable that its operation must have; otherwise its fields would run without it.
pub(super) fn check_required(operation: &OperationDefinition, variables: &Variables) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
        let given = variables.get(&name.node).or(default_value.as_ref().map(|default| &default.node));
        if !var_type.node.nullable && given.is_none_or(|value| *value == Value::Null) {
            let (name, ty) = (short(&name.node), short(&var_type.node.to_string()));
            return Err(Refusal::MissingVariable { name, ty, position: definition.pos });
        }
    }
    Ok(())
}

/// Gives variables that were left out the values that the operation has for them. The library does so where arguments are read, but not where `@skip` and
/// `@include` are.
pub(super) fn fill(operation: &OperationDefinition, variables: &mut Variables) {
    for definition in &operation.variable_definitions {
        let VariableDefinition { name, default_value, .. } = &definition.node;
        if let Some(default) = default_value {
            variables.entry(name.node.clone()).or_insert_with(|| default.node.clone());
        }
    }
}

enum Excess {
    Depth,
    Text,
    Items,
}

impl Excess {
    fn refusal(self, subject: &str, limits: &GraphqlLimits) -> Refusal {
        match self {
            Self::Depth => Refusal::limit("variable_depth", subject, "levels", limits.variable_depth),
            Self::Text => Refusal::limit("string_bytes", subject, "bytes in one text", limits.string_bytes),
            Self::Items => Refusal::limit("list_items", subject, "values in one list", limits.list_items),
        }
    }
}

fn check_value(value: &Value, levels: usize, limits: &GraphqlLimits) -> Result<(), Excess> {
    match value {
        Value::String(text) if text.len() > limits.string_bytes => Err(Excess::Text),
        Value::List(items) if items.len() > limits.list_items => Err(Excess::Items),
        Value::List(items) => {
            let levels = levels.checked_sub(1).ok_or(Excess::Depth)?;
            items.iter().try_for_each(|item| check_value(item, levels, limits))
        }
        Value::Object(fields) => {
            let levels = levels.checked_sub(1).ok_or(Excess::Depth)?;
            fields.values().try_for_each(|field| check_value(field, levels, limits))
        }
        Value::String(_) | Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) | Value::Enum(_) => {
            Ok(())
        }
    }
}

/// Refuses a value in the query text with too long a list. What nests in it is bounded by the text's brackets.
pub(super) fn check_lists(value: &Value, limits: &GraphqlLimits) -> Result<(), Refusal> {
    match value {
        Value::List(items) if items.len() > limits.list_items => Err(Excess::Items.refusal("An argument", limits)),
        Value::List(items) => items.iter().try_for_each(|item| check_lists(item, limits)),
        Value::Object(fields) => fields.values().try_for_each(|field| check_lists(field, limits)),
        Value::String(_) | Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) | Value::Enum(_) => {
            Ok(())
        }
    }
}

fn short(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(json: serde_json::Value) -> Option<&'static str> {
        match check(&Variables::from_json(json), &GraphqlLimits::default()) {
            Ok(()) => None,
            Err(Refusal::Limit { key, .. }) => Some(key),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_of_64_kib_passes_and_one_byte_more_does_not() {
        assert_eq!(refused(json!({ "a": "x".repeat(65_536) })), None);
        assert_eq!(refused(json!({ "a": ["x".repeat(65_537)] })), Some("string_bytes"));
    }

    #[test]
    fn more_than_a_hundred_variables_are_refused() {
        let many = |count: usize| (0..count).map(|n| (format!("v{n}"), json!(1))).collect();
        assert_eq!(refused(serde_json::Value::Object(many(100))), None);
        assert_eq!(refused(serde_json::Value::Object(many(101))), Some("variables"));
    }

    #[test]
    fn a_list_of_1001_values_is_refused_wherever_it_lies() {
        assert_eq!(refused(json!({ "a": { "b": vec![1; 1_000] } })), None);
        assert_eq!(refused(json!({ "a": { "b": vec![1; 1_001] } })), Some("list_items"));
    }

    #[test]
    fn a_value_nested_33_levels_is_refused() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(refused(json!({ "a": nested(32) })), None);
        assert_eq!(refused(json!({ "a": nested(33) })), Some("variable_depth"));
    }
}
