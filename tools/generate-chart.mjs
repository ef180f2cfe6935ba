#!/usr/bin/env node
/**
 * Writes the parts of the Helm chart that have no values in them from the kustomize base: the custom resource definitions
 * under charts/ces/crds, and the watcher's rights. With `--check` it writes nothing and exits 1 when a checked-in file
 * differs.
 */
import { readFile, readdir } from 'node:fs/promises';
import { writeGenerated } from './generated-files.mjs';

const base = new URL('../k8s/base/', import.meta.url);

const definitions = (await readdir(new URL('crds/', base))).filter((file) => file !== 'kustomization.yaml').sort();

const files = [
  ...(await Promise.all(definitions.map(async (file) => [`charts/ces/crds/${file}`, await read(`crds/${file}`)]))),
  ['charts/ces/templates/watcher-rights.yaml', templateOf(await read('cluster/watcher-rights.yaml'))],
];

function read(file) {
  return readFile(new URL(file, base), 'utf8');
}

/** Each object with our labels, and in the release's namespace unless it belongs to the whole cluster. */
function templateOf(text) {
  const banner =
    '# Generated from k8s/base/cluster/watcher-rights.yaml by tools/generate-chart.mjs; change that file.\n';
  const labels = '  labels:\n    {{- include "ces.labels" (list . "ces-watcher") | nindent 4 }}\n';
  const namespace = '  namespace: {{ .Release.Namespace }}\n';
  const documents = text.split(/^---\n/m).map((document) => {
    const metadata = /^kind: Cluster/m.test(document) ? labels : namespace + labels;
    return document
      .replace(/^( +)namespace: ces-system$/m, '$1namespace: {{ .Release.Namespace }}')
      .replace(/^metadata:\n {2}name: .*\n/m, (found) => found + metadata);
  });
  return banner + documents.join('---\n');
}

await writeGenerated(files);
