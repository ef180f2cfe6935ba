import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { createCes } from './program.js';
import { silentTerminal } from './testing/recorded-run.spec.js';

const commands = createCes(silentTerminal).commands;
let documentation: string;

beforeAll(async () => {
  documentation = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
});

test('docs/cli.md has a section for each command', () => {
  const sections = [...documentation.matchAll(/^## ces (\S+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(commands.map((command) => command.name()));
});

test.each(commands.map((command) => [command.name(), command] as const))(
  'docs/cli.md shows an example of ces %s, and names each of its options',
  (name, command) => {
    const [, section = ''] =
      new RegExp(`^## ces ${name}$([\\s\\S]*?)(?=^#|(?![\\s\\S]))`, 'm').exec(documentation) ?? [];
    expect(section).toContain(`$ ces ${name}`);
    const shared = ['--api-url', '--output'];
    const options = command.options.map(({ long }) => long ?? '').filter((option) => !shared.includes(option));
    expect(options.filter((option) => !section.includes(option))).toEqual([]);
  },
);
