import { type DesiredTenant } from '#core/desired';
import { type JsonObject } from '#core/json';
import { type Problem } from '#core/problem';

export interface CompileInput {
  readonly desired: DesiredTenant;
  /** The AS3 that the device runs, such as `3.56.0`. */
  readonly as3Version: string;
  /** The tenant's body as AS3 stored it (GET declare), null on first contact. */
  readonly stored: JsonObject | null;
}

/** A tenant's desired state as AS3. */
export interface CompiledTenant {
  readonly tenant: string;
  /** What the request says of itself: the configured version, raised where the declaration uses what that one does not know. */
  readonly schemaVersion: string;
  /**
   * The tenant bodies to declare, in this order; the last one is what stays, and most often the only one. Where rule lists
   * disappear, nothing refers to them any more in the one before, but they still exist (as3.md, opening 1). Where Common
   * would be open between the two transactions of AS3, narrower ones go before (ADR 20), as they do where an enforced policy
   * gives way to one of another name (ADR 27).
   */
  readonly steps: readonly JsonObject[];
  /** How many steps, from the first on, allow nothing but what is allowed both before and after all of them. */
  readonly narrowedSteps: number;
  /** The last step. */
  readonly declaration: JsonObject;
  /** SHA-256 (hex) of the declaration's content (digest.ts). */
  readonly digest: string;
  /** What iControl must enforce once the declaration is in place. Empty where the shared objects are another installation's. */
  readonly enforcement: readonly Enforcement[];
  /**
   * Policies of ours that go, and where they may be enforced still. They alone may be replaced; where nothing of ours
   * belongs any more, they are taken out (ADR 27).
   */
  readonly leaving: readonly RouteDomainEnforcement[];
  /** What the compiler itself had to leave out, for the status of the rules. */
  readonly leftOut: readonly LeftOut[];
}

export type Enforcement =
  | {
      readonly type: 'global';
      /** `/Common/Shared/NAME` */
      readonly policy: string;
    }
  | RouteDomainEnforcement;

export interface RouteDomainEnforcement {
  readonly type: 'route-domain';
  /** `/TENANT/NAME` */
  readonly routeDomain: string;
  /** `/TENANT/Shared/NAME` */
  readonly policy: string;
}

export interface LeftOut {
  readonly cluster: string;
  readonly uid: string;
  /** Null when it concerns the rule as a whole. */
  readonly externalService: string | null;
  readonly problem: Problem;
}
