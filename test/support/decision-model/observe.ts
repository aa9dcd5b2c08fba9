import { expect } from '@jest/globals';
import type { SchoolDate } from '../../../src/domain/school-date.ts';
import type { Office } from '../office.ts';
import { isLeftToSchool } from './evening.ts';
import {
  addressOf,
  type Child,
  childAsKnown,
  countFor,
  isReached,
  isSendingDay,
  LETTER_STEPS,
  modeOf,
  NOTICE_DAYS,
  nameOf,
  obstacles,
  recipients,
  schoolDaysBetween,
  stepOf,
  threshold,
  type World,
} from './world.ts';

/**
 * Looks at what has left the program since the last look: each letter and packet has to be one that may leave today,
 * and none may be a second one.
 */
export async function observe(world: World, office: Office): Promise<void> {
  const fresh = office.sink.delivered.slice(world.mailsSeen);
  world.mailsSeen = office.sink.delivered.length;
  for (const mail of fresh) {
    const raw = String(mail.raw);
    const kind = headerOf(raw, 'X-Rollcall-Kind');
    if (kind === 'letter') letterHasLeft(world, mail.to[0] ?? '', headerOf(raw, 'X-Rollcall-Step'));
    if (kind === 'packet') await packetHasLeft(world, office, headerOf(raw, 'X-Rollcall-Ref'));
  }
  await lookAtPrinted(world, office);
  await lookAtHandOvers(world, office);
}

/** The clerk has put the print runs into the post: whoever had a letter in them has it now. */
export async function posted(world: World, office: Office, before: ReadonlySet<string>): Promise<void> {
  for (const letter of await lettersOf(office)) {
    if (letter.state !== 'posted' || before.has(letter.id)) continue;
    const child = childAsKnown(world, letter.child);
    if (child.holds.some(({ scope }) => scope === 'absolute'))
      broken(world, 'posted under an absolute hold', letter);
    for (const parent of letter.parents) hand(world, letter.child, parent, letter.step);
  }
}

export async function postedLetters(office: Office): Promise<ReadonlySet<string>> {
  return new Set((await lettersOf(office)).flatMap(({ id, state }) => (state === 'posted' ? id : [])));
}

function letterHasLeft(world: World, to: string, step: string): void {
  const { child, parent } = whoIsAt(world, to);
  const known = childAsKnown(world, child);
  if (!recipients(known).some((one) => one.name === parent && addressOf(one) === to)) {
    broken(world, 'a letter to somebody who may not get one', { to, step });
  }
  mayLeave(world, known, step);
  hand(world, child, parent, step);
}

/** What holds for every letter on the day on which it is e-mailed or printed. */
function mayLeave(world: World, child: Child, step: string): void {
  const told = { child: child.name, step, count: countFor(child, step, world.today) };
  if (!isSendingDay(world.today)) broken(world, 'a letter on a day on which none may leave', told);
  if (modeOf(world, child) !== 'live') broken(world, 'a letter of a school that is not live', told);
  if (obstacles(child).length > 0) broken(world, `a letter in spite of ${obstacles(child).join()}`, told);
  const isTaken = world.handedOver.some((one) => one.child === child.name && one.step === step);
  // What was taken stays under the policy that owed it.
  const policies = isTaken ? [...world.policies] : [world.policy];
  if (!policies.some((policy) => isReached(world, child, step, policy))) {
    broken(world, 'a letter for a step that is not reached', told);
  }
  if (!isTaken) expectAllowed(world, child, step);
  const higher = LETTER_STEPS.slice(LETTER_STEPS.indexOf(step) + 1);
  const overtaken = [...world.handedOver, ...world.outside].some(
    (one) => one.child === child.name && higher.includes(one.step) && isReached(world, child, one.step),
  );
  if (overtaken && !isTaken) broken(world, 'a lower letter after a higher one', told);
}

/** By a person, where one is asked; and neither left to the school nor done by it. */
function expectAllowed(world: World, child: Child, step: string): void {
  const told = { child: child.name, step };
  const asked = world.setting.asks.includes(step);
  if (asked && world.answers.get(stepOf(child.name, step)) !== 'given') broken(world, 'without a yes', told);
  if (isLeftToSchool(world, child, step)) broken(world, 'what was left to the school', told);
  if (world.outside.some((one) => one.child === child.name && one.step === step))
    broken(world, 'what the school has sent by itself', told);
}

async function packetHasLeft(world: World, office: Office, ref: string): Promise<void> {
  const { sourced_id: id, step } = await office.db
    .selectFrom('referral')
    .innerJoin('student', 'student.id', 'referral.student_id')
    .select(['student.sourced_id', 'referral.step'])
    .where('referral.ref', '=', ref)
    .executeTakeFirstOrThrow();
  const name = nameOf(id);
  const child = childAsKnown(world, name);
  const told = { child: name, step, count: countFor(child, step, world.today) };
  if (modeOf(world, child) !== 'live') broken(world, 'a packet of a school that is not live', told);
  expectAllowed(world, child, step);
  if (world.packets.some((packet) => packet.child === name)) broken(world, 'a second packet', told);
  if (!isReached(world, child, step)) broken(world, 'a packet for a referral that is not reached', told);
  const inTheWay = obstacles(child).filter((one) => one !== 'no-recipient');
  if (inTheWay.length > 0) broken(world, `a packet in spite of ${inTheWay.join()}`, told);
  if (!child.called) broken(world, 'a packet before anybody tried to reach the family', told);
  if (!hasNotice(world, child, 'any')) broken(world, 'a packet before a letter was out long enough', told);
  world.packets.push({ child: name, on: world.today });
}

/**
 * A letter that still stands has been out for long enough.
 * @param by the policies by which it has to stand: the one that owed it is one of them
 */
export function hasNotice(world: World, child: Child, by: 'any' | 'all'): boolean {
  const isLong = (letter: { readonly child: string; readonly on: SchoolDate }) =>
    letter.child === child.name && schoolDaysBetween(letter.on, world.today) >= NOTICE_DAYS;
  // What the school has sent rests on its own count.
  if (world.outside.some(isLong)) return true;
  return world.handedOver.some((letter) => {
    const stands = [...world.policies].map(
      (policy) => countFor(child, letter.step, world.today) >= threshold(policy, letter.step),
    );
    return isLong(letter) && (by === 'any' ? stands.includes(true) : !stands.includes(false));
  });
}

function hand(world: World, child: string, parent: string, step: string): void {
  const letter = { child, parent, step, on: world.today };
  const known = world.handedOver.find(
    (one) => one.child === child && one.parent === parent && one.step === step,
  );
  if (known !== undefined) broken(world, 'a second letter', { ...letter, first: known.on });
  world.handedOver.push(letter);
}

function whoIsAt(world: World, address: string): { child: string; parent: string } {
  const [parent = ''] = address.split('.');
  const child = world.children.find(({ parents }) => parents.some(({ name }) => name === parent));
  if (child === undefined) broken(world, 'a letter to an address of nobody', { address });
  return { child: child.name, parent };
}

async function lookAtPrinted(world: World, office: Office): Promise<void> {
  for (const letter of await lettersOf(office)) {
    if (letter.state !== 'printed' || letter.printedOn !== world.today) continue;
    if (world.printed.has(letter.id)) continue;
    world.printed.add(letter.id);
    const child = childAsKnown(world, letter.child);
    for (const parent of letter.parents) {
      if (!recipients(child).some(({ name }) => name === parent))
        broken(world, 'printed for somebody who may not get a letter', letter);
    }
    mayLeave(world, child, letter.step);
  }
}

/** Whatever the mail server has said: what may have left counts as left. */
async function lookAtHandOvers(world: World, office: Office): Promise<void> {
  const seen = new Map<string, string>();
  for (const { id, parents, step, state } of await lettersOf(office)) {
    if (!['sent', 'posted', 'uncertain'].includes(state)) continue;
    for (const parent of parents) {
      const key = `${parent} ${step}`;
      if (seen.has(key)) broken(world, 'two letters of one step left for one guardian', { parent, step });
      seen.set(key, id);
    }
  }
}

export interface SeenLetter {
  readonly id: string;
  readonly child: string;
  readonly parents: readonly string[];
  readonly step: string;
  readonly state: string;
  /** It was tried so often that only a person brings it on. */
  readonly isExhausted: boolean;
  readonly channelReason: string;
  readonly printedOn: SchoolDate | null;
}

export async function lettersOf(office: Office): Promise<readonly SeenLetter[]> {
  const rows = await office.db
    .selectFrom('letter')
    .innerJoin('student', 'student.id', 'letter.student_id')
    .innerJoin('letter_addressee', 'letter_addressee.letter_id', 'letter.id')
    .innerJoin('guardian', 'guardian.id', 'letter_addressee.guardian_id')
    .leftJoin('print_run', 'print_run.id', 'letter.print_run_id')
    .select([
      'letter.id',
      'letter.step',
      'letter.state',
      'letter.reason',
      'letter.channel_reason',
      'student.sourced_id as child',
      'guardian.sourced_id as parent',
      'print_run.printed_on',
    ])
    .orderBy('letter.planned_at')
    .execute();
  const letters = new Map<string, SeenLetter & { parents: string[] }>();
  for (const { id, child, parent, step, state, reason, channel_reason: channelReason, printed_on } of rows) {
    const letter = letters.get(id) ?? {
      id,
      child: nameOf(child),
      parents: [],
      step,
      state,
      isExhausted: state === 'held' && reason === 'too-many-attempts',
      channelReason,
      printedOn: printed_on,
    };
    // Two records of one person are one.
    if (!letter.parents.includes(nameOf(parent))) letter.parents.push(nameOf(parent));
    letters.set(id, letter);
  }
  return [...letters.values()];
}

function headerOf(raw: string, name: string): string {
  return new RegExp(`^${name}: (.+?)\\r?$`, 'm').exec(raw)?.[1] ?? '';
}

function broken(world: World, rule: string, told: object): never {
  expect({ on: world.today, broken: rule, ...told }).toBeNull();
  throw new Error(rule);
}
