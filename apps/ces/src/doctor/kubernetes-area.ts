import { resourceFields } from '#core/generated/resource-fields';
import { type Part } from '#platform/settings';
import { type KubernetesSettings } from '#platform/settings-sections';
import { ClusterInspection } from '#watch/adapters/cluster-inspection';
import { leaseNamespace, loadKubeConfig } from '#watch/adapters/kube-config';
import { KubernetesClient } from '#watch/adapters/kubernetes-client';
import { KubernetesError } from '#watch/adapters/kubernetes-error';
import { type Right, watcherRights } from '#watch/domain/watcher-rights';
import { type Answer, type CheckDescription, type Examination } from './examination.js';

const server = {
  check: 'API server',
  meaning: 'The watcher lists and watches it, and writes statuses back.',
  remedy: 'See that KUBECONFIG names a server that can be reached from here, with credentials that are still valid.',
} as const;
const definitions = {
  check: 'custom resources',
  meaning: 'Without a definition a kind cannot be written; an old one drops the fields that it does not know.',
  remedy: 'Ask somebody who may read /openapi/v3 of the API server.',
} as const;
const rights = {
  check: "the watcher's rights",
  meaning: 'What it may not list it cannot follow, and what it may not patch says nothing to its owner.',
  remedy: 'Ask with the account of the watcher; everybody who is authenticated may ask what they may do.',
} as const;

const install = 'kubectl apply --server-side -k k8s/base/crds';

export interface KubernetesQuestions {
  readonly settings: Part<KubernetesSettings>;
  /** CES_NAMESPACE, where the kubeconfig names no namespace. */
  readonly namespace: string;
}

/** Whether the watcher finds in its cluster what it needs. */
export async function examineKubernetes(
  examination: Examination,
  { settings, namespace }: KubernetesQuestions,
): Promise<void> {
  if (settings.is === 'missing') {
    for (const check of [server, definitions, rights]) examination.skip(check, 'KUBECONFIG is not set here.');
    return;
  }
  const connections: KubernetesClient[] = [];
  try {
    const cluster = await examination.check<{ inspection: ClusterInspection; namespace: string }>(
      server,
      async (signal) => {
        if (settings.is === 'wrong') {
          return { state: 'failed', found: settings.error.message, remedy: settings.error.remedy, code: 2 };
        }
        const config = loadKubeConfig(settings.value);
        const client = new KubernetesClient(config);
        connections.push(client);
        const inspection = new ClusterInspection(client);
        const value = { inspection, namespace: leaseNamespace(config, namespace) };
        return asked(server, async () => ({ ...judgeVersion(await inspection.version(signal)), value }));
      },
    );
    if (cluster === undefined) {
      for (const check of [definitions, rights]) examination.skip(check, 'The API server does not answer.');
      return;
    }
    const { inspection } = cluster;
    await examination.check(definitions, (signal) =>
      asked(definitions, async () =>
        judgeDefinitions(await inspection.customResources(Object.keys(resourceFields), signal)),
      ),
    );
    await examination.check(rights, (signal) =>
      asked(rights, async () => {
        const wanted = watcherRights(cluster.namespace);
        const missing: Right[] = [];
        for (const right of wanted) if (!(await inspection.mayI(right, signal))) missing.push(right);
        return judgeRights(missing, wanted.length);
      }),
    );
  } finally {
    for (const client of connections) client.close();
  }
}

export function judgeVersion(version: string): Answer<never> {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) > 1 || Number(minor) >= 29) return { state: 'ok', found: `Kubernetes ${version}` };
  const found = `Kubernetes ${version} is older than 1.29, the oldest that CES is tried on.`;
  return { state: 'failed', found, remedy: 'Upgrade the cluster.', code: 1 };
}

/** @param served the fields of each kind that is installed. */
export function judgeDefinitions(served: ReadonlyMap<string, ReadonlySet<string>>): Answer<never> {
  const kinds = Object.entries(resourceFields);
  const absent = kinds.filter(([kind]) => !served.has(kind)).map(([kind]) => kind);
  if (absent.length > 0) {
    return { state: 'failed', found: `Not installed: ${absent.join(', ')}.`, remedy: `Run ${install}.`, code: 1 };
  }
  const old = kinds.flatMap(([kind, fields]) => {
    const missing = fields.filter((field) => served.get(kind)?.has(field) !== true);
    return missing.length === 0 ? [] : [`${kind} lacks ${missing.join(', ')}`];
  });
  if (old.length === 0) return { state: 'ok', found: `all ${kinds.length} are installed, with every field` };
  return { state: 'failed', found: `Older than this version: ${old.join('; ')}.`, remedy: `Run ${install}.`, code: 1 };
}

function judgeRights(missing: readonly Right[], of: number): Answer<never> {
  if (missing.length === 0) return { state: 'ok', found: `all ${of} are granted to this account` };
  const found = `This account may not: ${missing.map(describe).join(', ')}.`;
  const remedy = 'Apply k8s/base/cluster, which holds the roles, and run this with the account of the watcher.';
  return { state: 'failed', found, remedy, code: 1 };
}

/** What the API server refuses is a finding; that it does not answer is another. */
async function asked<Value>({ remedy }: CheckDescription, look: () => Promise<Answer<Value>>): Promise<Answer<Value>> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    return { state: 'failed', found: error.message, remedy, code: 1 };
  }
}

function describe({ verb, group, resource, namespace }: Right): string {
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
}
