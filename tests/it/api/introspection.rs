//! The schema as a client sees it.

use serde::Deserialize;
use serde_json::json;

use crate::support::TestApp;

const INTROSPECTION: &str = "{ __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
        name description
        fields(includeDeprecated: true) {
            name description
            args(includeDeprecated: true) { ...value }
            type { ...reference }
        }
        inputFields(includeDeprecated: true) { ...value }
        enumValues(includeDeprecated: true) { name description }
    }
} }
fragment value on __InputValue { name description type { ...reference } }
fragment reference on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schema {
    query_type: Named,
    mutation_type: Option<Named>,
    subscription_type: Option<Named>,
    pub(super) types: Vec<Type>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Type {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) fields: Option<Vec<Field>>,
    pub(super) input_fields: Option<Vec<Input>>,
    pub(super) enum_values: Option<Vec<EnumValue>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) args: Vec<Input>,
    #[serde(rename = "type")]
    pub(super) output: Option<Reference>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) description: Option<String>,
    #[serde(rename = "type")]
    pub(super) input: Reference,
}

#[derive(Debug, Deserialize)]
pub(super) struct EnumValue {
    pub(super) name: String,
    pub(super) description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<Reference>>,
}

impl Reference {
    /// The name of the type without its lists and exclamation marks.
    pub(super) fn named(&self) -> &str {
        self.of_type.as_ref().map_or_else(|| self.name.as_deref().unwrap(), |inner| inner.named())
    }

    /// Whether a value must be given.
    pub(super) fn is_required(&self) -> bool {
        self.kind == "NON_NULL"
    }
}

impl Schema {
    pub(super) async fn of(app: &TestApp) -> Self {
        let answer = app.anonymous().query(INTROSPECTION, json!({})).await;
        serde_json::from_value(answer.field("__schema").clone()).unwrap()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Type> {
        self.types.iter().find(|candidate| candidate.name == name)
    }

    /// Every root field with the name of its root: `("Query", field)`.
    pub(super) fn root_fields(&self) -> Vec<(&str, &Field)> {
        let roots = [Some(&self.query_type), self.mutation_type.as_ref(), self.subscription_type.as_ref()];
        let roots = roots.into_iter().flatten().filter_map(|root| self.get(&root.name));
        roots.flat_map(|root| root.fields.iter().flatten().map(|field| (root.name.as_str(), field))).collect()
    }
}
