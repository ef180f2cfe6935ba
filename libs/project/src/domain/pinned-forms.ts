import { type AcceptedRule, type Position } from '#core/desired';
import { type SourceGrant } from '#core/source-set';
import { grantsBeyond } from './rule-change.js';
import { type Grants, noGrants } from './rule-sources.js';

/** A rule in the form of an earlier version, in which its tenant is to hold it. */
export interface PinnedForm {
  readonly rule: AcceptedRule;
  /** The position at which this form was the desired one. */
  readonly sourcesAt: Position;
  /** The external services that were declared of the rule itself when it was pinned; null when it was not there then. */
  readonly standing: readonly string[] | null;
}

/** A pinned form with the addresses that it applies to now. */
export interface PinnedState extends PinnedForm {
  readonly grants: Grants;
}

export interface PinnedChange {
  readonly tenant: string;
  readonly uid: string;
  readonly closed: readonly SourceGrant[];
  readonly opened: readonly SourceGrant[];
  /** Of the form that the opened ones belong to. */
  readonly sourcesAt: Position;
}

/** Names a pinned form among all that is resolved to addresses: no uid of a rule is like it. */
export function pinKey({ tenant, uid }: Pick<AcceptedRule, 'tenant' | 'uid'>): string {
  return `pin ${tenant} ${uid}`;
}

export function isPinKey(key: string): boolean {
  return key.startsWith('pin ');
}

/** The forms that the tenants of one cluster are pinned to. They are resolved to addresses as rules are, beside them. */
export class PinnedForms {
  private readonly forms = new Map<string, PinnedForm>();
  private readonly resolved = new Map<string, PinnedState>();

  restore(state: PinnedState): void {
    const key = pinKey(state.rule);
    this.forms.set(key, state);
    this.resolved.set(key, state);
  }

  get(key: string): PinnedForm | undefined {
    return this.forms.get(key);
  }

  all(): Iterable<PinnedForm> {
    return this.forms.values();
  }

  keys(): Iterable<string> {
    return this.forms.keys();
  }

  states(): Iterable<PinnedState> {
    return this.resolved.values();
  }

  /** These are the tenant's forms now, and no others. Gives the keys of those that come, change or go. */
  replace(tenant: string, forms: readonly PinnedForm[]): readonly string[] {
    const gone = [...this.forms].filter(([, { rule }]) => rule.tenant === tenant).map(([key]) => key);
    for (const key of gone) this.forms.delete(key);
    for (const form of forms) this.forms.set(pinKey(form.rule), form);
    return [...new Set([...gone, ...forms.map(({ rule }) => pinKey(rule))])];
  }

  /** Resolves forms anew. @param before what a form that was not resolved yet may fall back to. */
  settle(
    keys: readonly string[],
    resolve: (form: PinnedForm, before: Grants) => Grants,
    before: (form: PinnedForm) => Grants,
  ): PinnedChange[] {
    return keys.flatMap((key) => {
      const old = this.resolved.get(key);
      const form = this.forms.get(key);
      const now = form === undefined ? undefined : { ...form, grants: resolve(form, old?.grants ?? before(form)) };
      if (now === undefined) this.resolved.delete(key);
      else this.resolved.set(key, now);
      return changeOf(old, now);
    });
  }
}

function changeOf(before: PinnedState | undefined, after: PinnedState | undefined): PinnedChange[] {
  const present = after ?? before;
  if (present === undefined) return [];
  const same = before?.sourcesAt === after?.sourcesAt;
  const opened = grantsBeyond(after?.grants, same ? before?.grants : noGrants);
  const closed = grantsBeyond(before?.grants, same ? after?.grants : noGrants);
  if (opened.length + closed.length === 0) return [];
  const { rule, sourcesAt } = present;
  return [{ tenant: rule.tenant, uid: rule.uid, closed, opened, sourcesAt }];
}
