import { type KubeSimulatorOptions, startKubeSimulator } from '#apps/kube-simulator/src/simulator';
import { systemClock } from '#platform/clock';
import { type BenchmarkContext } from './benchmark.js';
import { DeviceMonitor } from './device-monitor.js';
import { Installation } from './installation.js';
import { type ClusterShape, LargeCluster } from './large-cluster.js';

export interface WholeSystemOptions {
  readonly shape: ClusterShape;
  /** What the device takes for a tenant, in milliseconds. */
  readonly deviceLatency: number;
  readonly simulator?: KubeSimulatorOptions;
}

/** A large cluster full of pods and without rules, a device that holds nothing, and an installation that has not started. */
export class WholeSystem {
  private constructor(
    readonly cluster: LargeCluster,
    readonly installation: Installation,
    readonly monitor: DeviceMonitor,
  ) {}

  /** Sets it up, calls `measure`, and clears it away. */
  static async with<Result>(
    context: BenchmarkContext,
    { shape, deviceLatency, simulator: options }: WholeSystemOptions,
    measure: (system: WholeSystem) => Promise<Result>,
  ): Promise<Result> {
    const simulator = await startKubeSimulator(options);
    const cluster = new LargeCluster(simulator, shape);
    context.progress(`filling a cluster with ${cluster.pods} pods`);
    cluster.fill();
    const latency = { perTenant: deviceLatency, perObject: 0 };
    const { tenants, configuration } = cluster;
    const installation = await Installation.create(context, simulator, { tenants, configuration, latency });
    const monitor = new DeviceMonitor(installation.device);
    try {
      return await measure(new WholeSystem(cluster, installation, monitor));
    } finally {
      monitor.close();
      await installation.stop();
    }
  }

  /** Waits until the device lets out every pod of the cluster, each by a rule. */
  async complete(): Promise<void> {
    const { cluster, installation, monitor } = this;
    let seen = 0;
    let complete = false;
    await installation.until('complete device', 300, () => {
      if (monitor.lastChange !== seen) {
        seen = monitor.lastChange;
        complete = monitor.count(cluster.tenants) === cluster.pods;
      }
      return complete;
    });
  }

  /** Replaces pods one by one at a steady rate for so many seconds; that each new address arrives is to be awaited. */
  async replacePods(seconds: number, perSecond: number): Promise<void> {
    const begin = performance.now();
    for (let replaced = 0; replaced < seconds * perSecond; replaced += 1) {
      const due = begin + (replaced * 1_000) / perSecond;
      if (performance.now() < due) await systemClock.sleep(due - performance.now());
      this.monitor.expect(this.cluster.replacePod());
    }
  }

  /** Waits until the device has had nothing to do for so many milliseconds. */
  async rest(milliseconds: number): Promise<void> {
    const { installation, monitor } = this;
    await installation.until('rest', 60, () => performance.now() - monitor.lastChange > milliseconds);
  }
}
