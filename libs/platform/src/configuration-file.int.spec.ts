import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitFor } from '#testing/wait-for';
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

interface Start {
  readonly pollInterval?: number;
  readonly settleTime?: number;
  readonly onChange?: () => void;
}

/** By default the file is read only when the file system reports something. */
async function start(options: Start = {}): Promise<ConfigurationFile<string>> {
  const { pollInterval = 3_600_000, settleTime = 1, onChange } = options;
  watched = await watchConfigurationFile(
    file,
    parse,
    (configuration) => {
      seen.push(configuration);
      onChange?.();
    },
    { logger: silentLogger, pollInterval, settleTime, onReload: (result) => reloads.push(result) },
  );
  return watched;
}

/** In one step, as an editor does: a reader sees the old content or the new. */
async function write(text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** What the kubelet does: the file is a link into a folder that is a link, and that link is swapped. */
async function writeConfigMap(version: string, text: string): Promise<void> {
  await mkdir(join(directory, version));
  await writeFile(join(directory, version, 'ces-conf.yaml'), text);
  await symlink(version, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
}

test('a written file is read again', async () => {
  await write('first');
  const configuration = await start();
  expect(configuration.current()).toBe('first');

  await write('second');
  await waitFor(() => {
    expect(seen).toEqual(['second']);
  });
  expect(configuration.current()).toBe('second');
  expect(reloads).toEqual(['accepted']);
});

test('promise 1: half a file is waited for, though it would parse', async () => {
  await write('first');
  const configuration = await start({ settleTime: 500 });
  await writeFile(file, 'sec');
  await writeFile(file, 'second');
  await waitFor(() => {
    expect(configuration.current()).toBe('second');
  });
  expect(seen).toEqual(['second']);
});

test('a swapped ConfigMap is read again', async () => {
  await writeConfigMap('..v1', 'first');
  await symlink('..data/ces-conf.yaml', file);
  const configuration = await start();
  expect(configuration.current()).toBe('first');

  await writeConfigMap('..v2', 'second');
  await waitFor(() => {
    expect(configuration.current()).toBe('second');
  });
});

test('where the file system reports nothing, the file is read at intervals', async () => {
  const elsewhere = join(directory, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'real.yaml'), 'first');
  await symlink('elsewhere/real.yaml', file);
  const configuration = await start({ pollInterval: 20 });

  await writeFile(join(elsewhere, 'real.yaml'), 'second');
  await waitFor(() => {
    expect(configuration.current()).toBe('second');
  });
});

test('promise 1: a bad content is reported, and the last good one stays in force until a better comes', async () => {
  await write('first');
  const configuration = await start({ pollInterval: 20 });

  await write('bad');
  await waitFor(() => {
    expect(configuration.problem()).toBe('line 1: bad');
  });
  await rm(file);
  await waitFor(() => {
    expect(configuration.problem()).toContain('ENOENT');
  });
  expect([configuration.current(), seen]).toEqual(['first', []]);
  expect(reloads).toEqual(['refused', 'refused']);

  await write('second');
  await waitFor(() => {
    expect(configuration.current()).toBe('second');
  });
  expect(configuration.problem()).toBeUndefined();
});

test('a way back to the good content clears the problem and changes nothing', async () => {
  await write('first');
  const configuration = await start({ pollInterval: 20 });
  await write('bad');
  await waitFor(() => {
    expect(configuration.problem()).toBeDefined();
  });
  await write('first');
  await waitFor(() => {
    expect(configuration.problem()).toBeUndefined();
  });
  expect(seen).toEqual([]);
});

test('a listener that throws does not end the watching', async () => {
  await write('first');
  const configuration = await start({
    pollInterval: 20,
    onChange: () => {
      throw new Error('listener');
    },
  });
  for (const text of ['second', 'third']) {
    await write(text);
    await waitFor(() => {
      expect(configuration.current()).toBe(text);
    });
  }
  expect(seen).toEqual(['second', 'third']);
});

test('a bad or missing file at the start is an error', async () => {
  await expect(start()).rejects.toThrow('ENOENT');
  await write('bad');
  await expect(start()).rejects.toThrow('line 1: bad');
});
