import { type Health } from '#platform/health';
import { type Logger } from '#platform/logger';
import {
  NothingInQuarantine,
  NothingToApprove,
  NotPinned,
  TakeoverChanged,
  TenantNotRemovable,
  UnknownTenant,
  UnknownVersion,
} from '#project/ports/commands';
import { InvalidCursor } from '#project/ports/queries';
import { type ProblemDetails, problemDetails, type ProblemKind } from '#report/domain/problem-details';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { NotLocal } from './loopback.guard.js';
import { NotFound } from './not-found.js';
import { InvalidRequest } from './request.pipe.js';

/** Turns whatever is thrown into problem details. What nobody foresaw is logged, and tells the caller nothing of itself. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly health: Health,
  ) {}

  async catch(exception: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const problem = await this.problemOf(exception, http.getRequest<FastifyRequest>());
    const reply = http.getResponse<FastifyReply>();
    await reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private async problemOf(exception: unknown, request: FastifyRequest): Promise<ProblemDetails> {
    if (exception instanceof InvalidRequest) {
      return problemDetails('invalid-request', 'Some of the request is not valid.', exception.parts);
    }
    if (exception instanceof InvalidCursor) return problemDetails('invalid-request', sentence(exception.message));
    if (exception instanceof NotFound) return problemDetails('not-found', exception.message);
    if (exception instanceof TakeoverChanged || exception instanceof TenantNotRemovable) {
      return problemDetails('conflict', sentence(exception.message));
    }
    if (isNotThere(exception)) return problemDetails('not-found', sentence(exception.message));
    if (exception instanceof NotLocal) return problemDetails('forbidden', exception.message);
    if (exception instanceof HttpException && exception.getStatus() < 500)
      return refusedByFramework(exception, request);
    this.logger.error({ error: exception, method: request.method, path: pathOf(request) }, 'a request failed');
    const { ready } = await this.health.report();
    return ready
      ? problemDetails('internal', 'The request failed; the log of the API says why.')
      : problemDetails('unavailable', 'The database does not answer now; try again later.');
  }
}

/** What a command is about is not there, or not in the state that it would end. */
function isNotThere(exception: unknown): exception is Error {
  return [UnknownTenant, UnknownVersion, NotPinned, NothingInQuarantine, NothingToApprove].some(
    (kind) => exception instanceof kind,
  );
}

/** What Fastify and Nest refuse before a controller is asked. */
function refusedByFramework(exception: HttpException, request: FastifyRequest): ProblemDetails {
  const kind = frameworkKinds[exception.getStatus()] ?? 'invalid-request';
  if (kind !== 'unknown-operation') return problemDetails(kind, sentence(exception.message));
  const asked = `${request.method} ${pathOf(request)}`;
  return problemDetails(kind, `${asked} is not part of this API; /api/v1/openapi.json lists what is.`);
}

const frameworkKinds: Readonly<Record<number, ProblemKind>> = {
  403: 'forbidden',
  404: 'unknown-operation',
  413: 'too-large',
  415: 'unsupported-media-type',
};

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}
