import fc from 'fast-check';
import { type Change } from './changed-cluster.js';
import { destinationsOf, names, places, tenants } from './scenery.js';

/** What is done to the network between a process and a peer. */
type NetworkFault = 'cut' | 'freeze' | 'reset' | 'delay';

/** What happens besides changes. `which`: of the processes of an app, the first or the second. */
export type Incident =
  | { readonly type: 'network'; readonly link: Link; readonly which: number; readonly fault: NetworkFault }
  | { readonly type: 'crash' | 'pause'; readonly app: 'watcher' | 'projector' | 'worker'; readonly which: number }
  | { readonly type: 'device'; readonly fault: 'status-503' | 'status-401' | 'lose-answer' | 'cut-short' | 'reboot' }
  | { readonly type: 'status-writes'; readonly fault: 'reset' | 'silence' | 'status' }
  | { readonly type: 'compaction' };

const links = [
  ['watcher', 'cluster'],
  ['watcher', 'redis'],
  ['watcher', 'database'],
  ['projector', 'redis'],
  ['projector', 'database'],
  ['worker', 'database'],
  ['worker', 'redis'],
  ['worker', 'device'],
] as const;
type Link = (typeof links)[number];

/** Changes, the incident that strikes in the middle of them, and how often it is to be felt before it ends. */
export interface Step {
  readonly before: readonly Change[];
  readonly incident: Incident;
  readonly during: readonly Change[];
  readonly felt: number;
  /** Whether everything has to come in order before the next step. */
  readonly settles: boolean;
}

const tenant = fc.constantFrom(...tenants.map(({ name }) => name));
const name = fc.constantFrom(...names);
const place = fc.nat({ max: places - 1 });

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('pod'), tenant, place, app: name }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('end-of-pod'), tenant, place }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('permission', 'denial'), tenant, name, stands: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ type: fc.constant('external-service'), tenant, name },
      says: fc.nat({ max: destinationsOf.length - 1 }),
    }),
  },
);

const which = fc.nat({ max: 1 });
const incident: fc.Arbitrary<Incident> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      ...{ type: fc.constant('network'), link: fc.constantFrom(...links), which },
      fault: fc.constantFrom('cut', 'freeze', 'reset', 'delay'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ type: fc.constantFrom('crash', 'pause'), app: fc.constantFrom('watcher', 'projector', 'worker'), which },
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('device'),
      fault: fc.constantFrom('status-503', 'status-401', 'lose-answer', 'cut-short', 'reboot'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('status-writes'),
      fault: fc.constantFrom('reset', 'silence', 'status'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('compaction') }) },
);

const changes = fc.array(change, { minLength: 1, maxLength: 4 });

/** The same for the same seed. */
export function scheduleOf(seed: number, steps: number): readonly Step[] {
  const step = fc.record({
    before: changes,
    incident,
    during: changes,
    felt: fc.integer({ min: 1, max: 4 }),
    settles: fc.boolean(),
  });
  const [schedule] = fc.sample(fc.array(step, { minLength: steps, maxLength: steps }), { seed, numRuns: 1 });
  if (schedule === undefined) throw new Error('No schedule was drawn.');
  return schedule;
}
