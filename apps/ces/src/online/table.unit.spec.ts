import { expect, test } from 'vitest';
import { table } from './table.js';

const columns = [
  { title: 'NAME', cell: ({ name }: { name: string }) => name },
  { title: 'LENGTH', cell: ({ name }: { name: string }) => String(name.length) },
  { title: 'WHY', cell: () => '' },
];

test('columns are as wide as their widest cell, and lines end where their text does', () => {
  expect(table(columns, [{ name: 'shop' }, { name: 'a-longer-name' }])).toBe(
    ['NAME            LENGTH   WHY', 'shop            4', 'a-longer-name   13'].join('\n'),
  );
});

test('without rows there is the head', () => {
  expect(table(columns, [])).toBe('NAME   LENGTH   WHY');
});

test('colours take no room', () => {
  const painted = table(columns, [{ name: '\u001b[31mred\u001b[39m' }]);
  expect(painted.split('\n')[1]).toBe('\u001b[31mred\u001b[39m    13');
});

test('a table of many thousand rows is one table', () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => ({ name: `rule-${index}` }));
  const lines = table(columns, rows).split('\n');
  expect(lines).toHaveLength(20_001);
  expect(lines.filter((line) => line.startsWith('NAME'))).toHaveLength(1);
  expect(new Set(lines.slice(1).map((line) => line.search(/\s\d+$/)))).toEqual(new Set(['NAME-12345   '.length - 1]));
});
