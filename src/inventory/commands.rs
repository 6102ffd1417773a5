//! The writes of the slice, one type each. They run inside the transaction of `kernel::write`.

pub mod document;
mod level_settings_update;
mod location_create;
mod location_delete;
mod location_update;
pub mod orders;
mod posting;
mod reservation;
mod reservation_create;
mod reservation_expire;
mod reservation_extend;
mod reservation_take;
mod reversal;
mod stock;
mod stock_adjust;
mod stock_adjustment_reverse;
mod stock_count;
mod stock_move;
mod stock_reclassify;
mod stock_set;
mod stock_slip;

pub use level_settings_update::LevelSettingsUpdate;
pub use location_create::LocationCreate;
pub use location_delete::LocationDelete;
pub use location_update::LocationUpdate;
pub use posting::{Posting, StockLines};
pub use reservation::{Which, WholeReservation};
pub use reservation_create::{OnShortage, ReservationCreate, ReservationTerms, ReserveLine, Reserving, RuleName};
pub use reservation_expire::{ReservationExpire, Swept};
pub use reservation_extend::ReservationExtend;
pub use reservation_take::{ReservationTake, TakeLine};
pub use stock::{LocationName, Terms, VariantName};
pub use stock_adjust::{AdjustLine, StockAdjust};
pub use stock_adjustment_reverse::StockAdjustmentReverse;
pub use stock_count::{
    CountAgain, CountApproved, CountName, CountScope, CountedLine, RecordedLines, StockCountApprove, StockCountCancel,
    StockCountCreate, StockCountFinish, StockCountRecord, StockCountRecount, StockCountStart,
};
pub use stock_move::{MoveLine, StockMove};
pub use stock_reclassify::{ReclassifyLine, StockReclassify};
pub use stock_set::{SetLine, StockSet};
pub use stock_slip::{
    SlipLine, SlipMoved, SlipName, StockSlipCancel, StockSlipCreate, StockSlipPost, StockSlipReverse,
};
