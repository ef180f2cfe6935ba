import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type Member } from './members.js';
import { FollowedCycle, type Point } from './points.js';

/** Somebody who waits for a worker to come to a point of its cycle. */
export interface Ambush {
  /** Whether the worker was struck. */
  readonly isSprung: boolean;
  end(): void;
}

/** What befalls the worker. Gives whether that gets through, and when, by which it was seen to be at the point. */
export type Strike = (worker: Member) => boolean | Promise<boolean>;

/** Strikes when the worker comes to the point, at once, so that it does nothing more. */
export function ambush(point: Point['name'], worker: Member, device: BigipSimulator, strike: Strike): Ambush {
  const cycle = new FollowedCycle(device);
  let isSprung = false;
  const meet = (reached: Point['name'] | null): boolean | Promise<boolean> => {
    if (isSprung || reached !== point) return true;
    isSprung = true;
    return strike(worker);
  };
  const [database, toDevice] = [worker.links.get('database'), worker.links.get('device')];
  database?.inspect((part) => meet(cycle.onDatabase(part)));
  toDevice?.inspect((part) => meet(cycle.onDevice(part)));
  const leave = device.onDeviceState((_state, step) => void meet(cycle.onDeviceState(step)));
  return {
    get isSprung() {
      return isSprung;
    },
    end() {
      leave();
      database?.inspect(null);
      toDevice?.inspect(null);
    },
  };
}
