import { type SimulatorOptions } from './options.js';
import { type BigipSimulator, startBigipSimulator } from './simulator.js';

/** Two BIG-IPs in a device group that is synchronised on request: until then the one standing by keeps what it had. */
export class BigipPair {
  private constructor(
    readonly deviceGroup: string,
    readonly first: BigipSimulator,
    readonly second: BigipSimulator,
  ) {}

  /** The first one is active. @throws as `startBigipSimulator` */
  static async start(deviceGroup: string, options: SimulatorOptions = {}): Promise<BigipPair> {
    const units: BigipSimulator[] = [];
    const unit = async (index: number, failover: 'ACTIVE' | 'STANDBY') => {
      const onSync = () => {
        copy(units[index], units[1 - index]);
      };
      const started = await startBigipSimulator({ ...options, failover, deviceGroups: [deviceGroup], onSync });
      units.push(started);
      return started;
    };
    return new BigipPair(deviceGroup, await unit(0, 'ACTIVE'), await unit(1, 'STANDBY'));
  }

  get active(): BigipSimulator {
    return this.first.failover === 'ACTIVE' ? this.first : this.second;
  }

  get standby(): BigipSimulator {
    return this.active === this.first ? this.second : this.first;
  }

  /** Both stay reachable; the one that was standing by is active with what it was synchronised to last. */
  failOver(): void {
    const { active, standby } = this;
    active.setFailover('STANDBY');
    standby.setFailover('ACTIVE');
  }

  async close(): Promise<void> {
    await this.first.close();
    await this.second.close();
  }
}

/** The configuration with what AS3 stored in it, as an archive has it; the declarations go along in data groups. */
function copy(from: BigipSimulator | undefined, to: BigipSimulator | undefined): void {
  if (from !== undefined) to?.restoreArchive(from.takeArchive());
}
