import { describe, expect, test } from '@jest/globals';
import { openSmtpTransport } from '../../src/mail/smtp-transport.ts';
import { parseSmtpUrl } from '../../src/mail/smtp-url.ts';

describe('an SMTP URL', () => {
  test.each([
    ['smtp://mail.example.org', { host: 'mail.example.org', port: 587, tls: 'required', signIn: null }],
    ['smtp://mail.example.org:25', { port: 25, tls: 'required' }],
    ['smtps://mail.example.org', { port: 465, tls: 'implicit' }],
    ['smtp://10.0.0.5:25', { tls: 'required' }],
    ['smtp://localhost.example.org:25', { tls: 'required' }],
    ['smtp://127.0.0.1.example.org:25', { tls: 'required' }],
    ['smtp://localhost:25', { tls: 'none' }],
    ['smtp://LOCALHOST:25', { tls: 'none' }],
    ['smtp://127.0.0.1:25', { tls: 'none' }],
    ['smtp://[::1]:25', { host: '::1', tls: 'none' }],
    ['smtp://localhost:25?tls=required', { tls: 'required' }],
    ['smtp://a%40b.org:p%23%2F@mail.example.org/', { signIn: { user: 'a@b.org', password: 'p#/' } }],
    [
      'smtps://mail.example.org?auth=login&name=rollcall.example.org&connections=5',
      { authMethod: 'LOGIN', name: 'rollcall.example.org', connections: 5 },
    ],
  ])('%s', (url, expected) => {
    expect(parseSmtpUrl(url)).toMatchObject(expected);
  });

  test.each([
    ['mail.example.org', 'it is no URL'],
    ['http://mail.example.org', 'expected smtp:// or smtps://'],
    ['smtp://', 'names no host'],
    ['smtp://user@mail.example.org', 'user without a password'],
    ['smtp://user:s3cret%@mail.example.org', 'its password is not percent-encoded'],
    ['smtp://user:s3cret@mail.example.org/inbox', 'has a path'],
    ['smtp://user:s3#cret@mail.example.org', 'it'],
    ['smtp://user:s3cret@mail.example.org?rejectUnauthorized=false', 'unknown option'],
    ['smtp://user:s3cret@mail.example.org?tls=none', 'option "tls" does not fit, expected "required"'],
    ['smtp://user:s3cret@mail.example.org?connections=0', 'expected a number from 1 to 20'],
    ['smtp://mail.example.org?name=a%0d%0ab', 'expected a host name'],
  ])('%s is refused: %s', (url, message) => {
    const refused = () => parseSmtpUrl(url);
    expect(refused).toThrow(RangeError);
    expect(refused).toThrow(message);
    expect(refused).not.toThrow(/s3|cret/);
  });

  test('is described without its user and password', () => {
    const transport = openSmtpTransport({ url: 'smtp://apikey:s3cret@mail.example.org' });
    expect(transport.description).toBe('mail server mail.example.org:587 (STARTTLS required, with sign-in)');
  });
});
