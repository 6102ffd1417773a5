// What an app on Relay asks of this API: pages that grow, fragments that are read again by id, a mutation, a subscription.
import { graphql } from 'relay-runtime';

export const shopQuery = graphql`
  query ShopQuery($handle: String!) {
    ...Shop_products
    ...Shop_stockLevels
    product(handle: $handle) {
      id
      ...Shop_product
    }
    viewer {
      id
      email
    }
  }
`;

export const productPages = graphql`
  fragment Shop_products on Query
  @refetchable(queryName: "ShopProductsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    products(first: $count, after: $cursor, orderBy: TITLE_ASC) @connection(key: "Shop_products") {
      totalCount
      edges {
        node {
          id
          title
          ...Shop_product
        }
      }
    }
  }
`;

export const levelPages = graphql`
  fragment Shop_stockLevels on Query
  @refetchable(queryName: "ShopStockLevelsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    stockLevels(last: $count, before: $cursor) @connection(key: "Shop_stockLevels") {
      edges {
        node {
          id
          onHand
        }
      }
    }
  }
`;

// Read again, page by page, through node(id:).
export const product = graphql`
  fragment Shop_product on Product
  @refetchable(queryName: "ShopProductAgainQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    title
    variants(first: $count, after: $cursor) @connection(key: "Shop_variants") {
      edges {
        node {
          sku
          ...Shop_variant
        }
      }
    }
  }
`;

export const variant = graphql`
  fragment Shop_variant on ProductVariant @refetchable(queryName: "ShopVariantAgainQuery") {
    sku
    price {
      amount
      currency
    }
    totalAvailable
  }
`;

export const adjust = graphql`
  mutation ShopAdjustMutation($input: StockAdjustInput!) @raw_response_type {
    stockAdjust(input: $input) {
      levels {
        id
        onHand
      }
      userErrors {
        code
        message
        field
        ... on InsufficientStockError {
          available
        }
      }
    }
  }
`;

export const watch = graphql`
  subscription ShopWatchSubscription {
    stockLevelChanged {
      levelId
      onHand
      variant {
        ...Shop_variant
      }
    }
  }
`;
