import { type Change } from '#core/change';
import { PostgresCommands } from '#project/adapters/postgres-commands';
import { type HeldBackRule, type Lease } from '#project/ports/apply-log';
import { type DriftFinding } from '#project/ports/drift';
import { gone, put } from './cluster-spec.js';
import { configurationMessage } from './messages.js';
import {
  configurationText,
  endpoints,
  externalService,
  namespace,
  namespaceRule,
  pod,
  podRule,
  service,
  serviceRule,
} from './objects.js';
import { type ProjectionUnderTest } from './projection-under-test.js';

export const web = pod('web-1', { addresses: ['10.1.0.1'] });
const mail = externalService('mail', { addresses: ['mail.example.com'] });
/** With which it begins. */
export const objects = [
  namespace('shop', { cidr: '10.1.0.0/24' }),
  externalService('payments'),
  mail,
  service('web'),
  web,
  endpoints('web', [web]),
  serviceRule('out', { externalServices: ['payments', 'mail'] }),
  namespaceRule('block', { action: 'drop' }),
  podRule('pods'),
];

const refusedRule: HeldBackRule = {
  cluster: 'k8s',
  uid: podRule('pods').uid,
  reason: 'Quarantined',
  message: '01070734: no',
  quarantine: {
    definition: 'd',
    since: '2026-03-01T12:00:00.000Z',
    tries: 1,
    retryAt: '2026-03-01T12:10:00.000Z',
    attempt: 1,
  },
};

/** A life of some variety: broken denials, scaling, a refusal, a fall-back, another configuration, an operator. */
export async function live(projection: ProjectionUnderTest): Promise<void> {
  const change = (...changes: readonly Change[]) => projection.change(changes, 1);
  await projection.list(objects);
  const { log, clock } = projection;
  const lease = await projection.lease();
  const attempt = async (purpose: 'change' | 'last-good', applied: boolean) => {
    const { desired, lastGood, position } = await projection.tenant();
    const rules = purpose === 'change' ? desired.rules : (lastGood ?? []);
    const planned = { tenant: 'Common', purpose, position, digest: 'd', rules, declaration: {}, heldBack: [] };
    const { id } = await log.begin(lease, planned);
    const [effectiveFrom, effectiveTo] = [clock.now(), clock.pass(1)];
    await log.conclude(
      lease,
      id,
      applied
        ? { type: 'applied', effectiveFrom, effectiveTo, heldBack: [refusedRule] }
        : { type: 'refused', reason: 'Refused', message: 'no', permanent: true },
    );
  };
  await attempt('change', true);
  await change(put(externalService('payments', { addresses: ['?'] }, { resourceVersion: '105' })));
  await change(
    put(namespace('shop', { cidr: 'nonsense', resourceVersion: '106' })),
    gone({ ...web, resourceVersion: '106' }),
  );
  await attempt('change', false);
  await attempt('last-good', true);
  const { uid } = namespaceRule('block');
  const finding: DriftFinding = {
    ...{
      message: 'It differs.',
      by: 'past-as3',
      rules: [{ cluster: 'k8s', uid }],
      furtherObjects: 0,
      reordered: false,
    },
    objects: [
      { object: '/Common/Shared/x', differences: [{ type: 'extra', property: [], found: {}, declared: null }] },
    ],
    enforcement: [{ place: 'the device globally', declared: '/Common/Shared/p', found: null }],
    held: {
      without: [{ cluster: 'k8s', uid, prefixes: null }],
      besides: [{ cluster: 'k8s', uid, prefixes: ['10.6.6.6'] }],
    },
    before: clock.now(),
  };
  clock.pass(1);
  await projection.drifts.drifted(lease, 'Common', finding, { action: 'report', repairs: 0 });
  clock.pass(1);
  await projection.drifts.driftEnded(lease, 'Common', clock.now());
  await projection.drifts.drifted(lease, 'Common', finding, { action: 'repair', repairs: 1 });
  const next = pod('web-2', { addresses: ['10.1.0.2'], resourceVersion: '108' });
  await change(
    put(next),
    put(endpoints('web', [next], { resourceVersion: '109' })),
    gone({ ...mail, resourceVersion: '109' }),
  );
  await log.report(lease, 'Common', { state: 'waiting', reason: 'Away', message: 'no answer' });
  await log.takeoverFound(lease, 'shop', {
    digest: 'a'.repeat(64),
    reason: 'FilledByAnotherController',
    ...{ objects: [], differences: ['+ Pool gw'], effect: [{ change: 'opened', packets: 'all of them' }] },
    ...{ counts: { objects: 0, differences: 1, effect: 1 }, steps: 1 },
  });
  await new PostgresCommands(projection.source, clock).approveTakeover({
    ...{ device: lease.device, tenant: 'shop', digest: 'a'.repeat(64) },
    actor: { name: 'alice', origin: 'test' },
  });
  const position = (await projection.tenant()).wanted;
  await log.unchanged(lease, 'Common', position);
  const pending = await projection.statuses.pending('k8s', 2);
  await projection.statuses.written(
    'k8s',
    pending.map(({ reference, digest }) => ({ uid: reference.uid, digest })),
  );
  await projection.project(configurationMessage(withClosedTenant));
  await projection.project(configurationMessage(configurationText({ namespaceSource: 'pods' })));
  await removeClosedTenant(projection, lease);
  await projection.commands.requestResync({ device: 'bigip', tenants: 'all', actor: { name: 'ann', origin: 'cli' } });
  await attempt('change', true);
  await change(gone({ ...podRule('pods'), resourceVersion: '120' }));
  const to = { device: 'bigip', tenant: 'Common', to: 1 };
  await projection.commands.requestRollback({ ...to, reason: 'so', actor: { name: 'ann', origin: 'cli' } });
}

const withClosedTenant = configurationText({
  isSupportRouteDomain: true,
  tenant: [
    { name: 'Common', namespaces: 'shop,bank', virtualService: {}, gwPool: { serverAddresses: ['192.0.2.1'] } },
    {
      name: 'closed',
      namespaces: 'closed',
      routeDomain: { id: 2, name: 'rd2' },
      gwPool: { serverAddresses: ['192.0.2.1'] },
    },
  ],
});

async function removeClosedTenant(projection: ProjectionUnderTest, lease: Lease): Promise<void> {
  const { log, clock, commands } = projection;
  const { position } = await projection.tenant('closed');
  await log.unchanged(lease, 'closed', position);
  const asked = { ...{ device: lease.device, tenant: 'closed' }, dryRun: false, reason: 'so' };
  const { position: covers } = await commands.requestRemoval({ ...asked, actor: { name: 'ann', origin: 'cli' } });
  const planned = {
    tenant: 'closed',
    purpose: 'removal',
    position: covers,
    digest: 'd',
    rules: [],
    heldBack: [],
  } as const;
  const { id } = await log.begin(lease, { ...planned, declaration: {} });
  await log.conclude(lease, id, {
    type: 'applied',
    effectiveFrom: clock.now(),
    effectiveTo: clock.now(),
    heldBack: [],
  });
}
