import { type Clock } from '#core/clock';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type As3Info } from '../domain/as3-version.js';
import {
  type DeclareAnswer,
  failureInResults,
  failureOf,
  readDeclareAnswer,
  readTaskAnswer,
  type TaskAnswer,
  type TenantResult,
} from '../domain/classify.js';
import { type PartitionContents, type StoredTenant } from '../domain/contact.js';
import { type DeviceDifference, readDifferences } from '../domain/differences.js';
import { DeviceFailure, failures } from '../domain/failures.js';
import { pollTask } from '../poll.js';
import { type Device } from '../ports/device.js';
import { type Answer } from './https-client.js';
import { type PairClient } from './pair-client.js';
import { readPartition } from './partition.js';

const as3 = '/mgmt/shared/appsvcs';
const globalRules = '/mgmt/tm/security/firewall/global-rules';

/** A BIG-IP over its management interface: AS3 for declarations, iControl REST for what AS3 cannot say. */
export class BigipDevice implements Device {
  constructor(
    private readonly client: PairClient,
    private readonly clock: Clock,
  ) {}

  follow(signal: AbortSignal): Promise<string> {
    return this.client.follow(signal);
  }

  async synchronise(deviceGroup: string, signal: AbortSignal): Promise<void> {
    const body = { command: 'run', utilCmdArgs: `config-sync to-group ${deviceGroup}` };
    const answer = await this.client.call({ method: 'POST', path: '/mgmt/tm/cm', body }, signal);
    if (answer.status >= 200 && answer.status < 300) return;
    const failure = failureOf(answer.status, answer.body);
    if (failures[failure.kind].device === 'busy') throw failure;
    throw new DeviceFailure('sync-failed', `config-sync to-group ${deviceGroup}: ${failure.detail}`);
  }

  async info(signal: AbortSignal): Promise<As3Info> {
    const body = await this.get(`${as3}/info`, signal);
    const { version, schemaCurrent, schemaMinimum } = body;
    if (typeof version !== 'string' || typeof schemaCurrent !== 'string' || typeof schemaMinimum !== 'string') {
      throw new DeviceFailure('not-understood', 'AS3 does not say its version');
    }
    return { version, schemaCurrent, schemaMinimum };
  }

  async stored(tenant: string, signal: AbortSignal): Promise<StoredTenant | null> {
    const path = `${as3}/declare/${segment(tenant)}?showHash=true`;
    const answer = await this.client.call({ method: 'GET', path }, signal);
    if (answer.status === 204 || answer.status === 404) return await this.absent(answer, signal);
    const body = object(expectSuccess(answer))[tenant];
    if (!isJsonObject(body)) throw new DeviceFailure('not-understood', `a declaration without the tenant "${tenant}"`);
    const { optimisticLockKey, ...rest } = body;
    return { body: rest, lockKey: typeof optimisticLockKey === 'string' ? optimisticLockKey : null };
  }

  async declare(tenant: string, request: JsonObject, signal: AbortSignal): Promise<DeclareAnswer> {
    const path = `${as3}/declare/${segment(tenant)}?async=true&showHash=true`;
    const answer = await this.client.call({ method: 'POST', path, body: request }, signal).catch((error: unknown) => {
      // Silence after the request went out says nothing of what AS3 does with it.
      if (error instanceof DeviceFailure && error.kind === 'timeout')
        throw new DeviceFailure('answer-lost', error.detail);
      throw error;
    });
    return readDeclareAnswer(answer.status, answer.body);
  }

  async task(id: string, signal: AbortSignal): Promise<TaskAnswer> {
    const answer = await this.client.call({ method: 'GET', path: `${as3}/task/${segment(id)}` }, signal);
    return readTaskAnswer(answer.status, answer.body);
  }

  async dryRun(tenant: string, request: JsonObject, signal: AbortSignal): Promise<'same' | 'different'> {
    const { results } = await this.compare(tenant, request, '', signal);
    const own = results.filter((result) => result.tenant === tenant);
    const same = own.length > 0 && own.every((result) => result.message === 'no change');
    return same ? 'same' : 'different';
  }

  async differences(tenant: string, request: JsonObject, signal: AbortSignal): Promise<readonly DeviceDifference[]> {
    const { body } = await this.compare(tenant, request, '&controls.traceResponse=true', signal);
    return readDifferences(body, tenant);
  }

  async policyRules(policy: string, signal: AbortSignal): Promise<readonly string[] | null> {
    const path = `/mgmt/tm/security/firewall/policy/${tilde(policy)}?expandSubcollections=true`;
    const answer = await this.client.call({ method: 'GET', path }, signal);
    if (answer.status === 404) return null;
    const reference = object(expectSuccess(answer))['rulesReference'];
    const items = isJsonObject(reference) ? (reference['items'] ?? []) : null;
    if (!Array.isArray(items)) throw new DeviceFailure('not-understood', `a policy without its rules: ${policy}`);
    return (items as readonly JsonValue[]).map((item) => {
      const name = isJsonObject(item) ? item['name'] : undefined;
      if (typeof name !== 'string') throw new DeviceFailure('not-understood', `a rule without a name in ${policy}`);
      return name;
    });
  }

  partition(tenant: string, signal: AbortSignal): Promise<PartitionContents> {
    return readPartition((path) => this.client.call({ method: 'GET', path }, signal), tenant);
  }

  async globalPolicy(signal: AbortSignal): Promise<string | null> {
    return policyIn((await this.get(globalRules, signal))['enforcedPolicy']);
  }

  async enforceGlobalPolicy(policy: string, signal: AbortSignal): Promise<void> {
    await this.patch(globalRules, { enforcedPolicy: policy }, signal);
  }

  async routeDomain(routeDomain: string, signal: AbortSignal): Promise<{ policy: string | null } | null> {
    const answer = await this.client.call({ method: 'GET', path: routeDomainPath(routeDomain) }, signal);
    if (answer.status === 404) return null;
    return { policy: policyIn(object(expectSuccess(answer))['fwEnforcedPolicy']) };
  }

  async enforceRouteDomainPolicy(routeDomain: string, policy: string | null, signal: AbortSignal): Promise<void> {
    await this.patch(routeDomainPath(routeDomain), { fwEnforcedPolicy: policy ?? 'none' }, signal);
  }

  async save(signal: AbortSignal): Promise<void> {
    expectSuccess(
      await this.client.call({ method: 'POST', path: '/mgmt/tm/sys/config', body: { command: 'save' } }, signal),
    );
  }

  /** Lets AS3 compare. A large tenant takes it longer than a caller may wait: then the answer is in its task. */
  private async compare(tenant: string, request: JsonObject, more: string, signal: AbortSignal) {
    const path = `${as3}/declare/${segment(tenant)}?controls.dryRun=true${more}`;
    let answer = await this.client.call({ method: 'POST', path, body: request }, signal);
    const begun = readDeclareAnswer(answer.status, answer.body);
    if (begun.type === 'accepted') {
      const readTask = async () => {
        answer = await this.client.call({ method: 'GET', path: `${as3}/task/${segment(begun.task)}` }, signal);
        return readTaskAnswer(answer.status, answer.body);
      };
      const ended = await pollTask({ task: readTask }, begun.task, this.clock, signal);
      if (ended.type === 'unknown') throw new DeviceFailure('answer-lost', 'AS3 no longer knows the task of a dry run');
      return { results: succeeded(ended.results, tenant), body: answer.body };
    }
    return { results: succeeded(begun.results, tenant), body: answer.body };
  }

  /** AS3 answers 404 for a tenant that it does not know, and the web server does for an AS3 that is not there. */
  private async absent(answer: Answer, signal: AbortSignal): Promise<null> {
    if (answer.status === 404) await this.info(signal);
    return null;
  }

  private async get(path: string, signal: AbortSignal): Promise<JsonObject> {
    return object(expectSuccess(await this.client.call({ method: 'GET', path }, signal)));
  }

  private async patch(path: string, body: JsonObject, signal: AbortSignal): Promise<void> {
    expectSuccess(await this.client.call({ method: 'PATCH', path, body }, signal));
  }
}

/** @throws DeviceFailure when AS3 finds fault with the tenant. */
function succeeded(results: readonly TenantResult[], tenant: string): readonly TenantResult[] {
  const failure = failureInResults(results, tenant);
  if (failure !== null) throw failure;
  return results;
}

function expectSuccess(answer: Answer): JsonValue {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw failureOf(answer.status, answer.body);
}

function object(body: JsonValue): JsonObject {
  if (isJsonObject(body)) return body;
  throw new DeviceFailure('not-understood', 'an answer that is not a JSON object');
}

/** iControl leaves the property out, or says `none`, where no policy is enforced. */
function policyIn(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' && value !== 'none' ? value : null;
}

function routeDomainPath(routeDomain: string): string {
  return `/mgmt/tm/net/route-domain/${tilde(routeDomain)}`;
}

/** A full path as iControl has it in its own paths. */
function tilde(path: string): string {
  return segment(path.replaceAll('/', '~'));
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
