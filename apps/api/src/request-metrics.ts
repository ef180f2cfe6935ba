import { durationBuckets, type Metrics } from '#platform/metrics';
import { type FastifyInstance } from 'fastify';

/** Counts and times requests by route, never by what callers write: labels stay few. */
export function measureRequests(server: FastifyInstance, metrics: Metrics): void {
  const requests = metrics.counter({
    name: 'ces_api_requests_total',
    help: 'Requests answered, by route and status',
    labels: ['method', 'route', 'status'],
  });
  const seconds = metrics.histogram({
    name: 'ces_api_request_seconds',
    help: 'Seconds from a request to its answer',
    labels: ['route'],
    buckets: durationBuckets,
  });
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({ method: request.method, route, status: reply.statusCode });
    seconds.observe({ route }, reply.elapsedTime / 1_000);
    done();
  });
}
