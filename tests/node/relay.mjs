// Lets the Relay compiler read schema.graphql and compile a small app against it: `node relay.mjs`.
//
// The app is relay/Shop.ts. What the compiler writes goes into a folder of its own, which is gone afterwards.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'stockroom-relay-'));
try {
  mkdirSync(join(project, 'src'));
  mkdirSync(join(project, 'artifacts'));
  copyFileSync(join(here, '..', '..', 'schema.graphql'), join(project, 'schema.graphql'));
  copyFileSync(join(here, 'relay', 'Shop.ts'), join(project, 'src', 'Shop.ts'));
  const config = { src: './src', schema: './schema.graphql', language: 'typescript', artifactDirectory: './artifacts' };
  writeFileSync(join(project, 'relay.config.json'), JSON.stringify(config));
  const compiler = join(here, 'node_modules', 'relay-compiler', 'cli.js');
  execFileSync(process.execPath, [compiler, 'relay.config.json'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  const artifacts = readdirSync(join(project, 'artifacts')).sort();
  console.log(artifacts.join('\n'));
} finally {
  rmSync(project, { recursive: true, force: true });
}
