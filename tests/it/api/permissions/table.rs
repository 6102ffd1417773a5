//! The table: each root field, who may use it, and a document that tries.

use super::Row;
use super::Who::{self, Everyone, Roles, Users};

/// Staff who run the shop.
const ADMINISTRATORS: Who = Roles(&["ADMINISTRATOR"]);
/// Staff who see accounts.
const USER_READERS: Who = Roles(&["ADMINISTRATOR", "SUPPORT"]);
/// Staff who change the catalog.
const CATALOG_KEEPERS: Who = Roles(&["ADMINISTRATOR", "CATALOG_MANAGER"]);
/// Staff who see stock.
const STOCK_READERS: Who = Roles(&["ADMINISTRATOR", "CATALOG_MANAGER", "INVENTORY_MANAGER", "SUPPORT"]);
/// Staff who see stock counts.
const COUNT_READERS: Who =
    Roles(&["ADMINISTRATOR", "CATALOG_MANAGER", "INVENTORY_MANAGER", "STOCK_COUNTER", "SUPPORT"]);
/// Staff who count stock.
const COUNTERS: Who = Roles(&["ADMINISTRATOR", "INVENTORY_MANAGER", "STOCK_COUNTER"]);
/// Staff who change stock and locations.
const STOCK_KEEPERS: Who = Roles(&["ADMINISTRATOR", "INVENTORY_MANAGER"]);

/// One line or two for a row, instead of five.
macro_rules! row {
    ($field:literal, $who:expr, $document:literal) => {
        Row { field: $field, who: $who, document: $document }
    };
}

pub(super) const ROWS: &[Row] = &[
    row!("Query.node", Everyone, r#"{ node(id: "location_00000000000000000000000000") { id } }"#),
    row!("Query.nodes", Everyone, r#"{ nodes(ids: ["location_00000000000000000000000000"]) { id } }"#),
    row!("Query.product", Everyone, r#"{ product(handle: "nothing") { id } }"#),
    row!("Query.products", Everyone, "{ products { nodes { id } } }"),
    row!("Query.productVariants", Everyone, "{ productVariants { nodes { id } } }"),
    row!("Query.categories", Everyone, "{ categories { nodes { id } } }"),
    row!("Query.productVariant", Everyone, r#"{ productVariant(sku: "NOTHING") { id } }"#),
    row!("Query.variantByBarcode", Everyone, r#"{ variantByBarcode(barcode: "NOTHING") { id } }"#),
    row!("Query.category", Everyone, r#"{ category(handle: "nowhere") { id } }"#),
    row!("Query.location", STOCK_READERS, r#"{ location(code: "NOWHERE") { id } }"#),
    row!("Query.locations", STOCK_READERS, "{ locations { nodes { id } } }"),
    row!("Query.stockLevels", STOCK_READERS, "{ stockLevels { nodes { id } } }"),
    row!(
        "Query.stockLevel",
        STOCK_READERS,
        r#"{ stockLevel(variantId: "variant_00000000000000000000000000", locationId: "location_00000000000000000000000000") { id } }"#
    ),
    row!(
        "Query.explainLevel",
        STOCK_READERS,
        r#"{ explainLevel(sku: "NOTHING", locationCode: "NOWHERE") { level { id } } }"#
    ),
    row!("Query.stockMovements", STOCK_READERS, "{ stockMovements { nodes { id } } }"),
    row!("Query.stockAdjustments", STOCK_READERS, "{ stockAdjustments { nodes { id } } }"),
    row!("Query.stockDocument", STOCK_READERS, r#"{ stockDocument(number: "PO-1") { id } }"#),
    row!("Query.purchaseOrder", STOCK_READERS, r#"{ purchaseOrder(number: "PO-1") { id } }"#),
    row!("Query.purchaseOrders", STOCK_READERS, "{ purchaseOrders { nodes { id } } }"),
    row!("Query.stockTransfer", STOCK_READERS, r#"{ stockTransfer(number: "TR-1") { id } }"#),
    row!("Query.stockTransfers", STOCK_READERS, "{ stockTransfers { nodes { id } } }"),
    row!("Query.stockAudit", STOCK_READERS, "{ stockAudit { isClean } }"),
    row!(
        "Mutation.stockAdjust",
        STOCK_KEEPERS,
        "mutation { stockAdjust(input: { reason: OTHER, lines: [] }) { userErrors { code } } }"
    ),
    row!(
        "Mutation.stockSet",
        STOCK_KEEPERS,
        "mutation { stockSet(input: { reason: OTHER, lines: [] }) { userErrors { code } } }"
    ),
    row!("Mutation.stockMove", STOCK_KEEPERS, "mutation { stockMove(input: { lines: [] }) { userErrors { code } } }"),
    row!(
        "Mutation.reservationCreate",
        STOCK_KEEPERS,
        "mutation { reservationCreate(input: { lines: [] }) { userErrors { code } } }"
    ),
    row!(
        "Mutation.reservationExtend",
        STOCK_KEEPERS,
        r#"mutation { reservationExtend(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.reservationReduce",
        STOCK_KEEPERS,
        r#"mutation { reservationReduce(input: { id: "", lines: [] }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.reservationRelease",
        STOCK_KEEPERS,
        r#"mutation { reservationRelease(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.reservationFulfil",
        STOCK_KEEPERS,
        r#"mutation { reservationFulfil(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!("Query.reservation", STOCK_READERS, r#"{ reservation(number: "NOTHING") { id } }"#),
    row!("Query.reservations", STOCK_READERS, "{ reservations { nodes { id } } }"),
    row!(
        "Mutation.stockReclassify",
        STOCK_KEEPERS,
        "mutation { stockReclassify(input: { lines: [] }) { userErrors { code } } }"
    ),
    row!(
        "Mutation.stockAdjustmentReverse",
        STOCK_KEEPERS,
        r#"mutation { stockAdjustmentReverse(input: { adjustmentId: "" }) { userErrors { code } } }"#
    ),
    row!("Query.stockCount", COUNT_READERS, r#"{ stockCount(number: "NOTHING") { id } }"#),
    row!("Query.stockCounts", COUNT_READERS, "{ stockCounts { nodes { id } } }"),
    row!(
        "Mutation.stockCountCreate",
        STOCK_KEEPERS,
        "mutation { stockCountCreate(input: {}) { userErrors { code } } }"
    ),
    row!(
        "Mutation.stockCountRecord",
        COUNTERS,
        r#"mutation { stockCountRecord(input: { id: "", lines: [] }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockCountStart",
        STOCK_KEEPERS,
        r#"mutation { stockCountStart(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockCountFinish",
        STOCK_KEEPERS,
        r#"mutation { stockCountFinish(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockCountRecount",
        STOCK_KEEPERS,
        r#"mutation { stockCountRecount(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockCountApprove",
        STOCK_KEEPERS,
        r#"mutation { stockCountApprove(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockCountCancel",
        STOCK_KEEPERS,
        r#"mutation { stockCountCancel(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockLevelSettingsUpdate",
        STOCK_KEEPERS,
        "mutation { stockLevelSettingsUpdate(input: {}) { userErrors { code } } }"
    ),
    row!(
        "Mutation.purchaseOrderCreate",
        STOCK_KEEPERS,
        r#"mutation { purchaseOrderCreate(input: { supplier: "", currency: "EUR", lines: [] }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.purchaseOrderUpdate",
        STOCK_KEEPERS,
        r#"mutation { purchaseOrderUpdate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.purchaseOrderOrder",
        STOCK_KEEPERS,
        r#"mutation { purchaseOrderOrder(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.purchaseOrderReceive",
        STOCK_KEEPERS,
        r#"mutation { purchaseOrderReceive(input: { id: "", lines: [] }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.purchaseOrderClose",
        STOCK_KEEPERS,
        r#"mutation { purchaseOrderClose(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.purchaseOrderCancel",
        STOCK_KEEPERS,
        r#"mutation { purchaseOrderCancel(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockTransferCreate",
        STOCK_KEEPERS,
        "mutation { stockTransferCreate(input: { lines: [] }) { userErrors { code } } }"
    ),
    row!(
        "Mutation.stockTransferUpdate",
        STOCK_KEEPERS,
        r#"mutation { stockTransferUpdate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockTransferShip",
        STOCK_KEEPERS,
        r#"mutation { stockTransferShip(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockTransferReceive",
        STOCK_KEEPERS,
        r#"mutation { stockTransferReceive(input: { id: "", lines: [] }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockTransferCancel",
        STOCK_KEEPERS,
        r#"mutation { stockTransferCancel(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockReceiptReverse",
        STOCK_KEEPERS,
        r#"mutation { stockReceiptReverse(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!("Query.stockWriteOff", STOCK_READERS, r#"{ stockWriteOff(number: "NOTHING") { id } }"#),
    row!("Query.stockWriteOffs", STOCK_READERS, "{ stockWriteOffs { nodes { id } } }"),
    row!(
        "Mutation.stockWriteOffCreate",
        STOCK_KEEPERS,
        "mutation { stockWriteOffCreate(input: { lines: [] }) { userErrors { code } } }"
    ),
    row!(
        "Mutation.stockWriteOffPost",
        STOCK_KEEPERS,
        r#"mutation { stockWriteOffPost(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockWriteOffCancel",
        STOCK_KEEPERS,
        r#"mutation { stockWriteOffCancel(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockWriteOffReverse",
        STOCK_KEEPERS,
        r#"mutation { stockWriteOffReverse(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!("Query.stockReturn", STOCK_READERS, r#"{ stockReturn(number: "NOTHING") { id } }"#),
    row!("Query.stockReturns", STOCK_READERS, "{ stockReturns { nodes { id } } }"),
    row!(
        "Mutation.stockReturnCreate",
        STOCK_KEEPERS,
        "mutation { stockReturnCreate(input: { lines: [] }) { userErrors { code } } }"
    ),
    row!(
        "Mutation.stockReturnPost",
        STOCK_KEEPERS,
        r#"mutation { stockReturnPost(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockReturnCancel",
        STOCK_KEEPERS,
        r#"mutation { stockReturnCancel(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.stockReturnReverse",
        STOCK_KEEPERS,
        r#"mutation { stockReturnReverse(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!("Subscription.stockLevelChanged", STOCK_READERS, "subscription { stockLevelChanged { onHand } }"),
    row!("Subscription.stockDocumentChanged", STOCK_READERS, "subscription { stockDocumentChanged { number } }"),
    row!("Subscription.lowStockReached", STOCK_READERS, "subscription { lowStockReached { available } }"),
    row!(
        "Mutation.productCreate",
        CATALOG_KEEPERS,
        r#"mutation { productCreate(input: { title: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.productUpdate",
        CATALOG_KEEPERS,
        r#"mutation { productUpdate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.productArchive",
        CATALOG_KEEPERS,
        r#"mutation { productArchive(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.productUnarchive",
        CATALOG_KEEPERS,
        r#"mutation { productUnarchive(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.productDelete",
        CATALOG_KEEPERS,
        r#"mutation { productDelete(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.productVariantCreate",
        CATALOG_KEEPERS,
        r#"mutation { productVariantCreate(input: { productId: "", sku: "", price: { amount: "1", currency: "EUR" } }) {
            userErrors { code }
        } }"#
    ),
    row!(
        "Mutation.productVariantUpdate",
        CATALOG_KEEPERS,
        r#"mutation { productVariantUpdate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.productVariantDelete",
        CATALOG_KEEPERS,
        r#"mutation { productVariantDelete(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.categoryCreate",
        CATALOG_KEEPERS,
        r#"mutation { categoryCreate(input: { name: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.categoryUpdate",
        CATALOG_KEEPERS,
        r#"mutation { categoryUpdate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.categoryDelete",
        CATALOG_KEEPERS,
        r#"mutation { categoryDelete(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.locationCreate",
        STOCK_KEEPERS,
        r#"mutation { locationCreate(input: { code: "", name: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.locationUpdate",
        STOCK_KEEPERS,
        r#"mutation { locationUpdate(input: { id: "location_00000000000000000000000000" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.locationDeactivate",
        STOCK_KEEPERS,
        r#"mutation { locationDeactivate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.locationReactivate",
        STOCK_KEEPERS,
        r#"mutation { locationReactivate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.locationDelete",
        STOCK_KEEPERS,
        r#"mutation { locationDelete(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!("Query.viewer", Everyone, "{ viewer { id } }"),
    row!("Query.user", Users, r#"{ user(id: "user_00000000000000000000000000") { id } }"#),
    row!("Query.users", USER_READERS, "{ users { nodes { id } } }"),
    row!("Query.roles", USER_READERS, "{ roles { nodes { id } } }"),
    row!("Query.auditLog", ADMINISTRATORS, "{ auditLog { nodes { id } } }"),
    row!(
        "Mutation.register",
        Everyone,
        r#"mutation { register(input: { email: "", name: "", password: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.login",
        Everyone,
        r#"mutation { login(input: { email: "", password: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.refreshToken",
        Everyone,
        r#"mutation { refreshToken(input: { refreshToken: "" }) { userErrors { code } } }"#
    ),
    row!("Mutation.sessionEnd", Users, r#"mutation { sessionEnd(input: { id: "" }) { userErrors { code } } }"#),
    row!(
        "Mutation.passwordChange",
        Users,
        r#"mutation { passwordChange(input: { currentPassword: "", newPassword: "" }) { userErrors { code } } }"#
    ),
    row!("Mutation.userUpdate", Users, r#"mutation { userUpdate(input: { id: "" }) { userErrors { code } } }"#),
    row!(
        "Mutation.userRolesSet",
        ADMINISTRATORS,
        r#"mutation { userRolesSet(input: { userId: "", roleIds: [] }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.userDeactivate",
        ADMINISTRATORS,
        r#"mutation { userDeactivate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.userReactivate",
        ADMINISTRATORS,
        r#"mutation { userReactivate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.roleCreate",
        ADMINISTRATORS,
        r#"mutation { roleCreate(input: { code: "", name: "", permissions: [] }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.roleUpdate",
        ADMINISTRATORS,
        r#"mutation { roleUpdate(input: { id: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.roleDelete",
        ADMINISTRATORS,
        r#"mutation { roleDelete(input: { id: "" }) { userErrors { code } } }"#
    ),
    // The last row, as the caller can do nothing more after it.
    row!("Mutation.logout", Users, "mutation { logout { userErrors { code } } }"),
];
