//! Counts of thousands of lines: the number of statements does not depend on how many there are.

use serde_json::json;

use super::{RECORD, Team, act, lines};
use crate::inventory::shelves::assert_clean;
use crate::support::{TestApp, both_databases};

both_databases!(a_count_of_three_thousand_lines_goes_through, statements_do_not_depend_on_the_number_of_lines,);

async fn a_count_of_three_thousand_lines_goes_through(mut app: TestApp) {
    // The program of the tests is not optimised: on a busy machine a step of thousands of lines takes it longer than an operation may.
    app.reconfigure(|config| config.limits.time.execution_ms = 120_000.try_into().unwrap()).await;
    let team = Team::new(&app, 3_000, 2).await;
    let id = team.counting().await;
    let some: Vec<_> = (0..100).map(|number| json!({ "sku": format!("SKU-{number}"), "quantity": 1 })).collect();
    team.ann.mutate(RECORD, json!({ "id": id, "lines": some })).await.payload("stockCountRecord");
    team.finish(&id).await;
    let seen = lines(&team.keeper, &id, "(first: 1, filter: { standing: UNCOUNTED })").await;
    assert_eq!(seen.field("stockCount")["lines"]["totalCount"], 2_900);
    let progress = json!({ "lines": 3_000, "counted": 100, "uncounted": 2_900, "unexpected": 0, "disputed": 0, "withVariance": 100 });
    assert_eq!(seen.field("stockCount")["progress"], progress);
    let document = "mutation($input: StockCountApproveInput!) { stockCountApprove(input: $input) {
        adjustments { id } userErrors { code message } } }";
    let answer = team.keeper.mutate(document, json!({ "id": id, "uncounted": "ZERO" })).await;
    assert_eq!(answer.payload("stockCountApprove")["adjustments"].as_array().unwrap().len(), 30);
    let sum = team.keeper.query("{ stockLevels(filter: { onHand: { min: 1 } }) { totalCount } }", json!({})).await;
    assert_eq!(sum.field("stockLevels")["totalCount"], 100);
    assert_clean(&team.keeper, 3_000).await;
}

async fn statements_do_not_depend_on_the_number_of_lines(app: TestApp) {
    let team = Team::new(&app, 60, 2).await;
    let mut counted = Vec::new();
    for size in [2, 50] {
        let named: Vec<_> = (0..size).map(|number| json!({ "sku": format!("SKU-{number}") })).collect();
        let found: Vec<_> = named.iter().map(|name| json!({ "sku": name["sku"], "quantity": 1 })).collect();
        let id = team.planned(json!({ "locationCode": "LOC-0", "variants": named })).await;
        let mut statements = Vec::new();
        let mut before = app.statements();
        let mut lap = || {
            let now = app.statements();
            statements.push(now - std::mem::replace(&mut before, now));
        };
        act(&team.keeper, "Start", json!({ "id": id })).await.payload("stockCountStart");
        lap();
        team.ann.mutate(RECORD, json!({ "id": id, "lines": found })).await.payload("stockCountRecord");
        lap();
        team.finish(&id).await;
        lap();
        let listed = lines(&team.keeper, &id, "(first: 50)").await;
        assert_eq!(listed.field("stockCount")["lines"]["nodes"].as_array().unwrap().len(), size);
        lap();
        act(&team.keeper, "Recount", json!({ "id": id, "lines": "DIFFERING" })).await.payload("stockCountRecount");
        lap();
        team.ann.mutate(RECORD, json!({ "id": id, "lines": found })).await.payload("stockCountRecord");
        team.finish(&id).await;
        lap();
        assert_eq!(team.approve(&id).await, [""; 0]);
        lap();
        // Give back what the count took, so that the second finds the same.
        let more =
            (0..size).map(|number| crate::inventory::shelves::line(&format!("SKU-{number}"), "LOC-0", 1)).collect();
        crate::inventory::shelves::adjust(&team.keeper, more).await.payload("stockAdjust");
        counted.push(statements);
    }
    assert_eq!(counted[0], counted[1]);
}
