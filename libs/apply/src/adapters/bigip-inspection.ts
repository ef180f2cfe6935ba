import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { failureOf } from '../domain/classify.js';
import { type PairClient } from './pair-client.js';

/** What `ces doctor` asks of a BIG-IP besides what every worker asks. Every method throws DeviceFailure. */
export class BigipInspection {
  constructor(private readonly client: Pick<PairClient, 'call'>) {}

  /** The modules that are provisioned, such as `afm` and `ltm`. */
  async provisioned(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const items = (await this.read('/mgmt/tm/sys/provision', signal))?.['items'];
    const modules = Array.isArray(items) ? (items as readonly JsonValue[]).filter(isJsonObject) : [];
    const active = modules.filter(({ level }) => typeof level === 'string' && level !== 'none');
    return new Set(active.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])));
  }

  /** Full path of the resolver that looks up the domain names in address lists, null when none is set. */
  async fqdnResolver(signal: AbortSignal): Promise<string | null> {
    const resolver = (await this.read('/mgmt/tm/security/firewall/global-fqdn-policy', signal))?.['dnsResolver'];
    return typeof resolver === 'string' && resolver !== '' && resolver !== 'none' ? resolver : null;
  }

  /** The number of a route domain `/PARTITION/NAME`, null when there is no such route domain. */
  async routeDomainId(path: string, signal: AbortSignal): Promise<number | null> {
    const name = encodeURIComponent(path.replaceAll('/', '~'));
    const id = (await this.read(`/mgmt/tm/net/route-domain/${name}`, signal))?.['id'];
    return typeof id === 'number' ? id : null;
  }

  /** Whether the object stands in one of the collections, such as `ltm/rule`. */
  async exists(
    { path, collections }: { readonly path: string; readonly collections: readonly string[] },
    signal: AbortSignal,
  ): Promise<boolean> {
    const name = encodeURIComponent(path.replaceAll('/', '~'));
    for (const collection of collections) {
      if ((await this.read(`/mgmt/tm/${collection}/${name}`, signal)) !== null) return true;
    }
    return false;
  }

  /** Null for what is not there. */
  private async read(path: string, signal: AbortSignal): Promise<JsonObject | null> {
    const { status, body } = await this.client.call({ method: 'GET', path }, signal);
    if (status === 404) return null;
    if (status !== 200) throw failureOf(status, body);
    return isJsonObject(body) ? body : null;
  }
}
