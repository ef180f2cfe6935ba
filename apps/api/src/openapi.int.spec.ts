import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openApiDocument } from './openapi.js';

test('docs/openapi.json is this document; `npm run generate` writes it', async () => {
  const checkedIn = await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
  expect(JSON.parse(checkedIn)).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
});
