//! Categories, products, their options, variants and tags.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "DROP TABLE variant_option_values",
            "DROP TABLE product_variants",
            "DROP TABLE product_option_values",
            "DROP TABLE product_options",
            "DROP TABLE product_tags",
            "DROP TABLE products",
            "DROP TABLE categories",
        ];
        dialect::run(manager, &tables).await
    }
}

const UP: &[&str] = &[
    "CREATE TABLE categories (
        id {uuid} NOT NULL,
        parent_id {uuid},
        name {text} NOT NULL,
        handle {text} NOT NULL,
        description {text} NOT NULL,
        position BIGINT NOT NULL,
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_categories PRIMARY KEY (id),
        CONSTRAINT uq_categories_handle UNIQUE (handle),
        CONSTRAINT fk_categories_parent_id FOREIGN KEY (parent_id) REFERENCES categories (id),
        CONSTRAINT ck_categories_parent CHECK (parent_id IS NULL OR parent_id <> id),
        CONSTRAINT ck_categories_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_categories_parent_id ON categories (parent_id, position, id)",
    "CREATE INDEX ix_categories_position ON categories (position, id)",
    "CREATE INDEX ix_categories_name ON categories (name, id)",
    "CREATE INDEX ix_categories_created_at ON categories (created_at, id)",
    "CREATE TABLE products (
        id {uuid} NOT NULL,
        title {text} NOT NULL,
        handle {text} NOT NULL,
        description {text} NOT NULL,
        status {text} NOT NULL,
        vendor {text},
        product_type {text},
        category_id {uuid},
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_products PRIMARY KEY (id),
        CONSTRAINT uq_products_handle UNIQUE (handle),
        CONSTRAINT fk_products_category_id FOREIGN KEY (category_id) REFERENCES categories (id),
        CONSTRAINT ck_products_status CHECK (status IN ('DRAFT', 'ACTIVE', 'ARCHIVED')),
        CONSTRAINT ck_products_title CHECK (length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_products_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_products_title ON products (title, id)",
    "CREATE INDEX ix_products_created_at ON products (created_at, id)",
    "CREATE INDEX ix_products_updated_at ON products (updated_at, id)",
    "CREATE INDEX ix_products_status ON products (status, title, id)",
    "CREATE INDEX ix_products_vendor ON products (vendor, id)",
    "CREATE INDEX ix_products_product_type ON products (product_type, id)",
    "CREATE INDEX ix_products_category_id ON products (category_id, title, id)",
    "CREATE TABLE product_tags (
        product_id {uuid} NOT NULL,
        tag {text} NOT NULL,
        CONSTRAINT pk_product_tags PRIMARY KEY (product_id, tag),
        CONSTRAINT fk_product_tags_product_id FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_tags_tag CHECK (length(tag) BETWEEN 1 AND 255)
    ) {strict}",
    "CREATE INDEX ix_product_tags_tag ON product_tags (tag, product_id)",
    "CREATE TABLE product_options (
        id {uuid} NOT NULL,
        product_id {uuid} NOT NULL,
        name {text} NOT NULL,
        position BIGINT NOT NULL,
        CONSTRAINT pk_product_options PRIMARY KEY (id),
        CONSTRAINT uq_product_options_product_id_name UNIQUE (product_id, name),
        CONSTRAINT fk_product_options_product_id FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_options_position CHECK (position >= 1)
    ) {strict}",
    "CREATE TABLE product_option_values (
        id {uuid} NOT NULL,
        option_id {uuid} NOT NULL,
        value {text} NOT NULL,
        position BIGINT NOT NULL,
        CONSTRAINT pk_product_option_values PRIMARY KEY (id),
        CONSTRAINT uq_product_option_values_option_id_value UNIQUE (option_id, value),
        CONSTRAINT fk_product_option_values_option_id FOREIGN KEY (option_id) REFERENCES product_options (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_option_values_position CHECK (position >= 1)
    ) {strict}",
    "CREATE TABLE product_variants (
        id {uuid} NOT NULL,
        product_id {uuid} NOT NULL,
        title {text} NOT NULL,
        sku {text} NOT NULL,
        barcode {text},
        option_key {text} NOT NULL,
        currency {text} NOT NULL,
        price_minor BIGINT NOT NULL,
        compare_at_minor BIGINT,
        weight_grams BIGINT,
        position BIGINT NOT NULL,
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_product_variants PRIMARY KEY (id),
        CONSTRAINT uq_product_variants_sku UNIQUE (sku),
        CONSTRAINT uq_product_variants_product_id_option_key UNIQUE (product_id, option_key),
        CONSTRAINT fk_product_variants_product_id FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_variants_price CHECK (price_minor BETWEEN 0 AND 1000000000000),
        CONSTRAINT ck_product_variants_compare_at CHECK (compare_at_minor BETWEEN 0 AND 1000000000000),
        CONSTRAINT ck_product_variants_weight CHECK (weight_grams BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_product_variants_currency CHECK (length(currency) = 3),
        CONSTRAINT ck_product_variants_sku CHECK (length(sku) BETWEEN 1 AND 64),
        CONSTRAINT ck_product_variants_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_product_variants_product_id ON product_variants (product_id, position, id)",
    "CREATE INDEX ix_product_variants_barcode ON product_variants (barcode, id)",
    "CREATE INDEX ix_product_variants_title ON product_variants (title, id)",
    "CREATE INDEX ix_product_variants_created_at ON product_variants (created_at, id)",
    "CREATE INDEX ix_product_variants_updated_at ON product_variants (updated_at, id)",
    "CREATE INDEX ix_product_variants_position ON product_variants (position, id)",
    "CREATE INDEX ix_product_variants_price_minor ON product_variants (price_minor, id)",
    "CREATE TABLE variant_option_values (
        variant_id {uuid} NOT NULL,
        option_id {uuid} NOT NULL,
        option_value_id {uuid} NOT NULL,
        CONSTRAINT pk_variant_option_values PRIMARY KEY (variant_id, option_id),
        CONSTRAINT fk_variant_option_values_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id) ON DELETE CASCADE,
        CONSTRAINT fk_variant_option_values_option_id FOREIGN KEY (option_id) REFERENCES product_options (id) ON DELETE CASCADE,
        CONSTRAINT fk_variant_option_values_option_value_id FOREIGN KEY (option_value_id) REFERENCES product_option_values (id) ON DELETE CASCADE
    ) {strict}",
    "CREATE INDEX ix_variant_option_values_option_value_id ON variant_option_values (option_value_id)",
    "CREATE INDEX ix_variant_option_values_option_id ON variant_option_values (option_id)",
];
