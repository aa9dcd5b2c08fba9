import { migrateToLatest } from '../../src/store/migrate.ts';

/** Waits for a word on standard input, then migrates the database it was given and says what it applied. */
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const applied = await migrateToLatest(process.argv[2] ?? '');
  process.stdout.write(`${JSON.stringify(applied)}\n`);
  process.stdin.destroy();
});
