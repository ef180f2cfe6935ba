import { type Clock } from '#platform/clock';
import { type Settings } from '#platform/settings';
import { examineBigip } from './bigip-area.js';
import { examineConfiguration } from './configuration-area.js';
import { examineDatabase } from './database-area.js';
import { type CheckResult, Examination } from './examination.js';
import { examineKubernetes } from './kubernetes-area.js';
import { examineProcesses, type ProcessQuestions } from './process-area.js';
import { examineStream } from './stream-area.js';

export interface DoctorOptions extends ProcessQuestions {
  readonly settings: Settings['doctor'];
  /** Milliseconds that a check may take. */
  readonly limit: number;
  readonly clock: Clock;
  /** Tells whoever waits what is being looked at. */
  readonly progress: (text: string) => void;
}

/** Looks at everything that CES needs, several areas at once; the results stand in the order of the areas. */
export async function examine({
  settings,
  limit,
  clock,
  progress,
  ...processes
}: DoctorOptions): Promise<CheckResult[]> {
  const open = (area: string) => new Examination(area, limit, () => clock.monotonic());
  const areas = {
    configuration: open('configuration'),
    kubernetes: open('kubernetes'),
    database: open('database'),
    stream: open('stream'),
    bigip: open('bigip'),
    processes: open('processes'),
  };
  progress('looking at the configuration, the cluster, the database, the stream, the BIG-IP and the processes');
  const { configuration: file } = settings;
  const namespace = file.is === 'given' ? file.value.namespace : 'kube-system';
  const [configuration, facts] = [
    examineConfiguration(areas.configuration, settings.configuration),
    examineDatabase(areas.database, settings.database),
  ];
  await Promise.all([
    examineKubernetes(areas.kubernetes, { settings: settings.kubernetes, namespace }),
    examineStream(areas.stream, settings.stream),
    Promise.all([configuration, facts]).then(([known, database]) =>
      examineBigip(areas.bigip, {
        settings: settings.bigip,
        configuration: known,
        rulesByDomainName: database?.rulesByDomainName ?? null,
        clock,
      }),
    ),
    examineProcesses(areas.processes, processes),
  ]);
  return Object.values(areas).flatMap(({ results }) => results);
}
