import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed: a sentence on top of the next page, or a sign-in under way at the identity provider. */
export type SignedFor = 'notice' | 'oidc';

/** What the pages derive from the installation's own key: nothing of it has to be stored. */
export interface PageSecrets {
  /** The CSRF token of a session, or of a visitor who has not signed in. */
  csrfOf(token: string): string;
  isCsrfOf(token: string, given: string): boolean;
  /** A code as it is kept: six digits are found by trying, unless the key is known. */
  codeHash(signInToken: string, code: string): Buffer;
  /** Text that comes back from a browser as it went there, for this purpose and no other. */
  signed(purpose: SignedFor, text: string): string;
  /** @returns null: it is not what was signed for this purpose */
  unsigned(purpose: SignedFor, text: string): string | null;
}

/** @param before the key before that one: what a browser still has from then is taken; null: none */
export function createPageSecrets(secretKey: string, before: string | null = null): PageSecrets {
  const hmacWith = (key: string, purpose: string, text: string) =>
    createHmac('sha256', key).update(`rollcall pages ${purpose}\0`).update(text).digest();
  const hmac = (purpose: string, text: string) => hmacWith(secretKey, purpose, text);
  const csrfOf = (token: string) => hmac('csrf', token).toString('base64url');
  /** With either key. */
  const isMarkOf = (purpose: string, text: string, given: string) =>
    same(hmac(purpose, text).toString('base64url'), given) ||
    (before !== null && same(hmacWith(before, purpose, text).toString('base64url'), given));
  return {
    csrfOf,
    isCsrfOf: (token, given) => isMarkOf('csrf', token, given),
    codeHash: (token, code) => hmac('code', `${token}\0${code}`),
    signed: (purpose, text) =>
      `${Buffer.from(text).toString('base64url')}.${hmac(purpose, text).toString('base64url')}`,
    unsigned(purpose, text) {
      const [body = '', mark = ''] = text.split('.');
      const plain = Buffer.from(body, 'base64url').toString();
      return isMarkOf(purpose, plain, mark) ? plain : null;
    },
  };
}

function same(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
