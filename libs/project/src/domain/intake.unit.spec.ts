import { type Change, type ChangeBatch } from '#core/change';
import { type ObjectKind } from '#core/kinds';
import { type ClusterObject } from '#core/objects';
import { gone, put } from '#testing/project/cluster-spec';
import { batch, chunk } from '#testing/project/messages';
import { pod, podRule, service } from '#testing/project/objects';
import { describe, expect, it } from 'vitest';
import { ClusterModel } from './cluster-model.js';
import { eventId } from './event-identity.js';
import { type Intake, type KindCheckpoint, takeBatch, takeSnapshot } from './intake.js';

const noon = '2026-03-01T12:00:00.000Z';
const later = '2026-03-01T12:10:00.000Z';

/** A cluster that receives messages, and remembers its checkpoints as the database does. */
class Receiver {
  readonly model = new ClusterModel();
  readonly checkpoints = new Map<ObjectKind, KindCheckpoint>();
  private readonly ids = new Set<string>();

  /** A cluster whose pods, and services, were listed at version 100. */
  static listed(...objects: readonly ClusterObject[]): Receiver {
    const receiver = new Receiver();
    receiver.snapshot(
      'Pod',
      100,
      objects.filter(({ kind }) => kind === 'Pod'),
    );
    receiver.snapshot(
      'Service',
      100,
      objects.filter(({ kind }) => kind === 'Service'),
    );
    return receiver;
  }

  batch(message: ChangeBatch): string[] {
    return this.keep(takeBatch(this.model, this.checkpoints, message));
  }

  changes(from: number, to: number, ...changes: readonly Change[]): string[] {
    return this.batch(batch([['Pod', from, to]], changes));
  }

  snapshot(
    kind: ObjectKind,
    version: number,
    objects: readonly ClusterObject[],
    options: { observedAt?: string; authoritative?: boolean; snapshotId?: string } = {},
  ): string[] {
    const message = { ...chunk(kind, version, objects), ...options };
    const observedAt = Date.parse(message.observedAt);
    return this.keep(takeSnapshot(this.model, this.checkpoints.get(kind), { ...message, observedAt }));
  }

  get pods(): string[] {
    return [...this.model.objects.ofKind('Pod')]
      .map(({ name, resourceVersion }) => `${name}@${resourceVersion}`)
      .sort();
  }

  get checkpoint(): string {
    const checkpoint = this.checkpoints.get('Pod');
    return checkpoint === undefined ? 'none' : `${checkpoint.resourceVersion}${checkpoint.gap ? ' gap' : ''}`;
  }

  /** What was accepted, in words; no event is ever accepted twice. */
  private keep(intake: Intake): string[] {
    for (const checkpoint of intake.checkpoints) this.checkpoints.set(checkpoint.kind, checkpoint);
    const incarnationOf = (kind: ObjectKind) => this.checkpoints.get(kind)?.incarnation ?? 0;
    return intake.events.map(({ event }) => {
      const id = eventId(event, { cluster: 'k8s', incarnationOf, position: 0 });
      expect(this.ids.has(id)).toBe(false);
      this.ids.add(id);
      return event.type === 'upsert'
        ? `+${event.object.name}`
        : event.type === 'delete'
          ? `-${event.name}`
          : event.type;
    });
  }
}

const at = (name: string, version: number, rest: Parameters<typeof pod>[1] = {}) =>
  pod(name, { addresses: [`10.0.0.${version % 250}`], resourceVersion: String(version), ...rest });

describe('promise 3: a batch of changes', () => {
  it('that continues the checkpoint is taken, and moves it', () => {
    const receiver = Receiver.listed(at('a', 90));
    expect(receiver.changes(100, 110, put(at('a', 105)), put(at('b', 110)))).toEqual(['+a', '+b']);
    expect(receiver.checkpoint).toBe('110');
    expect(receiver.changes(110, 111, gone(at('b', 110)))).toEqual(['-b']);
    expect(receiver.pods).toEqual(['a@105']);
  });

  it('that comes again is nothing', () => {
    const receiver = Receiver.listed();
    const message = batch([['Pod', 100, 110]], [put(at('a', 105)), put(at('b', 107)), gone(at('b', 107))]);
    expect(receiver.batch(message)).toEqual(['+a', '+b', '-b']);
    expect(receiver.batch(message)).toEqual([]);
    expect(receiver.pods).toEqual(['a@105']);
  });

  it('that begins beyond the checkpoint shows a gap, and only a snapshot closes it', () => {
    const receiver = Receiver.listed(at('a', 90));
    expect(receiver.changes(105, 110, gone(at('a', 109)))).toEqual([]);
    expect(receiver.checkpoint).toBe('100 gap');
    expect(receiver.changes(100, 105, put(at('b', 104)))).toEqual([]);
    expect(receiver.changes(110, 115, put(at('c', 112)))).toEqual([]);
    expect(receiver.snapshot('Pod', 120, [at('c', 112)], { observedAt: later })).toEqual(['+c', '-a']);
    expect(receiver.checkpoint).toBe('120');
    expect(receiver.changes(120, 121, put(at('d', 121)))).toEqual(['+d']);
  });

  it('of several kinds counts for each of them by itself', () => {
    const receiver = Receiver.listed();
    const message = batch(
      [
        ['Pod', 105, 110],
        ['Service', 100, 108],
        ['EndpointSlice', 100, 108],
      ],
      [put(at('a', 106)), put(service('web', { resourceVersion: '108' }))],
    );
    expect(receiver.batch(message)).toEqual(['+web']);
    expect(receiver.checkpoint).toBe('100 gap');
    expect(receiver.checkpoints.get('Service')).toMatchObject({ resourceVersion: '108', gap: false });
    expect(receiver.checkpoints.has('EndpointSlice')).toBe(false);
  });

  it('that overlaps what an earlier watcher sent counts from the checkpoint on', () => {
    const receiver = Receiver.listed();
    receiver.changes(100, 110, put(at('a', 105)), gone(at('a', 107)));
    expect(receiver.changes(100, 120, put(at('a', 105)), gone(at('a', 107)), put(at('b', 115)))).toEqual(['+b']);
    expect(receiver.checkpoint).toBe('120');
  });

  it('without changes, a bookmark, moves the checkpoint', () => {
    const receiver = Receiver.listed();
    expect(receiver.changes(100, 5_000)).toEqual([]);
    expect(receiver.checkpoint).toBe('5000');
  });

  it('with a change that says nothing new has no event for it', () => {
    const receiver = Receiver.listed(at('a', 90));
    expect(receiver.changes(100, 110, put(at('a', 105, { addresses: ['10.0.0.90'] })))).toEqual([]);
  });

  it('with a new generation of a rule has an event for it, though its content is the same', () => {
    const receiver = new Receiver();
    receiver.snapshot('PodEgressRule', 100, [podRule('out')]);
    const changed = podRule('out', {}, { generation: 2, resourceVersion: '101' });
    expect(receiver.batch(batch([['PodEgressRule', 100, 101]], [put(changed)]))).toEqual(['+out']);
  });

  it('in which an object takes the name of another says that the other is gone', () => {
    const receiver = Receiver.listed(at('a', 90));
    expect(receiver.changes(100, 110, put(at('a', 105, { uid: 'another' })), gone(at('a', 105)))).toEqual(['-a', '+a']);
    expect([...receiver.model.objects.ofKind('Pod')].map(({ uid }) => uid)).toEqual(['another']);
  });
});

describe('promise 3: a snapshot', () => {
  it('deletes what it lacks, once', () => {
    const receiver = Receiver.listed(at('a', 90), at('b', 91));
    expect(receiver.snapshot('Pod', 120, [at('b', 91)], { observedAt: later })).toEqual(['-a']);
    expect(receiver.snapshot('Pod', 121, [at('b', 91)], { observedAt: later })).toEqual([]);
    expect(receiver.pods).toEqual(['b@91']);
  });

  it('that comes again is nothing, whatever was seen since', () => {
    const receiver = Receiver.listed(at('a', 90));
    receiver.changes(100, 110, put(at('b', 105)));
    expect(receiver.snapshot('Pod', 100, [at('a', 90)])).toEqual([]);
    expect(receiver.pods).toEqual(['a@90', 'b@105']);
    expect(receiver.checkpoint).toBe('110');
  });

  it('that was overtaken on its way is passed over, and asks for another one', () => {
    const receiver = Receiver.listed(at('a', 90));
    receiver.changes(100, 110, put(at('b', 105)));
    expect(receiver.snapshot('Pod', 104, [at('a', 90)], { snapshotId: 'slow', observedAt: noon })).toEqual([]);
    expect(receiver.pods).toEqual(['a@90', 'b@105']);
    expect(receiver.checkpoint).toBe('110 gap');
  });

  it('that is older and did not ask for the newest is passed over', () => {
    const receiver = Receiver.listed(at('a', 90));
    const stale = { authoritative: false, observedAt: later };
    expect(receiver.snapshot('Pod', 50, [], stale)).toEqual([]);
    expect(receiver.checkpoint).toBe('100');
  });

  it('whose versions run backwards begins a new incarnation', () => {
    const receiver = Receiver.listed(at('a', 40), at('b', 90));
    const restored = [at('a', 40), at('c', 45)];
    expect(receiver.snapshot('Pod', 50, restored, { observedAt: later })).toEqual(['incarnation-began', '+c', '-b']);
    expect(receiver.checkpoint).toBe('50');
    expect(receiver.changes(50, 90, put(at('b', 90)))).toEqual(['+b']);
  });

  it('that contradicts what was seen up to the checkpoint begins a new incarnation', () => {
    const receiver = Receiver.listed(at('a', 90), at('b', 91));
    // The store went back to 80, where a was still the old one and c not yet deleted, and has passed 100 since.
    const restored = [at('a', 70), at('b', 91), at('d', 130)];
    expect(receiver.snapshot('Pod', 140, restored, { observedAt: later })).toEqual(['incarnation-began', '+a', '+d']);
    expect(receiver.changes(140, 150, put(at('a', 90, { resourceVersion: '145' })))).toEqual(['+a']);
  });

  it('of a kind that was never listed makes it known that it was', () => {
    const receiver = new Receiver();
    expect(receiver.snapshot('Pod', 100, [at('a', 90)])).toEqual(['+a', 'kind-synced']);
    expect(receiver.changes(100, 110, put(at('b', 105)))).toEqual(['+b']);
  });

  it('is awaited before the first batch of a kind counts', () => {
    const receiver = new Receiver();
    expect(receiver.changes(100, 110, put(at('a', 105)))).toEqual([]);
    expect(receiver.checkpoint).toBe('none');
  });
});
