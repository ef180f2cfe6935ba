import { type JsonObject } from '#core/json';
import { expired, notAcceptable, resourceVersionTooLarge } from '../api-error.js';
import { apiVersionOf, type ApiResource } from '../kinds/api-resource.js';
import { type KubeObject } from '../objects/kube-object.js';
import { listPage } from '../reads/list.js';
import { parseListOptions, parseResourceVersion, parseWatchOptions } from '../reads/list-options.js';
import { type Serializer } from '../reads/serializer.js';
import { negotiate, toTable, type TableOptions } from '../reads/table.js';
import { type WatchHub } from '../reads/watch-hub.js';
import { type Store } from '../storage/store.js';
import { type Registry } from '../writes/registry.js';
import { type Answer } from './answer.js';
import { type ApiRequest } from './request.js';

export interface ReadSettings {
  /** Milliseconds that a list waits for a version that is not there yet; 3,000 in kube-apiserver. */
  readonly freshnessWait: number;
  /** Whether a watch from a forgotten version gets an ERROR event, as today, or an answer 410, as from older servers. */
  readonly expiredWatch: 'event' | 'response';
}

/** Everything that only looks: get, list and watch. */
export class ReadHandlers {
  /** The revision at which the watch cache stands still; undefined: it keeps up. */
  staleRevision: number | undefined;

  constructor(
    private readonly registry: Registry,
    private readonly hub: WatchHub,
    private readonly serializer: Serializer,
    private readonly settings: ReadSettings,
  ) {}

  get(request: ApiRequest, answer: Answer, resource: ApiResource, namespace: string, name: string): void {
    const form = requireForm(request);
    const { store } = this.registry;
    const version = parseResourceVersion(request.query.get('resourceVersion') || '0');
    if (version > store.revision) throw resourceVersionTooLarge(version, store.revision);
    const fromCache = request.query.get('resourceVersion') === '0';
    const object = this.registry.get(resource, namespace, name, fromCache ? this.#cacheRevision : undefined);
    if (form === 'json') answer.jsonText(200, this.serializer.text(resource, object));
    else answer.json(200, this.#table(resource, [object], { resourceVersion: object.metadata.resourceVersion }, form));
  }

  async list(request: ApiRequest, answer: Answer, resource: ApiResource, namespace: string | undefined): Promise<void> {
    const form = requireForm(request);
    const options = parseListOptions(resource, namespace, request.query);
    if (options.freshness.at === 'not-older-than') {
      await waitForRevision(this.registry.store, options.freshness.revision, this.settings.freshnessWait);
    }
    const page = listPage(this.registry.store, resource, options, this.#cacheRevision);
    const metadata = {
      resourceVersion: String(page.revision),
      ...(page.continueToken === '' ? {} : { continue: page.continueToken }),
      ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
    };
    if (form === 'json') answer.jsonText(200, this.listText(resource, page.objects, metadata));
    else answer.json(200, this.#table(resource, page.objects, metadata, form));
  }

  watch(
    request: ApiRequest,
    answer: Answer,
    resource: ApiResource,
    namespace: string | undefined,
    silent: boolean,
  ): void {
    const form = requireForm(request);
    const options = parseWatchOptions(resource, namespace, request.query);
    const { compactedRevision } = this.registry.store;
    const { resourceVersion = 0 } = options;
    const tooOld =
      resourceVersion > 0 && resourceVersion < compactedRevision
        ? expired(`too old resource version: ${resourceVersion} (${compactedRevision})`)
        : undefined;
    if (tooOld !== undefined && this.settings.expiredWatch === 'response') throw tooOld;
    const sink = answer.stream();
    if (tooOld !== undefined) {
      sink.write(`${JSON.stringify({ type: 'ERROR', object: tooOld.toStatus() })}\n`);
      sink.end();
      return;
    }
    const stream = this.hub.open({ resource, options, form, cacheRevision: this.#cacheRevision }, sink, silent);
    answer.onClosed(() => {
      stream.abandoned();
    });
  }

  /** A list as text; the elements of built-in kinds come without apiVersion and kind, as from kube-apiserver. */
  listText(resource: ApiResource, objects: readonly KubeObject[], metadata: JsonObject): string {
    const apiVersion = apiVersionOf(resource);
    const typed = `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(resource.kind)},`;
    const elements = objects.map((object) => {
      const text = this.serializer.text(resource, object);
      return resource.custom || !text.startsWith(typed) ? text : `{${text.slice(typed.length)}`;
    });
    const head = JSON.stringify({ kind: `${resource.kind}List`, apiVersion, metadata });
    return `${head.slice(0, -1)},"items":[${elements.join(',')}]}`;
  }

  get #cacheRevision(): number {
    const { revision, compactedRevision } = this.registry.store;
    return Math.min(revision, Math.max(this.staleRevision ?? revision, compactedRevision));
  }

  #table(resource: ApiResource, objects: readonly KubeObject[], metadata: JsonObject, form: TableOptions): JsonObject {
    return toTable(resource, objects, metadata, form, this.registry.surroundings.now());
  }
}

function requireForm(request: ApiRequest): 'json' | TableOptions {
  const form = negotiate(request.accept, request.query);
  if (form === undefined) throw notAcceptable();
  return form;
}

/** Resolves when the store is at least that new, or when the time is up. */
async function waitForRevision(store: Store, revision: number, milliseconds: number): Promise<void> {
  if (store.revision >= revision) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      stopListening();
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    const stopListening = store.onEvent((event) => {
      if (event.revision >= revision) finish();
    });
  });
}
