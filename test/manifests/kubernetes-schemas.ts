import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { z } from 'zod';
import { type Manifest } from './manifest.js';

/** The oldest and the newest version of Kubernetes that CES supports. */
export const kubernetesVersions = ['1.29', '1.37'] as const;

const document = z.object({
  /** The definition of each kind, as `apiVersion kind`. */
  kinds: z.record(z.string(), z.string()),
  definitions: z.record(z.string(), z.unknown()),
});

/** Kubernetes' own schemas; tools/generate-kubernetes-schemas.mjs fetches them. */
const validators = kubernetesVersions.map((version) => {
  const file = new URL(`generated/kubernetes-${version}.json`, import.meta.url);
  const { kinds, definitions } = document.parse(JSON.parse(readFileSync(file, 'utf8')));
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  return { version, definitionOf: new Map(Object.entries(kinds)), ajv };
});

/**
 * Why the oldest or the newest Kubernetes would refuse an object of a built-in kind, fields that it does not know
 * included; empty when both accept it.
 */
export function schemaErrors(object: Manifest): readonly string[] {
  const kind = `${object.apiVersion} ${object.kind}`;
  return validators.flatMap(({ version, definitionOf, ajv }) => {
    const definition = definitionOf.get(kind);
    if (definition === undefined) {
      return [`${kind}: no schema is at hand; add it to the kinds of tools/generate-kubernetes-schemas.mjs.`];
    }
    const validate = ajv.getSchema(`kubernetes#/definitions/${definition}`);
    if (validate === undefined) throw new Error(`The schemas of Kubernetes ${version} lack ${definition}.`);
    if (validate(object) === true) return [];
    return (validate.errors ?? []).map((error) => `Kubernetes ${version}, ${object.kind}${inWords(error)}`);
  });
}

function inWords({ instancePath, message = 'is not valid', params }: ErrorObject): string {
  const unknown: unknown = 'additionalProperty' in params ? params['additionalProperty'] : undefined;
  return typeof unknown === 'string' ? `${instancePath}/${unknown} is not a field` : `${instancePath} ${message}`;
}
