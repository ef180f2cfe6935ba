import { type CompiledTenant } from '#compile/compile-tenant';
import { type DesiredRule } from '#core/desired';
import { type TenantWork } from '#project/ports/desired-state';
import { configuration, desiredRule, desiredTenant, tenantWork } from '#testing/builders';
import { describe, expect, it } from 'vitest';
import { type TenantResult } from './classify.js';
import { DeviceFailure } from './failures.js';
import { type Command, type Compile, type Observation, type TenantApply } from './apply-state.js';
import { decide, evolve, start, type StartOptions } from './tenant-apply.js';

const at = new Date('2026-01-01T00:00:00Z');

/** A compiler whose declaration is the list of its rules' names and addresses: enough to tell two contents apart. */
const compile: Compile = (work, rules) => compiled(work, rules);

function compiled(work: TenantWork, rules: readonly DesiredRule[], steps = 1): CompiledTenant {
  const body = {
    class: 'Tenant',
    remark: rules.map((rule) => `${rule.name} ${(rule.prefixes ?? []).join()}`).join('; '),
  };
  return {
    tenant: work.desired.tenant,
    schemaVersion: '3.56.0',
    steps: steps === 1 ? [body] : [{ ...body, label: 'lists stay' }, body],
    narrowedSteps: 0,
    declaration: body,
    digest: body.remark,
    enforcement: [],
    leaving: [],
    leftOut: [],
  };
}

const options: StartOptions = {
  aim: 'whole',
  takeover: 'hold',
  forced: false,
  stored: undefined,
  refusal: null,
  isolation: null,
};
const known: StartOptions = { ...options, stored: { body: { class: 'Tenant' }, lockKey: 'key-1' } };

const result = (overrides: Partial<TenantResult> = {}): TenantResult => ({
  tenant: 'Common',
  code: 200,
  message: 'success',
  response: null,
  ...overrides,
});
const ended = (...results: TenantResult[]): Observation => ({
  type: 'ended',
  attempt: 1,
  results,
  stored: undefined,
  from: at,
  to: at,
});
const refused = ended(
  result({ code: 422, message: 'declaration failed', response: '01070734:3: Configuration error' }),
);

const tooLarge = ended(
  result({ code: 422, message: 'declaration failed', response: '01070712:3: exceed the maximum length, max:65520' }),
);

/** Runs a tenant from its start through observations; gives the commands on the way and the last state. */
function given(work: TenantWork, startOptions: StartOptions, compiler: Compile = compile) {
  let state: TenantApply = start(work, startOptions, compiler);
  const commands: (Command | null)[] = [decide(state)];
  const run = {
    when(...observations: Observation[]) {
      for (const observation of observations) {
        state = evolve(state, observation, compiler);
        commands.push(decide(state));
      }
      return run;
    },
    get types() {
      return commands.map((command) => command?.type ?? 'over');
    },
    get last() {
      return commands.at(-1);
    },
    get result() {
      return state.phase === 'over' ? state.result : null;
    },
  };
  return run;
}

describe('one tenant, from dirty to applied', () => {
  it('reads, looks into the partition, declares, polls, enforces and concludes', () => {
    const run = given(tenantWork(), options).when(
      { type: 'stored', stored: null },
      { type: 'partition', contents: { exists: false, objects: [] } },
      { type: 'accepted', attempt: 1, task: 'task-1' },
      ended(result()),
      { type: 'enforced', findings: [] },
      { type: 'concluded' },
    );
    expect(run.types).toEqual(['read-stored', 'inspect-partition', 'declare', 'poll', 'enforce', 'conclude', 'over']);
    expect(run.result).toEqual({ type: 'applied', purpose: 'change', refusal: null });
  });

  it('promise 5: sends nothing when the digest is the one applied', () => {
    const current = { version: 3, digest: 'allow-shop 10.1.2.3', position: 5, rules: [], declaration: {} };
    expect(given(tenantWork({ current }), known).result).toEqual({ type: 'unchanged', heldBack: [] });
  });

  it('promise 5: a resync, and the first declaration after an open attempt, are sent all the same', () => {
    const current = { version: 3, digest: 'allow-shop 10.1.2.3', position: 5, rules: [], declaration: {} };
    expect(given(tenantWork({ current, resync: 9 }), known).types).toEqual(['declare']);
    expect(given(tenantWork({ current }), { ...known, forced: true }).types).toEqual(['declare']);
  });

  it('sends two declarations where rule lists disappear, the second only when the first is concluded', () => {
    const run = given(tenantWork(), known, (work, rules) => compiled(work, rules, 2));
    expect(run.last).toMatchObject({ type: 'declare', purpose: 'interim', body: { label: 'lists stay' } });
    run.when(ended(result()), { type: 'enforced', findings: [] });
    expect(run.last).toMatchObject({ type: 'conclude' });
    expect(run.when({ type: 'concluded' }).last).toMatchObject({
      type: 'declare',
      purpose: 'change',
      body: { class: 'Tenant' },
    });
  });

  it('promise 7: says of a step that narrows which rules then stand on the device, and of the last one that all do', () => {
    const held = [desiredRule({ prefixes: ['10.1.2.3', '10.1.2.4'] })];
    const wanted = desiredRule({ prefixes: ['10.1.2.4', '10.1.2.5'] });
    const current = { version: 3, digest: 'of before', position: 5, rules: held, declaration: {} };
    const work = tenantWork({ desired: desiredTenant({ rules: [wanted] }), current });
    const narrowing: Compile = (of, rules) => ({ ...compiled(of, rules, 2), narrowedSteps: 1 });
    const run = given(work, known, narrowing);
    expect(run.last).toMatchObject({ purpose: 'interim', rules: [{ ...wanted, prefixes: ['10.1.2.4'] }] });
    run.when(ended(result()), { type: 'enforced', findings: [] }, { type: 'concluded' });
    expect(run.last).toMatchObject({ purpose: 'change', rules: [wanted] });
  });

  it('carries the lock key of what was read', () => {
    expect(given(tenantWork(), known).last).toMatchObject({ type: 'declare', lockKey: 'key-1' });
  });
});

describe('first contact', () => {
  it('promise 10: a partition that AS3 does not know and that is not empty is left alone, whatever takeover says', () => {
    const run = given(tenantWork(), { ...options, takeover: 'automatic' }).when(
      { type: 'stored', stored: null },
      { type: 'partition', contents: { exists: true, objects: ['/Common/Shared/by_hand'] } },
    );
    expect(run.types).toEqual(['read-stored', 'inspect-partition', 'survey']);
    const held = run.when({ type: 'surveyed', finding: { ...finding, reason: 'PartitionNotEmpty' } });
    expect(held.result).toMatchObject({ type: 'held', hold: { reason: 'PartitionNotEmpty' } });
  });

  const finding = {
    digest: 'shown',
    reason: 'FilledByAnotherController',
    ...{ objects: [], differences: [], effect: [], counts: { objects: 0, differences: 0, effect: 0 }, steps: 1 },
  } as const;

  const filled = {
    body: { class: 'Tenant', Shared: { class: 'Application', theirs: { class: 'Pool' } } },
    lockKey: 'k',
  };

  it('promise 10: a tenant that another controller filled waits for approval', () => {
    const run = given(tenantWork(), options).when({ type: 'stored', stored: filled });
    expect(run.types).toEqual(['read-stored', 'survey']);
    expect(run.when({ type: 'surveyed', finding }).result).toMatchObject({ type: 'held', finding });
  });

  it('promise 10: an approval lets it go on, but only of exactly what was found', () => {
    const after = (approved: string, observe = false) => {
      const configurations = [configuration({ observe })];
      const work = tenantWork({ desired: desiredTenant({ configurations }), takeover: { found: 'shown', approved } });
      return given(work, options).when({ type: 'stored', stored: filled }, { type: 'surveyed', finding }).types;
    };
    expect(after('shown')).toEqual(['read-stored', 'survey', 'declare']);
    expect(after('earlier')).toEqual(['read-stored', 'survey', 'over']);
    expect(after('shown', true)).toEqual(['read-stored', 'survey', 'over']);
  });

  it('promise 10: what was read in an earlier pass does not stand for an approval', () => {
    expect(given(tenantWork(), { ...options, stored: filled }).types).toEqual(['read-stored']);
  });

  it('takeover: automatic lets it go on', () => {
    const run = given(tenantWork(), { ...options, takeover: 'automatic' }).when({ type: 'stored', stored: filled });
    expect(run.types).toEqual(['read-stored', 'declare']);
  });

  it('what the device took of a declaration of ours that it refused is no reason to hold', () => {
    const taken = [{ part: 'additions', declaration: { class: 'Tenant' }, rules: [] }] as const;
    const run = given(tenantWork({ taken }), options).when({ type: 'stored', stored: null });
    expect(run.types).toEqual(['read-stored', 'declare']);
  });

  it('a tenant that we labelled is ours, even when the database forgot', () => {
    const ours = { ...filled, body: { ...filled.body, label: 'ces epoch 4' } };
    expect(given(tenantWork(), options).when({ type: 'stored', stored: ours }).types).toEqual([
      'read-stored',
      'declare',
    ]);
  });
});

describe('failures', () => {
  const lastGood = [desiredRule({ prefixes: ['10.1.2.9'] })];
  const current = { version: 3, digest: 'allow-shop 10.1.2.3', position: 5, rules: [], declaration: {} };
  const changed = desiredTenant({
    rules: [desiredRule({ name: 'allow-shop', action: 'drop' }), desiredRule({ uid: 'rule-2', name: 'new' })],
  });
  const work = tenantWork({ desired: changed, current, lastGood });

  it('promise 1: what the first of Common’s two transactions left is what the next declaration is compiled against', () => {
    const added = { class: 'Firewall_Rule_List', rules: [] };
    const seen: unknown[] = [];
    const watched: Compile = (of, rules, stored) => {
      seen.push(stored?.body['Shared']);
      const plain = compiled(of, rules);
      return { ...plain, steps: plain.steps.map((step) => ({ ...step, Shared: { added } })) };
    };
    given(work, known, watched).when(ended(result(), result({ code: 422, response: '01070734' })), {
      type: 'concluded',
    });
    expect(seen).toEqual([undefined, { added }]);
  });

  it('promise 2: after a permanent refusal the last good rules are declared with today’s addresses', () => {
    const run = given(work, known).when(tooLarge);
    expect(run.last).toMatchObject({ type: 'conclude', outcome: { type: 'refused', permanent: true } });
    expect(run.when({ type: 'concluded' }).last).toMatchObject({
      type: 'declare',
      purpose: 'last-good',
      rules: lastGood,
    });
  });

  it('where no rule is to blame, those that changed since are held back with the device’s own words', () => {
    const run = given(work, known).when(tooLarge, { type: 'concluded' }, ended(result()), {
      type: 'enforced',
      findings: [],
    });
    const words: unknown = expect.stringContaining('01070712');
    expect(run.last).toMatchObject({
      type: 'conclude',
      outcome: {
        type: 'applied',
        heldBack: [
          { uid: 'rule-1', reason: 'MetadataLimit', message: words },
          { uid: 'rule-2', reason: 'MetadataLimit', message: words },
        ],
      },
    });
  });

  it('does not provoke a refusal again that it remembers', () => {
    const failure = new DeviceFailure('refused', '01070734');
    const refusal = { digest: compiled(work, changed.rules).digest, failure };
    expect(given(work, { ...known, refusal }).last).toMatchObject({ type: 'declare', purpose: 'last-good' });
  });

  it('says so when there is nothing good to fall back to, and the device does not even take the tenant without rules', () => {
    const run = given(tenantWork(), known).when(refused, { type: 'concluded' });
    expect(run.last).toMatchObject({ type: 'declare', purpose: 'isolation', rules: [] });
    run.when(refused, { type: 'concluded' });
    expect(run.result).toMatchObject({ type: 'reported', report: { state: 'failed', reason: 'Refused' } });
  });

  it('a lock key that does not fit is another writer: it reads again, and gives up only after some rounds', () => {
    const mismatch = ended(result({ code: 422, message: 'The hash you submitted does not match the hash on BIG-IP' }));
    const round: Observation[] = [
      mismatch,
      { type: 'concluded' },
      { type: 'stored', stored: { body: { class: 'Tenant' }, lockKey: 'key-2' } },
    ];
    const run = given(tenantWork(), known).when(...round);
    expect(run.last).toMatchObject({ type: 'declare', purpose: 'change', lockKey: 'key-2' });
    run.when(...round, ...round, ...round, ...round, mismatch, { type: 'concluded' });
    expect(run.result).toMatchObject({ type: 'again', failure: { kind: 'lock-key' } });
  });

  it('promise 7: an answer that was lost leaves the attempt open', () => {
    const failure = new DeviceFailure('answer-lost', 'ECONNRESET');
    const run = given(work, known).when({ type: 'failed', failure, attempt: 1, at });
    expect(run.types).toEqual(['declare', 'over']);
    expect(run.result).toEqual({ type: 'again', failure });
  });

  it('promise 7: an internal error in a task says nothing of the device, and leaves the attempt open too', () => {
    expect(given(work, known).when(ended(result({ code: 500, message: 'failed' }))).types).toEqual(['declare', 'over']);
  });

  it('a busy device is neither a refusal nor an outage', () => {
    const failure = new DeviceFailure('busy', 'Configuration operation in progress on device');
    const run = given(work, known).when({ type: 'failed', failure, attempt: 1, at });
    expect(run.last).toMatchObject({ type: 'conclude', outcome: { type: 'withdrawn' } });
    expect(run.when({ type: 'concluded' }).result).toEqual({ type: 'again', failure });
  });
});
