import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';

/** A command that uses the embedded PostgreSQL until its standard input ends. Says `{url}` or `{refused}`. */
try {
  const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', settings: { fsync: 'off' } });
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
  process.stdin.resume().on('end', () => server.release());
} catch (error) {
  process.stdout.write(`${JSON.stringify({ refused: String(error) })}\n`);
}
