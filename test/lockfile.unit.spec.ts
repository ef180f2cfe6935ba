import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
const { packages } = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string(),
        resolved: z.string().optional(),
        optionalDependencies: z.record(z.string(), z.string()).default({}),
      }),
    ),
  })
  .parse(JSON.parse(text));

test('the lockfile names no registry: packages come from the one that the machine is configured for', () => {
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(text).not.toMatch(/registry|\.tgz/);
});

test('the lockfile has an entry for every optional package of every platform: without one, npm ci refuses it', () => {
  const missing = Object.entries(packages).flatMap(([location, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter((name) => !isFound(name, location)),
  );
  expect(missing).toEqual([]);
});

/** Looks where Node would: below the package, and then below each of those that it lies in. */
function isFound(name: string, location: string): boolean {
  const found = `${location === '' ? '' : `${location}/`}node_modules/${name}` in packages;
  if (found || location === '') return found;
  return isFound(name, location.slice(0, Math.max(location.lastIndexOf('/node_modules/'), 0)));
}
