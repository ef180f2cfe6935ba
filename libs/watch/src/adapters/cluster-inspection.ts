import { isJsonObject, type JsonValue } from '#core/json';
import { servedFields } from '../domain/served-fields.js';
import { type Right } from '../domain/watcher-rights.js';
import { type KubernetesClient } from './kubernetes-client.js';
import { KubernetesError } from './kubernetes-error.js';

/** What `ces doctor` asks of an API server. Every method throws what KubernetesClient throws. */
export class ClusterInspection {
  constructor(private readonly client: Pick<KubernetesClient, 'get' | 'send'>) {}

  /** Such as `v1.32.0`. */
  async version(signal: AbortSignal): Promise<string> {
    const body = await this.client.get({ path: '/version' }, signal);
    return textAt(body, 'gitVersion');
  }

  /** The fields of the custom resources that are installed, by kind; without those that are not. */
  async customResources(
    kinds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    try {
      return servedFields(await this.client.get({ path: '/openapi/v3/apis/kubeovn.io/v1alpha1' }, signal), kinds);
    } catch (error) {
      if (error instanceof KubernetesError && error.failure.code === 404) return new Map();
      throw error;
    }
  }

  /** Whether whoever asks may do something. */
  async mayI({ verb, group, resource: named, namespace, name }: Right, signal: AbortSignal): Promise<boolean> {
    const [resource = '', subresource] = named.split('/');
    const resourceAttributes = {
      verb,
      group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    };
    const [apiVersion, kind] = ['authorization.k8s.io/v1', 'SelfSubjectAccessReview'];
    const path = `/apis/${apiVersion}/selfsubjectaccessreviews`;
    const body = { apiVersion, kind, spec: { resourceAttributes } };
    const answer = await this.client.send({ method: 'POST', path, body }, signal);
    const status = isJsonObject(answer) ? answer['status'] : undefined;
    return isJsonObject(status) && status['allowed'] === true;
  }
}

function textAt(body: JsonValue, key: string): string {
  const value = isJsonObject(body) ? body[key] : undefined;
  if (typeof value !== 'string') throw new Error(`The API server's answer has no ${key}.`);
  return value;
}
