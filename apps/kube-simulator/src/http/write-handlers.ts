import { badRequest, invalid, methodNotAllowed } from '../api-error.js';
import { required, type ApiResource } from '../kinds/api-resource.js';
import { type KubeObject } from '../objects/kube-object.js';
import { parseListOptions } from '../reads/list-options.js';
import { listPage } from '../reads/list.js';
import { shown, type Serializer } from '../reads/serializer.js';
import { deleteObject, deletionAnswer, parseDeleteOptions } from '../writes/deletion.js';
import { managerName } from '../writes/managed-fields.js';
import { type Subresource } from '../writes/next-object.js';
import { parsePatch } from '../writes/patch.js';
import { type Registry, type WriteOptions } from '../writes/registry.js';
import { type Answer } from './answer.js';
import { type ReadHandlers } from './read-handlers.js';
import { type ApiRequest } from './request.js';
import { queryFlag } from '../reads/list-options.js';

const longestManager = 128;

/** Everything that writes: create, update, patch and delete. */
export class WriteHandlers {
  constructor(
    private readonly registry: Registry,
    private readonly reads: ReadHandlers,
    private readonly serializer: Serializer,
  ) {}

  async create(
    request: ApiRequest,
    answer: Answer,
    resource: ApiResource,
    namespace: string | undefined,
  ): Promise<void> {
    const body = await request.requiredBody();
    if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
    this.#answer(answer, 201, resource, this.registry.create(resource, namespace ?? '', body, writeOptions(request)));
  }

  async replace(
    request: ApiRequest,
    answer: Answer,
    resource: ApiResource,
    namespace: string,
    name: string,
    subresource: Subresource,
  ): Promise<void> {
    const body = await request.requiredBody();
    const options = writeOptions(request);
    const { object, created } = this.registry.replace(resource, namespace, name, subresource, body, options);
    this.#answer(answer, created ? 201 : 200, resource, object);
  }

  async patch(
    request: ApiRequest,
    answer: Answer,
    resource: ApiResource,
    namespace: string,
    name: string,
    subresource: Subresource,
  ): Promise<void> {
    const patch = parsePatch(request.contentType, await request.requiredBody(), resource);
    const force = queryFlag(request.query, 'force');
    const fieldManager = request.query.get('fieldManager') ?? '';
    if (patch.type === 'apply' && fieldManager === '') {
      const why = 'Required value: is required for apply patch';
      throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [required('fieldManager', why)]);
    }
    if (patch.type !== 'apply' && force) throw badRequest('force may be set for apply patches only');
    const options = { ...writeOptions(request), force };
    const { object, created } = this.registry.patch(resource, namespace, name, subresource, patch, options);
    this.#answer(answer, created ? 201 : 200, resource, object);
  }

  async delete(
    request: ApiRequest,
    answer: Answer,
    resource: ApiResource,
    namespace: string,
    name: string,
  ): Promise<void> {
    const options = parseDeleteOptions(await request.body(), request.query);
    const deleted = deleteObject(this.registry, resource, namespace, name, options);
    answer.json(200, deletionAnswer(resource, { ...deleted, object: shown(resource, deleted.object) }));
  }

  async deleteCollection(
    request: ApiRequest,
    answer: Answer,
    resource: ApiResource,
    namespace: string | undefined,
  ): Promise<void> {
    const options = parseDeleteOptions(await request.body(), request.query);
    if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
    const { store } = this.registry;
    const listed = listPage(store, resource, parseListOptions(resource, namespace, request.query), store.revision);
    const deleted = listed.objects.map(
      ({ metadata }) => deleteObject(this.registry, resource, namespace ?? '', metadata.name, options).object,
    );
    answer.jsonText(200, this.reads.listText(resource, deleted, { resourceVersion: String(store.revision) }));
  }

  #answer(answer: Answer, code: number, resource: ApiResource, object: KubeObject): void {
    answer.jsonText(code, this.serializer.text(resource, object));
  }
}

function writeOptions({ query, userAgent }: ApiRequest): WriteOptions {
  const fieldManager = query.get('fieldManager') ?? '';
  if (fieldManager.length > longestManager) {
    throw badRequest(`fieldManager: Too long: may not be more than ${longestManager} bytes`);
  }
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) throw badRequest('dryRun: Unsupported value: supported values: "All"');
  return { manager: managerName(fieldManager, userAgent), dryRun: dryRun.length > 0 };
}
