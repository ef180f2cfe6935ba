import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type KubeSimulator } from '#apps/kube-simulator/src/simulator';
import { describeDifference, differences } from '#compile/difference';
import { type JsonObject } from '#core/json';
import { type Clock } from '#platform/clock';
import { type ProjectionQueries, type RuleSummary } from '#project/ports/queries';
import { type Terminal } from './terminal.js';

export interface Stage {
  readonly cluster: KubeSimulator;
  readonly device: BigipSimulator;
  readonly queries: ProjectionQueries;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A step of the story that has not come to its end by then is a failure, in milliseconds. */
const patience = 60_000;

const web = { namespace: 'shop', name: 'web' } as const;
const labelsOf = (name: string) => ({ 'app.kubernetes.io/name': name });

/** Tells the story of the sample manifests on a simulated cluster and device. Gives how long the outage lasted. */
export async function tell(stage: Stage, manifests: readonly string[]): Promise<{ outageSeconds: number }> {
  const { cluster, device, terminal } = stage;
  const audience = new Audience(stage);

  terminal.chapter('Rules are applied, and nothing runs behind them yet');
  manifests.forEach((text) => cluster.applyManifests(text));
  cluster.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: web,
    spec: { selector: labelsOf('web'), ports: [{ port: 80 }] },
  });
  await audience.until(
    'every rule has been judged',
    (rules) => rules.length >= 5 && rules.every((rule) => rule.status.phase !== 'Syncing'),
  );
  await audience.report();

  terminal.chapter('A deployment starts with three pods: they may reach the bank, and nobody else may');
  cluster.runDeployment({ ...web, replicas: 3, labels: labelsOf('web') });
  await audience.untilAddresses('web-to-bank', 3);
  await audience.report();

  terminal.chapter('It scales to six, and no ticket is written');
  cluster.scale(web.namespace, web.name, 6);
  await audience.untilAddresses('web-to-bank', 6);
  await audience.report();

  terminal.chapter('All of its pods are replaced: new addresses in, old ones out, in one transaction');
  const before = await audience.version('shop');
  cluster.replacePods(web.namespace, web.name);
  await audience.untilVersion('shop', before + 1);
  await audience.report();

  terminal.chapter('A rule is deleted');
  cluster.delete('NamespaceEgressRule', 'shop', 'allow-package-mirrors');
  await audience.until('it is gone', (rules) => rules.every((rule) => rule.name !== 'allow-package-mirrors'));
  await audience.report();

  terminal.chapter('The BIG-IP is away for some seconds, while the deployment shrinks to two');
  const began = stage.clock.monotonic();
  const declares = device.counters.declares;
  const outage = await device.outage('refuse');
  cluster.scale(web.namespace, web.name, 2);
  await audience.until('the rule says that it waits', (rules) =>
    rules.some(({ name, status }) => name === 'web-to-bank' && status.phase === 'Syncing'),
  );
  await stage.clock.sleep(4_000, stage.signal);
  cluster.replacePods(web.namespace, web.name);
  await stage.clock.sleep(1_000, stage.signal);
  await outage.end();
  const outageSeconds = (stage.clock.monotonic() - began) / 1_000;
  terminal.line(`The BIG-IP answers again after ${outageSeconds.toFixed(1)} s.`);
  await audience.untilAddresses('web-to-bank', 2);
  terminal.line(`Declarations since then: ${String(device.counters.declares - declares)}, with the latest state.`);
  await audience.report();
  return { outageSeconds };
}

/** Watches the system from outside, and says what it sees. */
class Audience {
  /** What was shown last of each tenant. */
  private readonly shown = new Map<string, { version: number; body: JsonObject | null }>();

  constructor(private readonly stage: Stage) {}

  /** Waits until the rules are as described, every tenant is on the device, and Kubernetes shows the statuses. */
  async until(what: string, described: (rules: readonly RuleSummary[]) => boolean): Promise<void> {
    const { clock, queries, signal } = this.stage;
    for (const end = clock.monotonic() + patience; clock.monotonic() < end;) {
      const { entries } = await queries.rules({}, { limit: 1_000 });
      if (described(entries) && (await this.isSettled(entries))) return;
      await clock.sleep(100, signal);
    }
    throw new Error(`the story stopped: ${what} did not come true within ${String(patience / 1_000)} s`);
  }

  untilAddresses(name: string, addresses: number): Promise<void> {
    return this.until(`${name} has ${counted(addresses)}`, (rules) =>
      rules.some((rule) => rule.name === name && rule.addresses === addresses && rule.status.phase === 'Success'),
    );
  }

  async untilVersion(tenant: string, version: number): Promise<void> {
    const { clock, signal } = this.stage;
    while ((await this.version(tenant)) < version) await clock.sleep(100, signal);
    await this.until('everything is settled', () => true);
  }

  async version(tenant: string): Promise<number> {
    const tenants = await this.stage.queries.tenants();
    return tenants.find((summary) => summary.tenant === tenant)?.version ?? 0;
  }

  /** Shows what changed on the device since the last time, and every rule's status as kubectl would. */
  async report(): Promise<void> {
    const { queries, terminal } = this.stage;
    for (const { device, tenant, version } of await queries.tenants()) {
      const before = this.shown.get(tenant) ?? { version: 0, body: null };
      if (version === null || version === before.version) continue;
      const detail = await queries.declaration(device, tenant, version);
      const body = detail?.content?.declaration ?? null;
      terminal.line(`Tenant ${tenant}, version ${String(version)}:`);
      for (const difference of differences(before.body, body))
        describeDifference(difference).forEach((line) => {
          terminal.difference(line);
        });
      this.shown.set(tenant, { version, body });
    }
    for (const rule of (await queries.rules({}, { limit: 1_000 })).entries) {
      const place = rule.namespace === '' ? rule.name : `${rule.namespace}/${rule.name}`;
      const addresses = rule.addresses === null ? 'everyone' : counted(rule.addresses);
      terminal.line(`${rule.kind} ${place}: ${this.phaseInCluster(rule)}, ${addresses}`);
    }
  }

  private async isSettled(rules: readonly RuleSummary[]): Promise<boolean> {
    if (rules.some((rule) => rule.status.phase === 'Success' && this.phaseInCluster(rule) !== 'Success')) return false;
    // While the device is away nothing settles, and the rules say so.
    if (rules.some((rule) => rule.status.phase === 'Syncing')) return true;
    const tenants = await this.stage.queries.tenants();
    return tenants.every((tenant) => tenant.applied >= tenant.wanted && !tenant.open);
  }

  private phaseInCluster(rule: RuleSummary): string {
    const object = this.stage.cluster.get(rule.kind, rule.namespace, rule.name);
    const status = object?.['status'];
    const phase = typeof status === 'object' && status !== null && 'phase' in status ? status.phase : null;
    return typeof phase === 'string' ? phase : '(none)';
  }
}

function counted(addresses: number): string {
  return addresses === 1 ? '1 address' : `${String(addresses)} addresses`;
}
