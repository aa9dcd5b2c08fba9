import { sql } from 'kysely';
import { randomOf } from '../../../src/demo/district/random.ts';
import type { SchoolDate } from '../../../src/domain/school-date.ts';
import { procedureSettings } from '../../../src/procedure/procedure-book.ts';
import { newWorld } from '../decision-model/world.ts';
import { openOffice } from '../office.ts';
import { clockAt, type District, randomNow, tell } from './district.ts';
import { expectMayBeClaimed, expectMayBegin } from './expect-letter.ts';
import { BrokenError, type Family, newFamily } from './family.ts';
import { handAtWork } from './hand.ts';
import { createMailServer, MAIL_FAULTS, type MailFault } from './mail-server.ts';
import { startWorker, type Worker } from './worker.ts';

/** School begins; a break comes; the clocks go back. */
const FIRST_DATES = ['2026-09-08', '2026-10-08', '2026-10-30'] as const;

/** @param only plays one of the families, as it would live among the others; null: all of them */
export async function openDistrict(seed: number, count: number, only: number | null): Promise<District> {
  const firstDate = randomOf(seed, 'first date').pick(FIRST_DATES) as SchoolDate;
  const office = await openOffice();
  const families = Array.from({ length: count }, (_, number) => newFamily(seed, number, firstDate)).filter(
    ({ number }) => only === null || number === only,
  );
  const byName = new Map(
    families.flatMap((family) => family.child.parents.map(({ name }) => [name, family])),
  );
  const familyAt = (address: string): Family => {
    const family = byName.get(address.split('.')[0] ?? '');
    if (family === undefined) throw new BrokenError(null, 'a letter to an address of nobody', { address });
    return family;
  };
  const district: District = {
    seed,
    office,
    families,
    workers: [],
    doomed: new Set(),
    goneOwners: new Set(),
    letters: new Map(),
    students: new Map(),
    others: [],
    enqueued: [],
    audit: null,
    now: clockAt(firstDate, '07:30'),
    step: 0,
    isStopped: false,
    uncertain: new Set(),
    begun: 0,
    deaths: 0,
    isCalm: false,
    world: {
      ...newWorld({ asks: [], baseline: false, mode: 'live' }),
      children: families.map(({ child }) => child),
    },
    mail: createMailServer({
      fault: (to) => faultOf(district, familyAt(to)),
      begins: (ref, to) => expectMayBegin(district, familyAt(to), ref),
      keeps(ref, to) {
        const family = familyAt(to);
        tell(district, family, `the server has ${ref}`);
        const times = district.mail.kept.get(ref);
        if (times !== 1) throw new BrokenError(family, 'a letter was delivered twice', { ref, times });
      },
    }),
  };
  return district;
}

function faultOf({ isCalm }: District, { random, trouble }: Family): MailFault | null {
  return !isCalm && random.chance(trouble) ? random.pick(MAIL_FAULTS) : null;
}

/** Another process begins to work, at a clock that is a little wrong. */
export async function beginWorker(district: District): Promise<void> {
  const { office } = district;
  district.begun += 1;
  const settings = procedureSettings(office.config);
  const skewMs = randomNow(district, `clock of ${district.workers.length}`).pick([0, 0, 90_000, -240_000]);
  const name = `worker ${district.begun}`;
  const worker: Worker = await startWorker({
    name,
    office,
    procedure: { ...settings, brakes: { ...settings.brakes, ...UNLIMITED } },
    now: () => district.now,
    skewMs,
    sis: office.sis,
    endSession: async (pid) => {
      // By now its number may be that of another session, even of another test.
      await sql`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where pid = ${pid}::int and datname = current_database() and application_name = ${name}`.execute(
        office.db,
      );
    },
    deps: {
      submit: district.mail.submit,
      enqueue: async (items) => {
        // A job can die between what it has decided and what it enqueues.
        await handAtWork()?.stand();
        district.enqueued.push(...items);
      },
      trace: {
        close: async () => {},
        async span(what, _fields, work) {
          const hand = handAtWork();
          if (what !== 'claim' || hand === undefined) return work();
          const claim = await hand.inOneGo(work);
          expectMayBeClaimed(district, worker, claim);
          return claim;
        },
      },
    },
  });
  district.workers.push(worker);
}

/** One family's bad luck must not stop the mails of the others. */
const UNLIMITED = {
  volume: { letters: 1_000_000, share: 1, factor: 1 },
  refusalsInARow: 1_000_000,
  uncertainInARow: 1_000_000,
};

export async function endWorker(district: District, worker: Worker): Promise<void> {
  district.workers.splice(district.workers.indexOf(worker), 1);
  district.doomed.delete(worker);
  for (const owner of worker.owners) district.goneOwners.add(owner);
  for (const family of district.families)
    for (const one of [...family.inHand]) {
      if (one.worker !== worker) continue;
      one.hand.die();
      family.inHand.splice(family.inHand.indexOf(one), 1);
      tell(district, family, `${worker.name} dies with ${one.told}`);
    }
  await worker.die();
  district.deaths += 1;
}

export async function closeDistrict(district: District): Promise<void> {
  for (const worker of [...district.workers]) await endWorker(district, worker);
  await district.office.close();
}
