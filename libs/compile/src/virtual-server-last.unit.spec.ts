import { describe, expect, it } from 'vitest';
import { type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { desiredRule, desiredTenant } from '#testing/builders';
import { compiled, sharedOf } from '#testing/compiled';

const permission = desiredRule({ uid: '1', name: 'allow' });
const denialBefore = desiredRule({
  ...{ uid: '2', name: 'deny', kind: 'NamespaceEgressRule', action: 'drop' },
  source: { type: 'namespace', namespace: 'default' },
});
const denialBeside = desiredRule({ uid: '3', name: 'deny-too', action: 'drop' });

const stepsFor = (rules: readonly DesiredRule[], stored: JsonObject | null = null) =>
  compiled({ desired: desiredTenant({ rules }), stored });
const virtualServers = (steps: readonly JsonObject[]) =>
  steps.map((step) => Object.keys(sharedOf(step)).includes('k8s_outbound_vs'));

describe('the first declaration of a tenant', () => {
  it('promise 1: has its virtual server only after a denial that iControl has to enforce', () => {
    const { steps, narrowedSteps, declaration } = stepsFor([permission, denialBefore]);
    expect(virtualServers(steps)).toEqual([false, true]);
    expect(narrowedSteps).toBe(1);
    const { k8s_outbound_vs: _, ...policiesAndLists } = sharedOf(declaration);
    expect(sharedOf(steps[0] ?? {})).toEqual(policiesAndLists);
  });

  it('is one declaration where no other policy denies anything', () => {
    expect(virtualServers(stepsFor([permission, denialBeside]).steps)).toEqual([true]);
  });

  it('is taken up again where it was interrupted, and later ones are one declaration', () => {
    const { steps, declaration } = stepsFor([permission, denialBefore]);
    expect(virtualServers(stepsFor([permission, denialBefore], structuredClone(steps[0] ?? {})).steps)).toEqual([
      false,
      true,
    ]);
    expect(stepsFor([permission, denialBefore], structuredClone(declaration)).steps).toEqual([declaration]);
  });
});
