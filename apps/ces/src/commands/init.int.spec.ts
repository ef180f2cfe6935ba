import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfiguration } from '#core/configuration-parser';
import { type JsonObject, parseJson } from '#core/json';
import { expectConformance } from '#testing/as3-conformance';
import { ces } from '../testing/recorded-run.spec.js';

describe('ces init', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ces-test-'));
    file = join(folder, 'ces-conf.yaml');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('writes a configuration that is valid as it stands, in the safe layout', async () => {
    const { code, out, err } = await ces('init', '--output', file);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain(`${file} is written`);
    const { configuration, problems } = parseConfiguration(await readFile(file, 'utf8'));
    expect(problems).toEqual([]);
    expect(configuration?.tenants.map(({ layout }) => layout)).toEqual(['in-place']);
    expect(await ces('validate', '--config', file)).toMatchObject({ code: 0 });
  });

  test('is still valid, and logs, with everything that it comments out', async () => {
    await ces('init', '--output', file);
    const commented = await readFile(file, 'utf8');
    // A comment that begins with a key, or is indented, is a setting; all others are prose.
    const text = commented
      .replace(/^( *)# ?(?=[a-zA-Z]+: ?|- | {2})/gm, '$1')
      .replace('isSupportRouteDomain: false', 'isSupportRouteDomain: true');
    await writeFile(file, text);
    expect(parseConfiguration(text)).toMatchObject({ configuration: { log: { remote: true } }, problems: [] });
    const { code, out, err } = await ces('compile', '--config', file);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const request of parseJson(out) as readonly JsonObject[]) expectConformance(request);
  });

  test('leaves what is there alone, unless it is forced', async () => {
    await writeFile(file, 'mine');
    expect(await ces('init', '--output', file)).toMatchObject({
      code: 2,
      err: `${file} is there already; --force overwrites it`,
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await ces('init', '--output', file, '--force')).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).not.toBe('mine');
  });

  test('prints it when asked to', async () => {
    const { code, out } = await ces('init', '--output', '-');
    expect(code).toBe(0);
    expect(parseConfiguration(out).configuration).not.toBeNull();
  });

  test('says why it cannot write', async () => {
    const nowhere = join(folder, 'no', 'where.yaml');
    expect(await ces('init', '--output', nowhere)).toMatchObject({
      code: 2,
      err: `${nowhere} cannot be written (ENOENT)`,
    });
  });
});
