import { stringify } from 'yaml';

export interface Access {
  readonly url: string;
  /** PEM of the authority to trust. */
  readonly authority: string;
  readonly token: string;
  /** Of the context: as in a pod, where the service account's namespace is. */
  readonly namespace?: string;
}

/** The text of a kubeconfig with one context. */
export function kubeconfig({ url, authority, token, namespace }: Access): string {
  const name = 'cluster-test';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: url, 'certificate-authority-data': Buffer.from(authority).toString('base64') } },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
    'current-context': name,
  });
}
