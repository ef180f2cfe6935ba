import { hits, type RequestFault, type Subject } from './fault.js';

type Delay = Extract<RequestFault, { fault: 'delay' }>;
export type Failure = Exclude<RequestFault, Delay>;

interface Planned<Kind extends RequestFault> {
  readonly fault: Kind;
  left: number;
}

/** The faults that wait for a request to hit, in the order in which they were asked for. */
export class FaultPlan {
  #delays: Planned<Delay>[] = [];
  #failures: Planned<Failure>[] = [];

  add(fault: RequestFault): void {
    const left = fault.times === 'forever' ? Number.POSITIVE_INFINITY : fault.times;
    if (fault.fault === 'delay') this.#delays.push({ fault, left });
    else this.#failures.push({ fault, left });
  }

  clear(): void {
    this.#delays = [];
    this.#failures = [];
  }

  get planned(): readonly RequestFault[] {
    return [...this.#delays, ...this.#failures].map(({ fault }) => fault);
  }

  /** Milliseconds that this request has to wait. */
  takeDelay(subject: Subject): number {
    return take(this.#delays, subject)?.milliseconds ?? 0;
  }

  takeFailure(subject: Subject): Failure | undefined {
    return take(this.#failures, subject);
  }
}

function take<Kind extends RequestFault>(planned: Planned<Kind>[], subject: Subject): Kind | undefined {
  const index = planned.findIndex(({ fault }) => hits(fault, subject));
  const found = planned[index];
  if (found === undefined) return undefined;
  found.left -= 1;
  if (found.left <= 0) planned.splice(index, 1);
  return found.fault;
}
