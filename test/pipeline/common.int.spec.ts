import { type HttpEffect } from '#apps/bigip-simulator/src/faults/faults';
import { endpointSlice, externalService, namespace, pod, rule, service } from '#testing/observed';
import { ObservedCluster } from '#testing/observed-cluster';
import { describe, expect, it } from 'vitest';
import { configurationText, Pipeline } from './pipeline.js';

const webPod = (name: string, address: string) => pod(name, address, { labels: { app: 'web' } });

describe('in Common, which AS3 applies in two transactions', () => {
  const text = configurationText.replace('isSupportRouteDomain: true', 'isSupportRouteDomain: false');
  const [gone, stays, comes] = [webPod('web-1', '10.1.0.1'), webPod('web-2', '10.1.0.2'), pod('job-1', '10.1.0.3')];
  const bank = { destination: '198.51.100.7', protocol: 'tcp', port: 443 };
  const declarePath = '/mgmt/shared/appsvcs/declare';
  const passes: HttpEffect = { kind: 'slow', milliseconds: 0 };
  const breaks: readonly (readonly [string, number, HttpEffect])[] = [
    ['before its second declaration', 1, { kind: 'status', status: 503, body: { message: 'unavailable' } }],
    ['before its third declaration', 2, { kind: 'status', status: 503, body: { message: 'unavailable' } }],
    ['in its first declaration, and nobody hears what became of it', 0, { kind: 'lose-answer' }],
    ['in its second declaration, and nobody hears what became of it', 1, { kind: 'lose-answer' }],
  ];

  /** The pod leaves the denial, which gains another one, in the first transaction, and the permission in the second. */
  async function withdrawing(): Promise<Pipeline> {
    const pipeline = await Pipeline.start();
    const cluster = new ObservedCluster().add(
      ...[namespace('shop'), service('web'), gone, stays, endpointSlice('web', [gone, stays]), externalService('bank')],
      rule('ServiceEgressRule', 'web-to-bank', { service: 'web' }),
      rule('NamespaceEgressRule', 'fence', { action: 'drop' }),
    );
    await pipeline.project(cluster.configuration(text), ...cluster.snapshotOfAll());
    await pipeline.apply('worker-1');
    await pipeline.project(
      cluster.together(cluster.upsert(endpointSlice('web', [stays]), comes), cluster.remove(gone)),
    );
    return pipeline;
  }

  const holds = (pipeline: Pipeline) =>
    pipeline.source.query<unknown[]>(
      `SELECT rule_uid AS rule, prefix, from_version AS since, to_version AS until FROM grant_hold
       ORDER BY rule_uid, prefix`,
    );

  it.each(breaks)('promise 1: a change that is broken off %s is never open, and carried through', async (...how) => {
    const [, before, effect] = how;
    const pipeline = await withdrawing();
    try {
      const open: string[] = [];
      pipeline.device.onDeviceState((state, step) => {
        const { action } = pipeline.device.evaluate({ ...bank, source: '10.1.0.1' }, state);
        if (action.startsWith('accept')) open.push(step.command);
      });
      const strike = (what: HttpEffect, times: number) => {
        pipeline.device.faults.strikeRequests({ method: 'POST', path: declarePath, effect: what, times });
      };
      if (before > 0) strike(passes, before);
      strike(effect, 1);
      expect(await pipeline.apply('worker-1')).toMatchObject({ type: 'again' });
      expect((await pipeline.state.work('bigip')).tenants).toMatchObject([{ desired: { tenant: 'Common' } }]);
      await pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');
      expect(await pipeline.apply('worker-2')).toMatchObject({ type: 'done' });
      expect(open).toEqual([]);
      expect((await pipeline.state.work('bigip')).tenants).toEqual([]);
      expect([...pipeline.device.device.state.objects.keys()].filter((key) => key.includes('_interim_'))).toEqual([]);
      expect(await pipeline.status('web-to-bank')).toMatchObject({ phase: 'Success', addresses: 1 });
    } finally {
      await pipeline.stop();
    }
  });

  const unavailable: HttpEffect = { kind: 'status', status: 503, body: { message: 'unavailable' } };
  const taskPath = '/mgmt/shared/appsvcs/task';
  /** What keeps the worker from going on after the refusal, until another one takes over. */
  const deaths: readonly (readonly [
    string,
    (device: Pipeline['device']) => void,
    (device: Pipeline['device']) => void,
  ])[] = [
    ['and the worker lives', () => undefined, () => undefined],
    [
      'and the worker dies before it hears so',
      ({ faults }) => faults.strikeRequests({ method: 'GET', path: taskPath, effect: unavailable, times: 1 }),
      () => undefined,
    ],
    [
      'the worker dies before it hears so, and AS3 forgets',
      ({ faults }) => faults.strikeRequests({ method: 'GET', path: taskPath, effect: unavailable, times: 1 }),
      (device) => void device.reboot(),
    ],
    [
      'and the worker dies before its next declaration',
      ({ faults }) => {
        faults.strikeRequests({ method: 'POST', path: declarePath, effect: unavailable, times: 1 });
      },
      () => undefined,
    ],
  ];

  it.each(deaths)(
    'promise 1: what the first transaction made is taken back without opening anything, when the second is refused %s',
    async (...[, kill, meanwhile]) => {
      const pipeline = await Pipeline.start();
      try {
        const cluster = new ObservedCluster().add(
          ...[namespace('shop'), service('web'), gone, stays, endpointSlice('web', [gone, stays])],
          ...[externalService('bank'), rule('ServiceEgressRule', 'web-to-bank', { service: 'web' })],
        );
        const inLists = text.replace('layout: in-place', 'layout: rule-lists');
        await pipeline.project(cluster.configuration(inLists), ...cluster.snapshotOfAll());
        await pipeline.apply('worker-1');
        const open: string[] = [];
        let failing = false;
        pipeline.device.onDeviceState((state, { phase, command }) => {
          const { action } = pipeline.device.evaluate({ ...bank, source: '10.9.9.9' }, state);
          if (action.startsWith('accept')) open.push(command);
          if (phase === 'transaction' && command.includes('_added_') && !failing) {
            failing = true;
            pipeline.device.faults.failTenant('Common', { message: '01070734:3: Configuration error', times: 1 });
            kill(pipeline.device);
          }
        });
        const added = rule('ServiceEgressRule', 'added', { service: 'job' });
        await pipeline.project(
          cluster.together(
            cluster.upsert(service('job'), comes, endpointSlice('job', [comes]), added, endpointSlice('web', [stays])),
            cluster.remove(gone),
          ),
        );
        const survives = (await pipeline.apply('worker-1')).type === 'done';
        expect(failing).toBe(true);
        meanwhile(pipeline.device);
        if (!survives) {
          // What the pod of the new rule may reach by now is gone before the rule is tried again.
          await pipeline.project(cluster.remove(added));
          await pipeline.source.query('UPDATE device_lease SET expires_at = now() - make_interval(secs => 1)');
        }
        for (let pass = 0; pass < 5; pass += 1) await pipeline.apply(survives ? 'worker-1' : 'worker-2');
        expect(open).toEqual([]);
        expect((await pipeline.state.work('bigip')).tenants).toEqual([]);
        expect(await pipeline.status('web-to-bank')).toMatchObject({ phase: 'Success', addresses: 1 });
        const stayed = [...pipeline.device.device.state.objects.keys()].filter((key) => key.includes('_added_'));
        if (survives) expect(await pipeline.status('added')).toMatchObject({ phase: 'Quarantined' });
        expect(stayed).toEqual([]);
        const ofAdded = (await holds(pipeline)).filter((hold) => JSON.stringify(hold).includes('added'));
        expect(ofAdded).toEqual([
          { rule: 'ServiceEgressRule/shop/added', prefix: '10.1.0.3', since: 2, until: expect.any(Number) as number },
        ]);
      } finally {
        await pipeline.stop();
      }
    },
  );

  it('promise 7: the database says at every step for which addresses a rule stands on the device', async () => {
    const pipeline = await withdrawing();
    try {
      await pipeline.apply('worker-1');
      const [fence, web] = ['NamespaceEgressRule/shop/fence', 'ServiceEgressRule/shop/web-to-bank'];
      const last = (await pipeline.source.query<{ version: number }[]>('SELECT version FROM tenant_state'))[0]?.version;
      expect(last).toBe(5);
      expect(await holds(pipeline)).toEqual([
        { rule: fence, prefix: '10.1.0.1', since: 1, until: last },
        { rule: fence, prefix: '10.1.0.2', since: 1, until: null },
        { rule: fence, prefix: '10.1.0.3', since: 3, until: null },
        // The virtual server, without which permissions let nothing out, came with version 2 (ADR 25).
        { rule: web, prefix: '10.1.0.1', since: 2, until: 3 },
        { rule: web, prefix: '10.1.0.2', since: 2, until: null },
      ]);
    } finally {
      await pipeline.stop();
    }
  });
});
