import { type SourceGrant } from '#core/source-set';

/** Whose source set it is. */
export interface GrantOwner {
  readonly rule: string;
  /** Of a form that is pinned; null for the rule itself. */
  readonly tenant: string | null;
}

export interface GrantPlace {
  readonly position: number;
  readonly time: Date;
}

interface End {
  readonly to_position: number;
  readonly to_time: Date;
}

/** A grant that began before, and ended. */
export interface EndedGrant extends End, GrantOwner {
  readonly prefix: string;
  readonly route_domain: number;
}

export interface BegunGrant extends Partial<End>, GrantOwner {
  readonly prefix: string;
  readonly route_domain: number;
  readonly namespace: string;
  readonly pod_uid: string | null;
  readonly pod_name: string | null;
  readonly from_position: number;
  readonly from_time: Date;
  readonly form_position?: number;
}

/** Gathers the grants that begin and end in the course of many batches, so that they can be written together. */
export class GrantRanges {
  readonly ended: EndedGrant[] = [];
  /** Began, and go on. */
  private readonly open = new Map<string, BegunGrant>();
  /** Began, and ended. */
  private readonly passed: BegunGrant[] = [];

  get begun(): readonly BegunGrant[] {
    return [...this.passed, ...this.open.values()];
  }

  end(owner: GrantOwner, { prefix, routeDomain }: SourceGrant, { position, time }: GrantPlace): void {
    const end: End = { to_position: position, to_time: time };
    const key = keyOf(owner, prefix, routeDomain);
    const begun = this.open.get(key);
    if (begun === undefined) this.ended.push({ ...owner, prefix, route_domain: routeDomain, ...end });
    else {
      this.passed.push({ ...begun, ...end });
      this.open.delete(key);
    }
  }

  /** @param form the position at which a pinned form was the desired one. */
  begin(owner: GrantOwner, grant: SourceGrant, { position, time }: GrantPlace, form?: number): void {
    const { prefix, routeDomain, namespace, pod } = grant;
    this.open.set(keyOf(owner, prefix, routeDomain), {
      ...owner,
      prefix,
      route_domain: routeDomain,
      namespace,
      pod_uid: pod?.uid ?? null,
      pod_name: pod?.name ?? null,
      from_position: position,
      from_time: time,
      ...(form === undefined ? {} : { form_position: form }),
    });
  }
}

/** Names an open grant within a cluster. */
function keyOf({ rule, tenant }: GrantOwner, prefix: string, routeDomain: number): string {
  return `${tenant ?? ''} ${rule} ${prefix} ${routeDomain}`;
}
