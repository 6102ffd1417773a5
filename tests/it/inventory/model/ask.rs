//! The requests that clients send for operations, and how they read what they are told.

use serde_json::{Value, json};

use super::operation::Names;
use super::world::{Fault, Key, Outcome, Slot};

const LEVELS: &str = "levels { variant { sku } location { code } onHand reserved damaged qualityControl incoming available version }
    userErrors { code field ... on InsufficientStockError { available requested } ... on StockChangedError { onHand } }";

/// What a client knows a document by.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The SKU of the only line of an order.
    pub(super) sku: String,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Purchase,
    Transfer,
    Reservation,
}

impl Kind {
    /// The field that shows it, and the noun that its mutations begin with.
    fn noun(self) -> &'static str {
        match self {
            Self::Purchase => "purchaseOrder",
            Self::Transfer => "stockTransfer",
            Self::Reservation => "reservation",
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Purchase | Self::Transfer => "id status",
            Self::Reservation => "id status lines { variant { sku } allocations { location { code } held } }",
        }
    }
}

/// A request that can be sent.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// The mutation.
    field: String,
    document: Option<Kind>,
    pub(super) body: Value,
}

impl Ask {
    pub(super) fn stock(field: &str, input: Value) -> Self {
        Self::new(field.to_owned(), None, LEVELS, input)
    }

    pub(super) fn document(kind: Kind, verb: &str, input: Value) -> Self {
        let shown = format!(
            "{} {{ {} }} userErrors {{ code field ... on InsufficientStockError {{ available requested }}
                ... on OverReceiptError {{ requested receivable }} }}",
            kind.noun(),
            kind.shown()
        );
        Self::new(format!("{}{verb}", kind.noun()), Some(kind), &shown, input)
    }

    fn new(field: String, document: Option<Kind>, shown: &str, input: Value) -> Self {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ {shown} }} }}");
        Self { field, document, body: json!({ "query": query, "variables": { "input": input } }) }
    }

    /// The id of the document that the answer shows.
    pub(super) fn id(&self, answer: &Value) -> Option<String> {
        let noun = self.document?.noun();
        answer["data"][&self.field][noun]["id"].as_str().map(str::to_owned)
    }

    /// Whether two answers under one key tell of the same deed. An order is shown as it is by now, so that its state may have moved on.
    pub(super) fn is_same(&self, one: &Value, other: &Value) -> bool {
        let errors = |answer: &Value| (answer["errors"].clone(), answer["data"][&self.field]["userErrors"].clone());
        match self.document {
            Some(Kind::Purchase | Kind::Transfer) => errors(one) == errors(other) && self.id(one) == self.id(other),
            Some(Kind::Reservation) | None => one["data"] == other["data"] && errors(one) == errors(other),
        }
    }

    /// What the client was told; an error beside the data is nothing that any client may be told here.
    pub(super) fn read(&self, answer: &Value, names: &Names) -> Result<Outcome, String> {
        let payload = &answer["data"][&self.field];
        let (Some(faults), None) = (payload["userErrors"].as_array(), answer.get("errors")) else {
            return Err(format!("{} was answered {answer}", self.body));
        };
        if !faults.is_empty() {
            let mut faults: Vec<Fault> = faults.iter().map(fault).collect();
            faults.sort_unstable();
            return Ok(Outcome::Refused(faults));
        }
        Ok(match self.document {
            None => {
                let levels = payload["levels"].as_array().unwrap();
                let mut levels: Vec<(Slot, Value)> = levels.iter().map(|level| shown(level, names)).collect();
                levels.sort_by_key(|(slot, _)| *slot);
                Outcome::done(levels.into_iter().map(|(_, level)| level).collect())
            }
            Some(Kind::Reservation) => Outcome::Done(reserved(&payload["reservation"], names).to_string()),
            Some(kind) => Outcome::Done(payload[kind.noun()]["status"].to_string()),
        })
    }
}

/// The status of a reservation, and what it holds where.
fn reserved(reservation: &Value, names: &Names) -> Value {
    let mut held: Vec<(Slot, i64)> = Vec::new();
    for line in reservation["lines"].as_array().unwrap() {
        for allocation in line["allocations"].as_array().unwrap() {
            let at = json!({ "variant": line["variant"], "location": allocation["location"] });
            held.push((names.slot(&at), allocation["held"].as_i64().unwrap()));
        }
    }
    held.sort_unstable();
    json!([reservation["status"], held])
}

fn shown(level: &Value, names: &Names) -> (Slot, Value) {
    let slot = names.slot(level);
    let number = |name: &str| level[name].clone();
    let numbers = ["onHand", "reserved", "damaged", "qualityControl", "incoming", "available", "version"].map(number);
    let mut shown = vec![json!([slot.0, slot.1])];
    shown.extend(numbers);
    (slot, Value::Array(shown))
}

fn fault(error: &Value) -> Fault {
    let path: Vec<&str> = error["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
    let line = path.iter().find_map(|part| part.parse().ok()).unwrap_or(0);
    let numbers =
        ["available", "requested", "onHand", "receivable"].into_iter().filter_map(|name| error[name].as_i64());
    (line, error["code"].as_str().unwrap().to_owned(), numbers.collect())
}
