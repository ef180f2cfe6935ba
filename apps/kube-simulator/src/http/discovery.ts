import { type JsonObject } from '#core/json';
import { apiVersionOf } from '../kinds/api-resource.js';
import { resources } from '../kinds/catalogue.js';
import { reviews } from './reviews.js';

/** What discovery says of one resource or subresource. */
interface Served {
  readonly group: string;
  readonly version: string;
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

const storedVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const served: readonly Served[] = [
  ...resources.flatMap((resource) => {
    const { group, version, plural: name, singular: singularName, namespaced, kind } = resource;
    const { shortNames, categories } = resource;
    const common = { group, version, namespaced, kind };
    const part = { ...common, singularName: '', shortNames: [], categories: [] };
    return [
      { ...common, name, singularName, shortNames, categories, verbs: storedVerbs },
      ...(resource.statusSubresource ? [{ ...part, name: `${name}/status`, verbs: ['get', 'patch', 'update'] }] : []),
      ...(kind === 'Namespace' ? [{ ...part, name: `${name}/finalize`, verbs: ['update'] }] : []),
    ];
  }),
  ...reviews.map(({ group, plural, singular, kind }) => ({
    group,
    version: 'v1',
    name: plural,
    singularName: singular,
    namespaced: false,
    kind,
    verbs: ['create'],
    shortNames: [],
    categories: [],
  })),
];

const groups = [...new Set(served.map(({ group }) => group))].filter((group) => group !== '');

const versionOf = (group: string): string => served.find((resource) => resource.group === group)?.version ?? 'v1';

function apiGroup(group: string): JsonObject {
  const version = versionOf(group);
  const preferredVersion = { groupVersion: `${group}/${version}`, version };
  return { name: group, versions: [preferredVersion], preferredVersion };
}

function resourceList(group: string, version: string): JsonObject | undefined {
  const found = served.filter((resource) => resource.group === group && resource.version === version);
  if (found.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: found.map(({ name, singularName, namespaced, kind, verbs, shortNames, categories }) => ({
      name,
      singularName,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(categories.length === 0 ? {} : { categories }),
    })),
  };
}

const version = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+simulator',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

/** The documents under /version, /api and /apis; undefined for any other path. */
export function discoveryDocument(path: string): JsonObject | undefined {
  const [root = '', first, second, ...more] = path.split('/').filter((segment) => segment !== '');
  if (more.length > 0) return undefined;
  switch (root) {
    case 'version':
      return first === undefined ? version : undefined;
    case 'api':
      if (first === undefined) return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
      return second === undefined ? resourceList('', first) : undefined;
    case 'apis':
      if (first === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) };
      if (second !== undefined) return resourceList(first, second);
      return groups.includes(first) ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(first) } : undefined;
    default:
      return undefined;
  }
}
