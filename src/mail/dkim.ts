import DKIM from 'nodemailer/lib/dkim';

/** The key with which a domain of the district vouches for its mails (RFC 6376). */
export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** RSA, as PEM. */
  readonly privateKey: string;
}

/**
 * Puts a signature (rsa-sha256, relaxed/relaxed) before a frozen mail. It names no time: the same mail gets the same
 * bytes.
 * @throws Error when the key cannot sign: a mail that should be signed must not leave without
 */
export async function signMail(raw: Buffer, key: DkimKey): Promise<Buffer> {
  const { domain: domainName, selector: keySelector, privateKey } = key;
  const signer = new DKIM({ domainName, keySelector, privateKey });
  const parts: Buffer[] = [];
  for await (const part of signer.sign(raw)) parts.push(part as Buffer);
  const signed = Buffer.concat(parts);
  const whole = signed.length > raw.length && signed.subarray(signed.length - raw.length).equals(raw);
  if (!whole || !signed.subarray(0, 15).equals(FIELD)) throw new Error('a mail could not be signed by DKIM');
  return signed;
}

const FIELD = Buffer.from('DKIM-Signature:');
