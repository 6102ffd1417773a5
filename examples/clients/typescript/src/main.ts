// A tour: who am I, all products page by page, stock taken in once though sent twice, the change seen live, too large a
// sale refused.
import { randomUUID } from 'node:crypto';
import { CombinedError, type Client } from '@urql/core';

import {
  ProductPageDocument,
  StockAdjustDocument,
  StockDocument,
  StockWatchDocument,
  ViewerDocument,
  type ProductPageQuery,
  type StockAdjustInput,
  type StockWatchSubscription,
} from './generated.ts';
import { dataOf, refusal, wasReplayed } from './result.ts';
import { connect, type Stockroom } from './stockroom.ts';

const SKU = 'SRJ-M-BRK';
const LOCATION = 'WAREHOUSE';
const PAGE_SIZE = 20;
const LONGEST_WATCH_MS = 30_000;

type Change = StockWatchSubscription['stockLevelChanged'];

async function tour({ client, begun }: Stockroom): Promise<void> {
  const { viewer } = dataOf(await client.query(ViewerDocument, {}));
  console.log(`Logged in as ${viewer?.email}, ${viewer?.roles.map((role) => role.code).join(', ')}`);

  const variant = await stockOf(client, SKU);
  console.log(`${SKU}: ${variant.totalAvailable} available`);
  const change = nextChange(client, variant.id);
  await Promise.race([begun, change]);

  const { products, pages } = await countProducts(client);
  console.log(`${products} products in ${pages} pages`);

  const delivery = line(12, 'RECEIVED');
  const key = randomUUID();
  for (const attempt of ['Took 12 in', 'The same again']) {
    const { adjustment, userErrors, replayed } = await adjust(client, delivery, key);
    if (!adjustment) throw refusal(userErrors);
    console.log(`${attempt}: ${adjustment.lines[0]?.onHandAfter} on hand${replayed ? ', replayed' : ''}`);
  }

  const seen = await change;
  console.log(`Seen live: ${seen.variant?.sku} at ${seen.location?.code} by ${seen.delta} to ${seen.onHand}`);

  const refused = await adjust(client, line(-1_000_000, 'SOLD'), randomUUID());
  for (const error of refused.userErrors) {
    if (error.__typename !== 'InsufficientStockError') throw new Error(error.message);
    console.log(`Refused to sell ${error.requested}: ${error.available} available (${error.code})`);
  }
  if (refused.adjustment) throw new Error('More was sold than there is.');
}

async function stockOf(client: Client, sku: string) {
  const { productVariant } = dataOf(await client.query(StockDocument, { sku }));
  if (!productVariant) throw new Error(`There is no ${sku}: start the server with --demo.`);
  return productVariant;
}

/** Reads every product, page after page. */
async function countProducts(client: Client): Promise<{ products: number; pages: number }> {
  let products = 0;
  let after: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const page: ProductPageQuery['products'] = dataOf(await client.query(ProductPageDocument, { first: PAGE_SIZE, after })).products;
    products += page.nodes.length;
    if (!page.pageInfo.hasNextPage) return { products, pages };
    after = page.pageInfo.endCursor;
  }
}

function line(delta: number, reason: StockAdjustInput['reason']): StockAdjustInput {
  return { reason, reference: 'TOUR', lines: [{ sku: SKU, locationCode: LOCATION, delta }] };
}

/** Changes stock. However often it's sent under one key, it happens once. */
async function adjust(client: Client, input: StockAdjustInput, key: string) {
  const headers = { 'Idempotency-Key': key };
  const result = await client.mutation(StockAdjustDocument, { input }, { fetchOptions: { headers } });
  return { ...dataOf(result).stockAdjust, replayed: wasReplayed(result) };
}

/** The next change of a variant's stock, anywhere. */
function nextChange(client: Client, variantId: string): Promise<Change> {
  return new Promise((resolve, reject) => {
    const changes = client.subscription(StockWatchDocument, { variantIds: [variantId] });
    const tooLong = setTimeout(() => done(() => reject(new Error('No change was seen in time.'))), LONGEST_WATCH_MS);
    const { unsubscribe } = changes.subscribe((result) => {
      if (result.error) done(() => reject(result.error));
      else if (result.data) done(() => resolve(dataOf(result).stockLevelChanged));
    });
    function done(settle: () => void) {
      clearTimeout(tooLong);
      unsubscribe();
      settle();
    }
  });
}

function setting(name: string, otherwise?: string): string {
  const value = process.env[name] ?? otherwise;
  if (value === undefined) throw new Error(`Set ${name}.`);
  return value;
}

async function main(): Promise<void> {
  const stockroom = await connect({
    url: setting('STOCKROOM_URL', 'http://127.0.0.1:8080/graphql'),
    credentials: { email: setting('STOCKROOM_EMAIL'), password: setting('STOCKROOM_PASSWORD') },
    sessionFile: setting('STOCKROOM_SESSION', '.session.json'),
    onWait: (seconds) => console.log(`Too many requests: waiting ${seconds} s`),
    onRenewal: () => console.log('Renewed the access token'),
  });
  try {
    await tour(stockroom);
  } finally {
    await stockroom.close();
  }
}

main().catch((error: unknown) => {
  console.error(explained(error));
  process.exitCode = 1;
});

/** What went wrong; of a request that found no server, why. */
function explained(error: unknown): string {
  const cause = error instanceof CombinedError ? error.networkError?.cause : undefined;
  return [error, cause].filter((part) => part instanceof Error).map((part) => part.message).join(': ') || String(error);
}
