import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sendLetter } from '../../jobs/send-letter.ts';
import { sendStaffMail } from '../../jobs/send-staff-mail.ts';
import { listJobs } from '../../src/queue/define-job.ts';
import { runJob } from '../../src/queue/run-job.ts';
import { type Office, openOffice } from '../support/office.ts';
import { weekdaysFrom } from '../support/sis-records.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

test('while the session that owns claims is lost, mails wait and use up no attempt, the last one neither', async () => {
  office.absent(weekdaysFrom('2026-08-31', 5).concat(weekdaysFrom('2026-09-08', 2)));
  office.at('2026-09-21');
  await office.sync();
  await office.workOnce('evaluate-students');
  await office.workOnce('prepare-letter');
  // Until it has been weighed once more the brakes keep it back.
  await office.workOnce('none');
  await office.digests();
  const letter = await office.db.selectFrom('letter').select('id').executeTakeFirstOrThrow();
  const mail = await office.db.selectFrom('staff_mail').select('id').executeTakeFirstOrThrow();
  const list = listJobs([sendLetter, sendStaffMail]);
  const lost = () => {
    throw new Error('the session is lost');
  };
  for (const [job, data] of [
    [sendLetter, { letterId: letter.id }],
    [sendStaffMail, { mailId: mail.id }],
  ] as const) {
    const taken = { name: job.name, data, attempt: job.attempts };
    expect(await runJob(list, { ...office.jobs, owner: lost }, taken)).toMatchObject({ kind: 'later' });
    expect(await runJob(list, office.jobs, taken)).toEqual({ kind: 'done' });
  }
  expect(office.sink.delivered).toHaveLength(2);
});
