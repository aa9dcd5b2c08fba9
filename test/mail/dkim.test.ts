import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { signMail } from '../../src/mail/dkim.ts';
import { buildMessage } from '../../src/mail/message.ts';
import { aMessage } from './mails.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = {
  domain: 'example.org',
  selector: 'rollcall1',
  privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
};

/** Works a relaxed/relaxed signature out anew, from RFC 6376 alone. */
function signatureHolds(mail: Buffer): boolean {
  const text = mail.toString('latin1');
  const at = text.indexOf('\r\n\r\n');
  const fields = text.slice(0, at).split(/\r\n(?![ \t])/);
  const relaxed = (field: string) => {
    const colon = field.indexOf(':');
    const value = field
      .slice(colon + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim();
    return `${field.slice(0, colon).toLowerCase().trim()}:${value}`;
  };
  const signature = fields.find((field) => /^dkim-signature:/i.test(field)) ?? '';
  const tags = Object.fromEntries(
    signature
      .slice(signature.indexOf(':') + 1)
      .replace(/\s+/g, '')
      .split(';')
      .filter((tag) => tag !== '')
      .map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]),
  );
  const body = text
    .slice(at + 4)
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
    .join('\r\n')
    .replace(/(\r\n)+$/, '');
  const bodyHash = createHash('sha256')
    .update(body === '' ? '' : `${body}\r\n`, 'latin1')
    .digest('base64');
  const named = (tags.h ?? '').split(':');
  const headers = named.map((name) =>
    relaxed(fields.findLast((field) => field.toLowerCase().startsWith(`${name}:`)) ?? ''),
  );
  const unsigned = relaxed(signature).replace(/([;: ]b=)[^;]*/, '$1');
  const verify = createVerify('RSA-SHA256').update(`${headers.join('\r\n')}\r\n${unsigned}`, 'latin1');
  return (
    tags.d === 'example.org' &&
    tags.s === 'rollcall1' &&
    ['from', 'to', 'subject', 'date', 'message-id'].every((name) => named.includes(name)) &&
    tags.bh === bodyHash &&
    verify.verify(publicKey, tags.b ?? '', 'base64')
  );
}

describe('a signed mail', () => {
  test('carries a signature that holds, before the bytes as they were', async () => {
    const raw = await buildMessage(aMessage());
    const signed = await buildMessage(aMessage(), key);
    expect(signed.subarray(signed.length - raw.length).equals(raw)).toBe(true);
    expect(signatureHolds(signed)).toBe(true);
  });

  test('has the same bytes each time', async () => {
    expect((await buildMessage(aMessage(), key)).equals(await buildMessage(aMessage(), key))).toBe(true);
  });

  test.each([
    ['the subject', /A letter from/, 'B letter from'],
    ['the recipient', /families\.test/, 'families.best'],
    ['the text', /Dear family/, 'Dear famine'],
  ])('does not hold once %s is another', async (_, from, to) => {
    const signed = await buildMessage(aMessage(), key);
    const altered = Buffer.from(signed.toString('latin1').replace(from, to), 'latin1');
    expect(altered.equals(signed)).toBe(false);
    expect(signatureHolds(altered)).toBe(false);
  });

  test('never leaves unsigned where the key does not fit', async () => {
    const raw = await buildMessage(aMessage());
    await expect(signMail(raw, { ...key, privateKey: 'no key' })).rejects.toThrow('could not be signed');
  });
});
