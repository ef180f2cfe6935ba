import { describe, expect, it } from 'vitest';
import { canonicalJson } from '#core/json';
import { compiled } from '#testing/compiled';
import { digestOf } from './digest.js';
import { requestFor } from './request.js';

const result = compiled();

describe('the request for a tenant', () => {
  it('promise 10: names this tenant only, and leaves all others alone', () => {
    const { class: kind, declaration } = requestFor(result, result.declaration);
    expect(kind).toBe('AS3');
    expect(declaration).toEqual({
      class: 'ADC',
      schemaVersion: '3.56.0',
      id: 'k8s-ces-controller',
      updateMode: 'selective',
      Common: result.declaration,
    });
  });

  it('carries the lock key and the epoch in the tenant, outside of the digest', () => {
    const request = requestFor(result, result.declaration, { lockKey: 'key', epoch: 12 });
    expect(request['declaration']).toMatchObject({ Common: { optimisticLockKey: 'key', label: 'ces epoch 12' } });
    const labelled = { ...result.declaration, label: 'ces epoch 12', optimisticLockKey: 'key' };
    expect(digestOf(labelled)).toBe(result.digest);
  });

  it('promise 5: has the same bytes wherever the body came from', () => {
    const request = requestFor(result, result.declaration);
    expect(JSON.stringify(request)).toBe(canonicalJson(request));
  });
});
