import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { schoolDate } from '../../src/domain/school-date.ts';
import { addContract } from '../../src/procedure/contracts.ts';
import { fileRefOf } from '../../src/store/file-view.ts';
import { listOpenTasks } from '../../src/store/tasks.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { readPdf } from '../support/pdf.ts';
import { aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';
import type { Visitor } from '../support/visitor.ts';

/** A contract that was kept to its end, and a family in two households; each test goes on where the one before has ended. */
let office: PagesOffice;
let visitor: Visitor;
let contract: string;
let here: string;

beforeAll(async () => {
  office = await openPagesOffice();
  office.sis.guardians.push(
    aGuardian('dad', {
      givenName: 'Anton',
      familyName: 'Quillon',
      email: null,
      wantsPaper: true,
      address: { lines: ['7 Elm Avenue'], city: 'Salida', state: 'CO', postalCode: '81201' },
      links: [linkTo('ada')],
    }),
  );
  office.mode('live');
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.days('2026-09-16', '2026-09-21');
  const asked = {
    student: 'ada',
    begins: schoolDate('2026-09-22'),
    ends: schoolDate('2026-09-24'),
    allowedDays: '2',
    basis: 'all' as const,
    graceDays: 1,
    exceptCodes: [],
    signedOn: schoolDate('2026-09-21'),
    refused: false,
    by: 'Dana Ruiz',
    note: null,
  };
  const added = await addContract(office.db, await office.jobs.procedure(), asked, office.moment());
  if (added.kind !== 'added') throw new Error(added.kind);
  contract = added.ref;
  here = `/files/${await fileRefOf(office.db, await office.studentId())}/contracts/${contract}`;
}, 60_000);
afterAll(() => office?.close());

const keptTask = async () => (await listOpenTasks(office.db)).find(({ kind }) => kind === 'contract-kept');
const administrator = () =>
  office.signedIn(office.config.staffFor('administrator', office.school)[0]?.email ?? '');

test('while a contract runs there is no such letter', async () => {
  visitor = await administrator();
  expect((await visitor.get(here)).body).not.toContain(`${here}/kept`);
  const page = await visitor.get(`${here}/kept`);
  expect(page.text).toContain('The contract was not kept to its end, or still runs.');
  expect((await visitor.get(`${here}/kept/1`)).status).toBe(404);
});

test('once it was kept the task leads to a letter for each household, and neither shows the address of the other', async () => {
  await office.days('2026-09-22', '2026-09-30');
  visitor = await administrator();
  const task = await keptTask();
  expect((await visitor.get(`/tasks/${task?.ref}`)).body).toContain(`href="${here}/kept"`);
  const page = await visitor.get(`${here}/kept`);
  expect(page.text).toContain('Our attendance contract for Quillon Zephyrine ran from');
  expect(page.text.match(/It was kept to its end/g)).toHaveLength(2);
  const letters: string[] = [];
  for (const number of [1, 2]) {
    const answer = await fetch(`${office.origin}${here}/kept/${number}`, {
      headers: { cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    letters.push((await readPdf(Buffer.from(await answer.arrayBuffer()))).text.replace(/\s+/g, ' '));
  }
  const toDad = letters.find((text) => text.includes('Dear Anton Quillon'));
  expect(toDad).toContain('7 Elm Avenue');
  expect(letters.filter((text) => text.includes('7 Elm Avenue'))).toHaveLength(1);
  expect(toDad).toContain('ran from September 22, 2026 to September 24, 2026. It was kept to its end.');
  expect(toDad).not.toMatch(/absen/i);
});

test('a hold on letters keeps it back', async () => {
  await office.hold({ scope: 'letters', begins: '2026-09-30', ends: null });
  const page = await visitor.get(`${here}/kept`);
  expect(page.text).toContain('a hold keeps letters back');
  expect(page.text).not.toContain('Dear');
  await office.db.deleteFrom('hold').execute();
});

test('that the family has it is recorded once: a copy of each lies in the file, and the task is done', async () => {
  const page = await visitor.get(`${here}/kept`);
  const again = await visitor.get(`${here}/kept`);
  expect(await visitor.submit(page, {}, `${here}/kept/told`)).toMatchObject({ status: 303, location: here });
  await visitor.submit(again, {}, `${here}/kept/told`);
  expect((await visitor.get(here)).text).toContain('Somebody has recorded it before.');
  expect(await keptTask()).toBeUndefined();
  const filed = await office.db
    .selectFrom('file_entry')
    .select(['title', 'document_id'])
    .where('title', 'like', 'Letter to %')
    .execute();
  expect(filed).toHaveLength(2);
  expect(filed.every(({ document_id }) => document_id !== null)).toBe(true);
  const told = await tellKept();
  expect([told.code, told.err]).toEqual([2, expect.stringContaining('it was done before')]);
  const recorded = await office.db
    .selectFrom('audit_event')
    .select(['actor_kind', 'subject', 'detail'])
    .where('action', '=', 'contract-kept-told')
    .execute();
  expect(recorded).toEqual([{ actor_kind: 'staff', subject: contract, detail: { letters: 2 } }]);
});

test('without pages the command line writes it, and says so in the file', async () => {
  await office.db
    .updateTable('task')
    .set({ state: 'open', closed_on: null })
    .where('kind', '=', 'contract-kept')
    .execute();
  const told = await tellKept('--json');
  expect([told.code, told.err]).toEqual([0, '']);
  expect(JSON.parse(told.out)).toHaveLength(4);
});

function tellKept(...more: string[]) {
  const { dataDir } = office.config;
  const asked = ['--out', dataDir, '--by', 'Pat', '--as-of', '2026-09-30', ...more];
  return office.rollcall('contracts', 'tell-kept', contract, ...asked);
}
