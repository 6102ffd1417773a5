//! What the counter needs to know of the schema: which type a field leads to and which fields page. Read once from the
//! schema's SDL, so that it can't disagree with what is served.

use std::collections::HashMap;

use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use async_graphql::parser::{Error, parse_schema};
use async_graphql::{Name, Positioned};

/// The fields of every object and interface.
#[derive(Debug, Default)]
pub(super) struct Shape {
    types: HashMap<String, HashMap<String, FieldShape>>,
}

/// One field of a type.
#[derive(Debug)]
pub(super) struct FieldShape {
    /// The named type inside all lists.
    pub ty: String,
    /// It takes `first` and answers a page when none is given.
    pub pages: bool,
}

impl Shape {
    pub(super) fn from_sdl(sdl: &str) -> Result<Self, Error> {
        let mut types: HashMap<String, HashMap<String, FieldShape>> = HashMap::new();
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(ty) = definition else {
                continue;
            };
            let fields = match ty.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => continue,
            };
            types.entry(ty.node.name.node.to_string()).or_default().extend(fields.into_iter().map(field_shape));
        }
        Ok(Self { types })
    }

    pub(super) fn field(&self, ty: &str, field: &str) -> Option<&FieldShape> {
        self.types.get(ty)?.get(field)
    }
}

fn field_shape(field: Positioned<FieldDefinition>) -> (String, FieldShape) {
    let field = field.node;
    let pages = field.arguments.iter().any(|argument| argument.node.name.node == "first");
    let shape = FieldShape { ty: named(&field.ty.node).to_string(), pages };
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
    use super::Shape;

    #[test]
    fn fields_are_known_with_their_inner_type_and_whether_they_page() {
        let sdl = "type Query { products(first: Int): [Product!]! shop: Shop }";
        let shape = Shape::from_sdl(sdl).unwrap();
        let products = shape.field("Query", "products").unwrap();
        assert_eq!((products.ty.as_str(), products.pages), ("Product", true));
        assert!(!shape.field("Query", "shop").unwrap().pages);
        assert!(shape.field("Query", "nothing").is_none());
    }
}
