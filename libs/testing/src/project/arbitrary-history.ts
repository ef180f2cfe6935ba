import { type Change, type ChangeBatch } from '#core/change';
import { objectKinds } from '#core/kinds';
import fc from 'fast-check';
import { arbitraryConfiguration, arbitraryObject } from './arbitrary-objects.js';
import { gone, put } from './cluster-spec.js';
import { batch } from './messages.js';

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: arbitraryObject.map(put) },
  { weight: 1, arbitrary: arbitraryObject.map(gone) },
);

/** What happens next in a cluster: some changes, now and then after another configuration. */
export const arbitraryStep = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 6 }),
  configuration: fc.option(arbitraryConfiguration, { freq: 6 }),
});

/** Gives changes versions of their own, and the batch its spans. */
export class ArbitraryWatcher {
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
