import { type DeviceObject, objectKey } from './objects.js';
import { DeviceRefusal, refusalOf } from './refusals.js';
import { type DeviceState, type Draft, edited, type GlobalRules, type Partition, type RouteDomain } from './state.js';

/** What has just changed the device. */
export interface DeviceStep {
  readonly by: 'as3' | 'icontrol' | 'service-discovery' | 'hand' | 'archive' | 'reboot';
  /**
   * Where in its script AS3 stands. What happens before and after the transaction takes effect command by command,
   * the transaction itself at once.
   */
  readonly phase: 'before' | 'transaction' | 'after' | 'rollback' | 'outside';
  /** In the words of tmsh; several lines for a transaction. */
  readonly command: string;
  readonly tenant: string | null;
}

export type DeviceListener = (state: DeviceState, step: DeviceStep) => void;

/** The running configuration, and the saved one to which a reboot goes back. */
export class Device {
  #running: DeviceState;
  #saved: DeviceState;
  readonly #listeners = new Set<DeviceListener>();

  constructor(initial: DeviceState) {
    this.#running = initial;
    this.#saved = initial;
  }

  get state(): DeviceState {
    return this.#running;
  }

  get saved(): DeviceState {
    return this.#saved;
  }

  /** `listener` is called synchronously after every single change; call the result to end it. */
  onState(listener: DeviceListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Makes the edits of one command or transaction effective at once.
   * @throws DeviceRefusal and changes nothing, when the device does not accept the result
   */
  change(step: DeviceStep, edit: (draft: Draft) => void): void {
    const next = edited(this.#running, edit);
    const refusal = refusalOf(this.#running, next);
    if (refusal !== null) throw new DeviceRefusal(refusal);
    this.replace(step, next);
  }

  replace(step: DeviceStep, state: DeviceState): void {
    this.#running = state;
    for (const listener of this.#listeners) listener(state, step);
  }

  save(): void {
    this.#saved = this.#running;
  }

  /** Archives contain what was saved. */
  restore(step: DeviceStep, state: DeviceState): void {
    this.#saved = state;
    this.replace(step, state);
  }

  /** By GUI, tmsh or another controller; AS3 knows nothing of it. @throws DeviceRefusal */
  put(...objects: readonly DeviceObject[]): void {
    this.#byHand(`create or modify ${objects.map(({ path }) => path).join(' ')}`, (draft) => {
      for (const object of objects) {
        draft.put(object);
        const folder = object.path.split('/').slice(0, 3).join('/');
        if (folder !== object.path) draft.folders.add(folder);
      }
    });
  }

  /** @param component as tmsh says it, such as `security firewall policy` @throws DeviceRefusal */
  remove(component: string, path: string): void {
    this.#byHand(`delete ${component} ${path}`, (draft) => draft.objects.delete(objectKey(component, path)));
  }

  addPartition(partition: Pick<Partition, 'name'> & Partial<Partition>): void {
    this.#byHand(`create auth partition ${partition.name}`, (draft) =>
      draft.partitions.set(partition.name, { defaultRouteDomain: 0, description: null, ...partition }),
    );
  }

  addRouteDomain(routeDomain: Pick<RouteDomain, 'path' | 'id'> & Partial<RouteDomain>): void {
    this.#byHand(`create net route-domain ${routeDomain.path}`, (draft) =>
      draft.routeDomains.set(routeDomain.path, { enforcedPolicy: null, stagedPolicy: null, ...routeDomain }),
    );
  }

  /** @throws DeviceRefusal when a policy does not exist */
  enforceGlobally(rules: Partial<GlobalRules>): void {
    this.#byHand('modify security firewall global-rules', (draft) => {
      draft.globalRules = { ...draft.globalRules, ...rules };
    });
  }

  /** @throws DeviceRefusal when a policy does not exist */
  enforceOnRouteDomain(path: string, policies: Partial<Omit<RouteDomain, 'path' | 'id'>>): void {
    this.#byHand(`modify net route-domain ${path}`, (draft) => {
      draft.enforce(path, policies);
    });
  }

  #byHand(command: string, edit: (draft: Draft) => void): void {
    this.change({ by: 'hand', phase: 'outside', command, tenant: null }, edit);
  }
}
