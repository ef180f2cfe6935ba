#!/usr/bin/env node
/**
 * Writes what follows from the alert rules and from the metrics in the code: the PrometheusRule of the Prometheus
 * Operator, and the tables of docs/metrics.md. With `--check` it only compares.
 */
import { readFile } from 'node:fs/promises';
import { format } from 'prettier';
import { parse, stringify } from 'yaml';
import { pageWith, table, writeGenerated } from './generated-files.mjs';
import { importSource } from './import-source.mjs';

const style = JSON.parse(await readFile(new URL('../.prettierrc.json', import.meta.url), 'utf8'));
const folder = 'k8s/components/monitoring';
const { groups } = parse(await readFile(new URL(`../${folder}/alerts.yaml`, import.meta.url), 'utf8'));
const { metricCatalogue } = await importSource('test/monitoring/metric-catalogue.ts');

const rule = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'ces' },
  spec: { groups },
};

const metrics = table(
  ['metric', 'type', 'labels', 'of', 'what it says'],
  metricCatalogue().map(({ name, type, labels, apps, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    apps.join(', '),
    help,
  ]),
);

const alerts = table(
  ['alert', 'severity', 'after', 'what to do'],
  groups.flatMap((group) =>
    group.rules.map((alert) => [
      `\`${alert.alert}\``,
      alert.labels.severity,
      alert.for ?? 'at once',
      `${alert.annotations.summary.replace(/\{\{.*?\}\}/g, '…')} ${alert.annotations.action.replace(/\{\{.*?\}\}/g, '…')}`,
    ]),
  ),
);

await writeGenerated([
  [
    `${folder}/prometheus-rule.yaml`,
    await format(
      `# Generated from alerts.yaml by tools/generate-monitoring.mjs; change that file.\n${stringify(rule)}`,
      {
        ...style,
        parser: 'yaml',
      },
    ),
  ],
  ['docs/metrics.md', await pageWith('docs/metrics.md', { metrics, alerts })],
]);
