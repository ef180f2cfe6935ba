import { z } from 'zod';
import { type JsonObject, type JsonValue } from '#core/json';
import { badRequest, methodNotAllowed, unknownPath } from '../api-error.js';
import { faultSchema, type Fault, type RequestFault } from '../faults/fault.js';
import { type DeploymentSpec } from '../life/cluster-life.js';
import { type KubeObject } from '../objects/kube-object.js';
import { type OpenWatch } from '../reads/watch-hub.js';
import { type Backup } from '../storage/store.js';
import { type Answer } from './answer.js';
import { type RequestRecord } from './request-log.js';
import { type ApiRequest } from './request.js';

/** What can be done with a simulator over HTTP: the same as from within its process. */
export interface Controlled {
  readonly resourceVersion: string;
  readonly compactedResourceVersion: string;
  readonly requests: readonly RequestRecord[];
  readonly openWatches: readonly OpenWatch[];
  readonly plannedFaults: readonly RequestFault[];
  clearRequests(): void;
  inject(fault: Fault): number;
  clearFaults(): void;
  freezeWatchCache(): void;
  thawWatchCache(): void;
  compact(resourceVersion?: string): void;
  backup(): Backup;
  restore(backup: Backup): void;
  outage(milliseconds: number): Promise<void>;
  recreate(kind: string, namespace: string, name: string): KubeObject;
  runDeployment(spec: DeploymentSpec): readonly KubeObject[];
  scale(namespace: string, name: string, replicas: number): readonly KubeObject[];
  replacePods(namespace: string, name: string): readonly KubeObject[];
  removeDeployment(namespace: string, name: string): void;
}

const deployment = z.object({
  namespace: z.string(),
  name: z.string(),
  replicas: z.int().min(0),
  labels: z.record(z.string(), z.string()),
  image: z.string().exactOptional(),
  hostNetwork: z.boolean().exactOptional(),
});
const deploymentName = z.object({ namespace: z.string(), name: z.string() });

/** The routes below /simulator; see the app's README. */
export class Control {
  readonly #backups: Backup[] = [];
  readonly #routes: Readonly<Record<string, (body: JsonValue) => JsonValue>>;

  constructor(private readonly simulator: Controlled) {
    this.#routes = {
      'GET /simulator': () => this.#state(),
      'GET /simulator/requests': () => simulator.requests.map((request) => ({ ...request })),
      'DELETE /simulator/requests': done(() => {
        simulator.clearRequests();
      }),
      'GET /simulator/watches': () => this.#watches(),
      'POST /simulator/faults': (body) => ({ hits: simulator.inject(parse(faultSchema, body)) }),
      'DELETE /simulator/faults': done(() => {
        simulator.clearFaults();
      }),
      'POST /simulator/watch-cache/freeze': done(() => {
        simulator.freezeWatchCache();
      }),
      'POST /simulator/watch-cache/thaw': done(() => {
        simulator.thawWatchCache();
      }),
      'POST /simulator/compact': (body) => {
        simulator.compact(parse(z.object({ resourceVersion: z.string().optional() }), body).resourceVersion);
        return this.#state();
      },
      'POST /simulator/backups': () => {
        const backup = simulator.backup();
        return { backup: this.#backups.push(backup) - 1, resourceVersion: String(backup.revision) };
      },
      'POST /simulator/restore': (body) => this.#restore(parse(z.object({ backup: z.int() }), body).backup),
      'POST /simulator/outage': (body) => {
        const { milliseconds } = parse(z.object({ milliseconds: z.int().positive() }), body);
        setImmediate(() => void simulator.outage(milliseconds));
        return { milliseconds };
      },
      'POST /simulator/recreate': (body) => {
        const { kind, namespace, name } = parse(
          z.object({ kind: z.string(), namespace: z.string(), name: z.string() }),
          body,
        );
        return simulator.recreate(kind, namespace, name);
      },
      'POST /simulator/deployments': (body) => podNames(simulator.runDeployment(parse(deployment, body))),
      'POST /simulator/deployments/scale': (body) => {
        const { namespace, name, replicas } = parse(deploymentName.extend({ replicas: z.int().min(0) }), body);
        return podNames(simulator.scale(namespace, name, replicas));
      },
      'POST /simulator/deployments/replace-pods': (body) => {
        const { namespace, name } = parse(deploymentName, body);
        return podNames(simulator.replacePods(namespace, name));
      },
      'POST /simulator/deployments/remove': (body) => {
        const { namespace, name } = parse(deploymentName, body);
        simulator.removeDeployment(namespace, name);
        return {};
      },
    };
  }

  /** @throws ApiError 400, 404 or 405 */
  async handle(request: ApiRequest, answer: Answer): Promise<void> {
    const route = this.#routes[`${request.method} ${request.path}`];
    if (route === undefined) {
      const known = Object.keys(this.#routes).some((candidate) => candidate.endsWith(` ${request.path}`));
      throw known ? methodNotAllowed() : unknownPath();
    }
    answer.json(200, route((await request.body()) ?? {}));
  }

  #state(): JsonObject {
    const { simulator } = this;
    return {
      resourceVersion: simulator.resourceVersion,
      compactedResourceVersion: simulator.compactedResourceVersion,
      requests: simulator.requests.length,
      watches: this.#watches(),
      faults: simulator.plannedFaults.map((fault) => ({ ...fault })),
    };
  }

  #watches(): JsonValue {
    return this.simulator.openWatches.map(({ namespace, ...watch }) => ({ ...watch, namespace: namespace ?? null }));
  }

  #restore(index: number): JsonObject {
    const backup = this.#backups[index];
    if (backup === undefined) throw badRequest(`there is no backup ${index}; POST /simulator/backups makes one`);
    setImmediate(() => {
      this.simulator.restore(backup);
    });
    return { resourceVersion: String(backup.revision) };
  }
}

function done(action: () => void): () => JsonValue {
  return () => {
    action();
    return {};
  };
}

const podNames = (pods: readonly KubeObject[]): JsonValue => pods.map(({ metadata }) => metadata.name);

function parse<Schema extends z.ZodType>(schema: Schema, body: JsonValue): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error));
  return parsed.data;
}
