import { setTimeout as wait } from 'node:timers/promises';
import { randomOf } from '../district/random.ts';
import type { SimulatedSis } from '../server/simulated-sis.ts';
import type { Mishap, Round } from './bad-day.ts';
import { changeConfiguration } from './change-configuration.ts';
import type { Crew } from './crew.ts';
import { crashServer, cutConnections, endLeaderSession, loseQueue } from './database-mishaps.ts';
import type { DemoMailServer } from './mail-server.ts';
import type { SoakServers } from './servers.ts';

export interface BadDay {
  /** What belongs to the round begins to happen. */
  begin(round: Round): void;
  /** Resolves when everything of the rounds so far has happened. */
  happened(): Promise<void>;
  /** Whatever still lasts is over. */
  end(): void;
}

interface Befallen {
  readonly crew: Crew;
  readonly sis: SimulatedSis;
  readonly mail: DemoMailServer;
  readonly servers: SoakServers;
  readonly seed: number;
  readonly day: number;
  /** Told of each once it has happened. */
  readonly told: (mishap: Mishap) => void;
  /** Told what should have followed, and did not. */
  readonly wrong: (what: string) => void;
}

/** Lets the mishaps of a day happen: those that last at once, the others in their round. */
export function openBadDay(mishaps: readonly Mishap[], befallen: Befallen): BadDay {
  const under: Promise<void>[] = [];
  const ends = mishaps.map((mishap) => beginLasting(mishap, befallen));
  return {
    begin(round) {
      for (const mishap of mishaps) {
        if (!('during' in mishap) || mishap.during !== round) continue;
        under.push(
          wait(mishap.afterMs).then(async () => {
            if (await happen(mishap, befallen)) befallen.told(mishap);
          }),
        );
      }
    },
    async happened() {
      await Promise.all(under);
    },
    end() {
      for (const end of ends) end();
    },
  };
}

type Sudden = Extract<Mishap, { readonly during: Round }>;

/** @returns what ends it */
function beginLasting(mishap: Mishap, { crew, sis, mail, seed, day, told }: Befallen): () => void {
  switch (mishap.kind) {
    case 'sis':
      sis.faults.turnOn(mishap.fault, mishap.times === null ? {} : { times: mishap.times });
      told(mishap);
      return () => sis.faults.turnOff(mishap.fault);
    case 'mail': {
      const random = randomOf(seed, 'mails', day);
      let toldOnce = false;
      mail.treat = () => {
        if (!random.chance(mishap.share)) return 'take';
        if (!toldOnce) told(mishap);
        toldOnce = true;
        return mishap.treatment;
      };
      return () => {
        mail.treat = null;
      };
    }
    case 'kill-unheard':
      // A mail of the process that is never ended is let through: the next one may be another's.
      mail.onMail = (sender) => {
        if (!crew.kill(sender)) return false;
        mail.onMail = null;
        told(mishap);
        return true;
      };
      return () => {
        mail.onMail = null;
      };
    default:
      return () => {};
  }
}

/** @returns whether it could happen */
async function happen(mishap: Sudden, { crew, servers, wrong }: Befallen): Promise<boolean> {
  switch (mishap.kind) {
    case 'kill':
      return crew.signal(mishap.which, 'SIGKILL');
    case 'restart':
      return crew.signal(mishap.which, 'SIGTERM');
    case 'freeze':
      if (!crew.signal(mishap.which, 'SIGSTOP')) return false;
      await wait(mishap.forMs);
      crew.signalAll('SIGCONT');
      return true;
    case 'cut':
      return cutConnections(servers.db);
    case 'database':
      return servers.isOwnDatabase ? crashServer(servers.db, mishap.how) : cutConnections(servers.db);
    case 'lead':
      return endLeaderSession(servers.db);
    case 'queue':
      return loseQueue(servers);
    case 'reload':
      await changeConfiguration(servers.configDir, crew, mishap.file, wrong);
      return true;
  }
}
