import { everyInterface } from '#platform/operations-server';
import { nestLogger } from '#platform/logger';
import { type HttpSettings } from '#platform/settings-sections';
import { problemDetails } from '#report/domain/problem-details';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply } from 'fastify';
import { ApiModule } from './api.module.js';
import { type ApiOptions } from './api-options.js';
import { measureRequests } from './request-metrics.js';

/** Bytes; no command is longer. */
const bodyLimit = 64 * 1_024;

/** Milliseconds that a caller may take to send its request. */
const requestTimeout = 30_000;

export interface ServerOptions {
  readonly http: HttpSettings;
  /** Milliseconds after which a question that has no answer is answered with a problem. */
  readonly answerTimeout: number;
}

/** Serves the API, on all interfaces by default (probes and Prometheus come from outside); what is not for all guards itself. */
export async function serve(
  options: ApiOptions,
  { http, answerTimeout }: ServerOptions,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit,
    requestTimeout,
    handlerTimeout: answerTimeout,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: refusePath,
  });
  const server = adapter.getInstance();
  // Commands come as JSON only: a form on some web page can send the other two without asking first.
  server.removeContentTypeParser('text/plain');
  measureRequests(server, options.metrics);
  server.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  const application = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(options), adapter, {
    logger: nestLogger(options.logger),
    // Nest's parsers would take forms too; Fastify's own takes JSON.
    bodyParser: false,
    abortOnError: false,
  });
  application.enableCsrfProtection();
  application.useSecurityHeaders({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: "'none'", frameAncestors: "'none'" } },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  await application.listen(http.port, http.address ?? everyInterface());
  return application;
}

/** What the router refuses before any hook or filter is asked. */
function refusePath(_error: unknown, _request: unknown, reply: FastifyReply): void {
  const problem = problemDetails('invalid-request', 'The path is too long, or its percent-encoding is wrong.');
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
