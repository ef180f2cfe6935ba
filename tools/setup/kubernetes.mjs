/**
 * kube-apiserver, etcd and kubectl for `npm run test:cluster`: those of KUBEBUILDER_ASSETS (the convention of
 * controller-runtime's envtest), or built once from the modules under test/cluster/tools and kept outside of the tree.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { capture, fail, path, say, step } from './checkout.mjs';
import { goBuild, goVersion } from './go-build.mjs';
import { alone } from './lock.mjs';

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
  const [text, sums] = await Promise.all(
    ['go.mod', 'go.sum'].map((name) => readFile(path(`${folder}/${name}`), 'utf8')),
  );
  const [, version, minor] = /^\s+k8s\.io\/kubernetes (v1\.(\d+)\.\d+)\b/m.exec(text) ?? [];
  const [, go] = /^go ([\d.]+)$/m.exec(text) ?? [];
  if (version === undefined || go === undefined) fail(`${folder}/go.mod names no version of k8s.io/kubernetes or Go.`);
  const digest = createHash('sha256').update(text).update(sums).digest('hex').slice(0, 12);
  return { folder, version, minor: Number(minor), go: go.split('.').map(Number), digest };
}

/** The folder with the programs of a recipe, from the cache if they are there. */
async function built(recipe, go) {
  const needed =
    (await capture('kubectl', ['version', '--client'])) === undefined ? { ...servers, ...client } : servers;
  const { version, digest } = recipe;
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ces-envtest');
  const key = [version, process.platform, process.arch, `go${go.join('.')}`, digest].join('-');
  const directory = join(cache, key);
  const complete = () => exists(directory, Object.keys(needed));
  if (await complete()) return directory;
  return alone(
    async () => {
      if (await complete()) return directory;
      const unfinished = `${directory}.unfinished`;
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished, { recursive: true });
      await step(`building the API server of Kubernetes ${version} (this once; it takes minutes)`, () =>
        goBuild({ folder: recipe.folder, programs: needed, flags: linkerFlags(version), into: unfinished }),
      );
      await rm(directory, { recursive: true, force: true });
      await rename(unfinished, directory);
      return directory;
    },
    join(cache, `${key}.lock`),
  );
}

/** Without them it would call itself v0.0.0-master, and behave as a release that never was. */
function linkerFlags(version) {
  const [major, minor] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const variables = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s', '-w', ...variables].join(' ');
}

async function exists(directory, names) {
  const found = await Promise.all(names.map((name) => stat(join(directory, name)).catch(() => undefined)));
  return !found.includes(undefined);
}

function isOlder(version, wanted) {
  const at = wanted.findIndex((part, index) => part !== (version[index] ?? 0));
  return at >= 0 && (version[at] ?? 0) < wanted[at];
}
