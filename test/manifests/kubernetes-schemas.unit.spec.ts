import { describe, expect, it } from 'vitest';
import { schemaErrors } from './kubernetes-schemas.js';

describe('the check against the schemas of Kubernetes', () => {
  const deployment = (container: object) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: {}, template: { spec: { containers: [{ name: 'web', ...container }] } } },
  });

  it.each([
    ['a misspelt field', deployment({ readinesProbe: {} }), 'containers/0/readinesProbe is not a field'],
    ['a wrong type', deployment({ image: 5 }), 'image'],
    ['a missing field', { ...deployment({}), spec: {} }, 'selector'],
    ['a field that only the newer version has', deployment({ restartPolicyRules: [] }), 'Kubernetes 1.29, Deployment'],
    ['an unknown kind', { ...deployment({}), kind: 'Deploiment' }, 'no schema is at hand'],
  ])('finds %s', (_what, object, error) => {
    expect(schemaErrors(object).join('\n')).toContain(error);
  });
});
