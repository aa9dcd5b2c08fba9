import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { readDocument } from '../../src/store/documents.ts';
import { eximAvailable, startExim } from '../support/exim.ts';
import { type Office, openOffice } from '../support/office.ts';
import { aGuardian, linkTo, weekdaysFrom } from '../support/sis-records.ts';
import { testCertificate } from '../support/test-certificate.ts';

const running: (() => Promise<unknown>)[] = [];
let office: Office;
beforeEach(async () => {
  office = await openOffice();
  running.push(() => office.close());
  office.absent(weekdaysFrom('2026-09-08', 7));
});
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

(eximAvailable() ? describe : describe.skip)('a real mail server', () => {
  test('takes a letter over STARTTLS and delivers it as it was frozen; a mailbox it does not know gets paper', async () => {
    const exim = await startExim({ localPart: 'mum', domain: 'family.example.org' });
    running.push(exim.stop);
    const transport = openSmtpTransport({ url: exim.url, ca: testCertificate.cert });
    running.push(() => transport.close());
    Object.assign(office.jobs, { submit: transport.submit });
    office.sis.guardians.push(aGuardian('dad', { links: [linkTo('ada')] }));

    expect(await transport.verify()).toEqual({ ok: true });
    await office.day('2026-09-21');

    const letters = await office.db
      .selectFrom('letter')
      .select([
        'state',
        'channel',
        'channel_reason',
        'reply',
        'envelope_from',
        'envelope_to',
        'message_document_id',
      ])
      .orderBy('envelope_to', 'desc')
      .execute();
    expect(letters).toMatchObject([
      { state: 'sent', channel: 'email', reply: expect.stringMatching(/^250 OK id=/) },
      { state: 'printed', channel: 'paper', channel_reason: 'address-refused' },
    ]);
    const [mail] = await exim.mailbox(1);
    const text = mail?.toString('latin1') ?? '';
    const frozen = await readDocument(office.db, letters[0]?.message_document_id ?? '');
    const asStored = frozen.bytes.toString('latin1').replaceAll('\r\n', '\n');
    expect(text.endsWith(asStored)).toBe(true);
    const added = text.slice(0, text.length - asStored.length);
    expect(added).toContain(`Return-path: <${letters[0]?.envelope_from}>\n`);
    expect(added).toContain(`Envelope-to: ${letters[0]?.envelope_to}\n`);
  });
});
