#!/usr/bin/env node
/**
 * Writes docs/openapi.json, the description of the API, from the schemas under libs/report/src/api. A test of
 * apps/api compares the two.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { runnerImport } from 'vite';

const source = fileURLToPath(new URL('../apps/api/src/openapi.ts', import.meta.url));
const target = new URL('../docs/openapi.json', import.meta.url);
const style = JSON.parse(await readFile(new URL('../.prettierrc.json', import.meta.url), 'utf8'));

/** Our `#lib/…` imports lead to the sources; packages are left to Node. */
const conditions = ['ces-source', 'node'];
const resolve = { conditions, externalConditions: conditions, noExternal: [/^#/] };
const { module } = await runnerImport(source, {
  configFile: false,
  logLevel: 'error',
  environments: { inline: { resolve } },
});
await writeFile(target, await format(JSON.stringify(module.openApiDocument()), { ...style, parser: 'json' }));
