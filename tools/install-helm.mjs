#!/usr/bin/env node
/**
 * Builds helm from its Go module, once, into the user's cache, where the tests of the chart find it. For machines without
 * helm that have Go; takes some minutes.
 */
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = 'v3.22.0';
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ces-tools');

const { status, error } = spawnSync(
  'go',
  ['install', '-trimpath', '-ldflags=-s -w', `helm.sh/helm/v3/cmd/helm@${version}`],
  { env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' }, stdio: ['ignore', 'inherit', 'inherit'] },
);
if (error !== undefined) console.error(`helm could not be built: ${error.message}`);
process.exitCode = status ?? 1;
