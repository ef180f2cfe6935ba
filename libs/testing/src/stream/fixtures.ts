import { type ChangeBatch, type StreamMessage } from '#core/change';
import { type ChangeHandler, type Verdict } from '#stream/ports/change-stream';

export const done: Verdict = { outcome: 'done' };

/** The `number`th message of a cluster: it reaches from version `number` to the next one. */
export function message(cluster: string, number: number): ChangeBatch {
  return {
    version: 1,
    form: 'changes',
    cluster,
    observedAt: '2026-01-02T03:04:05.678Z',
    spans: [{ kind: 'Pod', from: String(number), to: String(number + 1) }],
    changes: [
      {
        type: 'delete',
        kind: 'Pod',
        uid: `uid-${number}`,
        namespace: 'shop',
        name: `web-${number}`,
        resourceVersion: String(number + 1),
      },
    ],
  };
}

/** Which message of `message(cluster, number)` this is. */
export function numberOf(message: StreamMessage): number {
  if (message.form !== 'changes') throw new Error(`A message of form ${message.form} has no number.`);
  return Number(message.spans[0]?.from);
}

/** A moment of a test that somebody else brings about. */
export interface Moment<Value> {
  readonly reached: Promise<Value>;
  readonly reach: (value: Value) => void;
}

export function moment<Value = void>(): Moment<Value> {
  let reach: (value: Value) => void = () => undefined;
  const reached = new Promise<Value>((resolve) => {
    reach = resolve;
  });
  return { reached, reach };
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Handles everything at once, and remembers it. */
export function recordTo(received: StreamMessage[]): ChangeHandler {
  return (taken) => {
    received.push(taken);
    return Promise.resolve(done);
  };
}

/** The same, for the numbers only. */
export function recordNumbers(received: number[]): ChangeHandler {
  return (taken) => {
    received.push(numberOf(taken));
    return Promise.resolve(done);
  };
}
