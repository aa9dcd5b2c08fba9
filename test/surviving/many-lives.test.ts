import { expect, test } from '@jest/globals';
import { type Random, randomOf } from '../../src/demo/district/random.ts';
import { addDays, schoolDate } from '../../src/domain/school-date.ts';
import { releaseStop } from '../../src/procedure/end-stop.ts';
import { openStops } from '../../src/store/brakes.ts';
import {
  type Child,
  countFor,
  isSchoolDay,
  SCHOOL_DAYS,
  threshold,
} from '../support/decision-model/world.ts';
import { type Office, openOffice } from '../support/office.ts';
import { chooseSeed } from '../support/seed.ts';
import { aGuardian, anAbsence, aStudent, linkTo } from '../support/sis-records.ts';
import type { Fault } from '../support/smtp-sink.ts';

/** Each run is a district of its own; `SIM_SEED` plays one again, `SIM_RUNS` plays more. */
const LONG = process.env.SURVIVING === 'long';
const RUNS = Number(process.env.SIM_RUNS ?? (LONG ? 3 : 1));
const SEED = Number(process.env.SIM_SEED ?? chooseSeed());
/** Their lives have nothing to do with each other, so that one database plays all of them at once. */
const STUDENTS = LONG ? 60 : 30;
const DATES = 7;
const QUIET_DATES = 3;
const STEPS = ['first-letter', 'medical-letter'] as const;

const FAULTS: readonly (Fault | null)[] = [
  null,
  null,
  { at: 'connect', does: 'drop' },
  { at: 'rcpt', does: 'reply', code: 451 },
  { at: 'rcpt', does: 'reply', code: 550 },
  { at: 'message', does: 'drop' },
  { at: 'dot', does: 'keep-and-drop' },
];

type Life = Pick<Child, 'name' | 'rows' | 'leftOn'>;

test.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
  'G1, G2, G3, G8: many lives with corrections, a faulty mail server and processes that die (SIM_SEED=%i)',
  async (seed) => {
    const random = randomOf(seed, 'lives');
    const office = await openOffice({
      district: (text) =>
        text.replace(
          'canaryLetters: 0\n',
          'canaryLetters: 0\n  volume: { letters: 200, share: 0.1, factor: 10 }\n',
        ),
    });
    try {
      const lives: Life[] = Array.from({ length: STUDENTS }, (_, n) => ({
        name: `s${n}`,
        rows: new Map(),
        leftOn: null,
      }));
      const enrolments = [{ schoolSourcedId: office.school, primary: true, begins: null, ends: null }];
      office.sis.students = lives.map(({ name }) => aStudent(name, { enrolments }));
      office.sis.guardians = lives.map(({ name }) => aGuardian(`of-${name}`, { links: [linkTo(name)] }));
      const looked = { mails: 0 };
      for (let passed = 0; passed < DATES + QUIET_DATES; passed += 1) {
        const today = addDays(schoolDate('2026-09-08'), passed);
        const isQuiet = passed >= DATES;
        if (!isQuiet) live(lives, today, passed === 0, random);
        tell(office, lives);
        const fault = isQuiet ? null : random.pick(FAULTS);
        const share = random.pick([0.3, 1]);
        office.sink.fault = () => (random.chance(share) ? fault : null);
        office.at(today);
        await office.sync();
        // It dies here and there, and everything that it knew of the queue is forgotten: the rows are the work.
        const deaths = random.integer(0, 2);
        for (let round = 0; round < deaths; round += 1) {
          await office.workOnce();
          await office.restart();
        }
        await office.work();
        await expectSound(office, lives, today, looked);
        for (const { ref } of await openStops(office.db))
          await releaseStop(office.db, ref, { by: 'Dana Ruiz', because: 'it works again' }, office.moment());
      }
      await expectNothingLost(office, lives, addDays(schoolDate('2026-09-08'), DATES + QUIET_DATES - 1));
      expect(looked.mails).toBeGreaterThan(2);
    } finally {
      await office.close();
    }
  },
);

/** What the families and the office do on a day. */
function live(lives: readonly Life[], today: string, isFirst: boolean, random: Random): void {
  const days = SCHOOL_DAYS.filter((date) => date <= today);
  for (const { rows } of lives) {
    const missed = isFirst
      ? random.weighted([
          [1, 6],
          [5, 2],
          [7, 1],
          [8, 1],
        ])
      : random.weighted([
          [0, 6],
          [1, 3],
          [2, 1],
        ]);
    for (let count = 0; count < missed; count += 1) {
      // More of a school on one day would stop the read.
      const free = days.filter(
        (date) => lives.filter((one) => one.rows.get(date) === true).length < STUDENTS / 4,
      );
      if (free.length > 0) rows.set(random.pick(free), true);
    }
    const there = [...rows].flatMap(([date, isThere]) => (isThere ? date : []));
    // A correction matters where the count has just reached a step; many of them would stop the read.
    if (!isFirst && there.length >= 7 && random.chance(0.05)) rows.set(random.pick(there), false);
  }
}

function tell(office: Office, lives: readonly Life[]): void {
  // One row of nobody's keeps the collection from being empty; a row that ended says so.
  office.sis.absences = [
    anAbsence('nobody', '2026-08-19', { sourcedId: 'anchor', schoolSourcedId: office.school }),
    ...lives.flatMap(({ name, rows }) =>
      [...rows].flatMap(([date, isThere]) =>
        isThere ? [anAbsence(name, date, { schoolSourcedId: office.school })] : [],
      ),
    ),
  ];
}

const refOf = (raw: Buffer) => /^X-Rollcall-Ref: (.+?)\r?$/m.exec(String(raw))?.[1] ?? '';

async function lettersOf(office: Office) {
  return office.db
    .selectFrom('letter')
    .innerJoin('student', 'student.id', 'letter.student_id')
    .select(['ref', 'letter.state', 'step', 'channel', 'student.sourced_id as student', 'letter.id'])
    .execute();
}

async function expectSound(
  office: Office,
  lives: readonly Life[],
  today: ReturnType<typeof schoolDate>,
  looked: { mails: number },
): Promise<void> {
  const letters = await lettersOf(office);
  const mails = office.sink.delivered
    .map(({ raw }) => raw)
    .filter((raw) => /^X-Rollcall-Kind: letter\r?$/m.test(String(raw)));
  const refs = mails.map(refOf);
  expect(new Set(refs).size).toBe(refs.length);
  for (const { ref, state, channel } of letters) {
    const times = refs.filter((one) => one === ref).length;
    if (channel === 'email' && state === 'sent')
      expect({ today, ref, times }).toEqual({ today, ref, times: 1 });
    if (times > 0)
      expect({ today, ref, state }).toEqual({
        today,
        ref,
        state: expect.stringMatching(/^(sent|uncertain)$/),
      });
  }
  const alive = letters
    .filter(({ state }) => state !== 'cancelled')
    .map(({ student, step }) => `${student} ${step}`);
  expect(new Set(alive).size).toBe(alive.length);
  for (const ref of refs.slice(looked.mails)) {
    const letter = letters.find((one) => one.ref === ref);
    const life = lives.find(({ name }) => name === letter?.student) as Life;
    const step = letter?.step ?? '';
    const isReached = countFor(life as Child, step, today) >= threshold('shipped', step);
    // One that vanished is believed on a second day.
    expect({
      today,
      ref,
      step,
      isReached: isReached || [...life.rows.values()].includes(false),
    }).toMatchObject({ isReached: true });
  }
  looked.mails = refs.length;
}

async function expectNothingLost(
  office: Office,
  lives: readonly Life[],
  today: ReturnType<typeof schoolDate>,
): Promise<void> {
  expect(isSchoolDay(today)).toBe(true);
  const letters = await lettersOf(office);
  for (const life of lives) {
    const steps = await office.steps(life.name);
    for (const step of STEPS) {
      if (countFor(life as Child, step, today) < threshold('shipped', step)) continue;
      const waits = letters.some(
        (one) =>
          one.student === life.name &&
          one.step === step &&
          /^(uncertain|printed|planned|held|queued)$/.test(one.state),
      );
      const isDone = /^(taken|skipped)/.test(steps[step] ?? 'none') || (steps[step] === 'owed' && waits);
      expect({ name: life.name, step, stands: steps[step], isDone }).toMatchObject({ isDone: true });
    }
  }
}
