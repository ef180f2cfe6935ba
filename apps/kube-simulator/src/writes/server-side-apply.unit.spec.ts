import { describe, expect, it } from 'vitest';
import { type JsonObject } from '#core/json';
import { type ManagedFields } from '../objects/kube-object.js';
import { type Manager } from './managed-fields.js';
import { applyConfiguration, type Applied } from './server-side-apply.js';

const manager = (name: string): Manager => ({ manager: name, operation: 'Apply', apiVersion: 'v1', subresource: '' });

/** Applies a configuration to what earlier ones left, beginning with nothing. */
function apply(before: Applied, name: string, configuration: JsonObject, force = false): Applied {
  return applyConfiguration('Pod', before.object, before.managedFields, configuration, manager(name), force, 'now');
}

const nothing: Applied = { object: { kind: 'Pod' }, managedFields: [] };
const owners = ({ managedFields }: Applied): Record<string, ManagedFields['fieldsV1']> =>
  Object.fromEntries(managedFields.map((entry) => [entry.manager, entry.fieldsV1]));

describe('server-side apply', () => {
  it('owns what it sets, elements of keyed lists by their keys', () => {
    const applied = apply(nothing, 'a', {
      metadata: { labels: { x: '1' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    expect(owners(applied)).toEqual({
      a: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
        'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
      },
    });
  });

  it('removes what it set before and no longer does, unless somebody else owns it too', () => {
    const both = apply(nothing, 'a', { metadata: { labels: { mine: '1', shared: '2' } } });
    const shared = apply(both, 'b', { metadata: { labels: { shared: '2' } } });
    const withdrawn = apply(shared, 'a', { metadata: { labels: {} } });
    expect(withdrawn.object).toMatchObject({ metadata: { labels: { shared: '2' } } });
    expect(owners(withdrawn)).toMatchObject({ b: { 'f:metadata': { 'f:labels': { 'f:shared': {} } } } });
  });

  it('removes an element of a keyed list as a whole', () => {
    const two = apply(nothing, 'a', {
      spec: {
        containers: [
          { name: 'c', image: 'i' },
          { name: 'd', image: 'j' },
        ],
      },
    });
    expect(apply(two, 'a', { spec: { containers: [{ name: 'd', image: 'j' }] } }).object['spec']).toEqual({
      containers: [{ name: 'd', image: 'j' }],
    });
  });

  it('refuses to change what others own, names all of it, and takes it by force', () => {
    const first = apply(nothing, 'a', { spec: { nodeName: 'n', hostNetwork: true } });
    const change = { spec: { nodeName: 'm', hostNetwork: false } };
    expect(() => apply(first, 'b', change)).toThrow(
      'Apply failed with 2 conflicts: \n- conflict with "a" using v1: .spec.nodeName\n- conflict with "a" using v1: .spec.hostNetwork',
    );
    const forced = apply(first, 'b', change, true);
    expect(forced.object['spec']).toEqual({ nodeName: 'm', hostNetwork: false });
    expect(Object.keys(owners(forced))).toEqual(['b']);
  });

  it('changes nothing when it is repeated', () => {
    const first = apply(nothing, 'a', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] } });
    expect(apply(first, 'a', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] } })).toEqual(first);
  });
});
