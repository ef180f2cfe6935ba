import { expect, it } from 'vitest';
import { firstProblems, type Problem } from './problem.js';

const problems = (reason: Problem['reason'], count: number): Problem[] =>
  Array.from({ length: count }, (_, index) => ({ reason, message: `${reason} ${index}.` }));

it('leaves a few problems as they are', () => {
  const few = [...problems('InvalidPort', 10), ...problems('InvalidAddress', 10)];
  expect(firstProblems(few)).toEqual(few);
});

it('counts those after the first ten of a reason, and forgets no reason', () => {
  const many = [...problems('InvalidAddress', 300_000), ...problems('NoEffectAlone', 1)];
  expect(firstProblems(many)).toEqual([
    ...problems('InvalidAddress', 10),
    ...problems('NoEffectAlone', 1),
    { reason: 'InvalidAddress', message: 'There are 299990 more like this (InvalidAddress).', others: 299_990 },
  ]);
  expect(firstProblems(firstProblems(many))).toEqual(firstProblems(many));
});

it('says no more than fits', () => {
  const [problem] = firstProblems([{ reason: 'UnknownService', message: 'x'.repeat(1_000_000) }]);
  expect(problem?.message).toBe(`${'x'.repeat(1_000)}…`);
});

it('adds up what lists of first problems leave out', () => {
  const list = firstProblems(problems('InvalidPort', 12));
  expect(firstProblems([...list, ...list]).at(-1)).toMatchObject({ others: 14 });
});
