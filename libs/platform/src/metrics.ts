import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type { Gauge };

export interface MetricOptions<Label extends string> {
  /** `ces_` and then words joined by `_`, with the base unit last (`_seconds`, `_bytes`); counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds, in the metric's unit. */
  readonly buckets: readonly number[];
}

/** The metrics of one app, in Prometheus' text format. A name can be registered once. */
export interface Metrics {
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label>;
  /** Content type of what `render` gives. */
  readonly contentType: string;
  render(): Promise<string>;
}

/** Buckets for durations between 5 ms and 2 minutes, in seconds. */
export const durationBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
];

/**
 * A registry of its own for `app` (which stands in the label `app`), with the metrics of the process.
 * @throws Error for a name that breaks the convention, or is there already.
 */
export function createMetrics({ app }: { readonly app: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry, prefix: 'ces_' });
  const common = <Label extends string>({ name, help, labels }: MetricOptions<Label>) => ({
    name: checkedName(name),
    help,
    labelNames: labels ?? [],
    registers: [registry],
  });
  return {
    counter(options) {
      if (!options.name.endsWith('_total')) {
        throw new Error(`The counter ${options.name} must be called ${options.name}_total.`);
      }
      return new Counter(common(options));
    },
    gauge: (options) => new Gauge(common(options)),
    histogram: (options) => new Histogram({ ...common(options), buckets: [...options.buckets] }),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

function checkedName(name: string): string {
  if (!/^ces(_[a-z0-9]+)+$/.test(name)) {
    throw new Error(`The metric ${name} must begin with ces_ and hold only lower case words joined by _.`);
  }
  return name;
}
