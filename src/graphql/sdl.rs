//! The schema as text, in the order that schema linters ask for: an id first, the times of creation and change last,
//! everything else by name. It knows the form that the exporter writes, and nothing of what the schema says.

/// Puts the members of every type, interface and input of `exported`, which are sorted by name, into their final order.
pub(super) fn arranged(exported: &str) -> String {
    let mut text = String::with_capacity(exported.len());
    let mut lines = exported.lines();
    while let Some(line) = lines.next() {
        push_line(&mut text, line);
        let opens = ["type ", "interface ", "input "].iter().any(|keyword| line.starts_with(keyword));
        if opens && line.ends_with('{') {
            let mut members = members(lines.by_ref().take_while(|line| *line != "}"));
            members.sort_by_key(Member::rank);
            for line in members.iter().flat_map(|member| &member.lines) {
                push_line(&mut text, line);
            }
            push_line(&mut text, "}");
        }
    }
    text
}

/// A field or an input field with its description and its arguments.
#[derive(Default)]
struct Member<'a> {
    lines: Vec<&'a str>,
    name: &'a str,
}

impl Member<'_> {
    fn rank(&self) -> u8 {
        match self.name {
            "id" => 0,
            "createdAt" => 2,
            "updatedAt" => 3,
            _ => 1,
        }
    }
}

/// A member's own lines have one tab, its arguments have two. Its last line is the first one outside a description that
/// does not open a list of arguments.
fn members<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Member<'a>> {
    let mut members = Vec::new();
    let mut member = Member::default();
    let mut describing = false;
    for line in lines {
        member.lines.push(line);
        let own = line.strip_prefix('\t').filter(|rest| !rest.starts_with('\t'));
        match own {
            Some("\"\"\"") => describing = !describing,
            Some(text) if !describing => {
                if !text.starts_with(')') {
                    member.name = text.split(['(', ':']).next().unwrap_or_default();
                }
                if !text.ends_with('(') {
                    members.push(std::mem::take(&mut member));
                }
            }
            Some(_) | None => {}
        }
    }
    members
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::arranged;

    #[test]
    fn an_id_comes_first_and_the_times_last_each_with_its_description_and_arguments() {
        let exported = "\"\"\"\nA thing.\n\"\"\"\ntype Thing implements Node {\n\t\"\"\"\n\tWhen: at once (\n\t\"\"\"\n\tcreatedAt: DateTime!\n\
                        \t\"\"\"\n\tThe id.\n\t\"\"\"\n\tid: ID!\n\tparts(\n\t\t\"\"\"\n\t\tHow many.\n\t\t\"\"\"\n\t\tfirst: Int\n\t): [Part!]!\n}\nunion Any = Thing\n";
        let expected = "\"\"\"\nA thing.\n\"\"\"\ntype Thing implements Node {\n\t\"\"\"\n\tThe id.\n\t\"\"\"\n\tid: ID!\n\tparts(\n\t\t\"\"\"\n\t\tHow many.\n\
                        \t\t\"\"\"\n\t\tfirst: Int\n\t): [Part!]!\n\t\"\"\"\n\tWhen: at once (\n\t\"\"\"\n\tcreatedAt: DateTime!\n}\nunion Any = Thing\n";
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
            let mut lines: Vec<String> = text.lines().map(|line| line.trim_matches(['\t', ',']).to_owned()).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&arranged), sorted(&exported));
    }
}
