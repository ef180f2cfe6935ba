import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { startBigipSimulator, type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { clientOf } from '#apps/bigip-simulator/src/testing/client.spec';
import { compileTenant, type CompiledTenant } from '#compile/compile-tenant';
import { requestFor } from '#compile/request';
import { type Layout } from '#core/configuration';
import { type DesiredRule } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type RuleKind, ruleKinds } from '#core/kinds';
import { configuration, tenantConfiguration } from '#testing/builders';
import { packets, resolved, rulesInStates } from './arbitrary-rules.js';
import { allows, type TestPacket } from './rule-semantics.js';

/**
 * Rules, their declaration, and what a packet experiences on a device that holds it, at every moment of the change. The
 * device is the simulator, which opens itself as AS3 does (as3.md) when a declaration gives it occasion.
 */
/** Rules in several states one after the other, each in a layout; its declarations may be broken off on the way. */
const states = rulesInStates(2, 5).chain((rules) =>
  fc.tuple(
    ...rules.map((inState) =>
      fc.record({
        rules: fc.constant(inState),
        layout: fc.constantFrom<Layout>('in-place', 'rule-lists'),
        brokenOffAfter: fc.constantFrom(Infinity, Infinity, 1, 2),
      }),
    ),
  ),
);

/** Common with everything in the default route domain, and a partition with a route domain of its own. */
const places: readonly { tenant: string; kinds: readonly RuleKind[]; routeDomain: number }[] = [
  { tenant: 'Common', kinds: ruleKinds, routeDomain: 0 },
  { tenant: 'shop', kinds: ruleKinds.filter((kind) => kind !== 'ClusterEgressRule'), routeDomain: 2 },
];

describe.each(places)('what a packet experiences in $tenant', ({ tenant, kinds, routeDomain }) => {
  let simulator: BigipSimulator | undefined;

  afterEach(async () => {
    await simulator?.close();
  });

  async function start(): Promise<BigipSimulator> {
    const content = { partitions: [{ name: 'shop' }], routeDomains: [{ path: '/shop/rd2', id: 2 }] };
    simulator = await startBigipSimulator({ resolved, content });
    return simulator;
  }

  function compile(desired: readonly DesiredRule[], layout: Layout, stored: JsonObject | null): CompiledTenant {
    const tenants = [
      tenantConfiguration({ layout }),
      tenantConfiguration({ name: 'shop', layout, routeDomain: { id: 2, name: 'rd2' } }),
    ];
    const decides = configuration({ defaultDeny: 'always', routeDomains: tenant === 'shop', tenants });
    const input = { tenant, configurations: [decides], rules: desired.filter(({ kind }) => kinds.includes(kind)) };
    const compiled = compileTenant({ desired: input, as3Version: '3.56.0', stored });
    if (compiled === null) throw new Error('nothing is declared');
    return compiled;
  }

  async function declare(device: BigipSimulator, compiled: CompiledTenant, steps = compiled.steps): Promise<void> {
    const client = clientOf(device);
    for (const step of steps) {
      const { status, body } = await client.post(`/mgmt/shared/appsvcs/declare/${tenant}`, requestFor(compiled, step));
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    }
    for (const enforcement of compiled.enforcement) {
      const answer =
        enforcement.type === 'global'
          ? await client.patch('/mgmt/tm/security/firewall/global-rules', { enforcedPolicy: enforcement.policy })
          : await client.patch(`/mgmt/tm/net/route-domain/${enforcement.routeDomain.replaceAll('/', '~')}`, {
              fwEnforcedPolicy: enforcement.policy,
            });
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }

  const passes = (device: BigipSimulator, packet: TestPacket, state = device.device.state) =>
    device.evaluate({ ...packet, routeDomain }, state).action.startsWith('accept');
  const permits = (desired: readonly DesiredRule[], packet: TestPacket) =>
    allows(
      desired.filter(({ kind }) => kinds.includes(kind)),
      packet,
      resolved,
    );

  it('promise 1: is what the rules say, before and after every change, and never more in between', async () => {
    await fc.assert(
      fc.asyncProperty(states, async (changes) => {
        const device = await start();
        let held: { rules: readonly DesiredRule[]; body: JsonObject } | null = null;
        for (const { rules, layout, brokenOffAfter } of changes) {
          const before = held?.rules ?? [];
          const opened: string[] = [];
          const stop = device.onDeviceState((state, { phase, command }) => {
            for (const packet of held === null ? [] : packets) {
              if (passes(device, packet, state) && !permits(before, packet) && !permits(rules, packet))
                opened.push(`${phase} ${JSON.stringify(packet)} ${command}`);
            }
          });
          const broken = compile(rules, layout, held?.body ?? null);
          const done = broken.steps.slice(0, brokenOffAfter);
          if (done.length < broken.steps.length) await declare(device, broken, done);
          const compiled = compile(
            rules,
            layout,
            done.length < broken.steps.length ? (done.at(-1) ?? null) : (held?.body ?? null),
          );
          await declare(device, compiled);
          stop();
          expect(opened).toEqual([]);
          expect(packets.filter((packet) => passes(device, packet) !== permits(rules, packet))).toEqual([]);
          held = { rules, body: compiled.declaration };
        }
        await device.close();
        simulator = undefined;
      }),
      { numRuns: 20 },
    );
  }, 180_000);
});
