import { type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, forbidden, methodNotAllowed, unauthorized } from '../api-error.js';
import { reasonOf, type Subject, type Verb } from '../faults/fault.js';
import { type FaultPlan } from '../faults/fault-plan.js';
import { queryFlag } from '../reads/list-options.js';
import { anonymous, type Access, type AccessTable, type SimulatedUser } from './access.js';
import { Answer } from './answer.js';
import { parseApiPath, type ApiPath } from './api-path.js';
import { type Control } from './control.js';
import { discoveryDocument } from './discovery.js';
import { openApiDocument } from './openapi.js';
import { type ReadHandlers } from './read-handlers.js';
import { type RequestLog } from './request-log.js';
import { ApiRequest } from './request.js';
import { answerReview } from './reviews.js';
import { type WriteHandlers } from './write-handlers.js';

type Caller = Omit<SimulatedUser, 'token'>;
type StoredPath = Exclude<ApiPath, { names: 'review' }>;

export interface ApiParts {
  readonly reads: ReadHandlers;
  readonly writes: WriteHandlers;
  readonly access: AccessTable;
  readonly faults: FaultPlan;
  readonly control: Control;
  readonly log: RequestLog;
  readonly now: () => Date;
  readonly resetConnection: (response: ServerResponse) => void;
}

/** Takes each request through the log, authentication, authorization and the planned faults to its handler. */
export class ApiServer {
  constructor(private readonly parts: ApiParts) {}

  handle(message: IncomingMessage, response: ServerResponse): void {
    const request = new ApiRequest(message);
    const answer = new Answer(response, this.parts.resetConnection);
    this.#serve(request, answer).catch((error: unknown) => {
      answer.failure(error);
    });
  }

  async #serve(request: ApiRequest, answer: Answer): Promise<void> {
    if (request.path === '/simulator' || request.path.startsWith('/simulator/')) {
      if (!this.parts.access.isAdministrator(this.#authenticate(request))) throw unauthorized();
      await this.parts.control.handle(request, answer);
      return;
    }
    const record = {
      at: this.parts.now().toISOString(),
      method: request.method,
      path: request.path,
      query: Object.fromEntries(request.query),
      userAgent: request.userAgent ?? '',
      code: 0,
    };
    this.parts.log.add(record);
    try {
      await this.#route(request, answer, this.#authenticate(request));
    } catch (error) {
      answer.failure(error);
    } finally {
      record.code = answer.code;
    }
  }

  /** @throws ApiError 401 for a token that nobody has */
  #authenticate({ bearerToken }: ApiRequest): Caller {
    if (bearerToken === undefined) return anonymous;
    const user = this.parts.access.byToken(bearerToken);
    if (user === undefined) throw unauthorized();
    return user;
  }

  async #route(request: ApiRequest, answer: Answer, caller: Caller): Promise<void> {
    const { path } = request;
    if (['/healthz', '/livez', '/readyz'].includes(path)) {
      answer.plain(200, 'ok');
      return;
    }
    const document = discoveryDocument(path) ?? openApiDocument(path);
    if (document !== undefined) {
      if (caller === anonymous && path !== '/version') throw this.#refusePath(caller, path);
      answer.json(200, document);
      return;
    }
    const target = parseApiPath(path);
    if (target === undefined) {
      answer.plain(404, '404 page not found\n');
      return;
    }
    if (target.names === 'review') {
      if (request.method !== 'POST') throw methodNotAllowed();
      const { group, plural } = target.review;
      // What they may do themselves, everybody may ask who is authenticated (the ClusterRole system:basic-user).
      if (plural !== 'selfsubjectaccessreviews' || caller === anonymous) {
        this.#authorize(caller, { verb: 'create', group, resource: plural, subresource: '', namespace: '' }, '');
      }
      const body = await request.requiredBody();
      answer.json(201, answerReview(target.review, body, this.parts.access, caller));
      return;
    }
    await this.#resource(request, answer, caller, target);
  }

  async #resource(request: ApiRequest, answer: Answer, caller: Caller, target: StoredPath): Promise<void> {
    const verb = verbOf(request, target);
    const { resource, namespace } = target;
    const subject: Subject = {
      verb,
      resource: resource.plural,
      namespace: resource.namespaced ? namespace : undefined,
    };
    const delay = this.parts.faults.takeDelay(subject);
    if (delay > 0) await sleep(delay);
    const { name, subresource } = target.names === 'object' ? target : { name: '', subresource: '' };
    const { group, plural } = resource;
    this.#authorize(caller, { verb, group, resource: plural, subresource, namespace: namespace ?? '' }, name);
    const failure = this.parts.faults.takeFailure(subject);
    switch (failure?.fault) {
      case undefined:
        break;
      case 'status':
        throw injected(failure.code, failure.message, failure.retryAfterSeconds);
      case 'reset':
        answer.reset();
        return;
      case 'cut-body':
        answer.cutAfter(failure.bytes);
        break;
      case 'silence':
        if (verb === 'watch' && target.names === 'collection') {
          this.parts.reads.watch(request, answer, resource, namespace, true);
        }
        return;
    }
    await this.#perform(request, answer, target, verb);
  }

  async #perform(request: ApiRequest, answer: Answer, target: StoredPath, verb: Verb): Promise<void> {
    const { reads, writes } = this.parts;
    const { resource } = target;
    if (target.names === 'collection') {
      const { namespace } = target;
      switch (verb) {
        case 'list':
          await reads.list(request, answer, resource, namespace);
          return;
        case 'watch':
          reads.watch(request, answer, resource, namespace, false);
          return;
        case 'create':
          await writes.create(request, answer, resource, namespace);
          return;
        case 'deletecollection':
          await writes.deleteCollection(request, answer, resource, namespace);
          return;
        default:
          throw methodNotAllowed();
      }
    }
    const { namespace, name, subresource } = target;
    switch (verb) {
      case 'get':
        reads.get(request, answer, resource, namespace, name);
        return;
      case 'update':
        await writes.replace(request, answer, resource, namespace, name, subresource);
        return;
      case 'patch':
        await writes.patch(request, answer, resource, namespace, name, subresource);
        return;
      case 'delete':
        if (subresource !== '') throw methodNotAllowed();
        await writes.delete(request, answer, resource, namespace, name);
        return;
      default:
        throw methodNotAllowed();
    }
  }

  /** @throws ApiError 403 */
  #authorize(caller: Caller, access: Access, name: string): void {
    if (this.parts.access.allows(caller.username, caller.groups ?? [], access)) return;
    const { verb, group, resource, subresource, namespace } = access;
    const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const what = subresource === '' ? resource : `${resource}/${subresource}`;
    const why = `User "${caller.username}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
    throw forbidden({ group, resource: what }, name, why);
  }

  #refusePath({ username }: Caller, path: string): ApiError {
    return new ApiError(403, 'Forbidden', `forbidden: User "${username}" cannot get path "${path}"`, {});
  }
}

/** @throws ApiError 405 */
function verbOf({ method, query }: ApiRequest, { names }: StoredPath): Verb {
  switch (method) {
    case 'GET':
      if (names === 'object') return 'get';
      return queryFlag(query, 'watch') ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return names === 'object' ? 'delete' : 'deletecollection';
    default:
      throw methodNotAllowed();
  }
}

function injected(code: number, message: string | undefined, retryAfterSeconds: number | undefined): ApiError {
  return new ApiError(
    code,
    reasonOf(code),
    message ?? `the simulator was asked to answer with ${code}`,
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  );
}
