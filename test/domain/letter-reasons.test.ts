import { expect, test } from '@jest/globals';
import { letterReasonInWords } from '../../src/domain/letter-reasons.ts';

test.each([
  ['count-fell', 'a correction brought the count below the step'],
  ['missing-glyph', 'a name or an address has a character that cannot be printed'],
  ['too-many-attempts', 'it failed again and again'],
  ['rcpt-550', 'the mail server answered 550'],
  ['message-452', 'the mail server answered 452'],
  ['connection-econnrefused', 'the mail server could not be reached'],
  ['connection-lost', 'the connection to the mail server broke off'],
  ['connection-lost-econnreset', 'the connection to the mail server broke off'],
  ['tls-cert_has_expired', 'there was no secure connection to the mail server'],
  ['outbox-enospc', 'the outbox folder could not be written to'],
  ['failed', 'something on the way to the mail server went wrong'],
])('%s', (reason, words) => {
  expect(letterReasonInWords(reason)).toBe(words);
});
