import { randomUUID } from 'node:crypto';
import { type JsonValue } from '#core/json';
import { type Clock } from '#platform/clock';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Token {
  readonly token: string;
  /** By the monotonic clock. */
  readonly expires: number;
}

/** A token lives for 20 minutes, and a user has at most 100. */
const lifetime = 20 * 60_000;
const mostTokens = 100;

/** Basic authentication, and BIG-IP's tokens. */
export class Authentication {
  #tokens: Token[] = [];

  constructor(
    private readonly credentials: Credentials,
    private readonly clock: Clock,
  ) {}

  /** @param authorization the header of that name @param token the header `X-F5-Auth-Token` */
  allows(authorization: string | undefined, token: string | undefined): boolean {
    if (token !== undefined) return this.#living().some((known) => known.token === token);
    const { username, password } = this.credentials;
    return authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /** POST /mgmt/shared/authn/login */
  login(username: JsonValue | undefined, password: JsonValue | undefined): { status: number; body: JsonValue } {
    const { credentials } = this;
    if (username !== credentials.username || password !== credentials.password) {
      return { status: 401, body: { code: 401, message: 'Authentication failed.' } };
    }
    const living = this.#living();
    if (living.length >= mostTokens) {
      const message = `user ${credentials.username} has reached maximum active login tokens`;
      return { status: 400, body: { code: 400, message } };
    }
    const token = randomUUID().replaceAll('-', '').toUpperCase();
    this.#tokens = [...living, { token, expires: this.clock.monotonic() + lifetime }];
    return {
      status: 200,
      body: { username: credentials.username, token: { token, name: token, timeout: lifetime / 1000 } },
    };
  }

  /** Tokens do not outlive a reboot. */
  reset(): void {
    this.#tokens = [];
  }

  #living(): Token[] {
    const now = this.clock.monotonic();
    return this.#tokens.filter(({ expires }) => now < expires);
  }
}

export function unauthorized(path: string): JsonValue {
  const message = `Authorization failed: no user authentication header or token detected. Uri:http://localhost:8100${path}`;
  return { code: 401, message, kind: ':resterrorresponse' };
}
