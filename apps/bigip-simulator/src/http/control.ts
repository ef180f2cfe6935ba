import { z } from 'zod';
import { type JsonObject, type JsonValue, parseJson } from '#core/json';
import { type Answer, failed } from '../answer.js';
import { type Archive } from '../archive.js';
import { type As3Counters } from '../as3/as3.js';
import { type Device } from '../device/device.js';
import { addressList, type DeviceObject, otherObject, portList } from '../device/objects.js';
import { DeviceRefusal } from '../device/refusals.js';
import { type Faults } from '../faults/faults.js';
import { type Packet, type Verdict } from '../packet/evaluate.js';
import * as schemas from './control-schemas.js';
import { type FailoverState } from './icontrol.js';
import { type IControlRequest } from './icontrol-answers.js';
import { viewGlobalRules, viewObject, viewPartition, viewRouteDomain } from './icontrol-view.js';
import { type Reachability } from './listener.js';
import { type RecordedRequest } from './request-log.js';

/** What of the simulator can be reached over HTTP, for whoever runs it as a process. */
export interface Controlled {
  readonly device: Device;
  readonly faults: Faults;
  readonly counters: Readonly<As3Counters>;
  readonly requests: readonly RecordedRequest[];
  clearRequests(): void;
  evaluate(packet: Packet): Verdict;
  busyFor(milliseconds: number): void;
  outage(kind: Exclude<Reachability, 'open'>, milliseconds: number): Promise<unknown>;
  reboot(downFor: number): Promise<void>;
  setFailover(state: FailoverState): void;
  takeArchive(): Archive;
  restoreArchive(archive: Archive, what: { device: boolean; declarations: boolean }): void;
}

const mostArchives = 10;

/** The endpoints below /simulator. */
export class Control {
  readonly #archives = new Map<string, Archive>();

  constructor(private readonly simulator: Controlled) {}

  handle(request: IControlRequest): Answer {
    try {
      return this.#handle(request);
    } catch (error) {
      if (error instanceof z.ZodError) return failed(422, z.prettifyError(error));
      if (error instanceof DeviceRefusal || error instanceof TypeError) return failed(400, error.message);
      throw error;
    }
  }

  #handle({ method, path, body }: IControlRequest): Answer {
    const { simulator } = this;
    const [resource = '', name = '', action] = path.split('/').slice(2);
    switch (`${method} ${resource}`) {
      case 'GET device':
        return done(viewDevice(simulator.device));
      case 'PUT device':
        simulator.device.put(objectFrom(schemas.object.parse(body)));
        return done({});
      case 'DELETE device': {
        const { component, path: object } = schemas.removal.parse(body);
        simulator.device.remove(component, object);
        return done({});
      }
      case 'GET counters':
        return done(simulator.counters);
      case 'GET requests':
        return done({ items: simulator.requests });
      case 'DELETE requests':
        simulator.clearRequests();
        return done({});
      case 'POST evaluate':
        return done(simulator.evaluate(packetFrom(schemas.packet.parse(body))));
      case 'POST faults':
        return this.#setFault(schemas.fault.parse(body));
      case 'DELETE faults':
        simulator.faults.clear();
        return done({});
      case 'POST reboot': {
        const { downForMilliseconds } = schemas.reboot.parse(body ?? {});
        return { ...done({}), afterwards: () => simulator.reboot(downForMilliseconds) };
      }
      case 'POST failover':
        simulator.setFailover(schemas.failover.parse(body).state);
        return done({});
      case 'POST archives':
        return action === 'restore' ? this.#restore(name, body) : this.#take(name);
      default:
        return failed(404, `The simulator has no ${method} ${path}; see its README.md`);
    }
  }

  #setFault(fault: schemas.Fault): Answer {
    const { simulator } = this;
    switch (fault.kind) {
      case 'status':
      case 'cut-short':
      case 'slow':
      case 'lose-answer': {
        const { method, path, times, ...effect } = fault;
        simulator.faults.strikeRequests({
          ...(method === undefined ? {} : { method }),
          ...(path === undefined ? {} : { path }),
          times,
          effect,
        });
        break;
      }
      case 'refuse':
      case 'black-hole':
      case 'reset':
      case 'broken-tls':
        return { ...done({}), afterwards: () => simulator.outage(fault.kind, fault.milliseconds) };
      case 'busy':
        simulator.busyFor(fault.milliseconds);
        break;
      case 'refuse-objects':
        simulator.faults.refuseObjects(new RegExp(fault.pattern), fault.message, fault.named);
        break;
      case 'invalid-items':
        simulator.faults.invalidateItems(new RegExp(fault.pattern), fault.message, fault.named);
        break;
      case 'fail-tenant':
        simulator.faults.failTenant(fault.tenant, fault);
        break;
      case 'known-issue':
        simulator.faults.knownIssues.add(fault.issue);
    }
    return done({});
  }

  #take(name: string): Answer {
    if (!this.#archives.has(name) && this.#archives.size >= mostArchives) {
      return failed(409, `There are ${String(mostArchives)} archives already: overwrite one of them`);
    }
    this.#archives.set(name, this.simulator.takeArchive());
    return done({});
  }

  #restore(name: string, body: JsonValue | undefined): Answer {
    const archive = this.#archives.get(name);
    if (!archive) return failed(404, `There is no archive ${name}`);
    this.simulator.restoreArchive(archive, schemas.restore.parse(body ?? {}));
    return done({});
  }
}

function objectFrom(given: schemas.ChangedObject): DeviceObject {
  switch (given.kind) {
    case 'address-list':
      return addressList(given);
    case 'port-list':
      return portList(given);
    case 'other':
      return otherObject(given);
  }
}

function packetFrom({ names, ...packet }: schemas.GivenPacket): Packet {
  return names ? { ...packet, fqdnOf: () => names } : packet;
}

function viewDevice({ state }: Device): JsonObject {
  return {
    partitions: [...state.partitions.values()].map(viewPartition),
    folders: [...state.folders],
    routeDomains: [...state.routeDomains.values()].map(viewRouteDomain),
    globalRules: viewGlobalRules(state.globalRules),
    objects: [...state.objects.values()].map((object) => viewObject(object, true)),
  };
}

function done(body: unknown): Answer {
  return { status: 200, body: parseJson(JSON.stringify(body)) };
}
