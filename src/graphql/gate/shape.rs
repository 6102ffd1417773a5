//! What the counter needs to know of the schema: which type a field leads to and which fields page. Read once from the
//! schema's SDL, so that it can't disagree with what is served.

use std::collections::HashMap;

use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use async_graphql::parser::{Error, parse_schema};
use async_graphql::{Name, Positioned};

/// Items that a list of the schema itself counts as, but for the list of all types.
const SCHEMA_LIST: u64 = 10;

/// The fields of every object and interface.
#[derive(Debug, Default)]
pub(super) struct Shape {
    types: HashMap<String, HashMap<String, FieldShape>>,
    /// How many types there are, of every kind.
    all_types: u64,
}

/// One field of a type.
#[derive(Debug)]
pub(super) struct FieldShape {
    /// The named type inside all lists.
    pub ty: String,
    /// It takes `first` and answers a page when none is given.
    pub pages: bool,
    /// It answers a list without pages.
    pub lists: bool,
    /// Where it may be null.
    pub nulls: Nulls,
}

/// Where a field may be null. What is not known may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nulls {
    /// The field itself.
    pub own: bool,
    /// The items of its list.
    pub items: bool,
}

impl Default for Nulls {
    fn default() -> Self {
        Self { own: true, items: true }
    }
}

impl Nulls {
    fn of(ty: &Type) -> Self {
        let items = match &ty.base {
            BaseType::Named(_) => true,
            BaseType::List(inner) => inner.nullable,
        };
        Self { own: ty.nullable, items }
    }
}

impl Shape {
    pub(super) fn from_sdl(sdl: &str) -> Result<Self, Error> {
        let mut types: HashMap<String, HashMap<String, FieldShape>> = HashMap::new();
        let mut all_types: u64 = 0;
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(ty) = definition else {
                continue;
            };
            all_types = all_types.saturating_add(1);
            let fields = match ty.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => continue,
            };
            let name = ty.node.name.node.to_string();
            // The lists of a connection are its page.
            let is_page = name.ends_with("Connection");
            let shapes = fields.into_iter().map(|field| field_shape(field, is_page));
            types.entry(name).or_default().extend(shapes);
        }
        Ok(Self { types, all_types })
    }

    pub(super) fn field(&self, ty: &str, field: &str) -> Option<&FieldShape> {
        self.types.get(ty)?.get(field)
    }

    /// How many items `field` has if it is a list below `__schema` or `__type`.
    pub(super) fn introspected(&self, field: &str) -> Option<u64> {
        match field {
            "types" => Some(self.all_types),
            "args" | "directives" | "enumValues" | "fields" | "inputFields" | "interfaces" | "possibleTypes" => {
                Some(SCHEMA_LIST)
            }
            _ => None,
        }
    }
}

fn field_shape(field: Positioned<FieldDefinition>, is_page: bool) -> (String, FieldShape) {
    let field = field.node;
    let pages = field.arguments.iter().any(|argument| argument.node.name.node == "first");
    let lists = !pages && !is_page && matches!(field.ty.node.base, BaseType::List(_));
    let shape = FieldShape { ty: named(&field.ty.node).to_string(), pages, lists, nulls: Nulls::of(&field.ty.node) };
    (field.name.node.to_string(), shape)
}

fn named(mut ty: &Type) -> &Name {
    loop {
        match &ty.base {
            BaseType::Named(name) => return name,
            BaseType::List(inner) => ty = inner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Nulls, Shape};

    #[test]
    fn fields_are_known_with_their_inner_type_and_whether_they_page() {
        let sdl = "type Query { products(first: Int): [Product!]! shop: Shop tags: [String!]! }
            type ProductConnection { nodes: [Product!]! }";
        let shape = Shape::from_sdl(sdl).unwrap();
        let products = shape.field("Query", "products").unwrap();
        assert_eq!((products.ty.as_str(), products.pages), ("Product", true));
        let shop = shape.field("Query", "shop").unwrap();
        assert!(!shop.pages && !shop.lists && !products.lists);
        assert!(shape.field("Query", "tags").unwrap().lists);
        assert_eq!(shape.field("Query", "tags").unwrap().nulls, Nulls { own: false, items: false });
        assert_eq!(shop.nulls, Nulls { own: true, items: true });
        assert!(!shape.field("ProductConnection", "nodes").unwrap().lists);
        assert!(shape.field("Query", "nothing").is_none());
    }
}
