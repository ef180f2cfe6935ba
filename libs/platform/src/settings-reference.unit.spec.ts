import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingsReference } from './settings-reference.js';

const sources = ['settings.ts', 'settings-sections.ts', 'settings-flags.ts'].map((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8'),
);

describe('the reference of the settings', () => {
  it('has every variable that is read, and no other', () => {
    const read = sources.flatMap((text) => [...text.matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, name]) => name));
    expect(settingsReference.map(({ name }) => name).sort()).toEqual([...new Set(read)].sort());
  });
});
