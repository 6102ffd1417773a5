//! The requests that clients send for operations, and how they read what they are told.

use serde_json::{Value, json};

use super::operation::Names;
use super::world::{Fault, Key, Outcome, Slot};

const LEVELS: &str = "adjustment { id }
    levels { variant { sku } location { code } onHand reserved damaged qualityControl incoming available backordered version }";

const FAULTS: &str = "userErrors { code field ... on InsufficientStockError { available requested }
    ... on StockChangedError { onHand } ... on OverReceiptError { requested receivable } }";

const RESERVATION: &str = "status lines { variant { sku } allocations { location { code } held backordered fulfilled released expired } } expiresAt";

/// What a client knows a document by.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The SKU of its only line.
    pub(super) sku: String,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Adjustment,
    Purchase,
    Transfer,
    Receipt,
    Reservation,
    WriteOff,
    Return,
    Count,
}

impl Kind {
    /// The noun that its mutations begin with.
    fn noun(self) -> &'static str {
        match self {
            Self::Adjustment => "stockAdjustment",
            Self::Purchase => "purchaseOrder",
            Self::Transfer => "stockTransfer",
            Self::Receipt => "stockReceipt",
            Self::Reservation => "reservation",
            Self::WriteOff => "stockWriteOff",
            Self::Return => "stockReturn",
            Self::Count => "stockCount",
        }
    }

    /// Where the payloads of its mutations show the document that they make.
    fn made(self) -> &'static [&'static str] {
        match self {
            Self::Adjustment => &["adjustment"],
            Self::Receipt => &["receipt", "receipts"],
            Self::Purchase | Self::Transfer | Self::Reservation | Self::WriteOff | Self::Return | Self::Count => &[],
        }
    }

    /// What the documents of a case show when all clients are done.
    pub(super) const SHOWN: &str = "id
        ... on PurchaseOrder { status orderLines: lines { accepted damaged qualityControl cancelled outstanding } }
        ... on StockTransfer { status transferLines: lines { accepted damaged qualityControl lost returned outstanding } }
        ... on StockReceipt { reversal { id } }
        ... on Reservation { status lines { variant { sku } allocations { location { code } held backordered fulfilled released expired } } expiresAt }
        ... on StockWriteOff { status }
        ... on StockReturn { status }
        ... on StockCount { status round countLines: lines(first: 10) { nodes {
            sku standing round isUnexpected variance { onHand damaged qualityControl } posted { onHand damaged qualityControl }
        } } }";

    /// Whether it is looked at then. Adjustments never change, and movements tell of their reversals.
    pub(super) fn is_shown(self) -> bool {
        self != Self::Adjustment
    }

    /// The part of that which the model knows, too.
    pub(super) fn read(self, node: &Value, names: &Names) -> Value {
        match self {
            Self::Purchase => json!([node["status"], node["orderLines"][0]]),
            Self::Transfer => json!([node["status"], node["transferLines"][0]]),
            Self::Receipt => json!(!node["reversal"].is_null()),
            Self::Reservation => reserved(node, names),
            Self::Count => counted(node, names),
            Self::Adjustment | Self::WriteOff | Self::Return => node["status"].clone(),
        }
    }
}

/// A request that can be sent.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// The mutation.
    field: String,
    shows: Shows,
    pub(super) body: Value,
}

/// What an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// Levels as the deed left them.
    Levels,
    /// A reservation as the deed left it.
    Reservation,
    /// Nothing but what was wrong.
    Nothing,
    /// A document as it is by now, so that its state may have moved on.
    Document(Kind),
}

impl Ask {
    pub(super) fn stock(field: &str, input: Value) -> Self {
        Self::new(field.to_owned(), Shows::Levels, LEVELS, input)
    }

    /// Something that changes how stock may be promised.
    pub(super) fn setting(field: &str, input: Value) -> Self {
        Self::new(field.to_owned(), Shows::Nothing, "", input)
    }

    pub(super) fn document(kind: Kind, verb: &str, input: Value) -> Self {
        let noun = kind.noun();
        let (shows, shown) = match (kind, verb) {
            (Kind::Reservation, _) => (Shows::Reservation, format!("reservation {{ id {RESERVATION} }}")),
            (Kind::Purchase, "Receive") | (Kind::Receipt, _) => {
                (Shows::Document(Kind::Receipt), "receipt { id }".to_owned())
            }
            (Kind::Transfer, "Receive") => (Shows::Document(Kind::Receipt), "receipts { id }".to_owned()),
            (kind, _) => (Shows::Document(kind), format!("{noun} {{ id }}")),
        };
        Self::new(format!("{noun}{verb}"), shows, &shown, input)
    }

    fn new(field: String, shows: Shows, shown: &str, input: Value) -> Self {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ {shown} {FAULTS} }} }}");
        Self { field, shows, body: json!({ "query": query, "variables": { "input": input } }) }
    }

    /// The same, of which nothing is to remain.
    pub(super) fn only_tried(mut self) -> Self {
        self.body["variables"]["input"]["dryRun"] = json!(true);
        self
    }

    /// The id of the document that the answer shows.
    pub(super) fn id(&self, answer: &Value) -> Option<String> {
        let payload = &answer["data"][&self.field];
        let kind = match self.shows {
            Shows::Nothing => return None,
            Shows::Levels => Kind::Adjustment,
            Shows::Reservation => Kind::Reservation,
            Shows::Document(kind) => kind,
        };
        let noun = kind.noun();
        let places = if kind.made().is_empty() { std::slice::from_ref(&noun) } else { kind.made() };
        let shown = places.iter().map(|place| &payload[place]).find(|shown| !shown.is_null())?;
        let first = shown.get(0).unwrap_or(shown);
        first["id"].as_str().map(str::to_owned)
    }

    /// Whether two answers under one key tell of the same deed.
    pub(super) fn is_same(&self, one: &Value, other: &Value) -> bool {
        let errors = |answer: &Value| (answer["errors"].clone(), answer["data"][&self.field]["userErrors"].clone());
        match self.shows {
            Shows::Document(_) => errors(one) == errors(other) && self.id(one) == self.id(other),
            Shows::Levels | Shows::Reservation | Shows::Nothing => {
                one["data"] == other["data"] && errors(one) == errors(other)
            }
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
        Ok(match self.shows {
            Shows::Levels => {
                let levels = payload["levels"].as_array().unwrap();
                let mut levels: Vec<(Slot, Value)> = levels.iter().map(|level| shown(level, names)).collect();
                levels.sort_by_key(|(slot, _)| *slot);
                Outcome::levels(levels.into_iter().map(|(_, level)| level).collect())
            }
            Shows::Reservation => Outcome::Done(reserved(&payload["reservation"], names).to_string()),
            Shows::Document(_) | Shows::Nothing => Outcome::done(),
        })
    }
}

/// The status of a reservation, and what it has where.
fn reserved(reservation: &Value, names: &Names) -> Value {
    let mut allocations: Vec<Value> = Vec::new();
    for line in reservation["lines"].as_array().unwrap() {
        let variant = names.variant(line["variant"]["sku"].as_str().unwrap());
        for allocation in line["allocations"].as_array().unwrap() {
            let at = [variant, names.location(&allocation["location"])];
            let number = |name: &str| allocation[name].clone();
            let numbers = ["held", "backordered", "fulfilled", "released", "expired"].map(number);
            allocations.push(json!([at, numbers]));
        }
    }
    json!([reservation["status"], allocations, names.minute(&reservation["expiresAt"])])
}

/// The state of a count, and what is counted of each variant.
fn counted(count: &Value, names: &Names) -> Value {
    let tally = |tally: &Value| match tally {
        Value::Null => Value::Null,
        tally => json!([tally["onHand"], tally["damaged"], tally["qualityControl"]]),
    };
    let line = |line: &Value| {
        let numbers = [tally(&line["variance"]), tally(&line["posted"])];
        let variant = names.variant(line["sku"].as_str().unwrap());
        json!([variant, [line["standing"], line["round"], line["isUnexpected"], numbers[0], numbers[1]]])
    };
    let lines: Vec<Value> = count["countLines"]["nodes"].as_array().unwrap().iter().map(line).collect();
    json!([count["status"], count["round"], lines])
}

fn shown(level: &Value, names: &Names) -> (Slot, Value) {
    let slot = names.slot(level);
    let number = |name: &str| level[name].clone();
    let names = ["onHand", "reserved", "damaged", "qualityControl", "incoming", "available", "backordered", "version"];
    (slot, json!([[slot.0, slot.1], names.map(number)]))
}

fn fault(error: &Value) -> Fault {
    let path: Vec<&str> = error["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
    let line = path.iter().find_map(|part| part.parse().ok()).unwrap_or(0);
    let numbers =
        ["available", "requested", "onHand", "receivable"].into_iter().filter_map(|name| error[name].as_i64());
    (line, error["code"].as_str().unwrap().to_owned(), numbers.collect())
}
