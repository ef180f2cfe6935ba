import { type Change } from '#core/change';
import { gone, put } from '#testing/project/cluster-spec';
import { batch, chunk, configurationMessage } from '#testing/project/messages';
import { pod, serviceRule } from '#testing/project/objects';
import { projectionContents } from '#testing/project/projection-contents';
import { ProjectionUnderTest } from '#testing/project/projection-under-test';
import { live, objects, web } from '#testing/project/varied-life';
import { waitFor } from '#testing/wait-for';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ReplayProgress, type ReplayReport } from '../../ports/replay.js';
import { projectionTables, recordTables } from '../projection-tables.js';
import { inLog, query } from '../sql.js';
import { Replay } from './replay.js';

let projection: ProjectionUnderTest;

beforeAll(async () => {
  projection = await ProjectionUnderTest.create();
});

beforeEach(() => projection.clear());

afterAll(() => projection.close());

const change = (...changes: readonly Change[]) => projection.change(changes, 1);

const contents = () => projectionContents(projection.source);

async function replayed<Result>(use: (replay: Replay) => Promise<Result>): Promise<Result> {
  const replay = await Replay.open(projection.url, { clock: projection.clock });
  try {
    return await use(replay);
  } finally {
    await replay.close();
  }
}

const compare = (most = 5) => replayed((replay) => replay.compare(most));
const swap = (most = 5) => replayed((replay) => replay.swap(most, { name: 'ann', origin: 'cli' }));

/** Tables that differ, with how many rows in which way: missing, unexpected, different. */
function differing({ tables }: ReplayReport): Record<string, readonly [number, number, number]> {
  return Object.fromEntries(
    tables.flatMap(({ table, missing, unexpected, different }) =>
      missing + unexpected + different === 0 ? [] : [[table, [missing, unexpected, different]]],
    ),
  );
}

/** A row that is missing, one too many, and one that is wrong. */
async function damage(): Promise<void> {
  await projection.rows(`DELETE FROM egress_grant WHERE to_position IS NULL AND pod_name = 'web-2'`);
  await projection.rows(`UPDATE rule_status SET digest = 'wrong' WHERE name = 'out'`);
  await projection.rows(
    `INSERT INTO rule SELECT cluster, 'nobody', device, kind, namespace, name, tenant, accepted, memory, understood,
       form_problems, source_problems, changed_position FROM rule WHERE name = 'out'`,
  );
}

describe('promise 4: the log is the truth', () => {
  it('a replay gives what the live projections hold, every one of them', async () => {
    await live(projection);
    for (const [table, rows] of Object.entries(await contents())) expect(rows.length, table).toBeGreaterThan(0);
    const report = await compare();
    expect(differing(report)).toEqual({});
    expect(report.tables.map(({ rows }) => rows)).toEqual(Object.values(await contents()).map(({ length }) => length));
    expect(report.position).toBe(await projection.count('event'));
  });

  it('differences are told with the first rows and what of them differs, and nothing is changed', async () => {
    await live(projection);
    await damage();
    const before = await contents();
    const report = await compare(1);
    expect(differing(report)).toEqual({ rule: [0, 1, 0], egress_grant: [2, 0, 0], rule_status: [0, 0, 1] });
    const examples = Object.fromEntries(report.tables.map((table) => [table.table, table.examples]));
    expect(examples['rule']).toMatchObject([{ key: { cluster: 'k8s', uid: 'nobody' }, replayed: null }]);
    expect(examples['egress_grant']).toMatchObject([{ live: null, replayed: { pod_name: 'web-2' } }]);
    expect(examples['rule_status']).toEqual([
      {
        key: { cluster: 'k8s', uid: 'ServiceEgressRule/shop/out' },
        live: { digest: 'wrong' },
        replayed: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      },
    ]);
    expect(await contents()).toEqual(before);
  });

  it('a swap brings the live projections to what the log gives, and keeps what Kubernetes was told', async () => {
    await live(projection);
    const written = () => projection.rows(`SELECT uid, written, written_digest FROM rule_status ORDER BY uid`);
    const [before, told] = [await contents(), await written()];
    expect(told).toContainEqual(expect.objectContaining({ written_digest: expect.any(String) as string }));
    await damage();
    expect(await swap()).toMatchObject({ swapped: true });
    // The resync that is asked for with it is new in these two.
    const after = await contents();
    expect(after).toMatchObject({
      ...before,
      tenant_state: [{ tenant: 'Common' }],
      audit_entry: expect.arrayContaining([...(before['audit_entry'] ?? [])]) as unknown,
    });
    expect(after['audit_entry']).toHaveLength((before['audit_entry'] ?? []).length + 1);
    expect(await written()).toEqual(told);
    expect(differing(await compare())).toEqual({});
  });

  it('promise 11: a swap asks for a resync of what was declared meanwhile, and says who asked', async () => {
    await live(projection);
    await damage();
    const resyncs = async () =>
      (await projection.desired.read('bigip', ['Common'])).tenants.map(({ resync }) => resync);
    expect(await resyncs()).toEqual([null]);
    await swap();
    expect(await resyncs()).toEqual([expect.any(Number)]);
    const entries = await projection.rows('SELECT actor FROM audit_entry ORDER BY position DESC LIMIT 1');
    expect(entries).toEqual([{ actor: { name: 'ann', origin: 'cli' } }]);
  });

  it('a swap of what is the same changes nothing', async () => {
    await live(projection);
    const before = await contents();
    expect(await swap()).toMatchObject({ swapped: false });
    expect(await contents()).toEqual(before);
  });

  it('a swap makes projections that were lost altogether', async () => {
    await live(projection);
    const { tenant_state: _, audit_entry: __, ...before } = await contents();
    for (const { name } of projectionTables) await projection.rows(`DELETE FROM ${name}`);
    await swap();
    expect(await contents()).toMatchObject(before);
    expect(differing(await compare())).toEqual({});
  });

  it('a running projector goes on from what was swapped in, not from what it remembers', async () => {
    await live(projection);
    await damage();
    const projector = projection.projector();
    await projector.renewJudgement();
    await swap();
    const next = pod('web-3', { addresses: ['10.1.0.3'], resourceVersion: '9000' });
    await projector.project(batch([['Pod', 100, 10_000]], [put(next)]));
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.2', '10.1.0.3']);
    expect(differing(await compare())).toEqual({});
  });

  it('nobody projects while a swap is at work', async () => {
    await live(projection);
    await damage();
    const { source } = projection;
    const events = await projection.count('event');
    await inLog(source, async () => {
      // Somebody is at it: the swap waits, and who comes after the swap waits for both.
      const swapping = swap();
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      await waitFor(async () => expect(await projection.rows(waiting)).toHaveLength(1));
      const next = pod('web-3', { addresses: ['10.1.0.3'], resourceVersion: '9000' });
      const projecting = projection.projector().project(batch([['Pod', 100, 10_000]], [put(next)]));
      await waitFor(async () => expect(await projection.rows(waiting)).toHaveLength(2));
      return { swapping, projecting };
    }).then(async ({ swapping, projecting }) => {
      expect(await swapping).toMatchObject({ swapped: true, position: events });
      await projecting;
    });
    expect((await projection.rule('block'))?.prefixes).toEqual(['10.1.0.2', '10.1.0.3']);
    expect(differing(await compare())).toEqual({});
  });

  it('who reads while projections are swapped sees them as they were', async () => {
    await live(projection);
    await damage();
    await projection.source.transaction('REPEATABLE READ', async (reader) => {
      const before = await projectionContents(reader);
      await swap();
      expect(await projectionContents(reader)).toEqual(before);
      expect(await contents()).not.toEqual(before);
    });
  });

  it('what cannot be replayed leaves everything as it was', async () => {
    await live(projection);
    const before = await contents();
    await projection.rows('DELETE FROM declaration');
    await expect(swap()).rejects.toThrow('expected one row');
    expect(await contents()).toEqual(before);
  });

  it('nobody changes or removes what was recorded', async () => {
    await projection.list(objects);
    for (const statement of ['DELETE FROM event', 'UPDATE event SET batch = 0', 'TRUNCATE event']) {
      await expect(projection.rows(statement)).rejects.toThrow('append-only');
    }
  });
});

describe('a replay up to a position', () => {
  it('gives the projections of then', async () => {
    await live(projection);
    const then = await contents();
    const position = await projection.count('event');
    await change(gone({ ...serviceRule('out'), resourceVersion: '9000' }));
    await replayed(async (replay) => {
      expect(await replay.to(position)).toBe(position);
      expect(await projectionContents(replay.connection)).toEqual(then);
    });
  });

  it('leaves out a transaction that ends beyond it', async () => {
    await projection.project(configurationMessage());
    await projection.project(chunk('Pod', 100, [web, pod('web-2')]));
    await replayed(async (replay) => {
      expect(await replay.to(3)).toBe(1);
      expect(await projectionContents(replay.connection)).toMatchObject({ cluster_object: [] });
      expect(await replay.to(4)).toBe(4);
    });
  });

  it('finds the position of a moment', async () => {
    await projection.project(configurationMessage());
    const first = projection.clock.now();
    const second = projection.clock.pass(60);
    await projection.project(chunk('Pod', 100, [web]));
    await replayed(async (replay) => {
      expect(await replay.positionAt(new Date(first.getTime() - 1))).toBe(0);
      expect(await replay.positionAt(first)).toBe(1);
      expect(await replay.positionAt(new Date(second.getTime() - 1))).toBe(1);
      expect(await replay.positionAt(second)).toBe(await replay.end());
    });
  });

  it('says how far it is, also over a transaction of more events than are read at once', async () => {
    const pods = Array.from({ length: 4_500 }, (_, index) => pod(`web-${index}`));
    await projection.list([...objects, ...pods.filter(({ name }) => name !== web.name)]);
    const seen: number[] = [];
    const options = { clock: projection.clock, progress: ({ position }: ReplayProgress) => seen.push(position) };
    const replay = await Replay.open(projection.url, options);
    try {
      const end = await replay.end();
      await replay.to(end);
      expect(seen.at(-1)).toBe(end);
      expect(seen).toEqual(seen.toSorted((left, right) => left - right));
      expect(await projectionContents(replay.connection)).toEqual(await contents());
    } finally {
      await replay.close();
    }
  });
});

describe('a replay that is killed', () => {
  it('leaves nothing behind, and keeps nobody out', async () => {
    await live(projection);
    await damage();
    const before = await contents();
    const replay = await Replay.open(projection.url, { clock: projection.clock });
    await replay.to(10);
    const [session] = await query<{ pid: number }>(replay.connection, 'SELECT pg_backend_pid() AS pid');
    await projection.rows('SELECT pg_terminate_backend($1)', [session?.pid]);
    await expect(replay.swap(1, { name: 'ann', origin: 'cli' })).rejects.toThrow();
    await replay.close().catch(() => undefined);
    const temporary = `SELECT relname FROM pg_class WHERE relpersistence = 't'`;
    await waitFor(async () => expect(await projection.rows(temporary)).toEqual([]));
    expect(await contents()).toEqual(before);
    expect(await swap()).toMatchObject({ swapped: true });
  });

  it('cannot have written to a live table', async () => {
    await replayed(async ({ connection }) => {
      for (const table of recordTables) {
        await expect(query(connection, `DELETE FROM ${table}`)).rejects.toThrow('read-only transaction');
      }
      await query(connection, 'DELETE FROM rule');
    });
  });
});
