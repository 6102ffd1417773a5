// Holds schema.graphql against @graphql-eslint: `node schema-lint.mjs`.
//
// Counts what its full preset finds with every rule on, and fails when there is more than the ceiling below, on any finding of
// its Relay preset or of a rule that is not excused below, and on anything without a description.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import plugin from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { buildASTSchema, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType, parse } from 'graphql';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const file = join(root, 'schema.graphql');

/** Rules of the full preset whose findings are on purpose, and why. They are counted with the others all the same. */
const EXCUSED = {
  '@graphql-eslint/no-root-type': 'it forbids mutations and subscriptions, which this API is for',
  '@graphql-eslint/require-nullable-result-in-root':
    'lists and payloads are never null: what is wrong is told in userErrors, or is an error of the whole field',
  '@graphql-eslint/strict-id-in-types': 'values such as money and ranges are not objects with an identity',
  '@graphql-eslint/no-typename-prefix': '`productType` is what shops call this field',
  '@graphql-eslint/no-unreachable-types': '`specifiedBy` is a directive of GraphQL itself, which the exporter writes out',
};

/** What options the rules get: each is one that the rule offers for a schema like this one. */
const OPTIONS = {
  // Short lists without pages (the errors of a payload, the values of an option, `nodes` beside `edges`) are on purpose.
  '@graphql-eslint/relay-edge-types': { listTypeCanWrapOnlyEdgeType: false },
  // What is only an answer to one request has no identity of its own.
  '@graphql-eslint/strict-id-in-types': { exceptions: { suffixes: ['Payload', 'Connection', 'Edge', 'Error'] } },
};

/** Violations of the full preset per 100 fields that there may be. */
const CEILING = 10;

/** Reports of every rule of these presets, each on. */
async function lint(...presets) {
  const rules = Object.assign({}, ...presets.map((preset) => plugin.configs[`flat/${preset}`].rules));
  for (const [rule, options] of Object.entries(OPTIONS)) if (rule in rules) rules[rule] = ['error', options];
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.graphql'],
      plugins: { '@graphql-eslint': plugin },
      languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema: file } } },
      rules,
    },
  });
  const [{ messages }] = await eslint.lintFiles([file]);
  const broken = messages.find((message) => message.fatal);
  if (broken) throw new Error(broken.message);
  return messages;
}

/** Everything of the schema that a reader may ask about, as [coordinate, description]. */
function* described(schema) {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    yield [type.name, type.description];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field.description];
      for (const argument of field.args ?? []) yield [`${type.name}.${field.name}(${argument.name}:)`, argument.description];
    }
  }
}

function countFields(schema) {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const withFields = types.filter((type) => isObjectType(type) || isInterfaceType(type) || isInputObjectType(type));
  return withFields.reduce((sum, type) => sum + Object.keys(type.getFields()).length, 0);
}

const schema = buildASTSchema(parse(readFileSync(file, 'utf8')));
const relay = await lint('schema-relay');
const full = await lint('schema-recommended', 'schema-all');
const coordinates = [...described(schema)];
const silent = coordinates.filter(([, description]) => !description?.trim());
const unexcused = full.filter((message) => !(message.ruleId in EXCUSED));

for (const { ruleId, line, message } of [...relay, ...unexcused]) console.log(`${ruleId}, line ${line}: ${message}`);
for (const [coordinate] of silent) console.log(`${coordinate} has no description`);
const fields = countFields(schema);
const perHundred = (full.length * 100) / fields;
console.log(`Relay preset: ${relay.length} violations`);
console.log(`full preset: ${full.length} violations in ${fields} fields, ${perHundred.toFixed(1)} per 100`);
console.log(`described: ${coordinates.length - silent.length} of ${coordinates.length}`);
if (relay.length > 0 || unexcused.length > 0 || silent.length > 0 || perHundred >= CEILING) process.exitCode = 1;
