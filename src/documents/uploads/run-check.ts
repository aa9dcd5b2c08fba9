import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { UploadRefusal, UploadType } from '../../domain/uploads.ts';

export interface CheckTask {
  readonly path: string;
  /** Where what is made of a picture goes. */
  readonly outPath: string;
  readonly type: UploadType;
  readonly maxPages: number;
  readonly maxBytes: number;
}

export type CheckedFile =
  | {
      readonly kind: 'accepted';
      readonly type: UploadType;
      readonly pages: number;
      /** Where the bytes are that are kept. */
      readonly path: string;
    }
  | UploadRefusal;

export interface CheckLimits {
  readonly wallClockMs: number;
  readonly heapMegabytes: number;
  /** Everything that the process holds, what pictures and unpacked streams take included. */
  readonly memoryMegabytes: number;
}

const LIMITS: CheckLimits = { wallClockMs: 20_000, heapMegabytes: 256, memoryMegabytes: 768 };
const LOOK_EVERY_MS = 50;
const LONGEST_ANSWER = 10_000;
/** Of all uploads of this process: each check may take a processor and some memory. */
const MOST_AT_ONCE = 2;

/**
 * Has a file checked by a process of its own, without our environment, with limited time and memory. Whatever becomes of
 * that process, the answer is an answer: one that does not end, falls or talks nonsense has met a file that is not taken.
 */
export async function runCheck(task: CheckTask, limits: CheckLimits = LIMITS): Promise<CheckedFile> {
  await turn();
  try {
    return await checkApart(task, limits);
  } finally {
    next();
  }
}

function checkApart(task: CheckTask, limits: CheckLimits): Promise<CheckedFile> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${limits.heapMegabytes}`, ...loader, childPath, JSON.stringify(task)],
      { env: {}, stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true },
    );
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      said += part;
      if (said.length > LONGEST_ANSWER) child.kill('SIGKILL');
    });
    const clock = setTimeout(() => child.kill('SIGKILL'), limits.wallClockMs);
    const watch = setInterval(() => {
      void heldMegabytes(child.pid).then((held) => {
        if (held > limits.memoryMegabytes) child.kill('SIGKILL');
      });
    }, LOOK_EVERY_MS);
    const end = () => {
      clearTimeout(clock);
      clearInterval(watch);
    };
    child.once('error', (error) => {
      end();
      reject(error);
    });
    child.once('close', (code) => {
      end();
      resolve(code === 0 ? answerOf(said) : { kind: 'refused', reason: 'too-much-work' });
    });
  });
}

function answerOf(said: string): CheckedFile {
  try {
    return JSON.parse(said) as CheckedFile;
  } catch {
    return { kind: 'refused', reason: 'unreadable' };
  }
}

/** @returns 0 where the system does not tell */
async function heldMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/** As this file is: compiled, or TypeScript that has to be loaded as such. */
const own = fileURLToPath(import.meta.url);
const isTypeScript = own.endsWith('.ts');
const childPath = fileURLToPath(
  new URL(isTypeScript ? './check-child.ts' : './check-child.js', import.meta.url),
);
const loader = isTypeScript ? ['--import', 'tsx'] : [];

let running = 0;
const waiting: (() => void)[] = [];

async function turn(): Promise<void> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
}

function next(): void {
  const first = waiting.shift();
  if (first === undefined) running -= 1;
  else first();
}
