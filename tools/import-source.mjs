import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

/** Our `#lib/…` imports lead to the sources; packages are left to Node. */
const conditions = ['ces-source', 'node'];
const resolve = { conditions, externalConditions: conditions, noExternal: [/^#/] };

/** Imports a TypeScript module of ours, named relative to the repository, without a build. */
export async function importSource(file) {
  const { module } = await runnerImport(fileURLToPath(new URL(`../${file}`, import.meta.url)), {
    configFile: false,
    logLevel: 'error',
    environments: { inline: { resolve } },
  });
  return module;
}
