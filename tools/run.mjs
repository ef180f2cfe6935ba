/**
 * `npm run demo`, `npm test`, `npm run test:cluster`, `npm run test:faults`, `npm run bench`: on a fresh checkout with nothing but Node, each installs and builds
 * what it needs, and then runs the program in this very process, so that a signal sent to npm reaches it.
 * It imports nothing but Node's own modules, because it runs before there is anything else.
 */
import { fail, root } from './setup/checkout.mjs';
import { build } from './setup/build.mjs';
import { install } from './setup/install.mjs';
import { kubernetes } from './setup/kubernetes.mjs';
import { buildManifestTools, builtManifestTools } from './setup/manifest-tools.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node ${process.versions.node} is too old: 20.19 or newer is needed.`);
}

const [command, ...parameters] = process.argv.slice(2);

switch (command) {
  case 'demo':
    await install();
    await build();
    await run('dist/apps/standalone/src/demo/main.js', parameters);
    break;
  case 'test':
    await install();
    process.env['CES_TEST_MANIFEST_TOOLS'] ??= (await builtManifestTools()) ?? '';
    // This way of loading its configuration writes nothing, so a checkout that belongs to somebody else will do.
    await run('node_modules/vitest/vitest.mjs', ['run', '--configLoader=runner', ...parameters]);
    break;
  case 'test:cluster': {
    await install();
    const clusters = await kubernetes();
    if (clusters.length === 0) break;
    process.env['CES_TEST_KUBERNETES'] = JSON.stringify(clusters);
    const configuration = ['--configLoader=runner', '--config=test/cluster/vitest.config.ts', '--root=.'];
    await run('node_modules/vitest/vitest.mjs', ['run', ...configuration, ...parameters]);
    break;
  }
  case 'test:faults': {
    await install();
    const configuration = ['--configLoader=runner', '--config=test/faults/vitest.config.ts', '--root=.'];
    await run('node_modules/vitest/vitest.mjs', ['run', ...configuration, ...withoutSeeds(parameters)]);
    break;
  }
  case 'kubernetes':
    await kubernetes();
    break;
  case 'manifest-tools':
    await buildManifestTools();
    break;
  case 'bench':
    await install();
    await build();
    await run('dist/test/bench/main.js', parameters);
    break;
  case 'build':
    await install();
    await build();
    break;
  default:
    fail(
      'Usage: node tools/run.mjs demo|test|test:cluster|test:faults|kubernetes|manifest-tools|bench|build [ARGUMENT…]',
    );
}

/** `--seed N` is the one history to play, `--seeds N` how many: vitest does not know these, its configuration does. */
function withoutSeeds(given) {
  const rest = [...given];
  for (const option of ['--seed', '--seeds']) {
    const at = rest.indexOf(option);
    if (at === -1) continue;
    const [, number = ''] = rest.splice(at, 2);
    if (!/^[1-9]\d*$/.test(number)) fail(`${option} needs a number from 1 on, such as \`${option} 7\`.`);
    process.env[`CES_TEST_${option.slice(2).toUpperCase()}`] = number;
  }
  return rest;
}

/** Hands this process over to a program, as if it had been started by itself. */
async function run(program, programArguments) {
  const url = new URL(program, root);
  process.argv.splice(1, process.argv.length, decodeURIComponent(url.pathname), ...programArguments);
  await import(url.href);
}
