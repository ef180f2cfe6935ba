import { type DeviceConnection, connectDevice } from '#apply/adapters/connect-device';
import { type As3Info, versionProblem } from '#apply/domain/as3-version';
import { DeviceFailure, type FailureKind } from '#apply/domain/failures';
import { type Enforcement } from '#compile/compile-tenant';
import { enforcementOf } from '#compile/tenant-assembly';
import { planTenant } from '#compile/tenant-plan';
import { commonTenant, type Configuration, type TenantConfiguration } from '#core/configuration';
import { type Clock } from '#platform/clock';
import { type Part } from '#platform/settings';
import { type BigipSettings } from '#platform/settings-sections';
import { type Answer, type CheckDescription, type Examination } from './examination.js';
import { type NamedObject, namedObjects } from './named-objects.js';

const device = {
  check: 'BIG-IP',
  meaning: 'The worker declares to it, through AS3.',
  remedy: 'See that BIGIP_URL names its management address, and that it can be reached from here.',
} as const;
const modules = {
  check: 'modules',
  meaning: 'Firewall policies are part of AFM, the virtual server of a tenant of LTM.',
  remedy: 'Provision AFM and LTM (System, Resource Provisioning).',
} as const;
const partitions = {
  check: 'partitions',
  meaning: 'A tenant of ces-conf.yaml is a partition, in which its route domain has to stand.',
  remedy: 'Create the partition, or correct tenant[].name in ces-conf.yaml.',
} as const;
const routeDomains = {
  check: 'route domains',
  meaning: 'The namespace policy of a tenant is enforced on it, and addresses carry its number.',
  remedy: 'Create the route domain in its partition, or correct tenant[].routeDomain in ces-conf.yaml.',
} as const;
const enforcement = {
  check: 'enforcement',
  meaning: 'A policy that is not enforced lets everything pass; one of somebody else is never replaced.',
  remedy: 'Take the other policy out, so that CES can enforce its own.',
} as const;
const objects = {
  check: 'named objects',
  meaning: 'A declaration that refers to what is not there is refused, with all that it holds.',
  remedy: 'Create it on the BIG-IP, or correct ces-conf.yaml (iRule, log.healthMonitor, the templates).',
} as const;
const resolver = {
  check: 'FQDN resolver',
  meaning: 'AFM looks domain names in rules up with it; without one they match nothing.',
  remedy:
    'Create one (tmsh create net dns-resolver NAME …) and name it: ' +
    'tmsh modify security firewall global-fqdn-policy dns-resolver NAME.',
} as const;

export interface BigipQuestions {
  readonly settings: Part<BigipSettings>;
  /** Undefined where there is none that can be used. */
  readonly configuration: Configuration | undefined;
  /** Rules that name destinations by domain name; null when nobody knows. */
  readonly rulesByDomainName: number | null;
  readonly clock: Clock;
}

/** Whether the BIG-IP is as ces-conf.yaml expects it. */
export async function examineBigip(examination: Examination, questions: BigipQuestions): Promise<void> {
  const { settings, configuration, rulesByDomainName } = questions;
  const rest = [modules, partitions, routeDomains, enforcement, objects, resolver];
  if (settings.is === 'missing') {
    for (const check of [device, ...rest]) examination.skip(check, 'BIGIP_URL is not set here.');
    return;
  }
  const opened: DeviceConnection[] = [];
  try {
    const connection = await examination.check<DeviceConnection>(device, async (signal) => {
      if (settings.is === 'wrong') {
        return { state: 'failed', found: settings.error.message, remedy: settings.error.remedy, code: 2 };
      }
      const value = await connectDevice(settings.value, questions.clock);
      opened.push(value);
      const verified = settings.value.tls.verify;
      return asked(device, async () => ({
        ...judgeAs3(await value.device.info(signal), configuration, verified),
        value,
      }));
    });
    if (connection === undefined) {
      for (const check of rest) examination.skip(check, 'The BIG-IP cannot be asked.');
      return;
    }
    await examination.check(modules, (signal) =>
      asked(modules, async () => judgeModules(await connection.inspection.provisioned(signal))),
    );
    if (configuration === undefined) {
      for (const check of [partitions, routeDomains, enforcement, objects])
        examination.skip(check, 'There is no ces-conf.yaml that can be used.');
    } else {
      await examineTenants(examination, connection, configuration);
    }
    await examination.check(resolver, (signal) =>
      asked(resolver, async () => judgeResolver(await connection.inspection.fqdnResolver(signal), rulesByDomainName)),
    );
  } finally {
    for (const connection of opened) connection.close();
  }
}

async function examineTenants(
  examination: Examination,
  connection: DeviceConnection,
  configuration: Configuration,
): Promise<void> {
  const tenants = configuration.tenants.filter(({ name }) => configuration.routeDomains || name === commonTenant);
  await examination.check(partitions, (signal) =>
    asked(partitions, async () => {
      const missing: string[] = [];
      for (const { name } of tenants) {
        if (!(await connection.device.partition(name, signal)).exists) missing.push(name);
      }
      return missing.length === 0
        ? { state: 'ok', found: tenants.map(({ name }) => name).join(', ') }
        : finding(partitions, `There is no partition ${missing.join(', ')}.`);
    }),
  );
  await examination.check(routeDomains, (signal) =>
    asked(routeDomains, async () => {
      if (!configuration.routeDomains) return { state: 'skipped', found: 'isSupportRouteDomain is false.' };
      const problems: string[] = [];
      for (const tenant of tenants) problems.push(...(await routeDomainProblems(tenant, connection, signal)));
      return problems.length === 0
        ? { state: 'ok', found: 'each is there, under its number' }
        : finding(routeDomains, problems.join(' '));
    }),
  );
  await examination.check(enforcement, (signal) =>
    asked(enforcement, async () => {
      const places = tenants.flatMap(({ name }) => enforcementsOf(name, configuration));
      const found = await Promise.all(
        places.map(async (place) => ({ place, policy: await enforcedAt(place, connection, signal) })),
      );
      return judgeEnforcement(found);
    }),
  );
  await examination.check(objects, (signal) =>
    asked(objects, async () => {
      const named = namedObjects(configuration);
      const missing: NamedObject[] = [];
      for (const object of named) {
        if (!(await connection.inspection.exists(object, signal))) missing.push(object);
      }
      return judgeNamedObjects(named, missing);
    }),
  );
}

function judgeNamedObjects(named: readonly NamedObject[], missing: readonly NamedObject[]): Answer<never> {
  if (named.length === 0) return { state: 'ok', found: 'ces-conf.yaml names none' };
  if (missing.length === 0) return { state: 'ok', found: named.map(({ path }) => path).join(', ') };
  return finding(objects, missing.map(({ what, path }) => `There is no ${what} ${path}.`).join(' '));
}

async function routeDomainProblems(
  { name, routeDomain }: TenantConfiguration,
  { inspection }: DeviceConnection,
  signal: AbortSignal,
): Promise<string[]> {
  if (routeDomain === null || name === commonTenant) return [];
  const path = `/${name}/${routeDomain.name}`;
  const id = await inspection.routeDomainId(path, signal);
  if (id === null) return [`There is no route domain ${path}.`];
  return id === routeDomain.id ? [] : [`${path} has the number ${id}, and ces-conf.yaml says ${routeDomain.id}.`];
}

function enforcementsOf(tenant: string, configuration: Configuration): readonly Enforcement[] {
  const plan = planTenant({ tenant, configurations: [configuration], rules: [] });
  return plan === null ? [] : enforcementOf(plan);
}

async function enforcedAt(
  place: Enforcement,
  connection: DeviceConnection,
  signal: AbortSignal,
): Promise<string | null> {
  if (place.type === 'global') return connection.device.globalPolicy(signal);
  return (await connection.device.routeDomain(place.routeDomain, signal))?.policy ?? null;
}

function judgeAs3(info: As3Info, configuration: Configuration | undefined, verified: boolean): Answer<never> {
  const problem = versionProblem(info, configuration === undefined ? [] : [configuration]);
  if (problem !== null) return { state: 'failed', found: problem, remedy: 'Install another AS3, as it says.', code: 1 };
  if (verified) return { state: 'ok', found: `AS3 ${info.version}` };
  const found = `AS3 ${info.version}, but the BIG-IP's certificate is not verified.`;
  return { state: 'warning', found, remedy: 'Remove BIGIP_INSECURE, and name the CA with BIGIP_CA_FILE.' };
}

function judgeModules(provisioned: ReadonlySet<string>): Answer<never> {
  const missing = ['afm', 'ltm'].filter((module) => !provisioned.has(module));
  if (missing.length === 0) return { state: 'ok', found: [...provisioned].sort().join(', ') };
  return finding(modules, `Not provisioned: ${missing.join(', ')}.`);
}

export function judgeEnforcement(
  found: readonly { readonly place: Enforcement; readonly policy: string | null }[],
): Answer<never> {
  const named = (place: Enforcement) => (place.type === 'global' ? 'The BIG-IP globally' : place.routeDomain);
  const foreign = found.filter(({ place, policy }) => policy !== null && policy !== place.policy);
  if (foreign.length > 0) {
    const problems = foreign.map(({ place, policy }) => `${named(place)} enforces ${policy ?? ''}, which is not ours.`);
    return finding(enforcement, problems.join(' '));
  }
  const open = found.filter(({ policy }) => policy === null);
  if (open.length === 0) return { state: 'ok', found: 'our policies are enforced' };
  const places = open.map(({ place }) => named(place)).join(', ');
  return {
    state: 'warning',
    found: `No policy is enforced by: ${places}.`,
    remedy: 'Before the first declaration that is as it should be; afterwards the status of the rules says why.',
  };
}

function judgeResolver(found: string | null, rulesByDomainName: number | null): Answer<never> {
  if (found !== null) return { state: 'ok', found };
  const { remedy } = resolver;
  switch (rulesByDomainName) {
    case 0:
      return { state: 'ok', found: 'none is set, and no rule needs one' };
    case null:
      return { state: 'warning', found: 'None is set; rules that name domain names would match nothing.', remedy };
    default:
      return finding(resolver, `None is set, and ${rulesByDomainName} rules name domain names: they match nothing.`);
  }
}

function finding({ remedy }: CheckDescription, found: string): Answer<never> {
  return { state: 'failed', found, remedy, code: 1 };
}

/** What the BIG-IP refuses is a finding; that it does not answer is another. */
async function asked<Value>(check: CheckDescription, look: () => Promise<Answer<Value>>): Promise<Answer<Value>> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof DeviceFailure)) throw error;
    const remedy = remedies[error.kind] ?? check.remedy;
    return { state: 'failed', found: `${error.message}.`, remedy, code: answered.has(error.kind) ? 1 : 3 };
  }
}

const answered: ReadonlySet<FailureKind> = new Set([
  'unauthorized',
  'forbidden',
  'as3-missing',
  'busy',
  'unavailable',
  'standby',
]);

const remedies: Partial<Record<FailureKind, string>> = {
  tls: 'Name the CA that signed its certificate with BIGIP_CA_FILE, and see that the certificate holds the name of BIGIP_URL.',
  unauthorized: 'Correct BIGIP_USERNAME and BIGIP_PASSWORD, or the files in BIGIP_CREDS_DIR.',
  forbidden: 'Give the user the role Administrator.',
  'as3-missing': 'Install AS3 3.30 or newer; after a restart it takes some minutes to answer.',
};
