import { type DesiredRule } from '#core/desired';
import { desiredRule, destination } from '#testing/builders';
import { describe, expect, it, test } from 'vitest';
import { ruleDifferences } from './rule-difference.js';

const accept = desiredRule({ prefixes: ['10.1.0.1'] });
const drop = desiredRule({ prefixes: ['10.1.0.1'], action: 'drop' });

describe('the difference between rules', () => {
  it('is nothing between the same ones', () => {
    expect(ruleDifferences([accept], [accept])).toEqual([]);
  });

  it('names what changes inside', () => {
    const after = desiredRule({ prefixes: ['10.1.0.2'], priority: 5 });
    expect(ruleDifferences([accept], [after])).toMatchObject([
      {
        change: 'changed',
        details: [
          { change: 'removed', what: 'priority', text: '1000' },
          { change: 'added', what: 'priority', text: '5' },
          { change: 'removed', what: 'address', text: '10.1.0.1' },
          { change: 'added', what: 'address', text: '10.1.0.2' },
        ],
      },
    ]);
  });

  it('takes a rule that applies to nobody for one that is not there', () => {
    expect(ruleDifferences([{ ...accept, prefixes: [] }], [accept])).toMatchObject([{ change: 'added' }]);
    expect(ruleDifferences([{ ...accept, destinations: [] }], [])).toEqual([]);
  });
});

const more = ['10.1.0.1', '10.1.0.2'];
const two = [destination(), destination({ externalService: 'mail' })];

test.each<[what: string, before: DesiredRule | null, after: DesiredRule | null, opens: boolean]>([
  ['a permission comes', null, accept, true],
  ['a permission goes', accept, null, false],
  ['a denial comes', null, drop, false],
  ['a denial goes', drop, null, true],
  ['a permission reaches more sources', accept, { ...accept, prefixes: more }, true],
  ['a permission reaches every source', accept, { ...accept, prefixes: null }, true],
  ['a permission reaches fewer sources', { ...accept, prefixes: more }, accept, false],
  ['a permission reaches more destinations', accept, { ...accept, destinations: two }, true],
  ['a denial reaches more sources', drop, { ...drop, prefixes: more }, false],
  ['a denial reaches fewer sources', { ...drop, prefixes: more }, drop, true],
  ['a denial no longer reaches every source', { ...drop, prefixes: null }, drop, true],
  ['a denial reaches fewer destinations', { ...drop, destinations: two }, drop, true],
  ['a denial becomes a permission', drop, accept, true],
  ['the order changes', accept, { ...accept, priority: 1 }, true],
  ['only the log changes', accept, { ...accept, logging: true }, false],
])('when %s, it says whether that opens', (_, before, after, opens) => {
  const listed = (rule: DesiredRule | null) => (rule === null ? [] : [rule]);
  expect(ruleDifferences(listed(before), listed(after))).toMatchObject([{ opens }]);
});
