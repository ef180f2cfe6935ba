/**
 * kube-apiserver, etcd and kubectl for `npm run test:cluster`: those of KUBEBUILDER_ASSETS (the convention of
 * controller-runtime's envtest), or built once from the modules under test/cluster/tools and kept outside of the tree.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { capture, fail, path, say } from './checkout.mjs';
import { goVersion } from './go-build.mjs';
import { buildOnce, isOlder, placeOf, readRecipe } from './go-programs.mjs';

const modules = 'test/cluster/tools';

const servers = { etcd: 'go.etcd.io/etcd/server/v3', 'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver' };
const client = { kubectl: 'k8s.io/kubernetes/cmd/kubectl' };

/**
 * The API servers to test with, newest first, each a version and the folder of its programs; none, with a line that
 * says why, where there is neither a set of programs nor a Go to build them with.
 */
export async function kubernetes() {
  const { KUBEBUILDER_ASSETS: assets } = process.env;
  if (assets) return [{ version: await versionOf(assets), directory: assets }];
  const go = await goVersion();
  if (go === undefined) return none('there is no Go to build kube-apiserver with, and KUBEBUILDER_ASSETS is not set');
  const found = [];
  for (const recipe of await recipes()) {
    if (isOlder(go, recipe.go))
      none(`Kubernetes ${recipe.version} needs Go ${recipe.go.join('.')}, this is ${go.join('.')}`);
    else found.push({ version: recipe.version, directory: await built(recipe, go) });
  }
  return found;
}

/** Where it is required, a missing API server is no reason to be content. */
function none(reason) {
  if (process.env['CI']) fail(`The cluster tests cannot run, and CI requires them: ${reason}.`);
  say(`skipped the cluster tests: ${reason}`);
  return [];
}

async function versionOf(directory) {
  const line = await capture(join(directory, 'kube-apiserver'), ['--version']);
  const version = /v\d+\.\d+\.\d+\S*/.exec(line ?? '')?.[0];
  if (version === undefined) fail(`KUBEBUILDER_ASSETS is ${directory}, which holds no kube-apiserver that runs here.`);
  return version;
}

/** One for each module folder, newest Kubernetes first. */
async function recipes() {
  const folders = (await readdir(path(modules))).map((name) => `${modules}/${name}`);
  const found = await Promise.all(folders.map(recipe));
  return found.sort((left, right) => right.minor - left.minor);
}

async function recipe(folder) {
  const found = await readRecipe(folder);
  const [, version, minor] = /^\s+k8s\.io\/kubernetes (v1\.(\d+)\.\d+)\b/m.exec(found.text) ?? [];
  if (version === undefined) fail(`${folder}/go.mod names no version of k8s.io/kubernetes.`);
  return { ...found, version, minor: Number(minor) };
}

/** The folder with the programs of a recipe. */
async function built(recipe, go) {
  const { version } = recipe;
  const hasClient = (await capture('kubectl', ['version', '--client'])) !== undefined;
  const directory = placeOf('ces-envtest', version, recipe, go);
  await buildOnce(directory, recipe, {
    programs: hasClient ? servers : { ...servers, ...client },
    flags: linkerFlags(version),
    title: `the API server of Kubernetes ${version}`,
  });
  return directory;
}

/** Without them it would call itself v0.0.0-master, and behave as a release that never was. */
function linkerFlags(version) {
  const [major, minor] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const variables = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s', '-w', ...variables].join(' ');
}
