import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { FromWorker, SoakHome, ToWorker } from './worker-process.ts';

export interface CrewOptions {
  readonly home: SoakHome;
  /** What the processes say of themselves is added to this file. */
  readonly logFile: string;
}

export interface Cycled {
  readonly sync: string;
  readonly problems: readonly string[];
  /** How often it was begun: again after its process was gone, or its database. */
  readonly attempts: number;
}

/** Two processes that share the work; one that is gone is replaced. */
export interface Crew {
  setClock(now: Date): Promise<void>;
  /** One whole cycle, led by either of them. @throws Error when it comes to no end */
  cycle(): Promise<Cycled>;
  /** The one that leads the cycle, or the other, gets a signal. */
  signal(which: 'leader' | 'other', signal: NodeJS.Signals): void;
  /** Resident memory of each, in bytes, and since which day it runs. */
  memory(): Promise<{ readonly rss: number; readonly bornOn: number }[]>;
  /** Counts the days of the play. */
  day(number: number): void;
  close(): Promise<void>;
}

interface Member {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly gone: Promise<void>;
  readonly bornOn: number;
}

const SIZE = 2;
const MOST_ATTEMPTS = 8;
/** Processes in a row that ended before they could do anything: one more would, too. */
const MOST_STILLBORN = 6;
const AGAIN_MS = 300;

export async function openCrew({ home, logFile }: CrewOptions): Promise<Crew> {
  let clock: number | null = null;
  let today = 0;
  let ending = false;
  let stillborn = 0;
  const log = openSync(logFile, 'a', 0o600);
  const members: Member[] = [];

  function join(): Member {
    const child = fork(workerScript, [JSON.stringify(home)], {
      execArgv: loader,
      stdio: ['ignore', log, log, 'ipc'],
    });
    // Sending to one that was killed just now is no error of ours.
    child.on('error', () => {});
    const gone = once(child, 'exit').then(() => {});
    const member: Member = { child, gone, bornOn: today, ready: said(child, 'ready', gone).then(() => {}) };
    member.ready.then(
      () => {
        stillborn = 0;
      },
      () => {
        stillborn += 1;
      },
    );
    void gone.then(() => {
      if (!ending && stillborn < MOST_STILLBORN) members.splice(members.indexOf(member), 1, join());
    });
    return member;
  }

  const tell = (member: Member, message: ToWorker) => {
    if (member.child.connected) member.child.send(message, () => {});
  };

  /** All that are there, the one that leads first. */
  async function allReady(): Promise<Member[]> {
    for (;;) {
      if (stillborn >= MOST_STILLBORN) throw new Error(`no process comes up any more; see ${logFile}`);
      const now = [...members];
      const ready = await Promise.all(
        now.map((member) =>
          member.ready.then(
            () => true,
            () => false,
          ),
        ),
      );
      if (ready.every(Boolean) && now.every((member, place) => members[place] === member)) return now;
      // Its place is taken by a new one in the next turn.
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  for (let count = 0; count < SIZE; count += 1) members.push(join());
  return {
    async setClock(now) {
      clock = now.getTime();
      for (const member of await allReady()) tell(member, { kind: 'clock', now: clock });
    },
    async cycle() {
      for (let attempts = 1; attempts <= MOST_ATTEMPTS; attempts += 1) {
        const now = await allReady();
        for (const member of now) tell(member, { kind: 'clock', now: clock ?? 0 });
        const leader = now[0] as Member;
        const answer = said(leader.child, ['done', 'failed'], leader.gone);
        tell(leader, { kind: 'cycle' });
        const message = await answer.catch(() => null);
        if (message?.kind === 'done') return { sync: message.sync, problems: message.problems, attempts };
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
      throw new Error(`a cycle came to no end in ${MOST_ATTEMPTS} attempts; see ${logFile}`);
    },
    signal(which, signal) {
      members[which === 'leader' ? 0 : 1]?.child.kill(signal);
    },
    async memory() {
      const now = await allReady();
      const answers = now.map(async (member) => {
        const answer = said(member.child, 'memory', member.gone);
        tell(member, { kind: 'memory' });
        const message = await answer.catch(() => null);
        return message?.kind === 'memory' ? [{ rss: message.rss, bornOn: member.bornOn }] : [];
      });
      return (await Promise.all(answers)).flat();
    },
    day(number) {
      today = number;
    },
    async close() {
      ending = true;
      const all = [...members];
      for (const { child } of all) child.kill('SIGTERM');
      await Promise.all(all.map(({ gone }) => gone));
      closeSync(log);
    },
  };
}

/** The next message of one of these kinds. @throws Error when the process is gone before it */
function said(
  child: ChildProcess,
  kinds: FromWorker['kind'] | readonly FromWorker['kind'][],
  gone: Promise<void>,
): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    const heard = (message: FromWorker) => {
      if (!kinds.includes(message.kind)) return;
      child.off('message', heard);
      resolve(message);
    };
    child.on('message', heard);
    void gone.then(() => reject(new Error('the process is gone')));
  });
}

const source = import.meta.url.endsWith('.ts');
const workerScript = fileURLToPath(
  new URL(source ? './worker-process.ts' : './worker-process.js', import.meta.url),
);
/** From its sources the process needs what reads them; an installation has them as JavaScript. */
const loader = source ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];
