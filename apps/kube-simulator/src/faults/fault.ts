import { z } from 'zod';

/** Verbs as in Kubernetes' own access rules. */
export const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;
export type Verb = (typeof verbs)[number];

/** Which requests or watches a fault hits: those that agree in every field given. */
const target = {
  verb: z.enum(verbs).exactOptional(),
  /** Plural name: `pods`. */
  resource: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
};

/** How many requests or events it hits; 1 when not given. */
const times = z.union([z.int().positive(), z.literal('forever')]).default(1);

const requestFaults = [
  /** Answered with an error, as an overloaded or broken API server does. */
  z.object({
    fault: z.literal('status'),
    code: z.int().min(400).max(599),
    message: z.string().exactOptional(),
    retryAfterSeconds: z.int().positive().exactOptional(),
    times,
    ...target,
  }),
  /** Answered late. */
  z.object({ fault: z.literal('delay'), milliseconds: z.int().positive(), times, ...target }),
  /** The connection is reset instead of an answer. */
  z.object({ fault: z.literal('reset'), times, ...target }),
  /** The answer ends after so many bytes of its body, with a reset. */
  z.object({ fault: z.literal('cut-body'), bytes: z.int().min(0), times, ...target }),
  /** Taken, and never answered; a watch is opened and says nothing. */
  z.object({ fault: z.literal('silence'), times, ...target }),
] as const;

const watchFaults = [
  /** Open watches end, as when the API server is drained. */
  z.object({ fault: z.literal('close-watches'), ...target }),
  /** Open watches are torn down in the middle of the stream. */
  z.object({ fault: z.literal('reset-watches'), ...target }),
  /** Open watches stay, and nothing comes any more, as on a dead network path. */
  z.object({ fault: z.literal('silence-watches'), ...target }),
  /** Half of the next event's line arrives, then the stream ends. */
  z.object({ fault: z.literal('cut-watches'), ending: z.enum(['close', 'reset']).default('reset'), ...target }),
  /** Open watches get an ERROR event and end. */
  z.object({
    fault: z.literal('fail-watches'),
    code: z.int().min(400).max(599).default(500),
    message: z.string().exactOptional(),
    ...target,
  }),
  /** The next events reach no watch that is open then. */
  z.object({ fault: z.literal('drop-event'), times, ...target }),
] as const;

export const requestFault = z.discriminatedUnion('fault', requestFaults);
export const watchFault = z.discriminatedUnion('fault', watchFaults);
export const faultSchema = z.discriminatedUnion('fault', [...requestFaults, ...watchFaults]);

export type RequestFault = z.output<typeof requestFault>;
export type WatchFault = z.output<typeof watchFault>;
/** A fault as it is asked for, with defaults left out. */
export type Fault = z.input<typeof faultSchema>;

/** What of a request or watch a target is compared with. */
export interface Subject {
  readonly verb: Verb;
  readonly resource: string;
  /** Undefined: all namespaces, or none. */
  readonly namespace: string | undefined;
}

interface Target {
  readonly verb?: Verb;
  readonly resource?: string;
  readonly namespace?: string;
}

export function hits(wanted: Target, subject: Subject): boolean {
  return (
    (wanted.verb === undefined || wanted.verb === subject.verb) &&
    (wanted.resource === undefined || wanted.resource === subject.resource) &&
    (wanted.namespace === undefined || wanted.namespace === subject.namespace)
  );
}

/** The reason that goes with a code in a Status. */
export function reasonOf(code: number): string {
  return reasons[code] ?? (code >= 500 ? 'InternalError' : 'BadRequest');
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
