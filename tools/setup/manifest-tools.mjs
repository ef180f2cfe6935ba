/**
 * helm and compose, which judge charts/ces and docker-compose.yml in tests: built once from the modules under
 * test/manifests/tools. Nobody has to have them: without, the tests that need them say so and are skipped.
 */
import { fail, say } from './checkout.mjs';
import { goVersion } from './go-build.mjs';
import { areBuilt, buildOnce, isOlder, placeOf, readRecipe } from './go-programs.mjs';

/** Compose's own loader is what `docker compose config` runs. */
const programs = { helm: 'helm.sh/helm/v3/cmd/helm', compose: 'github.com/compose-spec/compose-go/v2/cmd' };

/** Their folder; undefined while they are not built. */
export async function builtManifestTools() {
  const go = await goVersion();
  if (go === undefined) return undefined;
  const directory = placeOf(cache, 'manifests', await readRecipe(folder), go);
  return (await areBuilt(directory, Object.keys(programs))) ? directory : undefined;
}

export async function buildManifestTools() {
  const recipe = await readRecipe(folder);
  const go = await goVersion();
  if (go === undefined) return missing('there is no Go to build helm and compose with');
  if (isOlder(go, recipe.go)) return missing(`helm needs Go ${recipe.go.join('.')}, this is ${go.join('.')}`);
  await buildOnce(placeOf(cache, 'manifests', recipe, go), recipe, {
    programs,
    flags: '-s -w',
    title: 'helm and compose',
  });
}

const folder = 'test/manifests/tools';
const cache = 'ces-tools';

/** Where it is required, a missing tool is no reason to be content. */
function missing(reason) {
  if (process.env['CI']) fail(`The chart and the compose file cannot be checked, and CI requires it: ${reason}.`);
  say(`skipped: ${reason}`);
}
