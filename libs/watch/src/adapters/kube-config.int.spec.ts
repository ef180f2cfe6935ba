import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaseNamespace, loadKubeConfig } from './kube-config.js';

let directory: string;
const kubeconfig = async (name: string, context = name, namespace?: string) => {
  const file = join(directory, name);
  const text = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://${name}.example.com:6443` } }],
    users: [{ name, user: { token: `token-of-${name}` } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': context,
  });
  await writeFile(file, text);
  return file;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ces-test-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

describe('loadKubeConfig', () => {
  it('merges several files as kubectl does: the first one says which cluster', async () => {
    const files = [await kubeconfig('one'), await kubeconfig('two')];
    const config = loadKubeConfig({ access: 'kubeconfig', files });
    expect(config.getCurrentCluster()).toMatchObject({ server: 'https://one.example.com:6443' });
    expect(config.getClusters().map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('speaks to another server when one is named, with the same credentials', async () => {
    const config = loadKubeConfig({
      access: 'kubeconfig',
      files: [await kubeconfig('one')],
      server: 'https://10.0.0.1:6443',
    });
    expect(config.getCurrentCluster()).toMatchObject({ name: 'one', server: 'https://10.0.0.1:6443' });
    expect(config.getCurrentUser()).toMatchObject({ token: 'token-of-one' });
  });

  it('says what is missing when the current context names no cluster', async () => {
    const files = [await kubeconfig('one', 'nowhere')];
    expect(() => loadKubeConfig({ access: 'kubeconfig', files })).toThrow(
      'names no cluster. Set one with kubectl config.',
    );
  });
});

describe('leaseNamespace', () => {
  it('is the one of our pod, where its Role counts, and not the one of the external services', async () => {
    const account = join(directory, 'pod/var/run/secrets/kubernetes.io/serviceaccount');
    await mkdir(account, { recursive: true });
    for (const [name, text] of [
      ['token', 'token'],
      ['ca.crt', ''],
      ['namespace', 'ces-system'],
    ] as const) {
      await writeFile(join(account, name), text);
    }
    const config = new KubeConfig();
    config.loadFromCluster(join(directory, 'pod'));
    expect(leaseNamespace(config, 'kube-system')).toBe('ces-system');
  });

  it('is the one that the context of a kubeconfig names', async () => {
    const files = [await kubeconfig('installed', 'installed', 'ces-system')];
    expect(leaseNamespace(loadKubeConfig({ access: 'kubeconfig', files }), 'kube-system')).toBe('ces-system');
  });

  it('is the configured one where a kubeconfig names none', async () => {
    const files = [await kubeconfig('one')];
    expect(leaseNamespace(loadKubeConfig({ access: 'kubeconfig', files }), 'kube-system')).toBe('kube-system');
  });
});
