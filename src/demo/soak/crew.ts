import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServiceRole } from '../../service/run-service.ts';
import type { Which } from './bad-day.ts';
import type { FromWorker, SoakHome, ToWorker, WorkerStart } from './worker-process.ts';

export interface CrewOptions {
  readonly home: SoakHome;
  readonly clock: Date;
  /** What the processes say of themselves is added to this file. */
  readonly logFile: string;
}

/**
 * Three processes of the service that share the work. Two of them are ended and killed, and then replaced. The first one
 * never is, so that it grows old: it serves the pages, and leads the schedule when it is its turn.
 */
export interface Crew {
  /** Resolves when all are up. @throws Error when one comes up no more */
  ready(): Promise<void>;
  setClock(now: Date): void;
  /** A minute goes by in all of them. Resolves when each has looked for what is due, or is gone. */
  tick(): Promise<void>;
  /** @returns false: there is none that it may be sent to */
  signal(which: Which, signal: NodeJS.Signals): boolean;
  /** Kills the process that greets the mail server by this name. @returns false: it is never ended, or gone already */
  kill(name: string): boolean;
  signalAll(signal: NodeJS.Signals): void;
  /** What those that answer say of the configuration. */
  states(): Promise<Said<'state'>[]>;
  /** Of the process that is never ended; null: it is gone. */
  oldest(): Promise<{ readonly memory: Said<'memory'>; readonly at: Said<'ready'> } | null>;
  /** How often another process has taken the lead. */
  leads(): number;
  close(): Promise<void>;
}

export type Said<Kind extends FromWorker['kind']> = Extract<FromWorker, { readonly kind: Kind }>;

interface Member {
  /** By which it greets the mail server. */
  readonly name: string;
  readonly child: ChildProcess;
  readonly ready: Promise<Said<'ready'>>;
  readonly gone: Promise<void>;
  /** It is never ended. */
  readonly lasts: boolean;
  leads: boolean;
}

const REPLACED = 2;
const LASTING_ROLES: readonly ServiceRole[] = ['scheduler', 'worker', 'pages'];
const ROLES: readonly ServiceRole[] = ['scheduler', 'worker'];
/** Processes in a row that ended before they could do anything: one more would, too. */
const MOST_STILLBORN = 6;
const AGAIN_MS = 300;
/** Longer than an end in order takes. */
const END_MS = 60_000;
/** Whatever ends this process from outside. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const DEADLY: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM'];

export async function openCrew(options: CrewOptions): Promise<Crew> {
  let clock = options.clock.getTime();
  let ending = false;
  let stillborn = 0;
  let leads = 0;
  let born = 0;
  let ledLast: Member | null = null;
  const log = openSync(options.logFile, 'a', 0o600);

  function begin(lasts: boolean): Member {
    born += 1;
    const name = `process-${born}`;
    const home = { ...options.home, env: greetingAs(name, options.home.env) };
    const start: WorkerStart = { home, roles: lasts ? LASTING_ROLES : ROLES, clock };
    const child = fork(workerScript, [JSON.stringify(start)], {
      execArgv: [...loader, '--max-semi-space-size=4', '--expose-gc'],
      stdio: ['ignore', log, log, 'ipc'],
    });
    // Sending to one that was killed just now is no error of ours.
    child.on('error', () => {});
    const gone = once(child, 'exit').then(() => {});
    const member: Member = { name, child, gone, lasts, leads: false, ready: said(child, 'ready', gone) };
    member.ready.then(
      () => {
        stillborn = 0;
        // The clock may have moved while it came up.
        tell(member, { kind: 'clock', now: clock });
      },
      () => {
        stillborn += 1;
      },
    );
    return member;
  }

  function join(): Member {
    const member = begin(false);
    void member.gone.then(async () => {
      await wait(stillborn * AGAIN_MS);
      if (!ending && stillborn < MOST_STILLBORN) members.splice(members.indexOf(member), 1, join());
    });
    return member;
  }

  // One that stands still would not notice that nobody is there any more.
  const wake = () => {
    for (const { child } of members) child.kill('SIGCONT');
  };
  const wakeAndEnd = (signal: NodeJS.Signals) => {
    wake();
    process.kill(process.pid, signal);
  };
  process.once('exit', wake);
  for (const signal of ENDING) process.once(signal, wakeAndEnd);

  const oldest = begin(true);
  const members = [oldest, ...Array.from({ length: REPLACED }, join)];

  async function ask<Kind extends Exclude<FromWorker['kind'], 'ready'>>(
    member: Member,
    message: ToWorker,
    kind: Kind,
  ): Promise<Said<Kind>[]> {
    const up = await member.ready.catch(() => null);
    if (up === null) return [];
    const answer = said(member.child, kind, member.gone).catch(() => null);
    tell(member, message);
    const heard = await answer;
    return heard === null ? [] : [heard];
  }

  async function tickOf(member: Member): Promise<void> {
    const [ticked] = await ask(member, { kind: 'tick' }, 'ticked');
    member.leads = ticked?.leads ?? false;
    if (!member.leads) return;
    if (ledLast !== member) leads += 1;
    ledLast = member;
  }

  return {
    async ready() {
      for (;;) {
        if (stillborn >= MOST_STILLBORN)
          throw new Error(`no process comes up any more; see ${options.logFile}`);
        const now = [...members];
        await Promise.allSettled(now.map(({ ready }) => ready));
        if (now.every((member, place) => members[place] === member && (member.lasts || isUp(member)))) return;
        // Its place is taken by a new one.
        await wait(AGAIN_MS);
      }
    },
    setClock(now) {
      clock = now.getTime();
      for (const member of members) tell(member, { kind: 'clock', now: clock });
    },
    async tick() {
      await Promise.all(members.map(tickOf));
    },
    signal(which, signal) {
      // What stands still as all come to their end would not come to it.
      if (ending) return false;
      const others = members.filter(({ leads: leading }) => !leading);
      const leading = members.filter(({ leads: leading }) => leading);
      const wanted = which === 'leader' ? [...leading, ...others] : [...others, ...leading];
      const one = wanted.find((member) => isUp(member) && (!member.lasts || !DEADLY.includes(signal)));
      return one?.child.kill(signal) ?? false;
    },
    kill(name) {
      const sender = members.find((member) => member.name === name && !member.lasts);
      return sender !== undefined && isUp(sender) && sender.child.kill('SIGKILL');
    },
    signalAll(signal) {
      for (const { child } of members) child.kill(signal);
    },
    async states() {
      return (await Promise.all(members.map((member) => ask(member, { kind: 'state' }, 'state')))).flat();
    },
    async oldest() {
      const [memory] = await ask(oldest, { kind: 'memory' }, 'memory');
      return memory === undefined ? null : { memory, at: await oldest.ready };
    },
    leads: () => leads,
    async close() {
      ending = true;
      const all = [...members];
      for (const { child } of all) {
        child.kill('SIGCONT');
        child.kill('SIGTERM');
      }
      const over = Promise.all(all.map(({ gone }) => gone));
      const inTime = await Promise.race([over.then(() => true), wait(END_MS, false, { ref: false })]);
      if (!inTime) for (const { child } of all) child.kill('SIGKILL');
      await over;
      process.off('exit', wake);
      for (const signal of ENDING) process.off(signal, wakeAndEnd);
      closeSync(log);
    },
  };
}

function tell({ child }: Member, message: ToWorker): void {
  if (child.connected) child.send(message, () => {});
}

/** The mail server tells them apart by it. */
function greetingAs(name: string, env: SoakHome['env']): SoakHome['env'] {
  if (env.SMTP_URL === undefined) return env;
  const url = new URL(env.SMTP_URL);
  url.searchParams.set('name', name);
  return { ...env, SMTP_URL: url.href };
}

function isUp({ child }: Member): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** The next message of this kind. @throws Error when the process is gone before it */
function said<Kind extends FromWorker['kind']>(
  child: ChildProcess,
  kind: Kind,
  gone: Promise<void>,
): Promise<Said<Kind>> {
  return new Promise((resolve, reject) => {
    const heard = (message: FromWorker) => {
      if (message.kind !== kind) return;
      child.off('message', heard);
      resolve(message as Said<Kind>);
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
