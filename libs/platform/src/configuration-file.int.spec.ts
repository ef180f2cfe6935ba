import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ConfigurationFile, watchConfigurationFile } from './configuration-file.js';
import { silentLogger } from './logger.js';

let directory: string;
let file: string;
let seen: string[];
let reloads: string[];
let watched: ConfigurationFile<string> | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
  file = join(directory, 'ces-conf.yaml');
  seen = [];
  reloads = [];
});

afterEach(async () => {
  await watched?.close();
  watched = undefined;
  await rm(directory, { recursive: true });
});

function parse(text: string): string {
  if (text.includes('bad')) throw new Error('line 1: bad');
  return text.trim();
}

async function start(pollInterval: number, onChange?: () => void): Promise<ConfigurationFile<string>> {
  watched = await watchConfigurationFile(
    file,
    parse,
    (configuration) => {
      seen.push(configuration);
      onChange?.();
    },
    { logger: silentLogger, pollInterval, onReload: (result) => reloads.push(result) },
  );
  return watched;
}

/** What the kubelet does: the file is a link into a folder that is a link, and that link is swapped. */
async function writeConfigMap(version: string, text: string): Promise<void> {
  await mkdir(join(directory, version));
  await writeFile(join(directory, version, 'ces-conf.yaml'), text);
  await symlink(version, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
}

const never = 3_600_000;

test('a written file is read again', async () => {
  await writeFile(file, 'first');
  const configuration = await start(never);
  expect(configuration.current()).toBe('first');

  await writeFile(file, 'second');
  await vi.waitFor(() => {
    expect(seen).toEqual(['second']);
  });
  expect(configuration.current()).toBe('second');
  expect(reloads).toEqual(['accepted']);
});

test('a swapped ConfigMap is read again', async () => {
  await writeConfigMap('..v1', 'first');
  await symlink('..data/ces-conf.yaml', file);
  const configuration = await start(never);
  expect(configuration.current()).toBe('first');

  await writeConfigMap('..v2', 'second');
  await vi.waitFor(() => {
    expect(configuration.current()).toBe('second');
  });
});

test('where the file system reports nothing, the file is read at intervals', async () => {
  const elsewhere = join(directory, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'real.yaml'), 'first');
  await symlink('elsewhere/real.yaml', file);
  const configuration = await start(20);

  await writeFile(join(elsewhere, 'real.yaml'), 'second');
  await vi.waitFor(() => {
    expect(configuration.current()).toBe('second');
  });
});

test('promise 1: a bad content is reported, and the last good one stays in force until a better comes', async () => {
  await writeFile(file, 'first');
  const configuration = await start(20);

  await writeFile(file, 'bad');
  await vi.waitFor(() => {
    expect(configuration.problem()).toBe('line 1: bad');
  });
  await rm(file);
  await vi.waitFor(() => {
    expect(configuration.problem()).toContain('ENOENT');
  });
  expect([configuration.current(), seen]).toEqual(['first', []]);
  expect(reloads).toEqual(['refused', 'refused']);

  await writeFile(file, 'second');
  await vi.waitFor(() => {
    expect(configuration.current()).toBe('second');
  });
  expect(configuration.problem()).toBeUndefined();
});

test('a way back to the good content clears the problem and changes nothing', async () => {
  await writeFile(file, 'first');
  const configuration = await start(20);
  await writeFile(file, 'bad');
  await vi.waitFor(() => {
    expect(configuration.problem()).toBeDefined();
  });
  await writeFile(file, 'first');
  await vi.waitFor(() => {
    expect(configuration.problem()).toBeUndefined();
  });
  expect(seen).toEqual([]);
});

test('a listener that throws does not end the watching', async () => {
  await writeFile(file, 'first');
  const configuration = await start(20, () => {
    throw new Error('listener');
  });
  for (const text of ['second', 'third']) {
    await writeFile(file, text);
    await vi.waitFor(() => {
      expect(configuration.current()).toBe(text);
    });
  }
  expect(seen).toEqual(['second', 'third']);
});

test('a bad or missing file at the start is an error', async () => {
  await expect(start(never)).rejects.toThrow('ENOENT');
  await writeFile(file, 'bad');
  await expect(start(never)).rejects.toThrow('line 1: bad');
});
