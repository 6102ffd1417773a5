//! The category tree written through the API: no cycles, no bottomless depth, nothing removed that is needed.

use serde_json::{Value, json};

use super::writing::{CATEGORY_CREATE, CATEGORY_UPDATE, actions, by_id, category, create, manager, plain, problems};
use crate::support::{TestApp, both_databases};

both_databases!(
    categories_grow_into_a_tree,
    a_category_is_moved_and_changed,
    no_category_is_its_own_ancestor,
    two_moves_at_once_make_no_cycle,
    the_tree_is_not_deeper_than_ten,
    a_category_with_children_or_products_stays,
    bad_input_is_named_at_its_place,
);

fn deletion() -> String {
    by_id("categoryDelete", "deletedCategoryId")
}

async fn categories_grow_into_a_tree(app: TestApp) {
    let manager = manager(&app).await;
    let root = category(&manager, "Outdoor", None).await;
    let first = category(&manager, "Tents", Some(&root["id"])).await;
    let second = category(&manager, "Tents", Some(&root["id"])).await;
    let handles: Vec<_> = [&root, &first, &second].iter().map(|one| one["handle"].clone()).collect();
    assert_eq!(handles, [json!("outdoor"), json!("tents"), json!("tents-2")]);
    let positions: Vec<_> = [&root, &first, &second].iter().map(|one| one["position"].clone()).collect();
    assert_eq!(positions, [json!(0), json!(0), json!(1)]);
    assert_eq!(second["parent"], json!({ "name": "Outdoor" }));
    assert_eq!(actions(&app).await, ["category.create"; 3]);
}

async fn a_category_is_moved_and_changed(app: TestApp) {
    let manager = manager(&app).await;
    let root = category(&manager, "Outdoor", None).await;
    let id = category(&manager, "Tents", None).await["id"].clone();
    let input = json!({ "id": id, "expectedVersion": 1, "parentId": root["id"], "description": "Dry", "position": 7 });
    let moved = manager.mutate(CATEGORY_UPDATE, input.clone()).await;
    let mut expected = json!({
        "name": "Tents", "handle": "tents", "description": "Dry", "position": 7, "version": 2, "parent": { "name": "Outdoor" },
    });
    assert_eq!(moved.payload("categoryUpdate")["category"], expected);
    let stale = manager.mutate(CATEGORY_UPDATE, input).await;
    assert_eq!(problems(&stale, "categoryUpdate"), ["STALE input.expectedVersion"]);
    let root_again = manager.mutate(CATEGORY_UPDATE, json!({ "id": id, "parentId": null, "description": null })).await;
    (expected["parent"], expected["description"], expected["version"]) = (Value::Null, json!(""), json!(3));
    assert_eq!(root_again.payload("categoryUpdate")["category"], expected);
    let same = manager.mutate(CATEGORY_UPDATE, json!({ "id": id, "name": "Tents", "parentId": null })).await;
    assert_eq!(same.payload("categoryUpdate")["category"]["version"], json!(3));
    assert_eq!(actions(&app).await.len(), 4);
}

async fn no_category_is_its_own_ancestor(app: TestApp) {
    let manager = manager(&app).await;
    let top = category(&manager, "Top", None).await["id"].clone();
    let middle = category(&manager, "Middle", Some(&top)).await["id"].clone();
    let bottom = category(&manager, "Bottom", Some(&middle)).await["id"].clone();
    for parent in [&top, &middle, &bottom] {
        let cycle = manager.mutate(CATEGORY_UPDATE, json!({ "id": top, "parentId": parent })).await;
        assert_eq!(problems(&cycle, "categoryUpdate"), ["INVALID input.parentId"]);
    }
}

async fn two_moves_at_once_make_no_cycle(app: TestApp) {
    let manager = manager(&app).await;
    for round in 0..5 {
        let left = category(&manager, &format!("Left {round}"), None).await["id"].clone();
        let right = category(&manager, &format!("Right {round}"), None).await["id"].clone();
        let below = |id: &Value, parent: &Value| json!({ "id": id, "parentId": parent });
        let (one, other) = tokio::join!(
            manager.mutate(CATEGORY_UPDATE, below(&left, &right)),
            manager.mutate(CATEGORY_UPDATE, below(&right, &left)),
        );
        let mut refused = problems(&one, "categoryUpdate");
        refused.extend(problems(&other, "categoryUpdate"));
        assert_eq!(refused, ["INVALID input.parentId"], "round {round}");
    }
}

async fn the_tree_is_not_deeper_than_ten(app: TestApp) {
    let manager = manager(&app).await;
    let mut path = vec![category(&manager, "Level 1", None).await["id"].clone()];
    for level in 2..=10 {
        let next = category(&manager, &format!("Level {level}"), path.last()).await["id"].clone();
        path.push(next);
    }
    let deeper = manager.mutate(CATEGORY_CREATE, json!({ "name": "Level 11", "parentId": path[9] })).await;
    assert_eq!(problems(&deeper, "categoryCreate"), ["INVALID input.parentId"]);
    // A tree of two levels does not fit below the ninth, but below the eighth.
    let two = category(&manager, "Two", None).await["id"].clone();
    category(&manager, "Below two", Some(&two)).await;
    let refused = manager.mutate(CATEGORY_UPDATE, json!({ "id": two, "parentId": path[8] })).await;
    assert_eq!(problems(&refused, "categoryUpdate"), ["INVALID input.parentId"]);
    manager.mutate(CATEGORY_UPDATE, json!({ "id": two, "parentId": path[7] })).await.payload("categoryUpdate");
}

async fn a_category_with_children_or_products_stays(app: TestApp) {
    let manager = manager(&app).await;
    let top = category(&manager, "Top", None).await["id"].clone();
    let bottom = category(&manager, "Bottom", Some(&top)).await["id"].clone();
    let mut product = plain("Tent");
    product["categoryId"] = bottom.clone();
    let product = create(&manager, product).await["id"].clone();
    let mut messages = Vec::new();
    for id in [&top, &bottom] {
        let refused = manager.mutate(&deletion(), json!({ "id": id })).await;
        assert_eq!(problems(&refused, "categoryDelete"), ["IN_USE input.id"]);
        messages.push(refused.user_errors("categoryDelete")[0]["message"].as_str().unwrap().to_owned());
    }
    assert!(messages[0].contains("categories below it") && messages[1].contains("products"), "{messages:?}");
    let delete = by_id("productDelete", "deletedProductId");
    manager.mutate(&delete, json!({ "id": product })).await.payload("productDelete");
    for id in [&bottom, &top] {
        let gone = manager.mutate(&deletion(), json!({ "id": id, "expectedVersion": 1 })).await;
        assert_eq!(gone.payload("categoryDelete")["deletedCategoryId"], *id);
    }
    let again = manager.mutate(&deletion(), json!({ "id": top })).await;
    assert_eq!(problems(&again, "categoryDelete"), ["NOT_FOUND input.id"]);
}

async fn bad_input_is_named_at_its_place(app: TestApp) {
    let manager = manager(&app).await;
    let id = category(&manager, "Tents", None).await["id"].clone();
    let input = json!({ "name": "", "handle": "Upper", "description": "x".repeat(5_001), "parentId": "category_x" });
    let refused = manager.mutate(CATEGORY_CREATE, input).await;
    let expected =
        ["REQUIRED input.name", "INVALID input.handle", "INVALID input.description", "INVALID input.parentId"];
    assert_eq!(problems(&refused, "categoryCreate"), expected);
    let nowhere = json!("category_00000000000000000000000000");
    let refused = manager.mutate(CATEGORY_CREATE, json!({ "name": "A", "parentId": nowhere })).await;
    assert_eq!(problems(&refused, "categoryCreate"), ["NOT_FOUND input.parentId"]);
    let refused = manager.mutate(CATEGORY_CREATE, json!({ "name": "A", "handle": "tents" })).await;
    assert_eq!(problems(&refused, "categoryCreate"), ["TAKEN input.handle"]);
    category(&manager, "Tarps", None).await;
    let refused = manager.mutate(CATEGORY_UPDATE, json!({ "id": id, "handle": "tarps" })).await;
    assert_eq!(problems(&refused, "categoryUpdate"), ["TAKEN input.handle"]);
    let refused = manager.mutate(CATEGORY_UPDATE, json!({ "id": id, "position": -1, "parentId": nowhere })).await;
    assert_eq!(problems(&refused, "categoryUpdate"), ["OUT_OF_RANGE input.position"]);
}
