// Audits the server at the given URL against GraphQL over HTTP with the package `graphql-http`, and fails unless all of
// the package's audits ran and each is ok: a warning, the package's word for a SHOULD or MAY not met, is not.
//
//   node graphql-http.mjs http://127.0.0.1:8080/graphql

import { auditServer } from 'graphql-http';

const AUDITS = 61;

const [url] = process.argv.slice(2);
const results = await auditServer({ url });
const unmet = results.filter((result) => result.status !== 'ok');
for (const result of unmet) {
  console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`${results.length - unmet.length} of ${results.length} audits ok`);
if (results.length !== AUDITS) {
  console.log(`expected ${AUDITS} audits`);
}
process.exitCode = unmet.length === 0 && results.length === AUDITS ? 0 : 1;
