import { type DesiredRule } from '#core/desired';
import { desiredRule, destination } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { rulesInBetween } from './rules-in-between.js';

const permission = (prefixes: DesiredRule['prefixes']) => desiredRule({ prefixes });
const denial = (prefixes: DesiredRule['prefixes']) => desiredRule({ action: 'drop', prefixes });

describe('what stands on a device between a change and the one before', () => {
  it.each<[string, DesiredRule[], DesiredRule[], DesiredRule[]]>([
    ['of a permission the addresses of both', [permission(['1', '2'])], [permission(['2', '3'])], [permission(['2'])]],
    ['of a denial the addresses of either', [denial(['1', '2'])], [denial(['2', '3'])], [denial(['1', '2', '3'])]],
    [
      'of a permission for everyone the addresses of the narrower',
      [permission(null)],
      [permission(['1'])],
      [permission(['1'])],
    ],
    ['of a denial for everyone everyone', [denial(['1'])], [denial(null)], [denial(null)]],
    ['no permission that is new', [], [permission(['1'])], []],
    ['no permission that goes', [permission(['1'])], [], []],
    ['a denial that is new', [], [denial(['1'])], [denial(['1'])]],
    ['a denial that goes', [denial(['1'])], [], [denial(['1'])]],
    ['of a rule that becomes a denial the denial', [permission(['1'])], [denial(['2'])], [denial(['2'])]],
    ['of a rule that becomes a permission the denial', [denial(['1'])], [permission(['2'])], [denial(['1'])]],
  ])('is %s', (_what, before, after, between) => {
    expect(rulesInBetween(before, after)).toEqual(between);
  });

  it('is nothing of a rule that had, or will have, no destinations', () => {
    const nowhere = desiredRule({ destinations: [] });
    expect(rulesInBetween([nowhere], [permission(['10.1.2.3'])])).toEqual([]);
    expect(rulesInBetween([permission(['10.1.2.3'])], [nowhere])).toEqual([]);
  });

  it('has a permission as its author wants it now', () => {
    const now = desiredRule({ destinations: [destination({ addresses: ['203.0.113.5'] })] });
    expect(rulesInBetween([desiredRule()], [now])).toEqual([now]);
  });
});
