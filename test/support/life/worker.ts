import type { JobDeps } from '../../../jobs/deps.ts';
import { dateInZone } from '../../../src/domain/school-date.ts';
import { createCorrespondence } from '../../../src/procedure/correspondence.ts';
import type { Moment } from '../../../src/procedure/procedure.ts';
import { createProcedureBook, type ProcedureSettings } from '../../../src/procedure/procedure-book.ts';
import { syncDistrict } from '../../../src/procedure/sync-district.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { becomeOwner } from '../../../src/store/owner.ts';
import { unlockDocuments } from '../../../src/wiring/unlock-documents.ts';
import type { Office } from '../office.ts';
import { type SisRecords, sourcesOf, syncSettings } from '../sis-records.ts';
import { forAllHands } from './hand.ts';
import { watchPool } from './watched-pool.ts';

/** One process of Rollcall: its own connections, its own clock, its own name on what it claims. */
export interface Worker {
  readonly name: string;
  readonly deps: JobDeps;
  readonly moment: () => Moment;
  isAlive: boolean;
  /** The numbers under which it has claimed, the present one last. */
  readonly owners: readonly number[];
  /** Its session is lost and another one opened: others take what it has in hand for abandoned, and it goes on. */
  loseSession(): Promise<void>;
  die(): Promise<void>;
}

export interface WorkerSetting {
  readonly name: string;
  readonly office: Office;
  readonly procedure: ProcedureSettings;
  /** Of the district, without the error of its own. */
  readonly now: () => Date;
  /** By so much its clock is wrong. */
  readonly skewMs: number;
  readonly sis: SisRecords;
  readonly endSession: (pid: number) => Promise<void>;
  readonly deps: Pick<JobDeps, 'submit' | 'enqueue' | 'trace'>;
}

export async function startWorker(setting: WorkerSetting): Promise<Worker> {
  const { name, office, procedure, endSession } = setting;
  const store = openDatabase({ url: office.url, applicationName: name, maxConnections: 12 });
  const { db, pool } = store;
  const pids = new Set<number>();
  pool.on('connect', (client) => pids.add((client as unknown as { readonly processID: number }).processID));
  watchPool(pool, endSession);
  await unlockDocuments(db, office.config);
  const book = createProcedureBook(db, procedure);
  let owner = await becomeOwner(pool);
  const owners = [owner.id()];
  const moment = (): Moment => {
    const now = new Date(setting.now().getTime() + setting.skewMs);
    return { now, today: dateInZone(now, procedure.timeZone) };
  };
  const worker: Worker = {
    name,
    moment,
    isAlive: true,
    owners,
    deps: {
      ...office.jobs,
      ...setting.deps,
      db,
      moment,
      // The first that asks reads it for all.
      procedure: () => forAllHands(() => book.on(moment().today)),
      owner: () => owner.id(),
      limits: { perMinute: null, perDay: null },
      correspondence: createCorrespondence({ ...office.letterbox, db }),
      sync: () =>
        syncDistrict({ db, pool, ...syncSettings, guards: NEVER, ...sourcesOf(setting.sis, 500) }, moment()),
    },
    async loseSession() {
      const lost = owner;
      owner = await becomeOwner(pool);
      owners.push(owner.id());
      await lost.release();
    },
    async die() {
      worker.isAlive = false;
      await owner.release();
      // From here on it opens no connection any more; who waits for those that it has will wait for ever.
      void store.close().catch(() => undefined);
      await Promise.all([...pids].map(endSession));
    },
  };
  return worker;
}

/** Families live and change here as none do; what a guard makes of it is no part of these lives. */
const NEVER = {
  shrinkTo: 0,
  growTo: 1_000,
  goneShare: 1,
  absentShare: 1,
  medianFactor: 1_000,
  doubledFactor: 1_000,
  floorRows: 1_000_000,
  floorStudents: 1_000_000,
};
