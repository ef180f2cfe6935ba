import { type ApplyLog } from '#project/ports/apply-log';

/** Each call that the worker writes down with is a moment at which it may be killed: before it, or when it is done. */
export type Moment = `${'before' | 'after'} ${'begin' | 'posted' | 'conclude'} ${number}`;

export class Killed extends Error {
  override readonly name = 'Killed';
}

/** What a worker writes down until it is killed. @param concluded is told of each outcome that was written down. */
export function mortal(log: ApplyLog, moment: Moment | null, concluded = () => Promise.resolve()): ApplyLog {
  const calls = new Map<string, number>();
  async function at<Result>(call: 'begin' | 'posted' | 'conclude', work: () => Promise<Result>): Promise<Result> {
    const number = (calls.get(call) ?? 0) + 1;
    calls.set(call, number);
    if (moment === `before ${call} ${number}`) throw new Killed();
    const result = await work();
    if (moment === `after ${call} ${number}`) throw new Killed();
    if (call === 'conclude') await concluded();
    return result;
  }
  return {
    acquire: (device, holder, milliseconds) => log.acquire(device, holder, milliseconds),
    renew: (lease, milliseconds) => log.renew(lease, milliseconds),
    release: (lease) => log.release(lease),
    openAttempts: (device) => log.openAttempts(device),
    strayed: (device) => log.strayed(device),
    unchanged: (lease, tenant, position, heldBack) => log.unchanged(lease, tenant, position, heldBack),
    takeoverFound: (held, tenant, finding) => log.takeoverFound(held, tenant, finding),
    report: (lease, tenant, report) => log.report(lease, tenant, report),
    begin: (lease, attempt) => at('begin', () => log.begin(lease, attempt)),
    posted: (lease, attempt, task) => at('posted', () => log.posted(lease, attempt, task)),
    conclude: (lease, attempt, outcome) => at('conclude', () => log.conclude(lease, attempt, outcome)),
  };
}
