import { createServer, type Server as HttpsServer } from 'node:https';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isJsonObject, type JsonValue, parseJson } from '#core/json';
import { type Certificates } from '#platform/certificates';
import { type Clock } from '#platform/clock';
import { type Answer, failed } from '../answer.js';
import { type As3 } from '../as3/as3.js';
import { readDeclaration } from '../as3/read.js';
import { type DeclarationStore } from '../as3/store.js';
import { type Faults, type HttpEffect } from '../faults/faults.js';
import { type Authentication, unauthorized } from './authentication.js';
import { icontrol, type IControlContext } from './icontrol.js';
import { type IControlRequest } from './icontrol-answers.js';
import { type RequestLog } from './request-log.js';
import { serviceDiscovery } from './service-discovery.js';

export interface ServerContext {
  readonly as3: As3;
  readonly store: DeclarationStore;
  readonly icontrol: IControlContext;
  readonly authentication: Authentication;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly log: RequestLog;
  /** True while a black hole swallows every answer. */
  readonly swallowsAnswers: () => boolean;
  /** The simulator's own endpoints, below /simulator. */
  readonly control: (request: IControlRequest) => Answer;
}

export interface HttpServer {
  /** Not listening: connections are handed to it. */
  readonly https: HttpsServer;
  close(): Promise<void>;
}

const largestBody = 256 * 1024 * 1024;
const login = '/mgmt/shared/authn/login';

/** The management interface: AS3, iControl REST and the simulator's own endpoints, with the faults in between. */
export async function createHttpServer(context: ServerContext, certificates: Certificates): Promise<HttpServer> {
  let https: HttpsServer | undefined;
  const app = Fastify({
    bodyLimit: largestBody,
    serverFactory: (handler) => {
      https = createServer({ key: certificates.key, cert: certificates.certificate }, handler);
      return https;
    },
  });
  acceptJsonOfAnyType(app);
  hooks(app, context);
  app.all('/*', async (request, reply) => send(reply, await answer(requestOf(request), context)));
  app.setErrorHandler(async (error, _request, reply) => {
    const message = error instanceof Error ? error.message : 'unknown';
    await send(reply, failed(error instanceof SyntaxError ? 400 : 500, message));
  });
  await app.ready();
  if (!https) throw new Error('fastify made no server');
  return { https, close: () => app.close() };
}

async function answer(request: IControlRequest, context: ServerContext): Promise<Answer> {
  const { path } = request;
  const declare = /^\/mgmt\/shared\/appsvcs\/declare(?:\/([^/]*))?$/.exec(path);
  if (declare) return answerDeclare(request, declare[1] ?? '', context);
  if (path.startsWith('/mgmt/shared/appsvcs/')) return answerAs3(request, context.as3);
  if (path.startsWith('/mgmt/shared/service-discovery/task')) return serviceDiscovery(request, context.icontrol.device);
  if (path.startsWith('/mgmt/tm/')) return icontrol(request, context.icontrol);
  if (path.startsWith('/simulator/')) return context.control(request);
  if (path === login && request.method === 'POST') {
    const body = isJsonObject(request.body) ? request.body : {};
    return context.authentication.login(body['username'], body['password']);
  }
  return failed(404, `Public URI path not registered: ${path}`);
}

async function answerDeclare(request: IControlRequest, subPath: string, context: ServerContext): Promise<Answer> {
  const { method, query, body } = request;
  switch (method) {
    case 'GET':
      return readDeclaration(context.store, subPath, query);
    case 'POST':
    case 'DELETE':
      return context.as3.handle({ method, subPath, query, body });
    default:
      return failed(405, `The simulator does not know ${method} of a declaration`);
  }
}

function answerAs3({ method, path, body }: IControlRequest, as3: As3): Answer {
  const [, , , , resource = '', id] = path.split('/');
  switch (`${method} ${resource}`) {
    case 'GET info':
      return { status: 200, body: as3.info() };
    case 'GET task': {
      if (id === undefined) return { status: 200, body: as3.tasks.list() };
      const task = as3.tasks.show(id);
      return task
        ? { status: 200, body: task }
        : { status: 404, body: { message: `No record found with ID of ${id}` } };
    }
    case 'GET settings':
      return { status: 200, body: { ...as3.settings } };
    case 'POST settings': {
      const settings = as3.changeSettings(body);
      return settings ? { status: 200, body: { ...settings } } : failed(422, 'Invalid settings');
    }
    default:
      return failed(404, `Public URI path not registered: ${path}`);
  }
}

function acceptJsonOfAnyType(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    try {
      const body = String(text);
      done(null, body === '' ? undefined : parseJson(body));
    } catch (error) {
      done(new SyntaxError(`cannot parse JSON payload (${String(error)})`));
    }
  });
}

const effects = new WeakMap<FastifyRequest, HttpEffect>();

function hooks(app: FastifyInstance, context: ServerContext): void {
  app.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers;
    const token = request.headers['x-f5-auth-token'];
    const path = pathOf(request);
    const allowed = context.authentication.allows(authorization, typeof token === 'string' ? token : undefined);
    if (!allowed && path !== login) return send(reply, { status: 401, body: unauthorized(path) });
    return undefined;
  });
  app.addHook('preHandler', async (request, reply) => {
    const received = requestOf(request);
    if (received.path.startsWith('/simulator/')) return undefined;
    const bytes = Number(request.headers['content-length'] ?? 0);
    context.log.record({ at: context.clock.now(), ...received }, bytes);
    const effect = context.faults.takeForRequest(received.method, received.path);
    if (!effect) return undefined;
    effects.set(request, effect);
    if (effect.kind === 'slow') await context.clock.sleep(effect.milliseconds);
    if (effect.kind !== 'status') return undefined;
    const body = effect.body ?? { code: effect.status, message: 'Simulated failure' };
    return send(reply, { status: effect.status, body });
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    if (context.swallowsAnswers()) await new Promise<never>(() => undefined);
    switch (effects.get(request)?.kind) {
      case 'lose-answer':
        request.raw.socket.destroy();
        return payload;
      case 'cut-short':
        return typeof payload === 'string' ? halfOf(payload) : payload;
      default:
        return payload;
    }
  });
}

function halfOf(payload: string): Readable {
  return Readable.from(
    (async function* () {
      yield payload.slice(0, Math.ceil(payload.length / 2));
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('cut short');
    })(),
  );
}

function requestOf(request: FastifyRequest): IControlRequest {
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  return {
    method: request.method,
    path: pathOf(request),
    query: Object.fromEntries(query),
    body: bodyOf(request.body),
  };
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0]?.replace(/\/$/, '') ?? '';
}

/** Our own parser has made the body, so that it is JSON. */
function bodyOf(body: unknown): JsonValue | undefined {
  return isParsed(body) ? body : undefined;
}

function isParsed(body: unknown): body is JsonValue {
  return body !== undefined;
}

function send(reply: FastifyReply, { status, body, afterwards }: Answer): FastifyReply {
  if (afterwards) reply.raw.once('finish', () => void setImmediate(() => void afterwards()));
  void reply.code(status);
  return body === null ? reply.send() : reply.type('application/json; charset=UTF-8').send(JSON.stringify(body));
}
