import { expect } from '@jest/globals';
import { addDays } from '../../../src/domain/school-date.ts';
import { answerApprovals } from '../../../src/procedure/approvals.ts';
import { addContract, endContract } from '../../../src/procedure/contracts.ts';
import { addHold, endHold } from '../../../src/procedure/holds.ts';
import { importLetters } from '../../../src/procedure/import-letters.ts';
import { releaseSteps } from '../../../src/procedure/release-steps.ts';
import { removeLetters } from '../../../src/procedure/remove-letters.ts';
import { answerTask } from '../../../src/procedure/staff-answers.ts';
import { listAskedApprovals } from '../../../src/store/approvals.ts';
import { listOpenTasks } from '../../../src/store/tasks.ts';
import type { Office } from '../office.ts';
import { type Accident, type Command, command, type Real, survive } from './day.ts';
import { posted, postedLetters } from './observe.ts';
import { numberOf } from './tell-sis.ts';
import {
  type ApprovalAnswer,
  childOf,
  type HoldScope,
  idOf,
  isSchoolDay,
  nameOf,
  SCHOOL_DAYS,
  stepOf,
  type World,
} from './world.ts';

const KIND_OF_HOLD: Readonly<Record<HoldScope, string>> = {
  letters: 'no-contact',
  everything: 'homelessness',
  absolute: 'deceased',
};

export function hold(name: string, scope: HoldScope): Command {
  return command(`a hold on ${scope} for ${name}`, async (world, { office }) => {
    const asked = {
      student: numberOf(name),
      kind: KIND_OF_HOLD[scope],
      scope: null,
      from: null,
      until: null,
      owner: 'counselor',
      reason: 'as the test wants it',
      by: 'Counselor',
    };
    const added = await addHold(await deskOf(office), asked, office.moment());
    if (added.kind !== 'added') throw new Error(`the hold was ${added.kind}`);
    childOf(world.children, name).holds.push({ ref: added.ref, scope });
  });
}

export function endHolds(name: string): Command {
  return command(
    `the holds of ${name} end`,
    async (world, { office }) => {
      const { holds } = childOf(world.children, name);
      for (const { ref } of holds.splice(0)) {
        const ended = await endHold(
          await deskOf(office),
          { ref, by: 'Counselor', because: 'over' },
          office.moment(),
        );
        expect(ended.kind).toBe('ended');
      }
    },
    (world) => childOf(world.children, name).holds.length > 0,
  );
}

async function deskOf(office: Office) {
  return { db: office.db, procedure: await office.jobs.procedure(), people: [] };
}

/** The clerk reports every print run as posted; the process may die while it takes that down. */
export function post(statements: number | null): Command {
  const told = statements === null ? '' : `, dies after ${statements} statements`;
  return command(
    `the clerk posts${told}`,
    async (world, real) => {
      const { office } = real;
      const before = await postedLetters(office);
      await survive(
        world,
        real,
        accidentAfter(statements),
        async () => void (await answerAll(real, 'print-letters', 'posted')),
      );
      await posted(world, office, before);
    },
    (world) => !world.down && isSchoolDay(world.today),
  );
}

/** The clerk reports every print run as posted. */
export async function postAll(world: World, real: Real): Promise<void> {
  const before = await postedLetters(real.office);
  await answerAll(real, 'print-letters', 'posted');
  await posted(world, real.office, before);
}

export function call(name: string): Command {
  return command(
    `the clerk calls the family of ${name}`,
    async (world, real) => {
      const done = await answerAll(
        real,
        'contact-family',
        'left-message',
        await real.office.studentId(idOf(childOf(world.known, name))),
      );
      if (done.length > 0) childOf(world.children, name).called = true;
    },
    (world) => !world.down && isSchoolDay(world.today),
  );
}

/** @returns the steps of the tasks */
async function answerAll(
  { office }: Real,
  kind: string,
  outcome: string,
  studentId: number | null = null,
): Promise<readonly (string | null)[]> {
  const open = (await listOpenTasks(office.db)).filter(
    (task) => task.kind === kind && (studentId === null || task.studentId === studentId),
  );
  for (const { ref } of open) {
    await answerTask(
      office.jobs.db,
      { ref, by: 'Clerk', outcome, note: null },
      office.moment(),
      await office.jobs.procedure(),
    );
  }
  return open.map(({ step }) => step);
}

function accidentAfter(statements: number | null): Accident | null {
  return statements === null ? null : { during: 'work', statements, again: true };
}

function toldDeath(statements: number | null): string {
  return statements === null ? '' : `, dies after ${statements} statements`;
}

/** A person answers every approval that is asked for about the child. */
export function approve(name: string, answer: ApprovalAnswer, statements: number | null): Command {
  return command(
    `approvals of ${name} are ${answer}${toldDeath(statements)}`,
    (world, real) => answerAsked(world, real, name, answer, accidentAfter(statements)),
    (world) => !world.down && world.setting.asks.length > 0,
  );
}

export async function answerAsked(
  world: World,
  real: Real,
  name: string,
  answer: ApprovalAnswer,
  accident: Accident | null = null,
): Promise<void> {
  const { office } = real;
  const asked = (await listAskedApprovals(office.db)).filter(({ student }) => nameOf(student) === name);
  for (const { ref, step } of asked) {
    await survive(world, real, accident, async () => {
      const said = { answer, by: 'Principal', because: 'as the test wants it' };
      const { kind } = await answerApprovals(office.jobs.db, [ref], said, office.moment());
      expect({ ref, step, kind }).toEqual({ ref, step, kind: 'answered' });
    });
    world.answers.set(stepOf(name, step), answer);
  }
}

/** A person says that what was left to the school about the child is to be acted on. */
export function release(name: string): Command {
  return command(
    `what was left to the school about ${name} is released`,
    async (world, { office }) => {
      const studentIds = [await office.studentId(idOf(childOf(world.known, name)))];
      const said = { by: 'Principal', because: 'as the test wants it' };
      await releaseSteps(
        office.jobs.db,
        await office.jobs.procedure(),
        { studentIds },
        said,
        office.moment(),
      );
      for (const key of [...world.leftToSchool].filter((one) => one.startsWith(`${name} `))) {
        world.leftToSchool.delete(key);
        world.reachedIn.delete(key);
        world.answers.delete(key);
      }
    },
    (world) => !world.down && [...world.leftToSchool].some((key) => key.startsWith(`${name} `)),
  );
}

export function agree(
  name: string,
  { length, allowed, grace }: { readonly length: number; readonly allowed: number; readonly grace: number },
  statements: number | null,
): Command {
  return command(
    `a contract with the family of ${name}: ${length} school days, ${allowed} allowed, grace ${grace}${toldDeath(statements)}`,
    async (world, real) => {
      const { office } = real;
      const begins = world.today;
      const ends = SCHOOL_DAYS.filter((date) => date > begins)[length - 1] ?? begins;
      const asked = { begins, ends, allowedDays: String(allowed), basis: 'all' as const, graceDays: grace };
      const rest = { exceptCodes: [], signedOn: null, refused: false, by: 'Principal', note: null };
      let ref = '';
      await survive(world, real, accidentAfter(statements), async () => {
        const procedure = await office.jobs.procedure();
        const contract = { student: numberOf(name), ...asked, ...rest };
        const added = await addContract(office.jobs.db, procedure, contract, office.moment());
        expect(added).toMatchObject({ kind: 'added' });
        if (added.kind === 'added') ref = added.ref;
      });
      world.contracts.push({ child: name, ref, begins, ends, allowed, grace, isEnded: false });
    },
    (world) =>
      !world.down &&
      childOf(world.known, name).place !== 'gone' &&
      !world.contracts.some(({ child, ends, isEnded }) => child === name && !isEnded && ends >= world.today),
  );
}

export function endContracts(name: string, statements: number | null): Command {
  return command(
    `the contract of ${name} is ended${toldDeath(statements)}`,
    async (world, real) => {
      const { office } = real;
      for (const contract of ofChild(world, name)) {
        const ended = { ref: contract.ref, by: 'Principal', because: 'as the test wants it' };
        await survive(world, real, accidentAfter(statements), async () => {
          await endContract(office.jobs.db, ended, office.moment());
        });
        contract.isEnded = true;
      }
    },
    (world) => !world.down && ofChild(world, name).length > 0,
  );
}

function ofChild(world: World, name: string) {
  return world.contracts.filter(
    ({ child, ends, isEnded }) => child === name && !isEnded && ends >= world.today,
  );
}

/** The office has found a letter of the old process. */
export function importLetter(name: string, step: string, back: number, statements: number | null): Command {
  return command(
    `a ${step} that the school sent for ${name} ${back} dates ago${toldDeath(statements)}`,
    async (world, real) => {
      const { office } = real;
      const on = addDays(world.today, -back);
      await survive(world, real, accidentAfter(statements), async () => {
        const list = listOf(name, step, on);
        const made = await importLetters(
          office.jobs.db,
          await office.jobs.procedure(),
          list,
          office.moment(),
        );
        expect(made.kind).toBe('imported');
      });
      recordOutside(world, name, step, on, 'import');
    },
    (world) => !world.down,
  );
}

/** The imported letters of the child were a mistake. */
export function removeImported(name: string, statements: number | null): Command {
  return command(
    `the imported letters of ${name} are taken back${toldDeath(statements)}`,
    async (world, real) => {
      const { office } = real;
      for (const letter of world.outside.filter(({ child, how }) => child === name && how === 'import')) {
        await survive(world, real, accidentAfter(statements), async () => {
          const list = listOf(name, letter.step, letter.on);
          const made = await removeLetters(
            office.jobs.db,
            await office.jobs.procedure(),
            list,
            office.moment(),
          );
          expect(made.kind).toBe('removed');
        });
        world.outside.splice(world.outside.indexOf(letter), 1);
        world.answers.delete(stepOf(name, letter.step));
      }
    },
    (world) => !world.down && world.outside.some(({ child, how }) => child === name && how === 'import'),
  );
}

function listOf(name: string, step: string, sentOn: World['today']) {
  return { letters: [{ line: 2, student: numberOf(name), step, sentOn }], by: 'Clerk', keep: true };
}

/** In tasks mode the office sends the letters that it was asked to send. */
export function ownLetters(name: string): Command {
  return command(
    `the office sends its own letters for ${name}`,
    async (world, real) => {
      const studentId = await real.office.studentId(idOf(childOf(world.known, name)));
      for (const step of await answerAll(real, 'letter-due', 'sent', studentId))
        if (step !== null) recordOutside(world, name, step, world.today, 'by-hand');
    },
    (world) => !world.down && isSchoolDay(world.today),
  );
}

function recordOutside(
  world: World,
  child: string,
  step: string,
  on: World['today'],
  how: 'import' | 'by-hand',
): void {
  if (!world.outside.some((one) => one.child === child && one.step === step && one.on === on))
    world.outside.push({ child, step, on, how });
  world.everOutside.add(stepOf(child, step));
  world.answers.delete(stepOf(child, step));
}
