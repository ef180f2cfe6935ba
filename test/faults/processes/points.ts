import { type DeviceStep } from '#apps/bigip-simulator/src/device/device';
import { type BigipSimulator } from '#apps/bigip-simulator/src/simulator';
import { type Part } from '#testing/tcp-proxy';

/** Where in its cycle a worker is struck, in their order, and what has to become of the attempt that it was at. */
export const points = [
  { name: 'before the begin is committed', attempt: null },
  { name: 'after the begin is committed', attempt: 'refused' },
  { name: 'before the POST reaches the device', attempt: 'refused' },
  { name: 'before the answer to the POST is read', attempt: 'applied' },
  { name: 'before the task is written down', attempt: 'applied' },
  { name: 'during the task', attempt: 'applied' },
  { name: 'before the end of the task is read', attempt: 'applied' },
  { name: 'before iControl enforces the policy', attempt: 'applied' },
  { name: 'before the conclusion is committed', attempt: 'applied' },
  { name: 'after the conclusion is committed', attempt: 'applied' },
] as const;
export type Point = (typeof points)[number];

/** Tells at which point a worker is, by what passes between it, the database and the device. */
export class FollowedCycle {
  private stage: 'before' | 'begun' | 'sending' | 'sent' | 'over' = 'before';
  private declares = 0;
  private transaction: { readonly of: 'begin' | 'conclusion'; readonly connection: number } | null = null;
  private committing = false;

  constructor(private readonly device: BigipSimulator) {}

  onDatabase({ connection, from, data }: Part): Point['name'] | null {
    const says = (text: string) => from === 'client' && data.includes(text);
    if (says('INSERT INTO apply_attempt')) {
      this.transaction = { of: 'begin', connection };
      this.stage = 'before';
      this.declares = this.device.counters.declares;
    }
    if (says('UPDATE apply_attempt SET concluded_at')) this.transaction = { of: 'conclusion', connection };
    if (says('UPDATE apply_attempt SET task')) return 'before the task is written down';
    if (connection !== this.transaction?.connection) return null;
    const { of } = this.transaction;
    if (says('COMMIT')) {
      this.committing = true;
      return `before the ${of} is committed`;
    }
    if (from === 'client' || !this.committing) return null;
    this.committing = false;
    this.transaction = null;
    if (of === 'begin') this.stage = 'begun';
    return `after the ${of} is committed`;
  }

  /** What is said there is encrypted: the device's own list of requests tells what it was. */
  onDevice({ from, data }: Part): Point['name'] | null {
    const last = this.device.requests.at(-1);
    const follows = (method: string, path: string) => last?.method === method && last.path.includes(path);
    if (from === 'client') {
      if (this.stage === 'over' && follows('GET', '/net/route-domain/')) return 'before iControl enforces the policy';
      if (this.stage !== 'begun' || isHandshake(data)) return null;
      this.stage = 'sending';
      return 'before the POST reaches the device';
    }
    if (this.stage === 'sending' && follows('POST', '/declare/')) {
      this.stage = 'sent';
      return 'before the answer to the POST is read';
    }
    if (this.stage !== 'sent' || this.device.counters.declares === this.declares) return null;
    this.stage = 'over';
    return 'before the end of the task is read';
  }

  onDeviceState({ by, phase }: DeviceStep): Point['name'] | null {
    return this.stage === 'sent' && by === 'as3' && phase === 'transaction' ? 'during the task' : null;
  }
}

/** Of TLS, on a connection that was made for what comes next: its first records, by type (RFC 8446, section 5.1), and what ends it. */
function isHandshake(data: Buffer): boolean {
  const [handshake, changeCipherSpec] = [22, 20];
  // The end comes alone, or a request right behind it.
  return data[0] === handshake || (data[0] === changeCipherSpec && data.length < 200);
}
