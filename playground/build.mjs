// Bundles the playground into one folder: `node build.mjs OUT_FOLDER`.
//
// Writes index.html and the scripts, the style sheet and the editor's workers it names. Fonts and pictures are embedded in the
// style sheet, and every file but the page has the hash of its content in its name, so that a browser may keep it for ever.
// Every file but the page is compressed with Brotli and ends with `.br`: uncompressed they are seven million bytes.
// Reads ../examples/documents for the menu of examples. Knows nothing about the server that serves the folder.
import { build } from 'esbuild';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022'],
  outdir: out,
  entryNames: '[name]-[hash]',
  metafile: true,
  legalComments: 'none',
  logLevel: 'error',
  jsx: 'automatic',
  loader: { '.ttf': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl', '.svg': 'dataurl', '.png': 'dataurl' },
  define: { 'process.env.NODE_ENV': '"production"' },
};

const WORKERS = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};

/** The name of the file that esbuild wrote with this ending. */
function written(result, ending) {
  const file = Object.keys(result.metafile.outputs).find((name) => name.endsWith(ending));
  if (!file) throw new Error(`the bundle has no ${ending} file`);
  return basename(file);
}

async function bundleWorkers() {
  const urls = {};
  for (const [label, entry] of Object.entries(WORKERS)) {
    const result = await build({ ...shared, entryPoints: { [`${label}-worker`]: entry } });
    urls[label] = `/playground/${written(result, '.js')}`;
  }
  return urls;
}

/** The documents of examples/documents: the first comment line is the title, the comment lines after it say more. */
async function readExamples() {
  const folder = join(here, '..', 'examples', 'documents');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const query = await readFile(join(folder, name), 'utf8');
      const comment = /^(?:#.*\n)+/.exec(query)?.[0] ?? '';
      const [title, ...more] = comment.split('\n').map((line) => line.replace(/^#\s?/, ''));
      const variables = await readFile(join(folder, name.replace(/\.graphql$/, '.json')), 'utf8').catch(() => '');
      return { name, title: title || name, note: more.join(' ').trim(), query, variables };
    }),
  );
}

async function bundlePage(workers, examples) {
  const result = await build({
    ...shared,
    entryPoints: { playground: 'src/main.jsx' },
    define: { ...shared.define, WORKER_URLS: JSON.stringify(workers), EXAMPLES: JSON.stringify(examples) },
  });
  const page = await readFile(join(here, 'src', 'index.html'), 'utf8');
  return page.replace('{{script}}', written(result, '.js')).replace('{{style}}', written(result, '.css'));
}

/** Puts the compressed file in the place of each that esbuild wrote. */
async function compress() {
  const names = (await readdir(out)).filter((name) => /\.(js|css)$/.test(name));
  await Promise.all(
    names.map(async (name) => {
      const file = join(out, name);
      await writeFile(`${file}.br`, await promisify(brotliCompress)(await readFile(file)));
      await rm(file);
    }),
  );
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const [workers, examples] = await Promise.all([bundleWorkers(), readExamples()]);
await writeFile(join(out, 'index.html'), await bundlePage(workers, examples));
await compress();
