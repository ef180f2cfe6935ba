import { type DeviceState } from '#apps/bigip-simulator/src/device/state';
import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type NewAddress } from './large-cluster.js';

export interface Arrival {
  /** When it was put into the cluster, in milliseconds of `performance.now()`. */
  readonly at: number;
  readonly milliseconds: number;
}

/** Sees what a device holds after each transaction, and when. */
export class DeviceMonitor {
  readonly arrivals: Arrival[] = [];
  /** Transactions of AS3, by tenant. */
  readonly transactions = new Map<string, number>();
  lastChange = 0;
  private readonly expected = new Map<string, { readonly tenant: string; readonly at: number }>();
  private readonly end: () => void;

  constructor(private readonly device: BigipSimulator) {
    this.end = device.onDeviceState((state, { phase, tenant }) => {
      if (phase !== 'transaction' || tenant === null) return;
      this.lastChange = performance.now();
      this.transactions.set(tenant, (this.transactions.get(tenant) ?? 0) + 1);
      if (this.expected.size > 0) this.arrive(addressesOf(state, tenant), tenant);
    });
  }

  get missing(): number {
    return this.expected.size;
  }

  /** An address was put into the cluster now; its arrival is awaited, and that of the one that it replaces no more. */
  expect({ tenant, address, replaced }: NewAddress): void {
    if (replaced !== null) this.expected.delete(replaced);
    this.expected.set(address, { tenant, at: performance.now() });
  }

  /** How many addresses the tenants' rules let out. */
  count(tenants: readonly string[]): number {
    return tenants.reduce((sum, tenant) => sum + addressesOf(this.device.device.state, tenant).size, 0);
  }

  close(): void {
    this.end();
  }

  private arrive(present: ReadonlySet<string>, tenant: string): void {
    for (const [address, expected] of this.expected) {
      if (expected.tenant !== tenant || !present.has(address)) continue;
      this.expected.delete(address);
      this.arrivals.push({ at: expected.at, milliseconds: performance.now() - expected.at });
    }
  }
}

/** The sources of a tenant's rules, without their route domains; destinations are none of 10.0.0.0/8. */
function addressesOf(state: DeviceState, tenant: string): Set<string> {
  const found = new Set<string>();
  for (const object of state.objects.values()) {
    if (object.kind !== 'address-list' || !object.path.startsWith(`/${tenant}/`)) continue;
    for (const address of object.addresses) if (address.startsWith('10.')) found.add(address.replace(/%\d+$/, ''));
  }
  return found;
}
