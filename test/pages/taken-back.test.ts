import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askForOutcomes } from '../../src/procedure/meeting-tasks.ts';
import { fileRefOf } from '../../src/store/file-view.ts';
import { MEETING_FIELDS } from '../support/asked.ts';
import { openPagesOffice, type PagesOffice } from '../support/pages.ts';
import { weekdaysFrom } from '../support/sis-records.ts';
import type { Visitor } from '../support/visitor.ts';

/** One student; each test goes on where the one before it has ended. */
let office: PagesOffice;
let visitor: Visitor;
let file: string;
let principal: string;

beforeAll(async () => {
  office = await openPagesOffice();
  office.mode('live');
  office.absent(weekdaysFrom('2026-09-08', 7));
  await office.days('2026-09-16', '2026-09-21');
  principal = office.config.staffFor('administrator', office.school)[0]?.email ?? '';
  file = (await fileRefOf(office.db, await office.studentId())) ?? '';
  office.at('2026-09-22');
  visitor = await office.signedIn(principal);
}, 60_000);
afterAll(() => office?.close());

test('what came of a meeting is taken back: it is asked again, and crossed out in the file', async () => {
  const { here, ref } = await aMeeting('2026-09-23');
  await office.day('2026-09-24');
  await askForOutcomes(office.db, await office.jobs.procedure(), office.moment());
  expect(await open('meeting-outcome')).toBe(1);
  visitor = await office.signedIn(principal);
  await visitor.submit(await visitor.get(here), { outcome: 'parent-absent', note: '' }, `${here}/outcome`);
  expect([await open('meeting-outcome'), await open('schedule-meeting-again')]).toEqual([0, 1]);
  const page = await visitor.get(here);
  expect(page.text).toContain('Recorded by mistake?');
  await visitor.submit(page, { because: 'They did come.' }, `${here}/undo`);
  expect([await open('meeting-outcome'), await open('schedule-meeting-again')]).toEqual([1, 0]);
  expect(await stateOf(ref)).toBe('scheduled');
  const timeline = (await visitor.get(`/files/${file}`)).body;
  expect(timeline).toMatch(/<del>.*did not come.*<\/del> Taken back by/);
  expect(timeline).toContain('They did come.');
});

test('whoever has heard that a meeting is off is not told otherwise; before that nobody hears of anything', async () => {
  visitor = await office.signedIn(principal);
  const { here, ref } = await aMeeting('2026-10-06');
  await office.work();
  const mails = async () =>
    (await office.db.selectFrom('staff_mail').select('id').where('kind', '=', 'meeting').execute()).length;
  const refuse = async () =>
    visitor.submit(await visitor.get(here), { outcome: 'refused', note: '' }, `${here}/outcome`);
  await refuse();
  const told = office.sink.delivered.length;
  await visitor.submit(await visitor.get(here), { because: '' }, `${here}/undo`);
  const made = await mails();
  await office.work();
  expect([office.sink.delivered.length, await mails(), await stateOf(ref)]).toEqual([
    told,
    made,
    'scheduled',
  ]);
  await refuse();
  await office.work();
  const undo = await office.rollcall('meetings', 'undo', ref, '--by', 'Pat', '--as-of', '2026-09-24');
  expect(undo.code).not.toBe(0);
  expect(undo.err).toContain('has heard that the meeting is off');
});

test('a signature is taken back in its time, and not later', async () => {
  const added = await office.rollcall(
    ...['contracts', 'add', 'ada', '--begins', '2026-09-25', '--ends', '2026-12-01', '--allowed-days', '3'],
    ...['--basis', 'all', '--signed-on', '2026-09-24', '--by', 'Pat', '--as-of', '2026-09-24'],
  );
  expect([added.code, added.err]).toEqual([0, '']);
  const { ref, signature_recorded_at: at } = await contract();
  const undo = (...words: string[]) =>
    office.rollcall('contracts', 'undo-signature', ref, '--by', 'Pat', ...words);
  const late = await undo('--as-of', '2026-10-01');
  expect(late.err).toMatch(/recorded more than 24 hours ago: it stays. Please end the contract/);
  expect(at).not.toBeNull();
  const undone = await undo('--as-of', '2026-09-24', '--why', 'It was the form of another family.');
  expect([undone.code, undone.err]).toEqual([0, '']);
  expect((await contract()).signed_on).toBeNull();
  visitor = await office.signedIn(principal);
  expect((await visitor.get(`/files/${file}`)).body).toMatch(/<del>.*signed on.*<\/del> Taken back by Pat/);
});

async function aMeeting(on: string): Promise<{ readonly here: string; readonly ref: string }> {
  const fields = { ...MEETING_FIELDS, on };
  await visitor.submit(await visitor.get(`/files/${file}/meetings`), fields, `/files/${file}/meetings`);
  const { ref } = await office.db
    .selectFrom('meeting')
    .select('ref')
    .orderBy('scheduled_at', 'desc')
    .executeTakeFirstOrThrow();
  return { here: `/files/${file}/meetings/${ref}`, ref };
}

const open = async (kind: string) => (await office.openTasks()).filter((one) => one === kind).length;

const stateOf = async (ref: string) =>
  (await office.db.selectFrom('meeting').select('state').where('ref', '=', ref).executeTakeFirstOrThrow())
    .state;

const contract = () => office.db.selectFrom('attendance_contract').selectAll().executeTakeFirstOrThrow();
