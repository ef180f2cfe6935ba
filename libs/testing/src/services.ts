import { type TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Maintenance connection of the server on which tests create their databases. */
    cesDatabaseUrl: string;
    /** Unset: Redis variants of the suites are skipped. */
    cesRedisUrl: string | undefined;
  }
}

/** Vitest's global set-up of the int and e2e projects: the services that specs find through `test-services`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('no DATABASE_URL');
  project.provide('cesDatabaseUrl', url);
  project.provide('cesRedisUrl', process.env.REDIS_URL);
  return () => Promise.resolve();
}
