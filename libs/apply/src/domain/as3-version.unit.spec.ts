import { configuration } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { isBefore, versionProblem } from './as3-version.js';

const info = (version: string) => ({ version, schemaCurrent: version, schemaMinimum: '3.0.0' });
const plain = configuration({ schemaVersion: '3.29.0' });
const base = plain.tenants[0];
const withRouteDomains = configuration({
  schemaVersion: '3.29.0',
  routeDomains: true,
  tenants: base === undefined ? [] : [base, { ...base, name: 'tenant-a', routeDomain: { id: 2, name: 'rd2' } }],
});

describe('which AS3 can be worked with', () => {
  it.each(['3.30.0', '3.48.0', '3.52.0', '3.56.0'])('works with %s, route domains or not', (version) => {
    expect(versionProblem(info(version), [withRouteDomains])).toBeNull();
  });

  it('refuses what knows no dry run', () => {
    expect(versionProblem(info('3.29.0'), [plain])).toContain('3.30');
  });

  it.each(['3.49.0', '3.50.1', '3.51.0'])(
    'promise 1: refuses %s with route domains inside tenants: it would switch their policy off',
    (version) => {
      expect(versionProblem(info(version), [withRouteDomains])).toContain('route domains');
      expect(versionProblem(info(version), [plain])).toBeNull();
    },
  );

  it('refuses a schema version that AS3 does not know yet', () => {
    expect(versionProblem(info('3.40.0'), [configuration({ schemaVersion: '3.56.0' })])).toContain(
      'schemaVersion 3.56.0',
    );
  });

  it('compares versions as numbers', () => {
    expect(isBefore('3.9.0', '3.10.0')).toBe(true);
    expect(isBefore('3.56.0', '3.56.0')).toBe(false);
  });
});
