import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AboutBound, FromBinder, PartToBind, ToBinder } from './bind-messages.ts';
import type { Binder } from './binder.ts';

/** A part with the way to its bytes: they are read when it is its turn, and held no longer. */
export interface SourcePart extends PartToBind {
  read(): Promise<Uint8Array>;
}

/** Why a part from outside lies in the file as a page that says so. */
export type Unbound = 'encrypted' | 'unreadable' | 'took-too-long' | 'too-large';

export interface BindRequest {
  readonly about: AboutBound;
  readonly parts: readonly SourcePart[];
  /** The pages in front, once it is known how many pages each part has. */
  front(pages: readonly number[]): Promise<PartToBind & { readonly pdf: Uint8Array; readonly pages: number }>;
  /** The page that stands in the place of a part which cannot be bound. */
  instead(part: PartToBind, reason: Unbound): Promise<PartToBind & { readonly pdf: Uint8Array }>;
  /** Parts of which it is known, by their number. */
  readonly known: ReadonlyMap<number, Unbound>;
}

export interface Bound {
  readonly pdf: Buffer;
  readonly pages: number;
  /** Of each part: the page on which it begins, and how many it has. */
  readonly places: readonly { readonly page: number; readonly pages: number }[];
  readonly unbound: ReadonlyMap<number, Unbound>;
  /** Of the process that bound it, at its highest, in bytes; null where the system does not tell. */
  readonly memory: number | null;
}

const LONGEST_MS = 30_000;
const MOST_MEMORY = 280 * 1024 * 1024;
const MOST_HEAP_MB = 160;
/** glibc keeps what pictures have used, unless it is told to give it back (mallopt(3)). */
const GIVE_BACK = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
};
/** Of everything that was handed in, together: more can be delivered to nobody. */
const MOST_BYTES = 150 * 1024 * 1024;

/**
 * Binds everything into one PDF, in a process of its own with little memory and time and none of our secrets. A part that
 * this process fails at is left out, with a page that says so in its place, and everything is bound once more.
 */
export async function bindPdfs(request: BindRequest): Promise<Bound> {
  const unbound = new Map(request.known);
  for (;;) {
    const attempt = await bindOnce(request, unbound);
    if (attempt.kind === 'bound') return { ...attempt.bound, unbound };
    const part = request.parts[attempt.part];
    if (part === undefined || part.source === 'own' || unbound.has(attempt.part)) {
      throw new Error(`the pages could not be bound (${attempt.reason})`);
    }
    unbound.set(attempt.part, attempt.reason);
  }
}

type Attempt =
  | { readonly kind: 'bound'; readonly bound: Omit<Bound, 'unbound'> }
  | { readonly kind: 'failed'; readonly part: number; readonly reason: Unbound };

async function bindOnce(request: BindRequest, unbound: ReadonlyMap<number, Unbound>): Promise<Attempt> {
  const outside = request.parts.some(({ source }, number) => source === 'received' && !unbound.has(number));
  // Pages of our own need no watching, and a process costs a second.
  const binder = outside ? await startProcess(request.about) : await startHere(request.about);
  let at = -1;
  try {
    const counts: number[] = [];
    let bytesIn = 0;
    for (const [number, { read, ...part }] of request.parts.entries()) {
      at = number;
      const reason = unbound.get(number);
      if (reason === undefined) {
        const bytes = await read();
        bytesIn += part.source === 'received' ? bytes.length : 0;
        if (bytesIn > MOST_BYTES) return { kind: 'failed', part: number, reason: 'too-large' };
        counts.push(await binder.add(part, bytes));
      } else {
        const { pdf, ...page } = await request.instead(part, reason);
        counts.push(await binder.add(page, pdf));
      }
    }
    at = request.parts.length;
    const { pdf: frontPdf, pages: frontPages, ...front } = await request.front(counts);
    await binder.add(front, frontPdf);
    const { pages } = await binder.finish([at, ...counts.keys()]);
    let next = frontPages + 1;
    const places = counts.map((count) => {
      const page = next;
      next += count;
      return { page, pages: count };
    });
    return { kind: 'bound', bound: { pdf: binder.take(), pages, places, memory: binder.memory() } };
  } catch (error) {
    if (error instanceof BinderError) return { kind: 'failed', part: at, reason: error.reason };
    throw error;
  } finally {
    binder.stop();
  }
}

interface RunningBinder extends Binder {
  /** The whole file. */
  take(): Buffer;
  memory(): number | null;
  stop(): void;
}

async function startHere(about: AboutBound): Promise<RunningBinder> {
  const chunks: Uint8Array[] = [];
  // Loaded when it is needed: a service is ready sooner without it.
  const { openBinder } = await import('./binder.ts');
  const binder = await openBinder(about, async (bytes) => {
    chunks.push(bytes);
  });
  return { ...binder, take: () => Buffer.concat(chunks.splice(0)), memory: () => null, stop: () => {} };
}

class BinderError extends Error {
  override readonly name = 'BinderError';
  readonly reason: Unbound;
  constructor(reason: Unbound) {
    super(reason);
    this.reason = reason;
  }
}

type Answer = Exclude<FromBinder, { kind: 'chunk' | 'failed' }>;

/** A process of its own, with a question and an answer at a time. */
async function startProcess(about: AboutBound): Promise<RunningBinder> {
  const child = fork(processFile, [], {
    // Nothing of ours is in its environment: no secret can leave by it.
    env: GIVE_BACK,
    execArgv: [`--max-old-space-size=${MOST_HEAP_MB}`, '--expose-gc', ...loader],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const chunks: Uint8Array[] = [];
  const answers: Answer[] = [];
  let failure: Unbound | null = null;
  let wake: () => void = () => {};
  let peak: number | null = null;
  const fail = (reason: Unbound) => {
    failure ??= reason;
    wake();
  };
  child.on('message', (message: FromBinder) => {
    if (message.kind === 'chunk') chunks.push(message.bytes);
    else if (message.kind === 'failed')
      fail(message.reason === 'EncryptedPDFError' ? 'encrypted' : 'unreadable');
    else answers.push(message);
    wake();
  });
  child.on('error', () => fail('unreadable'));
  child.on('exit', () => fail('unreadable'));
  const watch = setInterval(async () => {
    const used = await memoryOf(child);
    if (used === null) return;
    peak = Math.max(peak ?? 0, used.peak);
    if (used.now > MOST_MEMORY) {
      fail('too-large');
      child.kill('SIGKILL');
    }
  }, 100);
  watch.unref();
  const tell = (message: ToBinder) =>
    new Promise<void>((resolve, reject) => {
      child.send(message, (error) => (error === null ? resolve() : reject(new BinderError('unreadable'))));
    });
  const answer = async <K extends Answer['kind']>(kind: K): Promise<Extract<Answer, { kind: K }>> => {
    const limit = setTimeout(() => fail('took-too-long'), LONGEST_MS);
    try {
      for (;;) {
        const next = answers.shift();
        if (next !== undefined && next.kind === kind) return next as Extract<Answer, { kind: K }>;
        if (failure !== null) throw new BinderError(failure);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      clearTimeout(limit);
    }
  };
  const stop = () => {
    clearInterval(watch);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  try {
    await answer('ready');
    await tell({ kind: 'open', about });
  } catch (error) {
    stop();
    throw error instanceof BinderError ? new Error('the process that binds pages did not start') : error;
  }
  return {
    async add(part, bytes) {
      await tell({ kind: 'part', part, bytes });
      return (await answer('pages')).pages;
    },
    async finish(order) {
      await tell({ kind: 'finish', order });
      return answer('done');
    },
    take: () => Buffer.concat(chunks.splice(0)),
    memory: () => peak,
    stop,
  };
}

const source = import.meta.url.endsWith('.ts');
const processFile = fileURLToPath(
  new URL(source ? './bind-process.ts' : './bind-process.js', import.meta.url),
);
/** From its sources the process needs what reads them; an installation has them as JavaScript. */
const loader = source ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];

/** Only Linux tells it of another process. */
async function memoryOf({ pid }: ChildProcess): Promise<{ now: number; peak: number } | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [now, peak] = ['VmRSS', 'VmHWM'].map((field) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN),
  );
  return now === undefined || peak === undefined || Number.isNaN(now) || Number.isNaN(peak)
    ? null
    : { now: now * 1024, peak: peak * 1024 };
}
