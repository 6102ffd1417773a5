//! The roles that every shop has, and what they may. The program is their only author: each start brings the database up to this list.

use crate::kernel::actor::Permission;

/// A role defined by the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInRole {
    /// May do everything.
    Administrator,
    /// Looks after products and categories.
    CatalogManager,
    /// Looks after stock and locations.
    InventoryManager,
    /// Counts stock and sees nothing of it.
    StockCounter,
    /// Answers customers: sees everything that helps, changes nothing.
    Support,
    /// Whoever registers.
    Customer,
}

impl BuiltInRole {
    /// Every built-in role.
    pub const ALL: [Self; 6] = [
        Self::Administrator,
        Self::CatalogManager,
        Self::InventoryManager,
        Self::StockCounter,
        Self::Support,
        Self::Customer,
    ];

    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Administrator => "ADMINISTRATOR",
            Self::CatalogManager => "CATALOG_MANAGER",
            Self::InventoryManager => "INVENTORY_MANAGER",
            Self::StockCounter => "STOCK_COUNTER",
            Self::Support => "SUPPORT",
            Self::Customer => "CUSTOMER",
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::CatalogManager => "Catalog manager",
            Self::InventoryManager => "Inventory manager",
            Self::StockCounter => "Stock counter",
            Self::Support => "Support",
            Self::Customer => "Customer",
        }
    }

    /// What it is for.
    pub fn description(self) -> &'static str {
        match self {
            Self::Administrator => "Runs the shop: may do everything, including giving roles to others.",
            Self::CatalogManager => "Looks after products, variants and categories.",
            Self::InventoryManager => "Looks after stock and the locations that hold it.",
            Self::StockCounter => "Enters what is counted in stock counts, and is not told what should be there.",
            Self::Support => "Answers customers: sees accounts, products and stock, changes nothing.",
            Self::Customer => "Has an account in the shop.",
        }
    }

    /// What it may.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::{
            CountStock, ManageCatalog, ManageInventory, ManageLocations, ReadCatalog, ReadInventory, ReadUsers,
        };
        match self {
            Self::Administrator => &Permission::ALL,
            Self::CatalogManager => &[ReadCatalog, ManageCatalog, ReadInventory],
            Self::InventoryManager => &[ReadCatalog, ReadInventory, ManageInventory, CountStock, ManageLocations],
            Self::StockCounter => &[ReadCatalog, CountStock],
            Self::Support => &[ReadUsers, ReadCatalog, ReadInventory],
            Self::Customer => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::rules::RoleCode;

    #[test]
    fn every_built_in_code_is_a_valid_and_different_code() {
        let codes: std::collections::BTreeSet<_> = BuiltInRole::ALL.iter().map(|role| role.code()).collect();
        assert_eq!(codes.len(), BuiltInRole::ALL.len());
        for code in codes {
            assert!(RoleCode::parse(code).is_ok(), "{code}");
        }
    }

    #[test]
    fn a_customer_may_nothing_and_an_administrator_everything() {
        assert!(BuiltInRole::Customer.permissions().is_empty());
        assert_eq!(BuiltInRole::Administrator.permissions(), Permission::ALL);
    }
}
