import { type RecordedRequest } from '#apps/bigip-simulator/src/http/request-log';

/** The tenants that were declared, once for each time, in alphabetical order. */
export function declarationsIn(requests: readonly RecordedRequest[]): readonly string[] {
  return requests
    .filter(
      ({ method, path, query }) => method === 'POST' && path.includes('/declare/') && !('controls.dryRun' in query),
    )
    .map(({ path }) => path.split('/').at(-1) ?? '')
    .sort();
}
