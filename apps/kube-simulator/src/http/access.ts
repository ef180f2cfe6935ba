import { type GroupResource } from '../api-error.js';

/** What a user may do; `*` stands for all. Without namespaces: everywhere. */
export interface AccessRule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  /** Plural names, with a subresource as `pods/status`. */
  readonly resources: readonly string[];
  readonly namespaces?: readonly string[];
}

/** Somebody whom the simulator knows by a bearer token. */
export interface SimulatedUser {
  readonly token: string;
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly rules?: readonly AccessRule[];
}

/** What is asked about in an access review, and checked on every request. */
export interface Access extends GroupResource {
  readonly verb: string;
  readonly namespace: string;
  readonly subresource: string;
}

/** Who may do everything, as in a real cluster. */
export const mastersGroup = 'system:masters';

export const anonymous: Omit<SimulatedUser, 'token'> = {
  username: 'system:anonymous',
  groups: ['system:unauthenticated'],
};

/** The table from which tokens and accesses are judged: a stand-in for authentication and RBAC. */
export class AccessTable {
  constructor(private readonly users: readonly SimulatedUser[]) {}

  byToken(token: string): SimulatedUser | undefined {
    return this.users.find((user) => user.token === token);
  }

  /** Whether a user may do everything, also to the simulator itself. */
  isAdministrator({ groups = [] }: Omit<SimulatedUser, 'token'>): boolean {
    return groups.includes(mastersGroup);
  }

  /** Whether a user, by name or as a member of groups, may do something. */
  allows(username: string, groups: readonly string[], access: Access): boolean {
    if (groups.includes(mastersGroup)) return true;
    const user = this.users.find((candidate) => candidate.username === username);
    if (user?.groups?.includes(mastersGroup) === true) return true;
    return user?.rules?.some((rule) => covers(rule, access)) === true;
  }
}

function covers(rule: AccessRule, { verb, group, resource, subresource, namespace }: Access): boolean {
  const name = subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    includes(rule.verbs, verb) &&
    includes(rule.groups, group) &&
    includes(rule.resources, name) &&
    (rule.namespaces === undefined || includes(rule.namespaces, namespace))
  );
}

const includes = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);
