import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { failureOf } from '../domain/classify.js';
import { DeviceFailure } from '../domain/failures.js';
import { type Answer, type Call } from './https-client.js';

/** One unit: its address, and how it is called. */
export interface Unit {
  readonly name: string;
  call(call: Call, signal: AbortSignal): Promise<Answer>;
}

/**
 * The units of a device, as one of which all calls go to the active one. Which that is, is found when it is asked for with
 * `follow`, and kept until then: so that what belongs together goes to one unit.
 */
export class PairClient {
  private current: Unit | null = null;

  constructor(private readonly units: readonly [Unit, ...Unit[]]) {}

  /** @throws DeviceFailure as `follow` and the unit do. */
  async call(call: Call, signal: AbortSignal): Promise<Answer> {
    if (this.current === null) await this.follow(signal);
    return (this.current ?? this.units[0]).call(call, signal);
  }

  /**
   * Finds the active unit, the one from before first, and gives its name. A single unit is not asked.
   * @throws DeviceFailure: `standby` when all that answer are standing by, else what the last one failed with.
   */
  async follow(signal: AbortSignal): Promise<string> {
    const [only, ...others] = this.units;
    if (others.length === 0) {
      this.current = only;
      return only.name;
    }
    const before = this.current;
    const order = before === null ? this.units : [before, ...this.units.filter((unit) => unit !== before)];
    let failure: DeviceFailure | null = null;
    const waiting: string[] = [];
    for (const unit of order) {
      try {
        if (await isActive(unit, signal)) {
          this.current = unit;
          return unit.name;
        }
        waiting.push(unit.name);
      } catch (error) {
        if (!(error instanceof DeviceFailure)) throw error;
        failure = error;
      }
    }
    this.current = null;
    if (waiting.length === 0 && failure !== null) throw failure;
    const silent = failure === null ? '' : `, and of the others: ${failure.message}`;
    throw new DeviceFailure(
      'standby',
      `${waiting.join(' and ')} ${waiting.length === 1 ? 'is' : 'are'} not active${silent}`,
    );
  }
}

async function isActive(unit: Unit, signal: AbortSignal): Promise<boolean> {
  const { status, body } = await unit.call({ method: 'GET', path: '/mgmt/tm/cm/failover-status' }, signal);
  if (status !== 200) throw failureOf(status, body);
  const [state] = descriptionsOf(body, 'status');
  if (state === undefined) throw new DeviceFailure('not-understood', 'a unit does not say whether it is active');
  return state === 'ACTIVE';
}

/** Statistics lie below members that are named by addresses. */
function descriptionsOf(body: JsonValue, name: string): readonly string[] {
  const entries = isJsonObject(body) ? body['entries'] : undefined;
  return Object.values(isJsonObject(entries) ? entries : {}).flatMap((entry) => {
    const value = memberOf(memberOf(memberOf(entry, 'nestedStats'), 'entries'), name)['description'];
    return typeof value === 'string' ? [value] : [];
  });
}

function memberOf(value: JsonValue, name: string): JsonObject {
  const member = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(member) ? member : {};
}
