import { type DeviceStep } from '#apps/bigip-simulator/src/device/device';
import { type DeviceState } from '#apps/bigip-simulator/src/device/state';
import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type ChangedCluster, type States } from './changed-cluster.js';
import { addressOf, destinations, destinationsOf, type Name, places, type Tenant, tenants } from './scenery.js';

/** Which state of each kind; indices into `States`. */
interface Moment {
  readonly pods: number;
  readonly permissions: number;
  readonly denials: number;
  readonly externalServices: number;
}

const beginning: Moment = { pods: 0, permissions: 0, denials: 0, externalServices: 0 };

/**
 * Looks at the device after every single command. What a transaction leaves of a tenant has to be exactly what the cluster
 * said at some moment, no earlier than the one before: kinds reach CES one by one, but each in its order. In between,
 * nothing may pass that no moment since then allows.
 */
export class WatchedDevice {
  private readonly since = new Map<Tenant, Moment>();
  private readonly seen: string[] = [];

  constructor(
    readonly bigip: BigipSimulator,
    private readonly cluster: ChangedCluster,
  ) {
    bigip.onDeviceState((state, step) => {
      if (step.by === 'reboot') this.since.clear();
      for (const { name } of tenants) this.look(name, state, step);
    });
  }

  /** What was seen that must never be. */
  get violations(): readonly string[] {
    return this.seen;
  }

  /** How the device differs from what the cluster says now. */
  differences(): string[] {
    return tenants.flatMap(({ name }) => {
      const states = this.cluster.statesOf(name);
      const [passing, allowed] = [this.passing(name, this.bigip.device.state), allowedAt(states, latest(states))];
      return [
        ...[...passing].filter((packet) => !allowed.has(packet)).map((packet) => `${name}: ${packet} passes`),
        ...[...allowed].filter((packet) => !passing.has(packet)).map((packet) => `${name}: ${packet} does not pass`),
      ];
    });
  }

  /** It holds what the cluster says now, so that nothing from before may come back. */
  settled(): void {
    for (const { name } of tenants) this.since.set(name, latest(this.cluster.statesOf(name)));
  }

  private look(tenant: Tenant, state: DeviceState, step: DeviceStep): void {
    const states = this.cluster.statesOf(tenant);
    const passing = this.passing(tenant, state);
    const since = this.since.get(tenant) ?? beginning;
    const moments = momentsFrom(states, since);
    const command = step.command.split('\n')[0] ?? '';
    if (step.by === 'as3' && step.phase === 'transaction' && step.tenant === tenant) {
      const meant = moments.filter((moment) => same(allowedAt(states, moment), passing));
      if (meant.length === 0) this.note(`${tenant} is what no moment since the last one says, after ${command}`);
      else this.since.set(tenant, earliest(meant));
      return;
    }
    const wide = [...passing].filter((packet) => !moments.some((moment) => allowedAt(states, moment).has(packet)));
    if (wide.length > 0) this.note(`${tenant}: ${wide.join(', ')} passes, after ${step.by} ${step.phase}: ${command}`);
  }

  private passing(tenant: Tenant, state: DeviceState): ReadonlySet<string> {
    const routeDomain = tenants.find(({ name }) => name === tenant)?.routeDomain ?? 0;
    const passing = new Set<string>();
    for (let place = 0; place < places; place += 1)
      for (const destination of destinations) {
        const source = addressOf(tenant, place);
        const packet = { source, destination, port: 443, protocol: 'tcp', routeDomain };
        if (this.bigip.evaluate(packet, state).reaches) passing.add(`${place} → ${destination}`);
      }
    return passing;
  }

  private note(violation: string): void {
    this.seen.push(violation);
  }
}

/** Worked out once for each moment: moments that are gone do not change. */
const allowed = new WeakMap<States, Map<string, ReadonlySet<string>>>();

/** What the rules mean, said once more without a line of the code that is tested. */
function allowedAt(states: States, moment: Moment): ReadonlySet<string> {
  const known = allowed.get(states) ?? new Map<string, ReadonlySet<string>>();
  allowed.set(states, known);
  const key = Object.values(moment).join(' ');
  const found = known.get(key);
  if (found !== undefined) return found;
  const pods = states.pods[moment.pods] ?? new Map<number, never>();
  const externalServices = states.externalServices[moment.externalServices];
  const meaning = (name: Name): readonly string[] => {
    const says = externalServices?.get(name);
    return says === undefined ? [] : (destinationsOf[says]?.destinations ?? []);
  };
  const denied = new Set([...(states.denials[moment.denials] ?? [])].flatMap(meaning));
  const packets = new Set<string>();
  for (const name of states.permissions[moment.permissions] ?? [])
    for (const [place, app] of pods)
      for (const destination of meaning(name))
        if (app === name && !denied.has(destination)) packets.add(`${place} → ${destination}`);
  known.set(key, packets);
  return packets;
}

function latest(states: States): Moment {
  return {
    pods: states.pods.length - 1,
    permissions: states.permissions.length - 1,
    denials: states.denials.length - 1,
    externalServices: states.externalServices.length - 1,
  };
}

function momentsFrom(states: States, since: Moment): Moment[] {
  const moments: Moment[] = [];
  const last = latest(states);
  for (let { pods } = since; pods <= last.pods; pods += 1)
    for (let { permissions } = since; permissions <= last.permissions; permissions += 1)
      for (let { denials } = since; denials <= last.denials; denials += 1)
        for (let { externalServices } = since; externalServices <= last.externalServices; externalServices += 1)
          moments.push({ pods, permissions, denials, externalServices });
  return moments;
}

function earliest(moments: readonly Moment[]): Moment {
  const least = (of: (moment: Moment) => number): number => Math.min(...moments.map(of));
  return {
    pods: least(({ pods }) => pods),
    permissions: least(({ permissions }) => permissions),
    denials: least(({ denials }) => denials),
    externalServices: least(({ externalServices }) => externalServices),
  };
}

function same(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((entry) => other.has(entry));
}
