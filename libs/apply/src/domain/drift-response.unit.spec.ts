import { type DriftFinding, type DriftStanding } from '#project/ports/drift';
import { configuration, desiredTenant } from '#testing/builders';
import { expect, it } from 'vitest';
import { intervalOf, responseTo } from './drift-response.js';

const noon = new Date('2026-03-01T12:00:00.000Z');
const minutesAgo = (minutes: number) => new Date(noon.getTime() - minutes * 60_000);
const finding = (overrides: Partial<DriftFinding> = {}): DriftFinding => ({
  message: 'It differs.',
  by: 'past-as3',
  rules: null,
  objects: [{ object: '/shop/Shared/x', differences: [] }],
  furtherObjects: 0,
  enforcement: [],
  reordered: false,
  held: { without: [], besides: [] },
  before: null,
  ...overrides,
});
const standing = (overrides: Partial<DriftStanding> = {}): DriftStanding => ({
  present: null,
  repairs: 0,
  lastRepair: null,
  ...overrides,
});
const present = { since: noon, position: 1, message: '', reordered: false };
const foreign = [{ place: 'the device globally', declared: '/Common/Shared/ours', found: '/Common/theirs' }];

it.each<[what: string, DriftFinding, DriftStanding, ReturnType<typeof responseTo>]>([
  ['repairs the first time', finding(), standing(), { action: 'repair', repairs: 1 }],
  [
    'repairs up to three times in a row',
    finding(),
    standing({ repairs: 2, lastRepair: minutesAgo(5) }),
    { action: 'repair', repairs: 3 },
  ],
  [
    'does not fight on',
    finding(),
    standing({ repairs: 3, lastRepair: minutesAgo(5) }),
    { action: 'contested', repairs: 3 },
  ],
  [
    'stays out of it, however long it lasts',
    finding(),
    standing({ repairs: 3, lastRepair: minutesAgo(500), present: { ...present, action: 'contested' } }),
    { action: 'contested', repairs: 3 },
  ],
  [
    'begins to count anew after an hour',
    finding(),
    standing({ repairs: 3, lastRepair: minutesAgo(61) }),
    { action: 'repair', repairs: 1 },
  ],
  [
    'promise 10: tells of a policy of somebody else, and does not replace it',
    finding({ objects: [], enforcement: foreign }),
    standing(),
    { action: 'report', repairs: 0 },
  ],
  [
    'enforces again where nothing is enforced',
    finding({ objects: [], enforcement: foreign.map((place) => ({ ...place, found: null })) }),
    standing(),
    { action: 'repair', repairs: 1 },
  ],
])('%s', (_what, found, stands, response) => {
  expect(responseTo(found, desiredTenant(), stands, noon)).toEqual(response);
});

it('only tells where the configuration of the master cluster says so', () => {
  const slave = configuration({ clusterName: 'a', masterCluster: 'z', drift: 'repair', driftInterval: 60 });
  const master = configuration({ clusterName: 'z', masterCluster: 'z', drift: 'report', driftInterval: 600 });
  const desired = desiredTenant({ configurations: [slave, master] });
  expect(responseTo(finding(), desired, standing(), noon)).toEqual({ action: 'report', repairs: 0 });
  expect(intervalOf(desired)).toBe(600_000);
});
