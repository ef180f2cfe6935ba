import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  customResourceDefinitions,
  partsOf,
  refusals,
  type Schema,
  schemaOf,
  structuralRefusals,
} from './custom-resources.js';

const kindsOfCes05 = ['ExternalService', 'ClusterEgressRule', 'NamespaceEgressRule', 'ServiceEgressRule'];
const ruleKinds = ['ClusterEgressRule', 'NamespaceEgressRule', 'ServiceEgressRule', 'PodEgressRule'];

describe('the custom resource definitions', () => {
  it.each([
    ['ExternalService', 'externalservices', 'exsvc', 'Namespaced'],
    ['ClusterEgressRule', 'clusteregressrules', 'cgr', 'Cluster'],
    ['NamespaceEgressRule', 'namespaceegressrules', 'nsgr', 'Namespaced'],
    ['ServiceEgressRule', 'serviceegressrules', 'svcgr', 'Namespaced'],
    ['PodEgressRule', 'podegressrules', 'podgr', 'Namespaced'],
  ])('%s is %s, %s for short, and %s', (kind, plural, shortName, scope) => {
    const definition = customResourceDefinitions.get(kind);
    expect(definition?.metadata.name).toBe(`${plural}.kubeovn.io`);
    expect(definition?.spec).toMatchObject({
      group: 'kubeovn.io',
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [shortName] },
      versions: [{ name: 'v1alpha1', served: true, storage: true }],
    });
  });

  it('are these five and no others', () => {
    expect([...customResourceDefinitions.keys()].sort()).toEqual([...ruleKinds, 'ExternalService'].sort());
  });

  it.each(ruleKinds)('%s shows action and status first, as in CES 0.5, and its age last', (kind) => {
    const columns = customResourceDefinitions.get(kind)?.spec.versions[0].additionalPrinterColumns ?? [];
    expect(columns.slice(0, 2)).toMatchObject([
      { name: 'Action', jsonPath: '.spec.action' },
      { name: 'Status', jsonPath: '.status.phase' },
    ]);
    expect(columns.at(-1)).toMatchObject({ name: 'Age', jsonPath: '.metadata.creationTimestamp' });
  });

  it.each(ruleKinds)('%s has a status subresource, with the same status as every rule', (kind) => {
    expect(customResourceDefinitions.get(kind)?.spec.versions[0].subresources).toEqual({ status: {} });
    expect(schemaOf(kind).properties?.['status']).toEqual(schemaOf('PodEgressRule').properties?.['status']);
  });

  it.each([...customResourceDefinitions.keys()])('%s explains every field', (kind) => {
    const silent = [...partsOf(schemaOf(kind))]
      .filter(({ path, part }) => part.description === undefined && !path.endsWith('[]') && !path.endsWith('{}'))
      .map(({ path }) => path);
    expect(silent).toEqual(['.metadata']);
  });

  it.each([...customResourceDefinitions.keys()])(
    '%s sets no defaults, so that existing objects do not change',
    (kind) => {
      const changing = [...partsOf(schemaOf(kind))].filter(({ part }) => 'default' in part);
      expect(changing).toEqual([]);
    },
  );

  it.each([...customResourceDefinitions.keys()])('%s names no format that the API server would warn of', (kind) => {
    const formats = [...partsOf(schemaOf(kind))].flatMap(({ part }) => ('format' in part ? [part['format']] : []));
    expect(['int32', 'int64', 'date-time']).toEqual(expect.arrayContaining(formats));
  });

  it.each([...customResourceDefinitions.keys()])('%s prunes what it does not know', (kind) => {
    const open = [...partsOf(schemaOf(kind))].filter(({ part }) => 'x-kubernetes-preserve-unknown-fields' in part);
    expect(open).toEqual([]);
  });
});

describe('what CES 0.5 accepted', () => {
  const metadata = { name: 'rule', namespace: 'shop' };

  it.each(kindsOfCes05)('%s: any object valid under the schema of CES 0.5 is accepted', (kind) => {
    fc.assert(
      fc.property(objectsOfCes05[kind] ?? fc.constant(null), (object) => {
        expect(structuralRefusals(schemasOfCes05[kind] ?? {}, object)).toEqual([]);
        expect(refusals(kind, { apiVersion: 'kubeovn.io/v1alpha1', kind, metadata, ...object })).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it.each(kindsOfCes05)('%s: validations speak only of fields that CES 0.5 did not have', (kind) => {
    const validated = [...partsOf(schemaOf(kind))].filter(({ part }) => part['x-kubernetes-validations'] !== undefined);
    const older = new Set([...partsOf(schemasOfCes05[kind] ?? {})].map(({ path }) => path));
    expect(validated.map(({ path }) => path).filter((path) => older.has(path))).toEqual([]);
  });

  it.each([
    ['ExternalService', { spec: {} }, ' must have required property'],
    ['ExternalService', { spec: { addresses: ['10.0.0.1'], ports: [{ port: '80 to 90' }] } }, '/spec/ports/0/port'],
    ['ClusterEgressRule', { spec: { action: 'allow', externalServices: [] } }, '/spec/action'],
    ['ServiceEgressRule', { spec: { action: 'drop', externalServices: [] } }, "required property 'service'"],
  ])('%s: what its schema refused is still refused: %j', (kind, object, reason) => {
    expect(refusals(kind, object).join('\n')).toContain(reason);
  });
});

describe('new fields', () => {
  const pods = (podSelector: unknown, more: object = {}) => ({
    spec: { action: 'accept', externalServices: ['bank'], podSelector, ...more },
  });
  const cluster = (more: object) => ({ spec: { action: 'accept-decisively', externalServices: ['bank'], ...more } });

  it.each([
    ['PodEgressRule', pods({ matchLabels: { 'app.kubernetes.io/name': 'web', tier: '' } })],
    ['PodEgressRule', pods({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['db', 'cache'] }] })],
    ['PodEgressRule', pods({ matchExpressions: [{ key: 'example.com/app', operator: 'Exists', values: [] }] })],
    ['PodEgressRule', pods({ matchLabels: { app: 'web' } }, { priority: 0, logging: true })],
    ['ClusterEgressRule', cluster({ namespaceSelector: { matchLabels: { environment: 'production' } }, priority: 10 })],
    ['NamespaceEgressRule', cluster({ priority: 1_000_000 })],
    ['ServiceEgressRule', cluster({ service: 'web', priority: 999 })],
  ])('%s accepts %j', (kind, object) => {
    expect(refusals(kind, object)).toEqual([]);
  });

  it.each([
    ['PodEgressRule', {}, "must have required property 'spec'"],
    ['PodEgressRule', cluster({}), "must have required property 'podSelector'"],
    ['PodEgressRule', pods({ matchLabels: { app: 'web' } }, { externalServices: [] }), '/spec/externalServices'],
    ['PodEgressRule', pods({ matchLabels: { app: 'web' } }, { priority: '5' }), '/spec/priority must be integer'],
    ['ClusterEgressRule', cluster({ priority: -1 }), '/spec/priority must be >= 0'],
    ['ClusterEgressRule', cluster({ namespaceSelector: 'production' }), '/spec/namespaceSelector must be object'],
    [
      'PodEgressRule',
      pods({ matchExpressions: [{ key: 'app', operator: 'Near' }] }),
      '/operator must be equal to one of',
    ],
  ])('%s refuses the form of %j', (kind, object, reason) => {
    expect(refusals(kind, object).join('\n')).toContain(reason);
  });

  const only = (key: string, operator: string, values?: string[]) => ({
    matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
  });

  it.each([
    ['an empty selector', pods({}), 'podSelector names no label, and an empty one would select every pod'],
    ['a selector of empty parts', pods({ matchLabels: {}, matchExpressions: [] }), 'podSelector names no label'],
    ['In without values', pods(only('app', 'In')), 'values must name at least one value'],
    ['NotIn without values', pods(only('app', 'NotIn', [])), 'values must name at least one value'],
    ['Exists with values', pods(only('app', 'Exists', ['web'])), 'values must be left out'],
    ['a key with a space', pods(only('my app', 'Exists')), 'key is no label key'],
    ['a value with a slash', pods(only('app', 'In', ['web/1'])), 'a value is no label value'],
    ['a label key in upper case prefix', pods({ matchLabels: { 'Example.com/app': 'web' } }), 'a key is no label key'],
    ['a label value that ends in a dash', pods({ matchLabels: { app: 'web-' } }), 'a value is no label value'],
  ])('PodEgressRule refuses %s, in words that help', (_what, object, message) => {
    expect(refusals('PodEgressRule', object).join('\n')).toContain(message);
  });

  it('promise 1: an empty namespaceSelector is refused, so that it cannot stand for every namespace', () => {
    expect(refusals('ClusterEgressRule', cluster({ namespaceSelector: {} })).join('\n')).toContain(
      'leave namespaceSelector out if the whole cluster is meant',
    );
  });

  it('says the same of both selectors, but for the selector as a whole', () => {
    const withoutHead = (kind: string, selector: string) => {
      const part = schemaOf(kind).properties?.['spec']?.properties?.[selector];
      return { ...part, description: null, 'x-kubernetes-validations': null };
    };
    expect(withoutHead('PodEgressRule', 'podSelector')).toEqual(withoutHead('ClusterEgressRule', 'namespaceSelector'));
  });
});

/** The schemas of CES 0.5 as facts (config/crd of f5devcentral/container-egress-service): what they required. */
const ruleOfCes05 = (more: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['action', 'externalServices', ...Object.keys(more)],
      properties: {
        action: { type: 'string', enum: ['accept', 'drop', 'accept-decisively', 'reject'] },
        logging: { type: 'boolean' },
        externalServices: { type: 'array', items: { type: 'string' } },
        ...more,
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
});

const portOfCes05 = '^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$';

const schemasOfCes05: Readonly<Record<string, Schema>> = {
  ClusterEgressRule: ruleOfCes05({}),
  NamespaceEgressRule: ruleOfCes05({}),
  ServiceEgressRule: ruleOfCes05({ service: { type: 'string' } }),
  ExternalService: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['addresses'],
        properties: {
          addresses: { type: 'array', items: { type: 'string', format: 'ip' } },
          ports: {
            type: 'array',
            items: {
              type: 'object',
              properties: {
                name: { type: 'string' },
                protocol: { type: 'string' },
                port: { type: 'string', pattern: portOfCes05 },
                bandwidth: { type: 'string' },
              },
            },
          },
        },
      },
    },
  },
};

const ruleObjects = (required: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(
    {
      spec: fc
        .tuple(
          fc.record({
            action: fc.constantFrom('accept', 'drop', 'accept-decisively', 'reject'),
            externalServices: fc.array(fc.string()),
            ...required,
          }),
          fc.record({ logging: fc.boolean(), unknown: fc.jsonValue() }, { requiredKeys: [] }),
        )
        .map(([must, may]) => ({ ...must, ...may })),
      status: fc.record({ phase: fc.string() }, { requiredKeys: [] }),
      unknown: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );

const objectsOfCes05: Readonly<Record<string, fc.Arbitrary<object>>> = {
  ClusterEgressRule: ruleObjects({}),
  NamespaceEgressRule: ruleObjects({}),
  ServiceEgressRule: ruleObjects({ service: fc.string() }),
  ExternalService: fc.record(
    {
      spec: fc.record(
        {
          addresses: fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.string())),
          ports: fc.array(
            fc.record(
              {
                name: fc.string(),
                protocol: fc.string(),
                port: fc.stringMatching(new RegExp(portOfCes05)),
                bandwidth: fc.string(),
                unknown: fc.jsonValue(),
              },
              { requiredKeys: [] },
            ),
          ),
        },
        { requiredKeys: ['addresses'] },
      ),
      unknown: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
};
