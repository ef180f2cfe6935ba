import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** An object of any kind, as a manifest holds it. */
export type Manifest = z.infer<typeof manifest>;

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

/** The objects of a YAML stream. */
export function parseManifests(text: string): readonly Manifest[] {
  const documents = z.array(z.unknown()).parse(parseAllDocuments(text).map((document) => document.toJS() as unknown));
  return documents.filter((document) => document !== null).map((document) => manifest.parse(document));
}
