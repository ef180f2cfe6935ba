import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pathOf } from './cluster.js';
import { eventually, useInstallation } from './fixture.js';
import { bank, externalService, podRule } from './manifests.js';

const fixture = useInstallation();

const ruleCount = 500;
const podsOfRule = 10;
const inFlight = 16;

const ruleName = (rule: number) => `rule-${rule}`;
const podName = (rule: number, pod: number) => `pod-${rule}-${pod}`;
const addressOf = (rule: number, pod: number) => `10.${100 + (rule >> 8)}.${rule & 255}.${pod + 1}`;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Does it for each, a bounded number of them at the same time. */
async function forEach<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    numbers(inFlight).map(async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}

const ruleList = z.object({
  items: z.array(
    z.object({ status: z.object({ phase: z.string(), addresses: z.number().optional() }).partial().optional() }),
  ),
});

/** How many rules stand at that phase with that number of addresses. */
async function standing(phase: string, addresses: number): Promise<number> {
  const client = fixture.server.client();
  const { body } = await client.send('GET', pathOf('PodEgressRule', 'load'));
  client.close();
  return ruleList.parse(body).items.filter(({ status }) => status?.phase === phase && status.addresses === addresses)
    .length;
}

const allowed = (address: string) => fixture.ces.device.allows('load', { source: address, destination: bank });

/** A rule out of every ten, and a pod of each. */
const sample = numbers(ruleCount)
  .filter((rule) => rule % 10 === 0)
  .map((rule) => ({ rule, pod: rule % podsOfRule }));

describe(`${ruleCount * podsOfRule} pods and ${ruleCount} rules`, () => {
  it('reach the firewall, each rule with its own pods', { timeout: 600_000 }, async () => {
    const { cluster } = fixture;
    await cluster.createNamespace('load');
    await cluster.apply(externalService('bank', 'load', bank));
    const rules = numbers(ruleCount);
    await forEach(rules, (rule) => cluster.create(podRule(ruleName(rule), 'load', ruleName(rule))));
    const pods = rules.flatMap((rule) => numbers(podsOfRule).map((pod) => ({ rule, pod })));
    await forEach(pods, ({ rule, pod }) =>
      cluster.runPod('load', podName(rule, pod), { address: addressOf(rule, pod), labels: { app: ruleName(rule) } }),
    );
    await eventually(async () => expect(await standing('Success', podsOfRule)).toBe(ruleCount));
    const verdicts = await Promise.all(sample.map(({ rule, pod }) => allowed(addressOf(rule, pod))));
    expect(verdicts).toEqual(sample.map(() => true));
    expect(await allowed(addressOf(0, podsOfRule))).toBe(false);
  });

  it('promise 2: one pod of each rule goes, and no address stays behind', { timeout: 600_000 }, async () => {
    const { cluster } = fixture;
    await forEach(numbers(ruleCount), (rule) => cluster.remove('Pod', 'load', podName(rule, rule % podsOfRule)));
    await eventually(async () => expect(await standing('Success', podsOfRule - 1)).toBe(ruleCount));
    const verdicts = await Promise.all(sample.map(({ rule, pod }) => allowed(addressOf(rule, pod))));
    expect(verdicts).toEqual(sample.map(() => false));
  });
});
