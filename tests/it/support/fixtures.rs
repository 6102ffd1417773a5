//! Rows of the catalog as a test wants them, put in directly, so that a reading test does not depend on the commands and may choose what no command
//! takes, such as the moment of creation.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use stockroom::catalog::entity::category::{self, CategoryId};
use stockroom::catalog::entity::option_value::{self, OptionValueId};
use stockroom::catalog::entity::product::{self, ProductId, Status};
use stockroom::catalog::entity::product_option::{self, ProductOptionId};
use stockroom::catalog::entity::product_variant::{self, ProductVariantId};
use stockroom::catalog::entity::{product_tag, variant_option_value};
use stockroom::catalog::rules;
use stockroom::inventory::entity::location::{self, LocationId};
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::clock::Timestamp;
use stockroom::kernel::db::Tx;
use stockroom::kernel::error::{Failure, UserErrorCode, UserFault};
use stockroom::kernel::write::{Command, Cx, Meta};

use super::TestApp;

/// A category.
#[derive(Debug, Clone)]
pub(crate) struct NewCategory {
    pub(crate) name: String,
    pub(crate) parent: Option<CategoryId>,
    pub(crate) position: i64,
}

impl NewCategory {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), parent: None, position: 0 }
    }

    pub(crate) fn below(self, parent: CategoryId) -> Self {
        Self { parent: Some(parent), ..self }
    }
}

/// A product with its options and variants. The handle is made of the title.
#[derive(Debug, Clone)]
pub(crate) struct NewProduct {
    pub(crate) title: String,
    pub(crate) handle: String,
    pub(crate) description: String,
    pub(crate) status: Status,
    pub(crate) vendor: Option<String>,
    pub(crate) product_type: Option<String>,
    pub(crate) category: Option<CategoryId>,
    pub(crate) tags: Vec<String>,
    /// Each with its values.
    pub(crate) options: Vec<(String, Vec<String>)>,
    pub(crate) variants: Vec<NewVariant>,
    /// Microseconds since the epoch; the moment of the insertion when there is none.
    pub(crate) changed_at: Option<i64>,
}

impl NewProduct {
    /// An active product without variants.
    pub(crate) fn titled(title: &str) -> Self {
        let handle = rules::Handle::from_title(title, "product").as_str().to_owned();
        Self {
            title: title.to_owned(),
            handle,
            description: String::new(),
            status: Status::Active,
            vendor: None,
            product_type: None,
            category: None,
            tags: Vec::new(),
            options: Vec::new(),
            variants: Vec::new(),
            changed_at: None,
        }
    }

    pub(crate) fn status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn vendor(self, vendor: &str) -> Self {
        Self { vendor: Some(vendor.to_owned()), ..self }
    }

    pub(crate) fn category(self, category: CategoryId) -> Self {
        Self { category: Some(category), ..self }
    }

    pub(crate) fn tags(self, tags: &[&str]) -> Self {
        Self { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), ..self }
    }

    pub(crate) fn option(mut self, name: &str, values: &[&str]) -> Self {
        self.options.push((name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect()));
        self
    }

    pub(crate) fn variant(mut self, variant: NewVariant) -> Self {
        self.variants.push(variant);
        self
    }
}

/// A variant, with one value for each option of the product.
#[derive(Debug, Clone)]
pub(crate) struct NewVariant {
    pub(crate) sku: String,
    pub(crate) barcode: Option<String>,
    pub(crate) values: Vec<String>,
    pub(crate) currency: String,
    pub(crate) price_minor: i64,
    pub(crate) compare_at_minor: Option<i64>,
    pub(crate) weight_grams: Option<i64>,
}

impl NewVariant {
    /// A variant at 10 euros.
    pub(crate) fn sku(sku: &str) -> Self {
        Self {
            sku: sku.to_owned(),
            barcode: None,
            values: Vec::new(),
            currency: "EUR".to_owned(),
            price_minor: 1_000,
            compare_at_minor: None,
            weight_grams: None,
        }
    }

    pub(crate) fn values(self, values: &[&str]) -> Self {
        Self { values: values.iter().map(|value| (*value).to_owned()).collect(), ..self }
    }

    pub(crate) fn price(self, price_minor: i64) -> Self {
        Self { price_minor, ..self }
    }
}

impl TestApp {
    /// Puts in a category.
    pub(crate) async fn category(&self, new: NewCategory) -> CategoryId {
        self.insert(Insert::Category(new)).await[0]
    }

    /// Puts in active locations with these codes and priorities.
    pub(crate) async fn locations<'a>(&self, new: impl Iterator<Item = (&'a str, i64)>) -> Vec<LocationId> {
        self.insert(Insert::Locations(new.map(|(code, priority)| (code.to_owned(), priority)).collect())).await
    }

    /// Puts in an active product, or any other.
    pub(crate) async fn product(&self, new: NewProduct) -> ProductId {
        self.products(vec![new]).await[0]
    }

    /// Puts in many at once.
    pub(crate) async fn products(&self, new: Vec<NewProduct>) -> Vec<ProductId> {
        self.insert(Insert::Products(new)).await
    }

    /// Puts a product on the shop or takes it off.
    pub(crate) async fn set_product_status(&self, handle: &str, status: Status) {
        self.insert::<ProductId>(Insert::Status(handle.to_owned(), status)).await;
    }

    async fn insert<T: stockroom::kernel::id::Id>(&self, rows: Insert) -> Vec<T> {
        let written = self.app.services.writer.write(&Actor::system("test"), Meta::new("fixture"), rows).await;
        // Rows without an event: what is kept of answers could not know.
        self.app.services.writer.freshness().touch_all();
        written.unwrap().outcome.unwrap().into_iter().map(T::from_uuid).collect()
    }
}

/// Rows to put in.
enum Insert {
    Category(NewCategory),
    Locations(Vec<(String, i64)>),
    Products(Vec<NewProduct>),
    Status(String, Status),
}

/// Nobody refuses a fixture.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum Never {}

impl UserFault for Never {
    fn code(&self) -> UserErrorCode {
        match *self {}
    }
}

impl Command for Insert {
    type Output = Vec<uuid::Uuid>;
    type Error = Never;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Vec<uuid::Uuid>, Failure<Never>> {
        match self {
            Self::Category(new) => {
                let id: CategoryId = cx.ids.make();
                insert_category(cx.tx, id, new, cx.now).await?;
                Ok(vec![id.0])
            }
            Self::Locations(new) => {
                let rows: Vec<location::Model> =
                    new.iter().map(|(code, priority)| location_row(cx.ids.make(), code, *priority, cx.now)).collect();
                let ids = rows.iter().map(|row| row.id.0).collect();
                let rows = rows.into_iter().map(|row| location::ActiveModel::from(row).reset_all());
                location::Entity::insert_many(rows).exec_without_returning(cx.tx).await?;
                Ok(ids)
            }
            Self::Status(handle, status) => {
                let change = product::Entity::update_many().col_expr(product::Column::Status, Expr::value(*status));
                change.filter(product::Column::Handle.eq(handle.as_str())).exec(cx.tx).await?;
                Ok(Vec::new())
            }
            Self::Products(new) => {
                let mut ids = Vec::new();
                for product in new {
                    ids.push(insert_product(cx, product).await?.0);
                }
                Ok(ids)
            }
        }
    }
}

/// An active location.
pub(crate) fn location_row(id: LocationId, code: &str, priority: i64, now: Timestamp) -> location::Model {
    location::Model {
        id,
        code: code.to_owned(),
        name: format!("Location {code}"),
        address: String::new(),
        status: location::Status::Active,
        priority,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

async fn insert_category(tx: &Tx, id: CategoryId, new: &NewCategory, now: Timestamp) -> Result<(), DbErr> {
    let row = category::ActiveModel {
        id: Set(id),
        parent_id: Set(new.parent),
        name: Set(new.name.clone()),
        handle: Set(rules::Handle::from_title(&new.name, "category").as_str().to_owned()),
        description: Set(format!("All about {}", new.name)),
        position: Set(new.position),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    };
    category::Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

async fn insert_product(cx: &Cx<'_>, new: &NewProduct) -> Result<ProductId, DbErr> {
    let id: ProductId = cx.ids.make();
    let moment = new.changed_at.map_or(cx.now, Timestamp);
    let row = product::ActiveModel {
        id: Set(id),
        title: Set(new.title.clone()),
        handle: Set(new.handle.clone()),
        description: Set(new.description.clone()),
        status: Set(new.status),
        vendor: Set(new.vendor.clone()),
        product_type: Set(new.product_type.clone()),
        category_id: Set(new.category),
        version: Set(1),
        created_at: Set(moment),
        updated_at: Set(moment),
    };
    product::Entity::insert(row).exec_without_returning(cx.tx).await?;
    for tag in &new.tags {
        let row = product_tag::ActiveModel { product_id: Set(id), tag: Set(tag.clone()) };
        product_tag::Entity::insert(row).exec_without_returning(cx.tx).await?;
    }
    let options = insert_options(cx, id, new).await?;
    for (index, variant) in new.variants.iter().enumerate() {
        let variant_id = insert_variant(cx, id, (index, variant), moment).await?;
        for ((option_id, values), value) in options.iter().zip(&variant.values) {
            let value_id = values.iter().find(|(_, text)| text == value).unwrap().0;
            let (variant_id, option_id, option_value_id) = (Set(variant_id), Set(*option_id), Set(value_id));
            let row = variant_option_value::ActiveModel { variant_id, option_id, option_value_id };
            variant_option_value::Entity::insert(row).exec_without_returning(cx.tx).await?;
        }
    }
    Ok(id)
}

type Options = Vec<(ProductOptionId, Vec<(OptionValueId, String)>)>;

async fn insert_options(cx: &Cx<'_>, product: ProductId, new: &NewProduct) -> Result<Options, DbErr> {
    let mut options = Vec::new();
    for ((name, values), position) in new.options.iter().zip(1..) {
        let id: ProductOptionId = cx.ids.make();
        let (product_id, name, position) = (Set(product), Set(name.clone()), Set(position));
        let row = product_option::ActiveModel { id: Set(id), product_id, name, position };
        product_option::Entity::insert(row).exec_without_returning(cx.tx).await?;
        let mut with_ids = Vec::new();
        for (value, position) in values.iter().zip(1..) {
            let value_id: OptionValueId = cx.ids.make();
            let (option_id, text, position) = (Set(id), Set(value.clone()), Set(position));
            let row = option_value::ActiveModel { id: Set(value_id), option_id, value: text, position };
            option_value::Entity::insert(row).exec_without_returning(cx.tx).await?;
            with_ids.push((value_id, value.clone()));
        }
        options.push((id, with_ids));
    }
    Ok(options)
}

async fn insert_variant(
    cx: &Cx<'_>,
    product: ProductId,
    (index, new): (usize, &NewVariant),
    moment: Timestamp,
) -> Result<ProductVariantId, DbErr> {
    let id: ProductVariantId = cx.ids.make();
    // Variants without options have nothing but their place to differ in.
    let option_key = if new.values.is_empty() { index.to_string() } else { rules::option_key(&new.values) };
    let row = product_variant::ActiveModel {
        id: Set(id),
        product_id: Set(product),
        title: Set(rules::variant_title(&new.values)),
        sku: Set(new.sku.clone()),
        barcode: Set(new.barcode.clone()),
        option_key: Set(option_key),
        currency: Set(new.currency.parse().unwrap()),
        price_minor: Set(new.price_minor),
        compare_at_minor: Set(new.compare_at_minor),
        weight_grams: Set(new.weight_grams),
        backorder_policy: Set(product_variant::BackorderPolicy::Deny),
        backorder_limit: Set(None),
        position: Set(i64::try_from(index + 1).unwrap()),
        version: Set(1),
        created_at: Set(moment),
        updated_at: Set(moment),
    };
    product_variant::Entity::insert(row).exec_without_returning(cx.tx).await?;
    Ok(id)
}
