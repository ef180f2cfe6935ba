import { stringify } from 'yaml';

/** A kubeconfig with one cluster, user and context, for kubectl and the client libraries. */
export function makeKubeconfig(url: string, caCertificate: string, token: string): string {
  const name = 'kube-simulator';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: { server: url, 'certificate-authority-data': Buffer.from(caCertificate).toString('base64') },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
