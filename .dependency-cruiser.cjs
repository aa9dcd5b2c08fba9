/**
 * One direction: domain <- documents, sis, store, mail <- procedure <- jobs, pages <- main, cli.
 * Adapters do not import each other, queue/ knows no job, domain imports nothing but itself.
 */
const adapters = ['documents', 'sis', 'store', 'mail'];
/** What puts the rest together. */
const compositions = 'src/(main\\.ts|wiring/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-resolution', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'domain-is-pure',
      comment: 'The domain imports nothing but itself.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    ...adapters.map((adapter) => ({
      name: `${adapter}-imports-only-domain`,
      comment:
        'Adapters do not import each other. How a file is written so that it stays, and when a server counts as gone, is said once.',
      severity: 'error',
      from: { path: `^src/${adapter}/` },
      to: {
        path: '^(src|jobs|test)/',
        pathNot: `^src/(domain/|${adapter}/|ops/(durable-file|silent-server)\\.ts$)`,
      },
    })),
    {
      name: 'procedure-below-jobs',
      comment: 'The procedure applies the domain to the database; jobs carry it, and it knows none of them.',
      severity: 'error',
      from: { path: '^src/procedure/' },
      to: { path: `^(jobs|src/(queue|cli|demo|pages|service|setup)/|${compositions})` },
    },
    {
      name: 'queue-knows-no-job',
      severity: 'error',
      from: { path: '^src/queue/' },
      to: { path: '^(jobs|src/(store|sis|documents|mail|procedure|demo|cli|config))/' },
    },
    {
      name: 'only-the-worker-knows-bullmq',
      severity: 'error',
      from: { path: '^(src|jobs)/', pathNot: '^src/queue/worker\\.ts$' },
      to: { path: 'node_modules/bullmq' },
    },
    {
      name: 'config-and-ops-stand-below',
      severity: 'error',
      from: { path: '^src/(config|ops)/' },
      to: { path: `^(jobs|src/(cli|demo|pages|service|setup)/|${compositions})` },
    },
    {
      name: 'jobs-below-main',
      severity: 'error',
      from: { path: '^jobs/' },
      to: { path: `^(src/(cli|demo|pages|service|setup)/|${compositions})` },
    },
    {
      name: 'pages-below-main',
      comment: 'A page applies the procedure; it puts nothing together and carries no job.',
      severity: 'error',
      from: { path: '^src/pages/' },
      to: { path: `^(jobs|src/(cli|demo|service|setup)/|${compositions})` },
    },
    {
      name: 'service-and-setup-below-cli',
      severity: 'error',
      from: { path: '^src/(service|setup)/' },
      to: { path: '^src/(cli|demo)/' },
    },
    {
      name: 'demo-is-not-production',
      comment: 'The simulated district is reached from the command line only.',
      severity: 'error',
      from: { path: '^(src|jobs)/', pathNot: '^src/(demo|cli)/' },
      to: { path: '^src/demo/' },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^(src|jobs)/' },
      to: { path: '^test/' },
    },
    {
      name: 'naive-means-independent',
      comment: 'What works the answers out anew must not share a mistake with what it checks.',
      severity: 'error',
      from: { path: '^test/support/naive-ladder\\.ts$' },
      to: { path: '^(src|jobs|test)/' },
    },
    {
      name: 'no-dev-dependencies-in-product',
      severity: 'error',
      from: { path: '^(src|jobs)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
