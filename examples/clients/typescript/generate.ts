// Makes src/generated.ts from the schema and the documents: the types of their variables and answers.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const SCHEMA = '../../../schema.graphql';
const DOCUMENTS = ['../documents', '../../documents'];
const OUTPUT = 'src/generated.ts';

async function documents(folder: string) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const location = `${folder}/${name}`;
      return { location, document: parse(await readFile(location, 'utf8')) };
    }),
  );
}

const code = await codegen({
  schema: parse(await readFile(SCHEMA, 'utf8')),
  documents: (await Promise.all(DOCUMENTS.map(documents))).flat(),
  filename: OUTPUT,
  config: {
    enumType: 'string-literal',
    strictScalars: true,
    scalars: { CurrencyCode: 'string', DateTime: 'string', Decimal: 'string', JSON: 'unknown' },
    useTypeImports: true,
  },
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations: typescriptOperations, documents: typedDocumentNode },
});
await writeFile(OUTPUT, code);
