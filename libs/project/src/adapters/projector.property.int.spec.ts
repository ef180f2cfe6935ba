import { type StreamMessage } from '#core/change';
import { type ObjectKind, objectKinds } from '#core/kinds';
import { arbitraryStep, ArbitraryWatcher } from '#testing/project/arbitrary-history';
import { chunk, configurationMessage } from '#testing/project/messages';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterModel } from '../domain/cluster-model.js';
import { desiredTenants } from '../domain/desired-tenants.js';
import { judgement } from '../domain/events.js';
import { type KindCheckpoint, takeBatch, takeConfiguration, takeSnapshot } from '../domain/intake.js';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

afterAll(() => projection.close());

/** What happens next, and how: the message comes twice, another process takes over, the database fails once. */
const step = fc.record({
  happens: arbitraryStep,
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

describe('promises 3 and 9: whatever comes twice, takes over or fails', () => {
  it('the database desires what the fold alone desires', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await projection.clear();
        const remembered = new Remembered();
        const watcher = new ArbitraryWatcher();
        const first = [configurationMessage(), ...objectKinds.map((kind) => chunk(kind, 100))];
        for (const message of first) {
          remembered.take(message);
          await projection.project(message);
        }
        for (const { happens, trouble } of steps) {
          const { changes, configuration } = happens;
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
      }),
      { numRuns: 12 },
    );
  });
});
