import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from './selectors.js';

describe('a label selector', () => {
  const labels = { app: 'web', tier: 'front', weight: '7', 'example.com/owner': 'team-a' };

  it.each([
    ['app=web', true],
    ['app==web,tier=front', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['missing!=web', true],
    ['app in (web, api)', true],
    ['app in (api)', false],
    ['missing in (web)', false],
    ['tier notin (back),app=web', true],
    ['missing notin (web)', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['weight>6', true],
    ['weight<7', false],
    ['missing>1', false],
    ['example.com/owner=team-a', true],
    ['app=', false],
    ['app in (api,web),tier in (front)', true],
  ])('%s is %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it.each(['app in web', 'a b', 'app=not good', 'in (a)', '=a', 'a/b/c=d', 'app in (a b)'])(
    '%s is refused',
    (selector) => {
      expect(() => parseLabelSelector(selector)).toThrow('unable to parse requirement');
    },
  );
});
