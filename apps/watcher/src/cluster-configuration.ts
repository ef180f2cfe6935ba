import { InvalidConfiguration, parseConfiguration } from '#core/configuration-parser';
import { type Logger } from '#platform/logger';

/** A ces-conf.yaml that is valid. */
export interface ClusterConfiguration {
  readonly cluster: string;
  /** The file's text, as it goes to the projection. */
  readonly text: string;
}

/**
 * Reads the text of ces-conf.yaml; warnings are logged.
 * @param running the cluster that is watched already: a watcher does not change over to another one
 * @throws Error that names key and line when it is not valid, or names another cluster
 */
export function readClusterConfiguration(text: string, running: string | null, logger: Logger): ClusterConfiguration {
  const { configuration, problems } = parseConfiguration(text);
  if (configuration === null) {
    throw new InvalidConfiguration(problems);
  }
  const { clusterName } = configuration;
  if (running !== null && clusterName !== running) {
    throw new Error(
      `clusterName was ${running} and is ${clusterName} now: restart the watcher to watch another cluster.`,
    );
  }
  for (const { key, line, message } of problems) logger.warn({ key, line }, `ces-conf.yaml: ${key} ${message}`);
  return { cluster: clusterName, text };
}
