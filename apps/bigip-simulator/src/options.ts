import { type Clock, systemClock } from '#platform/clock';
import { type Latency } from './as3/audit.js';
import { type As3Version, parseVersion } from './as3/version.js';
import { type DeviceContent } from './device/factory.js';
import { type FailoverState } from './http/icontrol.js';
import { type Credentials } from './http/authentication.js';
import { defaultSchemaDirectory } from './schema-directory.js';

/** Everything has a default: an empty BIG-IP with AS3 3.56 and AFM, on a free port of 127.0.0.1. */
export interface SimulatorOptions {
  readonly username?: string;
  readonly password?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** DNS names by which it is reached, for its certificate; `localhost` and 127.0.0.1 are always in it. */
  readonly names?: readonly string[];
  /** What AS3 answers as its version, and how it behaves: 3.29, 3.49, 3.50, 3.56.0 … */
  readonly as3Version?: string;
  /** Where F5's schemas lie, or null for the built-in one; by default the folder ../shared/as3 beside the repository. */
  readonly schemaDirectory?: string | null;
  /** Modules beside LTM; AFM by default. */
  readonly provisioned?: readonly string[];
  /** Full path of the resolver that AFM looks domain names up with; by default none is set, as on a new device. */
  readonly fqdnResolver?: string;
  /** What others have made on the device before. */
  readonly content?: DeviceContent;
  readonly latency?: Partial<Latency>;
  /** Milliseconds until a synchronous declare is answered with 202; AS3 takes 45,000. */
  readonly synchronousLimit?: number;
  readonly clock?: Clock;
  readonly failover?: FailoverState;
  /** Names of device groups that can be synchronised. */
  readonly deviceGroups?: readonly string[];
  /** Called when the configuration is synchronised to a device group. */
  readonly onSync?: (deviceGroup: string) => void;
  /** Domain name → addresses, as the device's resolver has them. */
  readonly resolved?: Readonly<Record<string, readonly string[]>>;
  /**
   * False, as in AS3: where rules of a policy or rule list merely change places, no change is seen. True makes AS3
   * compare their order.
   */
  readonly comparesRuleOrder?: boolean;
  /** True, as in AS3: a `bigip` path that leads nowhere is refused before anything begins. False leaves it to the device. */
  readonly checksBigipPaths?: boolean;
  /** Whether a destination without `%ID` in a list of Common means route domain 0 only; false: every route domain. */
  readonly strictDestinations?: boolean;
  /** Bytes from which the fault #780 strikes. */
  readonly largeDeclaration?: number;
}

export interface CompleteOptions {
  readonly credentials: Credentials;
  readonly port: number;
  readonly host: string;
  readonly names: readonly string[];
  readonly version: As3Version;
  readonly schemaDirectory: string | null;
  readonly provisioned: ReadonlySet<string>;
  readonly fqdnResolver: string | null;
  readonly content: DeviceContent;
  readonly latency: Latency;
  readonly synchronousLimit: number;
  readonly clock: Clock;
  readonly failover: FailoverState;
  readonly deviceGroups: readonly string[];
  readonly onSync: (deviceGroup: string) => void;
  readonly resolved: ReadonlyMap<string, readonly string[]>;
  readonly comparesRuleOrder: boolean;
  readonly checksBigipPaths: boolean;
  readonly strictDestinations: boolean;
  readonly largeDeclaration: number;
}

/** @throws TypeError when the version is none */
export function completeOptions(given: SimulatorOptions): CompleteOptions {
  return {
    credentials: { username: given.username ?? 'admin', password: given.password ?? 'admin' },
    port: given.port ?? 0,
    host: given.host ?? '127.0.0.1',
    names: given.names ?? [],
    version: parseVersion(given.as3Version ?? '3.56.0'),
    schemaDirectory: given.schemaDirectory === undefined ? defaultSchemaDirectory() : given.schemaDirectory,
    provisioned: new Set(['ltm', ...(given.provisioned ?? ['afm'])]),
    fqdnResolver: given.fqdnResolver ?? null,
    content: given.content ?? {},
    latency: { perTenant: 0, perObject: 0, ...given.latency },
    synchronousLimit: given.synchronousLimit ?? 45_000,
    clock: given.clock ?? systemClock,
    failover: given.failover ?? 'ACTIVE',
    deviceGroups: given.deviceGroups ?? [],
    onSync: given.onSync ?? (() => undefined),
    resolved: new Map(Object.entries(given.resolved ?? {})),
    comparesRuleOrder: given.comparesRuleOrder ?? false,
    checksBigipPaths: given.checksBigipPaths ?? true,
    strictDestinations: given.strictDestinations ?? false,
    largeDeclaration: given.largeDeclaration ?? 1_000_000,
  };
}
