import { type Change, type ChangeBatch, type StreamMessage } from '#core/change';
import { type ObjectKind, objectKinds } from '#core/kinds';
import { arbitraryConfiguration, arbitraryObject } from '#testing/project/arbitrary-objects';
import { gone, put } from '#testing/project/cluster-spec';
import { batch, chunk, configurationMessage } from '#testing/project/messages';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterModel } from '../domain/cluster-model.js';
import { desiredTenants } from '../domain/desired-tenants.js';
import { judgement } from '../domain/events.js';
import { type KindCheckpoint, takeBatch, takeConfiguration, takeSnapshot } from '../domain/intake.js';
import { rebuildProjections } from './rebuild.js';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

afterAll(() => projection.close());

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: arbitraryObject.map(put) },
  { weight: 1, arbitrary: arbitraryObject.map(gone) },
);
/** What happens next, and how: the message comes twice, another process takes over, the database fails once. */
const step = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 6 }),
  configuration: fc.option(arbitraryConfiguration, { freq: 6 }),
  trouble: fc.constantFrom('none', 'none', 'twice', 'takeover', 'failure'),
});

/** The fold without a database. */
class Remembered {
  readonly model = new ClusterModel();
  private readonly checkpoints = new Map<ObjectKind, KindCheckpoint>();

  take(message: StreamMessage): void {
    const intake = this.intakeOf(message);
    for (const checkpoint of intake.checkpoints) this.checkpoints.set(checkpoint.kind, checkpoint);
    this.model.settle();
  }

  private intakeOf(message: StreamMessage) {
    switch (message.form) {
      case 'changes':
        return takeBatch(this.model, this.checkpoints, message);
      case 'snapshot': {
        const snapshot = { ...message, observedAt: Date.parse(message.observedAt) };
        return takeSnapshot(this.model, this.checkpoints.get(message.kind), snapshot);
      }
      case 'configuration': {
        const { text } = message;
        return takeConfiguration(this.model, {
          type: 'configuration-changed',
          text,
          controllerNamespace: 'kube-system',
          judgement,
        });
      }
    }
  }
}

/** Gives changes versions of their own, and the batch its spans. */
class Watcher {
  private version = 100;

  batch(changes: readonly Change[]): ChangeBatch {
    const from = this.version;
    const versioned = changes.map((each): Change => {
      this.version += 1;
      const resourceVersion = String(this.version);
      return each.type === 'upsert'
        ? { type: 'upsert', object: { ...each.object, resourceVersion } }
        : { ...each, resourceVersion };
    });
    return batch(
      objectKinds.map((kind) => [kind, from, this.version]),
      versioned,
    );
  }
}

async function deliver(message: StreamMessage, trouble: 'none' | 'twice' | 'takeover' | 'failure'): Promise<void> {
  switch (trouble) {
    case 'none':
      break;
    case 'twice':
      await projection.project(message);
      break;
    case 'takeover':
      await projection.projector().project(message);
      break;
    case 'failure':
      await projection.rows('ALTER TABLE checkpoint RENAME TO hidden');
      await expect(projection.project(message)).rejects.toThrow('checkpoint');
      await projection.rows('ALTER TABLE hidden RENAME TO checkpoint');
      break;
  }
  await projection.project(message);
}

async function stored(): Promise<unknown> {
  const { tenants } = await projection.desired.read('bigip', ['Common', 'finance']);
  return tenants.map(({ desired }) => desired);
}

describe('promises 3, 4 and 9: whatever comes twice, takes over or fails', () => {
  it('the database desires what the fold alone desires, and still does when it is rebuilt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await projection.clear();
        const remembered = new Remembered();
        const watcher = new Watcher();
        const first = [configurationMessage(), ...objectKinds.map((kind) => chunk(kind, 100))];
        for (const message of first) {
          remembered.take(message);
          await projection.project(message);
        }
        for (const { changes, configuration, trouble } of steps) {
          const messages = [
            ...(configuration === null ? [] : [configurationMessage(configuration)]),
            watcher.batch(changes),
          ];
          for (const message of messages) {
            remembered.take(message);
            await deliver(message, trouble);
          }
        }
        const expected = JSON.parse(JSON.stringify(desiredTenants(remembered.model))) as unknown;
        expect(await stored()).toEqual(expected);
        await rebuildProjections(projection.source);
        expect(await stored()).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });
});
