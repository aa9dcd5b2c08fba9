import { createHmac } from 'node:crypto';
import { isPlainAddress } from './envelope.ts';

/**
 * The Message-ID of a record: the same for every attempt, unguessable for others, and without any of the id.
 * @param domain the district's mail domain, for example `mail.example.org`
 */
export function messageId(secret: string, id: string, domain: string): string {
  if (secret.length < 16) throw new RangeError('the secret of the Message-IDs needs at least 16 characters');
  const local = createHmac('sha256', secret).update(`message-id:${id}`).digest('hex').slice(0, 40);
  if (!isPlainAddress(`${local}@${domain}`)) throw new RangeError('the Message-ID domain is not a host name');
  return `<${local}@${domain}>`;
}

/**
 * A return path of its own for each mail (VERP), so that a bounce names the mail it is about:
 * `verpAddress('bounces@example.org', 'L-7F3K-2Q9M')` is `bounces+L-7F3K-2Q9M@example.org`.
 * @throws RangeError when the base is no plain address, or the token does not fit into one
 */
export function verpAddress(base: string, token: string): string {
  const at = base.lastIndexOf('@');
  const address = `${base.slice(0, at)}+${token}${base.slice(at)}`;
  if (!isPlainAddress(base)) throw new RangeError('the return path is not a plain address');
  if (!/^[A-Za-z0-9-]+$/.test(token) || !isPlainAddress(address)) {
    throw new RangeError('the token does not fit into the return path');
  }
  return address;
}
