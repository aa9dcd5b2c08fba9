/** Tests are ES modules; @swc/jest only strips the types. One embedded PostgreSQL serves the whole run. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testSequencer: '<rootDir>/test/support/longest-first.js',
  testTimeout: 180_000,
  maxWorkers: 3,
  // Modules of a test file are never let go of: a process that has run a hundred has two gigabytes to look through.
  workerIdleMemoryLimit: '800MB',
};
