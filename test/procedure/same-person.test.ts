import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decisionSentence } from '../../src/domain/recipient-words.ts';
import { recordLetterBounced } from '../../src/procedure/letter-bounced.ts';
import { resolveLetter } from '../../src/procedure/resolve-letter.ts';
import { saveDocument } from '../../src/store/documents.ts';
import { beginMessage } from '../../src/store/inbound-messages.ts';
import { listKeptRecipients } from '../../src/store/letter-recipients.ts';
import { readLetter } from '../../src/store/letters.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aDeletedAbsence, aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';

const SEVEN = weekdaysFrom('2026-09-08', 7);
const HOME = { lines: ['1 Elm Street'], city: 'Cedar Valley', state: 'UT', postalCode: '84999' };

let office: Office;
beforeEach(async () => {
  office = await openOffice();
  office.absent(SEVEN);
});
afterEach(() => office.close());

/** Two records have the same name where nothing else is said. */
function person(id: string, of: Partial<Parameters<typeof aGuardian>[1] & object> = {}) {
  return aGuardian(id, { email: 'dad@family.example.org', address: HOME, links: [linkTo('ada')], ...of });
}

async function letters(): Promise<string[]> {
  const rows = await office.db
    .selectFrom('letter')
    .innerJoin('letter_addressee as a', 'a.letter_id', 'letter.id')
    .innerJoin('guardian', 'guardian.id', 'a.guardian_id')
    .select(['guardian.sourced_id', 'letter.channel', 'letter.state'])
    .orderBy('letter.planned_at')
    .orderBy('guardian.sourced_id')
    .execute();
  return rows.map(({ sourced_id: id, channel, state }) => `${id}: ${channel} ${state}`);
}

/** The letters of the day are of unknown fate, and a row is taken back: the step is withdrawn. */
async function sendAndWithdraw(): Promise<void> {
  office.sink.fault = () => ({ at: 'dot', does: 'keep-and-drop' });
  await office.day('2026-09-21');
  office.sink.fault = null;
  office.absent(SEVEN.slice(1));
  office.sis.absences.push(aDeletedAbsence('ada', '2026-09-08'));
  await office.day('2026-09-22');
  expect(await office.steps()).toMatchObject({ 'first-letter': 'withdrawn' });
}

async function oweAnew(): Promise<void> {
  office.absent([...SEVEN.slice(1), '2026-09-17']);
  await office.day('2026-09-23');
}

async function bounce(letterId: string): Promise<void> {
  const { db } = office;
  const procedure = await office.jobs.procedure();
  const { now, today } = office.moment();
  const mail = {
    mediaType: 'message/rfc822',
    kind: 'delivery-notice',
    bytes: Buffer.from('it came back'),
    now,
  };
  const document = await saveDocument(db, { ...mail, students: [await office.studentId()] });
  const letter = await readLetter(db, letterId);
  if (letter === null) throw new Error('there is no such letter');
  const report = { action: 'failed', status: '4.4.7', recipients: [], said: null } as const;
  const place = { folder: 'INBOX', uidValidity: '1', uid: 1, sha256: document.sha256 };
  const said = await db.transaction().execute(async (tx) => {
    const messageId = (await beginMessage(tx, { ...place, on: today, now })) ?? '';
    const told = { report, documentId: document.id, messageId };
    return recordLetterBounced(tx, procedure, letter, told, office.moment());
  });
  expect(said).toBe('bounced');
}

describe('a guardian who has the letter, and comes by a second record', () => {
  test('G1: gets no second letter when the step is owed anew, and the choice that was kept says so', async () => {
    const aunt = person('aunt', { givenName: 'Philippa', email: null });
    office.sis.guardians = [person('dad')];
    await sendAndWithdraw();
    office.sis.guardians = [person('dad'), person('dad-again'), aunt];
    await oweAnew();
    expect(await letters()).toEqual(['dad: email uncertain', 'aunt: paper printed']);
    const kept = await listKeptRecipients(office.db, {
      studentId: await office.studentId(),
      schoolYear: '2027',
    });
    const said = kept.at(-1)?.people.map((one) => [one.sourcedId, decisionSentence(one, () => 'X')]);
    expect(Object.fromEntries(said ?? [])).toMatchObject({
      'dad-again': expect.stringMatching(/^X gets no letter: the records have this person twice/),
      aunt: expect.stringMatching(/^X gets a letter on paper/),
    });
  });

  test('G1: who lives elsewhere by the new record, with the same mailbox, is the same person', async () => {
    office.sis.guardians = [person('dad')];
    await sendAndWithdraw();
    office.sis.guardians = [person('dad'), person('dad-again', { address: { ...HOME, lines: ['2 Oak'] } })];
    await oweAnew();
    expect(await letters()).toEqual(['dad: email uncertain']);
  });

  test('G1: nor when a letter in line is looked at again and would go to the mailbox of the first', async () => {
    const elsewhere = { email: 'new@family.example.org', address: { ...HOME, lines: ['2 Oak'] } };
    office.sis.guardians = [person('dad')];
    await sendAndWithdraw();
    office.sis.guardians = [person('dad'), person('dad-again', elsewhere)];
    office.absent([...SEVEN.slice(1), '2026-09-17']);
    await office.day('2026-09-23', '17:00');
    expect(await letters()).toEqual(['dad: email uncertain', 'dad-again: email queued']);
    office.sis.guardians = [person('dad'), person('dad-again', { address: elsewhere.address })];
    await office.day('2026-09-24');
    expect(await letters()).toEqual(['dad: email uncertain', 'dad-again: email cancelled']);
  });

  test('two who were written to side by side are two, however alike: one letter each', async () => {
    const senior = person('senior', { email: null });
    const junior = person('junior', { email: 'junior@family.example.org' });
    office.sis.guardians = [senior, junior];
    await sendAndWithdraw();
    expect(await letters()).toEqual(['junior: email uncertain', 'senior: paper cancelled']);
    await oweAnew();
    expect(await letters()).toEqual([
      'junior: email uncertain',
      'senior: paper cancelled',
      'senior: paper printed',
    ]);
  });

  test.each([
    ['somebody finds out that it has not arrived', 'by hand'],
    ['it comes back', 'bounce'],
  ])('gets it by the record that is left when %s', async (_, how) => {
    const mum = person('mum', { givenName: 'Philippa', email: 'mum@family.example.org' });
    office.sis.guardians = [person('dad')];
    await sendAndWithdraw();
    office.sis.guardians = [person('dad', { active: false }), person('dad-again'), mum];
    await oweAnew();
    expect(await letters()).toEqual(['dad: email uncertain', 'mum: email sent']);
    const [first] = (await office.letters()).filter(({ state }) => state === 'uncertain');
    if (first === undefined) throw new Error('no letter is uncertain');
    const { id, ref } = first;
    if (how === 'by hand') {
      const finding = { ref, delivered: false, by: 'Clerk', because: 'asked', onPaper: false };
      const resolved = await resolveLetter(
        office.db,
        await office.jobs.procedure(),
        finding,
        office.moment(),
      );
      expect(resolved).toMatchObject({ kind: 'not-delivered', next: { kind: 'reissued' } });
    } else await bounce(id);
    expect((await letters()).filter((one) => one.startsWith('dad-again'))).toHaveLength(1);
  });
});
