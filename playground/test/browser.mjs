// Drives the playground of a running server in headless Chromium, the way a developer would: runs a query, reads the docs, logs
// in, watches a subscription. Fails on any request to another host, any violation of the content security policy and any
// uncaught error of the page.
//
// Environment: STOCKROOM_URL (…/graphql), STOCKROOM_ADMIN_EMAIL, STOCKROOM_ADMIN_PASSWORD; optional: CHROMIUM (the browser),
// SCREENSHOT (where to put a picture of the last state, also after a failure).
import assert from 'node:assert/strict';
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
async function answered(pattern) {
  await page.waitForFunction(
    (source) => {
      const shown = document.querySelector('.graphiql-response .view-lines')?.textContent ?? '';
      return new RegExp(source).test(shown.replaceAll('\u00a0', ' '));
    },
    pattern.source,
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
  for (let index = 0; index < count; index += 1) await examples.nth(index).click();
  assert.equal(await page.locator('.graphiql-tab').count(), count + 1);
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
