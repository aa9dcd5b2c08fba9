import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

export interface TestRedis {
  readonly url: string;
  /** It dies, and another one, which knows nothing, is at its address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Whether tests can start a Redis of their own. Without it they say so and leave out the Redis half; where
 * everything must be proved (`CI`), that is an error.
 */
export function redisAvailable(): boolean {
  const found = spawnSync('redis-server', ['--version']).status === 0;
  if (!found && process.env.CI)
    throw new Error('redis-server is not installed, but CI is set: nothing may be left out.');
  if (!found) process.stderr.write('Left out: tests on Redis, because redis-server is not installed.\n');
  return found;
}

/** Starts a private Redis without persistence on a free loopback port. */
export async function startRedis(options: { maxmemoryPolicy?: string } = {}): Promise<TestRedis> {
  const port = await freePort();
  const settings = Object.entries({
    port,
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    'maxmemory-policy': options.maxmemoryPolicy ?? 'noeviction',
  }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  let server = await begin(settings);
  const stopWithUs = () => server.process.kill('SIGKILL');
  process.once('exit', stopWithUs);
  const end = async () => {
    stopWithUs();
    await server.ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart() {
      await end();
      server = await begin(settings);
    },
    async stop() {
      await end();
      process.off('exit', stopWithUs);
    },
  };
}

async function begin(settings: readonly string[]) {
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  await ready(server.stdout);
  return { process: server, ended };
}

async function ready(output: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input: output })) {
    if (line.includes('Ready to accept connections')) {
      output.resume();
      return;
    }
  }
  throw new Error('redis-server ended before it was ready.');
}
