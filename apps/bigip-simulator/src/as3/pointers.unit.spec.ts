import { describe, expect, it } from 'vitest';
import { adc, addresses, policy, rule, tenant, use } from '../testing/declarations.spec.js';
import { absolute, pointersIn, wrongPointer } from './pointers.js';

const lists = { a: addresses('10.0.0.1') };

describe('use pointers', () => {
  it.each([
    ['a', '/T/Shared/a'],
    ['/T/Shared/a', '/T/Shared/a'],
    ['/@/Shared/a', '/T/Shared/a'],
    ['/@/@/a', '/T/Shared/a'],
    ['/Common/Shared/a', '/Common/Shared/a'],
  ])('%s is %s', (path, expected) => {
    expect(absolute(path, { tenant: 'T', application: 'Shared' })).toBe(expected);
  });

  it('are found wherever they stand, with their place', () => {
    const declaration = adc({
      T: tenant({
        ...lists,
        p: policy(rule('r', 'drop', { source: 'a' })),
        vs: { class: 'Service_L4', pool: 'web', virtualPort: 0 },
      }),
    });
    expect(pointersIn(declaration).map(({ at, property, target }) => [at, property, target.path])).toEqual([
      ['/T/Shared/p/rules/0/source/addressLists/0', 'addressLists', 'a'],
      ['/T/Shared/vs/pool', 'pool', 'web'],
    ]);
  });

  it('may reach into the same application, /T/Shared and /Common/Shared', () => {
    const declaration = adc({
      Common: tenant(lists),
      T: {
        ...tenant(lists),
        App: {
          class: 'Application',
          own: addresses('10.0.0.1'),
          p: policy(
            rule('own', 'drop', { source: 'own' }),
            rule('shared', 'drop', { source: '/T/Shared/a' }),
            rule('common', 'drop', { source: '/Common/Shared/a' }),
          ),
        },
      },
    });
    expect(wrongPointer(declaration)).toBeNull();
  });

  it('may not reach into another application or tenant', () => {
    const other = { class: 'Application', a: addresses('10.0.0.1') };
    const pointing = (path: string) =>
      adc({ U: tenant(lists), T: { ...tenant({ p: policy(rule('r', 'drop', { source: path })) }), App: other } });
    expect(wrongPointer(pointing('/T/App/a'))).toMatch(/outside of its application/);
    expect(wrongPointer(pointing('/U/Shared/a'))).toMatch(/outside of its application/);
  });

  it('must lead to an item of the right class', () => {
    expect(wrongPointer(adc({ T: tenant({ ...lists, p: policy(use('a')) }) }))).toMatch(
      /^\/T\/Shared\/p\/rules\/0: .*class Firewall_Rule_List, not Firewall_Address_List$/,
    );
    expect(wrongPointer(adc({ T: tenant({ p: policy(use('none')) }) }))).toMatch(/non-existent object none$/);
  });
});
