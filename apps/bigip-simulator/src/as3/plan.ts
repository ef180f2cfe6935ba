import { type DeviceObject, type FirewallRule, keyOf, type RuleList, type RuleSide } from '../device/objects.js';
import { type DeviceState, type Draft } from '../device/state.js';
import { type ObjectChange } from './difference.js';
import { type DesiredTenant } from './translate.js';

/** A command that takes effect by itself. */
export interface Command {
  readonly text: string;
  readonly apply: (draft: Draft) => void;
}

/** AS3's script for one tenant: what runs before the transaction, the transaction, and what runs after it. */
export interface Plan {
  readonly before: readonly Command[];
  /** Take effect together, or not at all. */
  readonly transaction: readonly Command[];
  readonly after: readonly Command[];
  /** What runs instead of `after` when the device refuses the transaction. */
  readonly rollback: readonly Command[];
}

/**
 * `whole` for every tenant but Common. Common goes in two passes: first the `additions`, and after all other tenants
 * the `rest`.
 */
export type Pass = 'whole' | 'additions' | 'rest';

/** @param state as AS3 has read it at the beginning of this pass */
export function planChanges(
  tenant: DesiredTenant,
  changes: readonly ObjectChange[],
  pass: Pass,
  state: DeviceState,
): Plan {
  const desired = new Map(tenant.objects.map((object) => [keyOf(object), object]));
  const beforeAll: Command[] = [];
  const transaction: Command[] = [];
  const after: Command[] = [];
  const rollback: Command[] = [];
  for (const change of changes) {
    const emptied = change.change === 'delete' ? emptyRuleList(state.objects.get(change.key)) : null;
    if (emptied) {
      beforeAll.push(emptied.empty);
      rollback.push(emptied.restore);
    }
    if (pass === 'additions' && !change.adds) continue;
    const step = commandFor(change, tenant, desired);
    if (isContainer(change) && change.change === 'create') {
      beforeAll.push(step);
      rollback.unshift(removal(change));
    } else if (isContainer(change) && change.change === 'delete') {
      after.unshift(step);
    } else {
      transaction.push(step);
    }
  }
  return { before: beforeAll, transaction, after, rollback };
}

/** Partitions and folders do not take part in transactions. */
function isContainer({ command }: ObjectChange): boolean {
  return command === 'auth partition' || command === 'sys folder';
}

function commandFor(change: ObjectChange, tenant: DesiredTenant, desired: ReadonlyMap<string, DeviceObject>): Command {
  switch (change.command) {
    case 'auth partition':
      return change.change === 'delete' ? removal(change) : partitionCommand(change, tenant);
    case 'sys folder':
      return change.change === 'delete' ? removal(change) : folderCommand(change);
    case 'net route-domain':
      return routeDomainCommand(change, tenant.enforcement.get(change.path) ?? null);
    default: {
      const object = desired.get(change.key);
      return object ? objectCommand(change, object) : removal(change);
    }
  }
}

function partitionCommand({ change, path }: ObjectChange, { name, defaultRouteDomain }: DesiredTenant): Command {
  return {
    text: `tmsh::${change} auth partition ${path} default-route-domain ${String(defaultRouteDomain)}`,
    apply: (draft) => {
      const description = 'Updated by AS3';
      draft.partitions.set(name, { name, defaultRouteDomain, description });
    },
  };
}

function folderCommand({ path }: ObjectChange): Command {
  return { text: `tmsh::create sys folder ${path}`, apply: (draft) => draft.folders.add(path) };
}

function routeDomainCommand({ path }: ObjectChange, policy: string | null): Command {
  return {
    text: `tmsh::modify net route-domain ${path} fw-enforced-policy ${policy ?? 'none'}`,
    apply: (draft) => {
      draft.enforce(path, { enforcedPolicy: policy });
      if (policy === null) draft.enforcedByAs3.delete(path);
      else draft.enforcedByAs3.add(path);
    },
  };
}

function objectCommand({ command, path, change }: ObjectChange, object: DeviceObject): Command {
  const creation = `tmsh::create ${command} ${path}`;
  return {
    text: change === 'modify' ? `tmsh::delete ${command} ${path}\n${creation}` : creation,
    apply: (draft) => {
      draft.put(object);
    },
  };
}

function removal({ key, command, path }: ObjectChange): Command {
  return {
    text: `tmsh::delete ${command} ${path}`,
    apply: (draft) => {
      switch (command) {
        case 'auth partition':
          removePartition(draft, path.replaceAll('/', ''));
          break;
        case 'sys folder':
          draft.folders.delete(path);
          break;
        default:
          draft.objects.delete(key);
      }
    },
  };
}

/** A partition stays while it holds anything, such as a route domain or a VLAN. */
function removePartition(draft: Draft, name: string): void {
  const inside = [...draft.routeDomains.keys(), ...[...draft.objects.values()].map(({ path }) => path)];
  if (inside.some((path) => path.startsWith(`/${name}/`))) return;
  draft.partitions.delete(name);
}

interface EmptiedRuleList {
  readonly empty: Command;
  readonly restore: Command;
}

/**
 * Before AS3 deletes a rule list it sets the lists that its rules refer to, and their iRules, to none, outside of the
 * transaction, and restores them only when the transaction fails (getRuleCommands in map_cli.js). Until then the
 * rules match whatever else they say. Addresses and ports that stand in the rules themselves stay.
 */
function emptyRuleList(object: DeviceObject | undefined): EmptiedRuleList | null {
  if (object?.kind !== 'rule-list' || object.rules.length === 0) return null;
  const emptied: RuleList = { ...object, rules: object.rules.map(withoutLists) };
  const modify = `tmsh::modify security firewall rule-list ${object.path} rules modify`;
  return {
    empty: {
      text: `${modify} { … address-lists none port-lists none vlans none irule none }`,
      apply: (draft) => {
        draft.put(emptied);
      },
    },
    restore: {
      text: `catch { ${modify} { … replace-all-with … } } e`,
      apply: (draft) => {
        draft.put(object);
      },
    },
  };
}

function withoutLists(rule: FirewallRule): FirewallRule {
  const side = ({ addresses, ports }: RuleSide): RuleSide => ({
    addresses,
    ports,
    addressLists: [],
    portLists: [],
    vlans: [],
  });
  return { ...rule, source: side(rule.source), destination: side(rule.destination), iRule: null };
}
