import { describe, expect, test } from '@jest/globals';
import { isNoMailbox, syntacticAddress, usableAddress } from '../../src/domain/email-address.ts';

const LONGEST_LOCAL = 'a'.repeat(64);
const DOMAIN_OF_189 = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.school`;

describe('a usable address', () => {
  test.each([
    'maria.lopez@example.org',
    'm@example.org',
    "o'brien-sanchez@example.org",
    'maria+school@mail.example.co.uk',
    'MARIA@EXAMPLE.ORG',
    '4711@example.org',
    'maria@xn--bcher-kva.example',
    'information@example.org',
    'officer@example.org',
    `${LONGEST_LOCAL}@example.org`,
    `${LONGEST_LOCAL}@${DOMAIN_OF_189}`,
  ])('%s', (address) => {
    expect(usableAddress(address)).toEqual({ kind: 'usable', address });
  });

  test('is trimmed', () => {
    expect(usableAddress(' maria@example.org\t')).toEqual({ kind: 'usable', address: 'maria@example.org' });
  });
});

describe('an address that may not stand in an envelope', () => {
  test.each([
    [null, 'missing'],
    ['', 'missing'],
    ['   ', 'missing'],
    ['maria', 'malformed'],
    ['maria@', 'malformed'],
    ['@example.org', 'malformed'],
    ['maria@localhost', 'malformed'],
    ['maria@example.', 'malformed'],
    ['maria@example..org', 'malformed'],
    ['maria@-example.org', 'malformed'],
    ['maria@192.168.1.1', 'malformed'],
    ['maria@[192.168.1.1]', 'malformed'],
    ['.maria@example.org', 'malformed'],
    ['maria.@example.org', 'malformed'],
    ['maria..lopez@example.org', 'malformed'],
    ['maria lopez@example.org', 'malformed'],
    ['"maria lopez"@example.org', 'malformed'],
    ['maria(mom)@example.org', 'malformed'],
    ['Maria <maria@example.org>', 'malformed'],
    ['maría@example.org', 'malformed'],
    ['maria@bücher.example', 'malformed'],
    ['maria@example.org\r\nBcc: x', 'malformed'],
    ['maria@example.org\nx', 'malformed'],
    [`a${LONGEST_LOCAL}@example.org`, 'malformed'],
    [`${LONGEST_LOCAL}@d${DOMAIN_OF_189}.org`, 'malformed'],
    ['maria@example.org, jose@example.org', 'several'],
    ['maria@example.org;jose@example.org', 'several'],
    ['maria@example.org jose@example.org', 'several'],
    ['maria@home@example.org', 'several'],
    ['maria@example.org;', 'several'],
    ['office@example.org', 'role-box'],
    ['Info@example.org', 'role-box'],
    ['noreply@example.org', 'role-box'],
    ['none@example.org', 'role-box'],
    ['info+lopez@example.org', 'role-box'],
  ])('%j: %s', (text, reason) => {
    expect(usableAddress(text)).toEqual({ kind: 'unusable', reason });
  });
});

describe('an address of the district itself', () => {
  test('may be a role box', () => {
    expect(syntacticAddress('office@example.org')).toEqual({ kind: 'usable', address: 'office@example.org' });
  });

  test.each([
    [null, 'missing'],
    ['office', 'malformed'],
    ['office@example.org,info@example.org', 'several'],
  ])('%j is still %s', (text, reason) => {
    expect(syntacticAddress(text)).toEqual({ kind: 'unusable', reason });
  });
});

test.each([
  ['5.1.1', true],
  ['5.1.10', true],
  ['5.2.1', true],
  ['5.1.8', false],
  ['5.2.2', false],
  ['5.7.1', false],
  ['4.1.1', false],
])('%s says that there is no such mailbox: %s', (status, isNone) => {
  expect(isNoMailbox(status)).toBe(isNone);
});
