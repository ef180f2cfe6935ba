import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type DeviceStep } from '#apps/bigip-simulator/src/device/device';
import { type DeviceState } from '#apps/bigip-simulator/src/device/state';
import { type Permitted } from './permitted.js';
import { foreignKeys, packets, type TestPacket } from './scenery.js';

/** Looks at the device after every single command, and remembers what must never be seen. */
export class WatchedDevice {
  private readonly seen: string[] = [];
  private readonly others = new Set<string>();
  private readonly foreign: DeviceState['objects'];

  constructor(
    readonly bigip: BigipSimulator,
    private readonly permitted: Permitted,
  ) {
    this.foreign = bigip.device.state.objects;
    bigip.onDeviceState((state, step) => {
      this.look(state, () => described(step));
    });
  }

  /** What was seen so far. */
  get violations(): readonly string[] {
    return this.seen;
  }

  /** Somebody else's object, which stays from now on. */
  expect(path: string): void {
    this.others.add(path);
  }

  reaches(packet: TestPacket, state?: DeviceState): boolean {
    return this.bigip.evaluate(packet, state).reaches;
  }

  look(state: DeviceState, when: () => string): void {
    const wide = packets.filter((packet) => this.reaches(packet, state) && !this.permitted.allows(packet));
    if (wide.length > 0) {
      const by = wide.slice(0, 3).map((packet) => `${shown(packet)} by ${this.deciding(packet, state)}`);
      this.note(
        `wider than any version allows (promises 1, 2): ${by.join('; ')} (${wide.length} packets) after ${when()}`,
      );
    }
    const changed = foreignKeys.filter((key) => state.objects.get(key) !== this.foreign.get(key));
    const paths = new Set([...state.objects.values()].map(({ path }) => path));
    const gone = [...this.others].filter((path) => !paths.has(path));
    for (const key of [...changed, ...gone])
      this.note(`others’ object was touched (promise 10): ${key} after ${when()}`);
  }

  note(violation: string): void {
    this.seen.push(violation);
  }

  private deciding(packet: TestPacket, state: DeviceState): string {
    const { decidedBy } = this.bigip.evaluate(packet, state);
    return decidedBy === null ? 'no rule' : `${decidedBy.policy}: ${decidedBy.rule}`;
  }
}

function described({ by, phase, tenant, command }: DeviceStep): string {
  return `${by} ${phase} ${tenant ?? ''}: ${command.split('\n').slice(0, 2).join(' ⏎ ')}`;
}

export function shown({ source, routeDomain, destination, protocol, port }: TestPacket): string {
  return `${source}%${routeDomain} → ${destination} ${protocol} ${port ?? ''}`;
}
