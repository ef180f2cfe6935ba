/** Where a Redis is: one server, or the one that its Sentinels call the master now. */
export type RedisTarget =
  | { readonly kind: 'server'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly master: string;
      readonly database: number;
      readonly tls: boolean;
      /** Of the server. */
      readonly credentials: RedisCredentials;
      readonly sentinelCredentials: RedisCredentials;
    };

export interface RedisCredentials {
  readonly username?: string;
  readonly password?: string;
}

export const redisExample = 'redis://:password@host:6379/0';
export const sentinelExample = 'redis+sentinel://:password@host1:26379,host2:26379/0?master=mymaster';

/**
 * Reads `redis://` and `rediss://` addresses, and for Sentinels `redis+sentinel://` and `rediss+sentinel://` ones, whose
 * host is a list, and whose query names the `master`, and `sentinelUsername` and `sentinelPassword` where the Sentinels
 * ask for them. Null for anything else: the address may hold a password, so no error can show it.
 */
export function parseRedisUrl(url: string): RedisTarget | null {
  if (/^rediss?:\/\//.test(url)) return URL.canParse(url) ? { kind: 'server', url } : null;
  const parts = /^redis(s?)\+sentinel:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?@]+)(?:\/(\d*))?(?:\?(.*))?$/.exec(url);
  if (parts === null) return null;
  const [, secure = '', username, password, hosts = '', database = '', query = ''] = parts;
  const sentinels = hosts.split(',').map(parseHost);
  const parameters = new URLSearchParams(query);
  const master = parameters.get('master') ?? '';
  if (master === '' || [...parameters.keys()].some((key) => !knownParameters.has(key))) return null;
  const known = sentinels.filter((sentinel) => sentinel !== null);
  if (known.length < sentinels.length) return null;
  try {
    return {
      kind: 'sentinel',
      sentinels: known,
      master,
      database: Number(database),
      tls: secure !== '',
      credentials: credentials(decoded(username), decoded(password)),
      sentinelCredentials: credentials(parameters.get('sentinelUsername'), parameters.get('sentinelPassword')),
    };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

const knownParameters: ReadonlySet<string> = new Set(['master', 'sentinelUsername', 'sentinelPassword']);

const sentinelPort = 26_379;

/** `host`, `host:port`, `[2001:db8::1]:port` */
function parseHost(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, port = String(sentinelPort)] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? null : { host, port: Number(port) };
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeURIComponent(text);
}

function credentials(username: string | null | undefined, password: string | null | undefined): RedisCredentials {
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}
