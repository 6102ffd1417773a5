// Drives the playground of a running server in headless Chromium, the way a developer would: runs a query, reads the docs, logs
// in, watches a subscription. Fails on any request to another host, any violation of the content security policy and any
// uncaught error of the page.
//
// Environment: STOCKROOM_URL (…/graphql), STOCKROOM_ADMIN_EMAIL, STOCKROOM_ADMIN_PASSWORD; optional: CHROMIUM (the browser),
// SCREENSHOT (where to put a picture of the last state, also after a failure).
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test, before, after } from 'node:test';

import { chromium } from 'playwright-core';

const url = required('STOCKROOM_URL');
const email = required('STOCKROOM_ADMIN_EMAIL');
const password = required('STOCKROOM_ADMIN_PASSWORD');
const home = new URL(url).origin;

/** What must not happen, in the order it happened. */
const trespasses = [];
let browser;
let page;

/** The name of the operation that stands last in the menu. */
function lastExample() {
  const folder = new URL('../../examples/documents/', import.meta.url);
  const last = readdirSync(folder).filter((name) => name.endsWith('.graphql')).sort().at(-1);
  return readFileSync(new URL(last, folder), 'utf8').match(/^(?:query|mutation|subscription) (\w+)/m)[1];
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(20_000);
  await page.route('**/*', (route) => {
    const target = route.request().url();
    if (target.startsWith(`${home}/`) || /^(data|blob):/.test(target)) return route.continue();
    trespasses.push(`request to ${target}`);
    return route.abort();
  });
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) trespasses.push(message.text());
  });
  page.on('pageerror', (error) => trespasses.push(`uncaught: ${error.message}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`Content Security Policy: ${event.violatedDirective} blocked ${event.blockedURI}`);
    });
  });
});

after(async () => {
  if (process.env.SCREENSHOT) await page?.screenshot({ path: process.env.SCREENSHOT });
  await browser?.close();
});

/** Types a query named `name` over the text of the editor, and runs it once GraphiQL has understood it: its tab has the name. */
async function run(name, selection) {
  await page.locator('.graphiql-query-editor .monaco-editor').first().click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(`${name} ${selection}`);
  await page.locator('.graphiql-tab-active', { hasText: name.split(' ')[1] }).waitFor();
  await page.keyboard.press('Control+Enter');
}

/** Waits until the answer on the screen matches; the editor shows spaces as no-break spaces. */
async function answered(pattern, timeout = 20_000) {
  await page.waitForFunction(
    (source) => {
      const shown = document.querySelector('.graphiql-response .view-lines')?.textContent ?? '';
      return new RegExp(source).test(shown.replaceAll('\u00a0', ' '));
    },
    pattern.source,
    { timeout },
  );
}

test('the page is GraphiQL and comes from this server alone', async () => {
  const response = await page.goto(url, { waitUntil: 'load' });
  assert.equal(response.status(), 200);
  assert.match(response.headers()['content-security-policy'], /default-src 'none'/);
  await page.locator('.graphiql-query-editor .view-lines').first().waitFor();
});

test('a query typed into the editor is answered', async () => {
  await run('query First', '{ first: viewer { email } __typename }');
  await answered(/"first": null.*"__typename": "Query"/);
});

test('the line below tells what an operation cost, how long to wait, and that the server is gone', async () => {
  await page.locator('.stockroom-standing [role=status]', { hasText: /^Cost: \d+ of at most \d+ points/ }).waitFor();
  const alert = (text) => page.locator('.stockroom-standing [role=alert]', { hasText: text }).waitFor();
  const refuse = (route) =>
    route.fulfill({ status: 429, headers: { 'retry-after': '7', 'content-type': 'application/json' }, body: '{"errors":[{"message":"Wait."}]}' });
  await page.route('**/graphql', refuse);
  await page.keyboard.press('Control+Enter');
  await alert('wait 7 seconds');
  await page.unroute('**/graphql', refuse);
  const vanish = (route) => route.abort('connectionrefused');
  await page.route('**/graphql', vanish);
  await page.keyboard.press('Control+Enter');
  await alert('can’t be reached');
  await page.unroute('**/graphql', vanish);
  await page.keyboard.press('Control+Enter');
  await page.waitForFunction(() => document.querySelector('.stockroom-standing [role=alert]').textContent === '');
});

test('each run of a mutation carries a key of its own, unless that is switched off', async () => {
  const keys = [];
  for (const round of ['one', 'two', 'off']) {
    if (round === 'off') await page.getByLabel('Fresh Idempotency-Key').uncheck();
    const sent = page.waitForRequest((request) => request.postData()?.includes(`mutation Keyed_${round}`));
    await run(`mutation Keyed_${round}`, `{ ${round}: sessionEnd(input: { id: "${round}" }) { userErrors { code } } }`);
    keys.push((await sent).headers()['idempotency-key']);
  }
  await page.getByLabel('Fresh Idempotency-Key').check();
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  assert.notEqual(keys[0], keys[1]);
  assert.equal(keys[2], undefined);
});

test('the documentation shows the description of a field', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query', exact: true }).click();
  await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'viewer', exact: true }).click();
  const description = await page.locator('.graphiql-doc-explorer .graphiql-markdown-description').first().innerText();
  assert.ok(description.trim().length > 10, `description: ${description}`);
});

test('every example of the menu opens in its own tab', async () => {
  await page.getByRole('button', { name: 'Show Examples' }).click();
  const examples = page.locator('.stockroom-examples button');
  const count = await examples.count();
  assert.ok(count >= 1);
  // As fast as can be: GraphiQL has not read one document when the next one is opened.
  await examples.evaluateAll((buttons) => buttons.forEach((button) => button.click()));
  assert.equal(await page.locator('.graphiql-tab').count(), count + 1);
  await page.locator('.graphiql-tab-active', { hasText: lastExample() }).waitFor();
  const titles = await page.locator('.graphiql-tab').evaluateAll((tabs) => tabs.map((tab) => tab.textContent.trim()));
  for (const name of ['Products', 'StockWatch', 'Register', 'LogIn']) assert.ok(titles.some((title) => title.startsWith(name)), `titles: ${titles}`);
  assert.equal(new Set(titles.slice(1)).size, count, `titles: ${titles}`);
  const left = await page.locator('.graphiql-query-editor .lines-content').first().evaluate((lines) => lines.style.left);
  assert.ok(parseFloat(left || '0') === 0, `scrolled sideways to ${left}`);
});

test('a wrong password is refused in words', async () => {
  await page.locator('.stockroom-who').click();
  await page.locator('.stockroom-form input[name=email]').fill(email);
  await page.locator('.stockroom-form input[name=password]').fill('not the password');
  await page.locator('.stockroom-form button').click();
  const alert = await page.locator('.stockroom-form [role=alert]').innerText();
  assert.ok(alert.length > 10, `alert: ${alert}`);
});

test('after logging in, requests speak for the user, also after a reload', async () => {
  await page.locator('.stockroom-form input[name=password]').fill(password);
  await page.locator('.stockroom-form button').click();
  await page.locator('.stockroom-who span', { hasText: email }).waitFor();
  await run('query LoggedIn', '{ loggedIn: viewer { email } }');
  await answered(new RegExp(`"loggedIn": \\{.*"email": "${email}"`));
  await page.reload({ waitUntil: 'load' });
  await page.locator('.stockroom-who span', { hasText: email }).waitFor();
});

/** The state that the page keeps in this tab for the session, changed so that its access token has run out. */
async function expireAccessToken() {
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem('stockroom.session'));
    sessionStorage.setItem('stockroom.session', JSON.stringify({ ...session, accessToken: 'run.out.token', expiresAt: 0 }));
  });
  await page.reload({ waitUntil: 'load' });
  await page.locator('.graphiql-query-editor .view-lines').first().waitFor();
}

test('an access token that has run out is exchanged before the next request', async () => {
  await expireAccessToken();
  await run('query Renewed', '{ renewed: viewer { email } }');
  await answered(new RegExp(`"renewed": \\{.*"email": "${email}"`));
  const kept = await page.evaluate(() => JSON.parse(sessionStorage.getItem('stockroom.session')));
  assert.notEqual(kept.accessToken, 'run.out.token');
});

test('a WebSocket opens with a token that is good, although the one that was kept has run out', async () => {
  await expireAccessToken();
  // Listening from the moment on in which it opens: what it says first may be said before the click has returned.
  const said = page
    .waitForEvent('websocket')
    .then((socket) => socket.waitForEvent('framesent', (frame) => /connection_init/.test(frame.payload)));
  await run('subscription Renewal', '{ stockLevelChanged { onHand } }');
  assert.match((await said).payload, /Bearer ey/);
  await page.locator('.graphiql-execute-button').click();
});

/** A change of stock by somebody else: not through the editor, whose tab watches. */
async function adjustStock(delta) {
  return page.evaluate(async (delta) => {
    const { accessToken } = JSON.parse(sessionStorage.getItem('stockroom.session'));
    const query = `mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { message } } }`;
    const lines = [{ sku: 'SRJ-M-BRK', locationCode: 'WAREHOUSE', delta }];
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ query, variables: { input: { reason: 'RECEIVED', lines } } }),
    });
    return response.json();
  }, delta);
}

test('the example that watches stock shows a change live', async () => {
  const examples = page.locator('.stockroom-examples');
  if (!(await examples.isVisible())) await page.getByRole('button', { name: 'Show Examples' }).click();
  await examples.getByRole('button', { name: /^Watch stock/ }).click();
  await page.locator('.graphiql-tab-active', { hasText: 'StockWatch' }).waitFor();
  await page.locator('.graphiql-execute-button').click();
  await page.locator('.graphiql-execute-button[aria-label^="Stop"]').waitFor();
  // Nothing tells a page when the server has begun to watch: change the stock until a change shows.
  await assert.doesNotReject(async () => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await adjustStock(17);
      assert.deepEqual(answer.data?.stockAdjust?.userErrors, [], JSON.stringify(answer));
      const shown = await answered(/"delta": 17/, 3_000).then(() => true, (reason) => reason);
      if (shown === true) return;
      if (attempt === 5) throw shown;
    }
  });
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT.replace(/\.png$/, '-live.png') });
  await page.locator('.graphiql-execute-button').click();
});

test('the explorer, the history, the headers and the dark theme are there', async () => {
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  await page.locator('.docExplorerWrap, .graphiql-explorer-root').first().waitFor();
  await page.getByRole('button', { name: 'Show History' }).click();
  await page.locator('.graphiql-history-items li', { hasText: 'StockWatch' }).first().waitFor();
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  await page.getByRole('button', { name: 'Open settings dialog' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Dark', exact: true }).click();
  await page.waitForFunction(() => document.body.classList.contains('graphiql-dark'));
  await page.keyboard.press('Escape');
});

test('logging out makes requests anonymous again', async () => {
  await page.getByRole('button', { name: 'Show Account' }).or(page.locator('.stockroom-panel')).first().click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.locator('.stockroom-who span', { hasText: 'anonymous' }).waitFor();
  await run('query LoggedOut', '{ loggedOut: viewer { email } }');
  await answered(/"loggedOut": null/);
});

test('nothing was asked of another host, and nothing broke the content security policy', () => {
  assert.deepEqual(trespasses, []);
});
