import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { unknownIn } from './expressions.js';
import { metricCatalogue } from './metric-catalogue.js';

const folder = fileURLToPath(new URL('../../k8s/components/monitoring/', import.meta.url));
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) {
  process.stderr.write('The alert rules are not tried out: there is no promtool (Debian package prometheus).\n');
}

const catalogue = metricCatalogue();
const alert = z.strictObject({
  alert: z.string().regex(/^Ces[A-Z][A-Za-z]+$/),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string(), action: z.string() }),
});
const { groups } = z
  .object({ groups: z.array(z.object({ rules: z.array(alert) })) })
  .parse(parse(readFileSync(`${folder}alerts.yaml`, 'utf8')));
const alerts = groups.flatMap(({ rules }) => rules);

const panel = z.looseObject({
  title: z.string(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(z.looseObject({ expr: z.string() })).default([]),
});
const { panels } = z
  .object({ panels: z.array(panel) })
  .parse(JSON.parse(readFileSync(`${folder}dashboard.json`, 'utf8')));

describe('the alert rules', () => {
  it.each(alerts)('$alert speaks of metrics and labels that exist', ({ expr }) => {
    expect(expr).toContain('ces_');
    expect(unknownIn(expr, catalogue)).toEqual([]);
  });

  it.skipIf(!hasPromtool).each([
    ['are understood by Prometheus', ['check', 'rules', 'alerts.yaml']],
    ['fire when they should', ['test', 'rules', 'alerts.test.yaml']],
  ])('%s', (_what, parameters) => {
    const { status, stdout, stderr } = spawnSync('promtool', parameters, { cwd: folder, encoding: 'utf8' });
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});

describe('the dashboard', () => {
  const drawn = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

  it.each(drawn)('$title shows metrics that exist: $expr', ({ expr }) => {
    expect(unknownIn(expr, catalogue)).toEqual([]);
  });

  it('has no panel over another one', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(cells.filter((cell, index) => cells.indexOf(cell) !== index)).toEqual([]);
  });
});

describe('the check of expressions', () => {
  it.each([
    ['max(ces_rulez)', 'ces_rulez is no metric'],
    ['rate(ces_declare_seconds[5m])', 'ces_declare_seconds is no metric'],
    ['ces_rules{phaze="Failed"}', 'ces_rules has no label phaze'],
    ['sum by (tenent) (ces_declares_total)', 'no metric has the label tenent'],
  ])('finds the fault in %s', (expression, problem) => {
    expect(unknownIn(expression, catalogue)).toContain(problem);
  });
});
