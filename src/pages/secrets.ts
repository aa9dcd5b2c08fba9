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

export function createPageSecrets(secretKey: string): PageSecrets {
  const hmac = (purpose: string, text: string) =>
    createHmac('sha256', secretKey).update(`rollcall pages ${purpose}\0`).update(text).digest();
  const csrfOf = (token: string) => hmac('csrf', token).toString('base64url');
  return {
    csrfOf,
    isCsrfOf: (token, given) => same(csrfOf(token), given),
    codeHash: (token, code) => hmac('code', `${token}\0${code}`),
    signed: (purpose, text) =>
      `${Buffer.from(text).toString('base64url')}.${hmac(purpose, text).toString('base64url')}`,
    unsigned(purpose, text) {
      const [body = '', mark = ''] = text.split('.');
      const plain = Buffer.from(body, 'base64url').toString();
      return same(hmac(purpose, plain).toString('base64url'), mark) ? plain : null;
    },
  };
}

function same(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
