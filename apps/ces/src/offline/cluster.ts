import { type Configuration } from '#core/configuration';
import { type LeftOut } from '#compile/compile-tenant';
import { parseConfiguration } from '#core/configuration-parser';
import { parseExternalService } from '#core/external-service';
import { type ConfigurationProblem } from '#core/configuration-reader';
import { type DesiredTenant } from '#core/desired';
import { isRuleKind, objectKinds } from '#core/kinds';
import { type ClusterObject, type ExternalServiceObject, type RuleObject } from '#core/objects';
import { compareTexts } from '#core/order';
import { isFailure } from '#core/status';
import { ClusterModel } from '#project/domain/cluster-model';
import { effectiveSpec, externalServiceNamespace } from '#project/domain/accept-rule';
import { desiredTenants } from '#project/domain/desired-tenants';
import { judgement } from '#project/domain/events';
import { factsOf } from '#project/domain/rule-state';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../exit-code.js';
import { readManifests, type Place, type Remark } from './manifests.js';
import { printable } from '../online/wording.js';
import { type PlacedObject, pruneManifests } from './objects.js';

/** A cluster made of files: what it should have on the firewall, and what there is to say about the files. */
export interface OfflineCluster {
  readonly configuration: Configuration;
  readonly tenants: readonly DesiredTenant[];
  /** How many rules the input holds, understood or not. */
  readonly rules: number;
  readonly remarks: readonly Remark[];
  /** Where a rule stands, by its uid. */
  readonly place: (uid: string) => Place | undefined;
}

/** Without a configuration nothing can be judged; the message is one line for each thing that is wrong with it. */
export class InvalidConfigurationFile extends UsageError {
  constructor(readonly remarks: readonly Remark[]) {
    super(remarks.map(describeRemark).join('\n'));
  }
}

/**
 * Where the compiler's own findings stand in the input.
 * @param configurationFile what is blamed where a rule is in no file.
 */
export function leftOutRemarks(
  leftOut: readonly LeftOut[],
  place: OfflineCluster['place'],
  configurationFile: string,
): Remark[] {
  return leftOut.map(({ uid, problem: { message } }) => ({
    ...(place(uid) ?? { file: configurationFile, line: 1 }),
    severity: 'error',
    message,
    leftOut: true,
  }));
}

/**
 * The same fold that the projector runs, from an empty model, without a database (promise 5).
 * @throws InvalidConfigurationFile
 * @throws UsageError when a file cannot be read.
 */
export async function readCluster(
  configurationFile: string,
  paths: readonly string[],
  controllerNamespace: string,
): Promise<OfflineCluster> {
  const text = await readText(configurationFile);
  const { configuration, problems } = parseConfiguration(text);
  const configurationRemarks = problems.map((problem) => configurationRemark(configurationFile, problem));
  if (configuration === null) throw new InvalidConfigurationFile(configurationRemarks);
  const read = await readManifests(paths);
  const pruned = pruneManifests(read.manifests);
  const places = new Map(pruned.objects.map(({ object, file, line }) => [object.uid, { file, line }]));

  const model = new ClusterModel();
  model.apply({ type: 'configuration-changed', text, controllerNamespace, judgement });
  for (const { object } of pruned.objects) model.apply({ type: 'upsert', object });
  for (const kind of objectKinds) model.apply({ type: 'kind-synced', kind });
  model.settle();

  return {
    configuration,
    tenants: desiredTenants(model),
    rules: [...model.rules()].length,
    remarks: [
      ...configurationRemarks,
      ...read.remarks,
      ...pruned.remarks,
      ...ruleRemarks(model, places),
      ...unusedRemarks(pruned.objects, configuration, controllerNamespace),
    ],
    place: (uid) => places.get(uid),
  };
}

/** What a status would say of the rules, were they in a cluster; in the order in which they stand in the input. */
function ruleRemarks(model: ClusterModel, places: ReadonlyMap<string, Place>): Remark[] {
  const states = new Map([...model.rules()].map((state) => [state.object.uid, state]));
  return [...places].flatMap(([uid, place]) => {
    const state = states.get(uid);
    if (state === undefined) return [];
    const { kind, namespace, name } = state.object;
    const rule = `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
    return factsOf(state).problems.map((problem): Remark => ({
      ...place,
      severity: isFailure(problem) ? 'error' : 'warning',
      leftOut: isFailure(problem),
      message: `${rule}: ${problem.message}`,
    }));
  });
}

/** What is wrong with external services that no rule names: nothing is left out yet, but it would be. */
function unusedRemarks(
  placed: readonly PlacedObject[],
  { bandwidths }: Configuration,
  controllerNamespace: string,
): Remark[] {
  const used = new Set(
    placed.flatMap(({ object }) => {
      if (!isRule(object)) return [];
      const namespace = externalServiceNamespace(object, controllerNamespace);
      return effectiveSpec(object, null)?.externalServices.map((name) => `${namespace}/${name}`) ?? [];
    }),
  );
  return placed.flatMap(({ object, file, line }) => {
    if (!isExternalService(object) || used.has(`${object.namespace}/${object.name}`)) return [];
    const { problems } = parseExternalService(object.name, object.content.spec, bandwidths);
    return problems.map(({ message }): Remark => ({ file, line, severity: 'error', message, leftOut: false }));
  });
}

function isRule(object: ClusterObject): object is RuleObject {
  return isRuleKind(object.kind);
}

function isExternalService(object: ClusterObject): object is ExternalServiceObject {
  return object.kind === 'ExternalService';
}

function configurationRemark(file: string, { severity, key, line, message }: ConfigurationProblem): Remark {
  return { file, line, severity, message: key === '' ? message : `${key} ${message}`, leftOut: severity === 'error' };
}

/** By file and line, as one reads. */
export function inOrder(remarks: readonly Remark[]): Remark[] {
  return [...remarks].sort((left, right) => compareTexts(left.file, right.file) || left.line - right.line);
}

/** One line, whatever stands in a manifest that no API server has judged. */
export function describeRemark({ file, line, severity, message }: Remark): string {
  return printable(`${file}:${String(line)}: ${severity}: ${message}`);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageError(`${file} cannot be read (${code}); \`ces init\` writes a ces-conf.yaml to begin with`);
  });
}
