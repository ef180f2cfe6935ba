import { type ApiResource } from '../kinds/api-resource.js';
import { findResource } from '../kinds/catalogue.js';
import { reviews, type Review } from './reviews.js';

/** What a path under /api or /apis names. */
export type ApiPath =
  | {
      readonly names: 'collection';
      readonly resource: ApiResource;
      /** Undefined: all namespaces, or a cluster-scoped resource. */
      readonly namespace: string | undefined;
    }
  | {
      readonly names: 'object';
      readonly resource: ApiResource;
      /** Empty for cluster-scoped resources. */
      readonly namespace: string;
      readonly name: string;
      readonly subresource: '' | 'status' | 'finalize';
    }
  | { readonly names: 'review'; readonly review: Review };

const namespaceSubresources = ['status', 'finalize'];

/** After RequestInfoFactory of k8s.io/apiserver; undefined when the API serves no such path. */
export function parseApiPath(path: string): ApiPath | undefined {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
  const [root, ...rest] = segments;
  if (root === 'api') {
    const [version = '', ...parts] = rest;
    return parseParts('', version, parts);
  }
  if (root === 'apis') {
    const [group = '', version = '', ...parts] = rest;
    return group === '' ? undefined : parseParts(group, version, parts);
  }
  return undefined;
}

function parseParts(group: string, version: string, parts: readonly string[]): ApiPath | undefined {
  const [first = '', second, third] = parts;
  if (first === 'namespaces' && second !== undefined && third !== undefined && !namespaceSubresources.includes(third)) {
    return resourcePath(group, version, second, parts.slice(2));
  }
  return resourcePath(group, version, undefined, parts);
}

function resourcePath(
  group: string,
  version: string,
  namespace: string | undefined,
  [plural = '', name, subresource = '', ...more]: readonly string[],
): ApiPath | undefined {
  const review = reviews.find((candidate) => candidate.group === group && candidate.plural === plural);
  if (review !== undefined) return version === 'v1' && name === undefined ? { names: 'review', review } : undefined;
  const resource = findResource(group, version, plural);
  if (resource === undefined || more.length > 0) return undefined;
  if (!resource.namespaced && namespace !== undefined) return undefined;
  if (name === undefined) return { names: 'collection', resource, namespace };
  if (resource.namespaced && namespace === undefined) return undefined;
  if (!servesSubresource(resource, subresource)) return undefined;
  return { names: 'object', resource, namespace: namespace ?? '', name, subresource };
}

function servesSubresource(resource: ApiResource, subresource: string): subresource is '' | 'status' | 'finalize' {
  if (subresource === 'finalize') return resource.kind === 'Namespace';
  return subresource === '' || (subresource === 'status' && resource.statusSubresource);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
