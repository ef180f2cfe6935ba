import { type MetricEntry } from './metric-catalogue.js';

/** What a PromQL expression says of our metrics that the code does not bear out; empty when all of it exists. */
export function unknownIn(expression: string, catalogue: readonly MetricEntry[]): readonly string[] {
  const problems: string[] = [];
  for (const [, written = '', matchers = ''] of expression.matchAll(/\b(ces_[a-z_]+)(?:\{([^}]*)\})?/g)) {
    const metric = catalogue.find((entry) => namesOf(entry).includes(written));
    if (metric === undefined) problems.push(`${written} is no metric`);
    const labels = [...matchers.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    for (const label of labels) if (!metric?.labels.includes(label)) problems.push(`${written} has no label ${label}`);
  }
  const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  const known = new Set(['le', ...catalogue.flatMap((entry) => entry.labels)]);
  for (const label of grouped) if (!known.has(label)) problems.push(`no metric has the label ${label}`);
  return problems;
}

/** What Prometheus calls the series of a metric. */
function namesOf({ name, type }: MetricEntry): readonly string[] {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name];
}
