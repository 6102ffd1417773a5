//! The schema as text, in the order that schema linters ask for: everything by name, as people sort names; but an id first,
//! and the times of creation and change last. It knows the form that the exporter writes, and nothing of what the schema says.

/// Puts the definitions of `exported`, and all that is inside them, into their final order.
pub(super) fn arranged(exported: &str) -> String {
    let mut definitions = Block::read(&mut exported.lines()).items;
    for definition in &mut definitions {
        definition.sort_inside();
    }
    definitions.sort_by_cached_key(Item::place_among_definitions);
    let mut text = String::with_capacity(exported.len());
    for definition in &definitions {
        if !text.is_empty() {
            text.push('\n');
        }
        definition.write(&mut text, 0);
    }
    text
}

/// What stands between brackets, and the line that closes them.
#[derive(Default)]
struct Block<'a> {
    items: Vec<Item<'a>>,
    closing: &'a str,
}

/// A definition, a field, an argument, an enum value: its description, its text, and what is inside it.
#[derive(Default)]
struct Item<'a> {
    description: Vec<&'a str>,
    text: &'a str,
    inside: Option<Block<'a>>,
}

impl<'a> Block<'a> {
    /// Reads up to the closing bracket, or to the end. It recurses as deep as the exporter nests: twice.
    fn read(lines: &mut impl Iterator<Item = &'a str>) -> Self {
        let mut block = Self::default();
        let mut description = Vec::new();
        while let Some(line) = lines.next() {
            let text = line.trim_matches(['\t', ',']);
            if text == QUOTES {
                description.extend(lines.by_ref().take_while(|line| line.trim_matches('\t') != QUOTES));
            } else if text.starts_with(['}', ')']) {
                block.closing = text;
                return block;
            } else if !text.is_empty() {
                let inside = text.ends_with(['{', '(']).then(|| Self::read(lines));
                block.items.push(Item { description: std::mem::take(&mut description), text, inside });
            }
        }
        block
    }
}

/// What opens and closes a description.
const QUOTES: &str = "\"\"\"";

impl Item<'_> {
    fn sort_inside(&mut self) {
        // The roots of the schema have an order of their own.
        if let Some(block) = self.inside.as_mut().filter(|_| self.text != "schema {") {
            for item in &mut block.items {
                item.sort_inside();
            }
            block.items.sort_by_cached_key(Self::place_inside);
        }
    }

    /// Without regard to case, and a `_` before every letter.
    fn place_inside(&self) -> (u8, String) {
        let name = first_name(self.text);
        let rank = match name {
            "id" => 0,
            "createdAt" => 2,
            "updatedAt" => 3,
            _ => 1,
        };
        (rank, name.to_lowercase().replace('_', " "))
    }

    /// By the name behind the keyword; the definition of the roots has none and comes last.
    fn place_among_definitions(&self) -> (bool, String) {
        let name =
            self.text.split_once([' ', '@']).map_or("", |(_keyword, rest)| first_name(rest.trim_start_matches('@')));
        (name == "{", name.to_lowercase())
    }

    fn write(&self, text: &mut String, depth: usize) {
        let mut push = |line: &str| {
            text.extend(std::iter::repeat_n('\t', if line.is_empty() { 0 } else { depth }));
            text.push_str(line);
            text.push('\n');
        };
        if !self.description.is_empty() {
            push(QUOTES);
            // Every line has the same indent, or else it would be part of the text.
            for line in &self.description {
                push(line.trim_start_matches('\t'));
            }
            push(QUOTES);
        }
        push(self.text);
        if let Some(block) = &self.inside {
            for item in &block.items {
                item.write(text, depth.saturating_add(1));
            }
            text.extend(std::iter::repeat_n('\t', depth));
            text.push_str(block.closing);
            text.push('\n');
        }
    }
}

/// Everything up to what can follow a name.
fn first_name(text: &str) -> &str {
    text.split(['(', ':', ' ']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::arranged;

    #[test]
    fn an_id_comes_first_and_the_times_last_each_with_its_description_and_arguments() {
        let exported = "\"\"\"\nA thing.\n\"\"\"\ntype Thing implements Node {\n\t\"\"\"\n\tWhen: at once (\nor later.\n\t\"\"\"\n\tcreatedAt: DateTime!\n\
                        \t\"\"\"\n\tThe id.\n\t\"\"\"\n\tid: ID!\n\tparts(\n\t\t\"\"\"\n\t\tHow many.\n\t\t\"\"\"\n\t\tfirst: Int,\n\t\tid: ID\n\t): [Part!]!\n}\nunion Any = Thing\n";
        let expected = "union Any = Thing\n\n\"\"\"\nA thing.\n\"\"\"\ntype Thing implements Node {\n\t\"\"\"\n\tThe id.\n\t\"\"\"\n\tid: ID!\n\tparts(\n\t\tid: ID\n\t\t\"\"\"\n\t\tHow many.\n\
                        \t\t\"\"\"\n\t\tfirst: Int\n\t): [Part!]!\n\t\"\"\"\n\tWhen: at once (\n\tor later.\n\t\"\"\"\n\tcreatedAt: DateTime!\n}\n";
        assert_eq!(arranged(exported), expected);
    }

    #[test]
    fn names_are_sorted_as_people_do_whatever_they_define() {
        let exported = "enum E {\n\tINVALID\n\tIN_USE\n}\n\nscalar D\n\ntype StockAdjustPayload {\n\tproductVariants: Int\n\tproducts: Int\n}\n\n\
                        type StockAdjustment {\n\tid: ID\n}\n\ndirective @fresh(of: Int) on FIELD\nschema {\n\tquery: Q\n\tmutation: M\n}\n";
        let expected = "scalar D\n\nenum E {\n\tIN_USE\n\tINVALID\n}\n\ndirective @fresh(of: Int) on FIELD\n\ntype StockAdjustment {\n\tid: ID\n}\n\n\
                        type StockAdjustPayload {\n\tproducts: Int\n\tproductVariants: Int\n}\n\nschema {\n\tquery: Q\n\tmutation: M\n}\n";
        assert_eq!(arranged(exported), expected);
    }

    #[test]
    fn nothing_of_our_own_schema_is_lost() {
        let arranged = super::super::sdl();
        let schema = async_graphql::Schema::build(
            super::super::Query::default(),
            super::super::Mutation::default(),
            super::super::Subscription::default(),
        );
        let exported = schema.finish().sdl();
        let sorted = |text: &str| {
            let lines = text.lines().map(|line| line.trim_matches(['\t', ',']).to_owned());
            let mut lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&arranged), sorted(&exported));
    }
}
