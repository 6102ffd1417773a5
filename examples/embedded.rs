//! Stockroom inside another program: no socket and no second process, only the schema on a database in a folder.
//!
//! `cargo run --example embedded`
#![expect(clippy::print_stdout, reason = "an example shows what it got")]

use std::error::Error;

use async_graphql::{Executor as _, Request, Variables};
use serde_json::json;
use stockroom::app::App;
use stockroom::config::Config;
use stockroom::graphql::loaders::Loaders;
use stockroom::graphql::request::Caller;
use stockroom::kernel::actor::Actor;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut config = Config::default();
    config.server.data_dir = folder.path().to_owned();
    let app = App::open(config).await?;

    let document = "mutation($input: LocationCreateInput!) {
        locationCreate(input: $input) { location { code name createdAt } userErrors { code message } }
    }";
    let input = json!({ "code": "berlin-1", "name": "Warehouse in Berlin" });
    println!("{}", run(&app, document, json!({ "input": input })).await?);
    println!("{}", run(&app, "{ locations { totalCount nodes { code name } } }", json!({})).await?);

    app.close().await?;
    Ok(())
}

/// Runs one operation, within the limits of the configuration, in the name of this program, which may do everything. `Actor::user` would act for somebody.
async fn run(app: &App, document: &str, variables: serde_json::Value) -> Result<String, Box<dyn Error>> {
    let actor = Actor::system("example");
    let request = Request::new(document)
        .variables(Variables::from_json(variables))
        .data(Loaders::new(&app.services, &actor))
        .data(Caller::new(actor, "example-1"));
    let response = app.gate.execute(request).await.into_result();
    let response = response.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    Ok(serde_json::to_string_pretty(&response.data)?)
}
