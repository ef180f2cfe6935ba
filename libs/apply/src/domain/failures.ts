import { type AttemptOutcome } from '#project/ports/apply-log';

/**
 * Everything that can go wrong between us and a BIG-IP, told apart once. What to do about a failure follows from this
 * table and from nowhere else (facts: reference on AS3, "Answers to a declare").
 */
export const failures = {
  unreachable: { after: 'wait', device: 'away', meaning: 'The BIG-IP cannot be reached' },
  tls: {
    after: 'wait',
    device: 'away',
    meaning: "The BIG-IP's certificate is not trusted; set BIGIP_CA_FILE to its CA",
  },
  timeout: { after: 'wait', device: 'away', meaning: 'The BIG-IP does not answer in time' },
  unauthorized: { after: 'wait', device: 'away', meaning: 'The BIG-IP refuses our user name or password' },
  forbidden: { after: 'wait', device: 'away', meaning: 'Our user lacks a role on the BIG-IP; it needs Administrator' },
  'as3-missing': { after: 'wait', device: 'away', meaning: 'AS3 is not installed on the BIG-IP, or is starting' },
  standby: { after: 'wait', device: 'away', meaning: 'No unit of the BIG-IP is active' },
  'sync-failed': { after: 'wait', device: 'present', meaning: 'The other unit was not brought up to date' },
  busy: { after: 'wait', device: 'busy', meaning: 'AS3 is at work on another declaration' },
  /** As an answer to a declaration, this and the next three say nothing of what became of it. */
  unavailable: { after: 'settle', device: 'busy', meaning: 'The BIG-IP is not available' },
  'server-error': { after: 'settle', device: 'away', meaning: 'The BIG-IP failed internally' },
  'not-understood': { after: 'settle', device: 'away', meaning: 'The BIG-IP gave an answer that we do not understand' },
  'answer-lost': { after: 'settle', device: 'away', meaning: 'The answer of the BIG-IP was lost' },
  /** Another writer declared in between: a reason to read again, never somebody's bad rule. */
  'lock-key': { after: 'merge', device: 'present', meaning: 'Another writer changed the tenant since we read it' },
  schema: { after: 'isolate', device: 'present', meaning: 'AS3 refuses the declaration as invalid' },
  refused: { after: 'isolate', device: 'present', meaning: 'The BIG-IP refuses the configuration' },
  'metadata-limit': {
    after: 'fall-back',
    device: 'present',
    meaning:
      "The declaration's metadata passes the 64 KB of a data group; set encodeDeclarationMetadata in AS3's settings",
  },
  'too-large': { after: 'fall-back', device: 'present', meaning: 'The declaration is larger than the BIG-IP takes' },
} as const satisfies Record<string, FailureEntry>;

interface FailureEntry {
  /**
   * wait: again later, with back-off · settle: find out what became of it first · merge: read the tenant and declare
   * again · isolate: this content will be refused each time, and a rule may be to blame · fall-back: it will be refused
   * each time, and no rule is to blame.
   */
  readonly after: 'wait' | 'settle' | 'merge' | 'isolate' | 'fall-back';
  /** What it says of the device: `away` counts towards the circuit breaker. */
  readonly device: 'away' | 'busy' | 'present';
  /** For people; begins a sentence. */
  readonly meaning: string;
}

export type FailureKind = keyof typeof failures;

/** Whether the same content will be refused each time. */
export function isPermanent({ kind }: { readonly kind: FailureKind }): boolean {
  const { after } = failures[kind];
  return after === 'isolate' || after === 'fall-back';
}

/** A call to the device that did not succeed. `detail` is the device's or the network's own words, without secrets. */
export class DeviceFailure extends Error {
  override readonly name = 'DeviceFailure';

  constructor(
    readonly kind: FailureKind,
    readonly detail: string,
  ) {
    super(`${failures[kind].meaning}: ${detail}`);
  }
}

/** The name of a failure as a Kubernetes condition's reason: `lock-key` → `LockKey`. */
export function reasonOf(kind: FailureKind): string {
  return kind.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

/** What becomes of an attempt that did not succeed; after any failure but those that leave open what the device holds. */
export function unsuccessful(failure: DeviceFailure): Exclude<AttemptOutcome, { type: 'applied' }> {
  return failures[failure.kind].after === 'wait' ? { type: 'withdrawn' } : refused(failure);
}

/** That the device holds what it held before. */
export function refused(failure: DeviceFailure): Extract<AttemptOutcome, { type: 'refused' }> {
  return {
    type: 'refused',
    reason: reasonOf(failure.kind),
    message: failure.message,
    permanent: isPermanent(failure),
  };
}
