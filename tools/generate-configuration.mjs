#!/usr/bin/env node
/**
 * Writes the generated parts of docs/configuration.md: the environment variables from libs/platform, and ces-conf.yaml as
 * `ces init` writes it. With `--check` it only compares.
 */
import { pageWith, table, writeGenerated } from './generated-files.mjs';
import { importSource } from './import-source.mjs';

const { settingsReference } = await importSource('libs/platform/src/settings-reference.ts');
const { commentedConfiguration } = await importSource('apps/ces/src/offline/commented-configuration.ts');

/** Apps of the settings that are commands of `ces`. */
const cesCommands = ['doctor', 'replay'];

const environment = table(
  ['variable', 'read by', 'default', 'example', 'meaning'],
  settingsReference.map(({ name, apps, byDefault, example, meaning }) => [
    `\`${name}\``,
    apps.map((app) => (cesCommands.includes(app) ? `ces ${app}` : app)).join(', '),
    byDefault,
    `\`${example}\``,
    meaning,
  ]),
);

const file = 'docs/configuration.md';
const parts = { environment, 'ces-conf': `\`\`\`yaml\n${commentedConfiguration}\`\`\`` };
await writeGenerated([[file, await pageWith(file, parts)]]);
