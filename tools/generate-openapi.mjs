#!/usr/bin/env node
/**
 * Writes docs/openapi.json, the description of the API, from the schemas under libs/report/src/api. A test of
 * apps/api compares the two.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { importSource } from './import-source.mjs';

const target = new URL('../docs/openapi.json', import.meta.url);
const style = JSON.parse(await readFile(new URL('../.prettierrc.json', import.meta.url), 'utf8'));

const { openApiDocument } = await importSource('apps/api/src/openapi.ts');
await writeFile(target, await format(JSON.stringify(openApiDocument()), { ...style, parser: 'json' }));
