import { type PageRequest } from '#project/ports/queries';
import { expect, test } from 'vitest';
import { allPages } from './all-pages.js';

/** A list of so many numbers, read in pages of at most 40; keeps what was asked for. */
function listOf(count: number) {
  const asked: PageRequest[] = [];
  const read = (page: PageRequest) => {
    asked.push(page);
    const start = Number(page.after ?? 0);
    const end = Math.min(start + Math.min(page.limit, 40), count);
    const entries = Array.from({ length: end - start }, (_, index) => start + index);
    return Promise.resolve({ entries, next: end < count ? String(end) : null });
  };
  return { asked, read };
}

test('every page is read, each once', async () => {
  const { asked, read } = listOf(100);
  expect(await allPages(read)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(asked.map(({ after }) => after)).toEqual([undefined, '40', '80']);
});

test('no more is asked for than is wanted', async () => {
  const { asked, read } = listOf(100);
  expect(await allPages(read, 50)).toHaveLength(50);
  expect(asked).toEqual([{ limit: 50 }, { limit: 10, after: '40' }]);
});

test('an empty list is one page', async () => {
  expect(await allPages(listOf(0).read)).toEqual([]);
});
