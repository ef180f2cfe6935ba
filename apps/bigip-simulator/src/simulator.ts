import { createCertificates, type Certificates } from '#platform/certificates';
import { type Archive } from './archive.js';
import { As3, type As3Counters } from './as3/as3.js';
import { loadSchema } from './as3/schema.js';
import { type DeclarationHistory, DeclarationStore } from './as3/store.js';
import { Device, type DeviceListener } from './device/device.js';
import { initialState } from './device/factory.js';
import { type DeviceState } from './device/state.js';
import { Faults } from './faults/faults.js';
import { Authentication } from './http/authentication.js';
import { Control } from './http/control.js';
import { type FailoverState } from './http/icontrol.js';
import { Listener, type Reachability } from './http/listener.js';
import { type RecordedRequest, RequestLog } from './http/request-log.js';
import { createHttpServer, type HttpServer } from './http/server.js';
import { completeOptions, type CompleteOptions, type SimulatorOptions } from './options.js';
import { evaluate, type Packet, type Verdict } from './packet/evaluate.js';

export interface Outage {
  /** The device can be reached again. Does nothing when the outage has ended by itself. */
  end(): Promise<void>;
}

/** Starts a BIG-IP on a port of its own. @throws when the port is taken, or an option is wrong */
export async function startBigipSimulator(options: SimulatorOptions = {}): Promise<BigipSimulator> {
  const complete = completeOptions(options);
  const certificates = await createCertificates(complete.names, complete.clock.now().getTime());
  const simulator = new BigipSimulator(complete, certificates.authority);
  await simulator.start(certificates);
  return simulator;
}

/** A BIG-IP with AS3, in this process: its HTTPS interface, and everything that a test wants to see or to break. */
export class BigipSimulator {
  /** What the device holds, apart from what AS3 stored; with methods for changes by hand. */
  readonly device: Device;
  readonly faults = new Faults();
  readonly #options: CompleteOptions;
  readonly #store = new DeclarationStore();
  readonly #as3: As3;
  readonly #authentication: Authentication;
  readonly #log = new RequestLog();
  readonly #syncs: string[] = [];
  readonly #resolved: Map<string, readonly string[]>;
  readonly #closed = new AbortController();
  readonly #control = new Control(this);
  #failover: FailoverState;
  #server: HttpServer | undefined;
  #listener: Listener | undefined;
  #outages = 0;

  constructor(
    options: CompleteOptions,
    /** PEM of the authority that signed the interface's certificate. */
    readonly caCertificate: string,
  ) {
    this.#options = options;
    this.device = new Device(initialState(options.content));
    this.#authentication = new Authentication(options.credentials, options.clock);
    this.#resolved = new Map(options.resolved);
    this.#failover = options.failover;
    this.#as3 = new As3({
      ...options,
      device: this.device,
      faults: this.faults,
      store: this.#store,
      schema: loadSchema(options.version, options.schemaDirectory).check,
      comparison: { comparesRuleOrder: options.comparesRuleOrder },
      onSync: (group) => {
        this.#synchronised(group);
      },
    });
  }

  /** `https://127.0.0.1:PORT`; stays the same through outages and reboots. */
  get url(): string {
    return `https://${this.#options.host}:${String(this.#listener?.port ?? 0)}`;
  }

  /** The requests since the start or the last `clearRequests`, up to a thousand; those of /simulator not included. */
  get requests(): readonly RecordedRequest[] {
    return this.#log.requests;
  }

  get counters(): Readonly<As3Counters> {
    return { ...this.#as3.counters };
  }

  /** Device groups to which the configuration was synchronised, in the order of the calls. */
  get syncs(): readonly string[] {
    return [...this.#syncs];
  }

  /** The declarations that AS3 stores, newest first. */
  get declarations(): DeclarationHistory {
    return this.#store.history;
  }

  /** Path of the official schema file that declarations are checked with; null for the built-in schema. */
  get schemaSource(): string | null {
    return loadSchema(this.#options.version, this.#options.schemaDirectory).source;
  }

  clearRequests(): void {
    this.#log.clear();
  }

  /** @see Device.onState */
  onDeviceState(listener: DeviceListener): () => void {
    return this.device.onState(listener);
  }

  /** What the device does with a packet now, or did in a state that a listener was given. */
  evaluate(packet: Packet, state: DeviceState = this.device.state): Verdict {
    const { strictDestinations } = this.#options;
    return evaluate(state, packet, { resolved: this.#resolved, strictDestinations });
  }

  /** From now on the device's resolver has these addresses for the domain name. */
  resolve(name: string, addresses: readonly string[]): void {
    this.#resolved.set(name, addresses);
  }

  get failover(): FailoverState {
    return this.#failover;
  }

  setFailover(state: FailoverState): void {
    this.#failover = state;
  }

  /** Somebody else keeps AS3 busy. */
  busyFor(milliseconds: number): void {
    this.#as3.lock.holdForOthers(milliseconds);
  }

  /** The device cannot be reached, until `end` or for so many milliseconds. */
  async outage(kind: Exclude<Reachability, 'open'>, milliseconds?: number): Promise<Outage> {
    this.#outages += 1;
    const outage = this.#outages;
    await this.#listener?.become(kind);
    const end = async (): Promise<void> => {
      if (this.#outages === outage) await this.#listener?.become('open');
    };
    if (milliseconds !== undefined) this.#later(milliseconds, end);
    return { end };
  }

  /**
   * The device goes down at once and comes back after so many milliseconds, with the configuration that was saved.
   * What AS3 was doing is lost, with its records of tasks.
   */
  async reboot(downFor = 0): Promise<void> {
    this.#as3.reboot();
    this.#authentication.reset();
    this.#store.revert();
    const step = { by: 'reboot', phase: 'outside', command: 'reboot', tenant: null } as const;
    this.device.replace(step, this.device.saved);
    if (downFor > 0) await this.outage('refuse', downFor);
    else this.#listener?.disconnect();
  }

  takeArchive(): Archive {
    return { device: this.device.state, declarations: this.#store.history };
  }

  /** Sets back the device, what AS3 stored, or (as an archive does) both. */
  restoreArchive(archive: Archive, what: { device?: boolean; declarations?: boolean } = {}): void {
    const { device = true, declarations = true } = what;
    if (declarations) this.#store.restore(archive.declarations);
    const step = { by: 'archive', phase: 'outside', command: 'load sys ucs', tenant: null } as const;
    if (device) this.device.restore(step, archive.device);
  }

  async start(certificates: Certificates): Promise<void> {
    const { clock, host, port, provisioned, fqdnResolver, deviceGroups } = this.#options;
    this.#server = await createHttpServer(
      {
        as3: this.#as3,
        store: this.#store,
        authentication: this.#authentication,
        faults: this.faults,
        clock,
        log: this.#log,
        swallowsAnswers: () => this.#listener?.reachability === 'black-hole',
        control: (request) => this.#control.handle(request),
        icontrol: {
          device: this.device,
          provisioned,
          fqdnResolver,
          failover: () => this.#failover,
          save: () => {
            this.device.save();
            this.#store.save();
          },
          sync: (group) => {
            if (!deviceGroups.includes(group)) return false;
            this.#synchronised(group);
            return true;
          },
        },
      },
      certificates,
    );
    this.#listener = new Listener(this.#server.https, host, port);
    await this.#listener.listen();
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error('The simulator is closed'));
    this.#as3.reboot();
    await this.#listener?.close();
    await this.#server?.close();
  }

  #synchronised(group: string): void {
    this.#syncs.push(group);
    this.#options.onSync(group);
  }

  #later(milliseconds: number, action: () => Promise<void>): void {
    const { signal } = this.#closed;
    this.#options.clock.sleep(milliseconds, signal).then(action, () => undefined);
  }
}
