/**
 * The layers of CES, as docs/tour.md tells them: imports go upstream only, pure folders stay pure,
 * only adapters touch the world, only apps wire.
 */
const libs = ['core', 'watch', 'stream', 'project', 'compile', 'apply', 'report', 'platform', 'testing'];

/** What each lib may import of the others. */
const mayImport = {
  core: [],
  platform: [],
  watch: ['core', 'platform'],
  stream: ['core', 'platform'],
  project: ['core', 'platform'],
  compile: ['core'],
  apply: ['core', 'compile', 'platform', 'project'],
  report: ['core', 'platform', 'project', 'compile'],
  testing: libs,
};

/** Pure packages that pure folders may use: addresses, YAML, time zones. */
const pureModules = '^(node_modules/(ipaddr\\.js|yaml|uuid)/|(node:)?crypto$)';
const pureFolders = '^libs/(core|compile)/src/|^libs/[^/]+/src/domain/';
const spec = '\\.spec\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...libs
      .filter((lib) => lib !== 'testing')
      .map((lib) => ({
        name: `layers-${lib}`,
        comment: `libs/${lib} may import: ${mayImport[lib].join(', ') || 'no other lib'}`,
        severity: 'error',
        from: { path: `^libs/${lib}/`, pathNot: spec },
        to: {
          path: '^(libs|apps|migrations)/',
          pathNot: `^libs/(${[lib, ...mayImport[lib]].join('|')})/${lib === 'project' ? '|^migrations/' : ''}`,
        },
      })),
    {
      name: 'apply-uses-only-the-read-ports-of-project',
      severity: 'error',
      from: { path: '^libs/apply/', pathNot: spec },
      to: { path: '^libs/project/', pathNot: '^libs/project/src/(ports|domain)/' },
    },
    {
      name: 'report-uses-only-the-pure-parts-of-project',
      severity: 'error',
      from: { path: '^libs/report/', pathNot: spec },
      to: { path: '^libs/project/', pathNot: '^libs/project/src/(ports|domain)/' },
    },
    {
      name: 'pure-folders-import-no-packages',
      severity: 'error',
      from: { path: pureFolders, pathNot: spec },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core', 'npm-no-pkg', 'npm-unknown'], pathNot: pureModules },
    },
    {
      name: 'domain-does-not-know-adapters',
      severity: 'error',
      from: { path: '^libs/([^/]+)/src/domain/', pathNot: spec },
      to: { path: '^libs/[^/]+/src/adapters/|^libs/$1/src/ports/' },
    },
    {
      name: 'testing-is-for-specs',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: `${spec}|^libs/testing/` },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'simulators-share-no-code-with-what-they-test',
      severity: 'error',
      from: { path: '^apps/(bigip|kube)-simulator/', pathNot: spec },
      to: { path: '^libs/(apply|compile|watch|project|stream|report)/' },
    },
    {
      name: 'apps-do-not-import-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: `${spec}|^apps/standalone/` },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'no-dev-dependencies-in-production-code',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: `${spec}|^libs/testing/` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['ces-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
