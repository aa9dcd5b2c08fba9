/**
 * A reply may quote anything the server likes, and often the address, which is other people's business: it is kept cut,
 * on one line, without control characters and addresses.
 */
export function cleanReply(reply: string): string {
  return reply
    .slice(0, 2000)
    .replace(NOISE, ' ')
    .replace(ADDRESS, '…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_KEPT);
}

/**
 * The code of a complete reply: three digits, the same on each of its lines. Anything else has no code.
 * @returns 200 to 599, or null
 */
export function replyCode(reply: string | undefined): number | null {
  const lines = (reply ?? '').split('\n');
  const codes = new Set(lines.map((line) => /^([2-5]\d\d)(?:[ -]|$)/.exec(line)?.[1] ?? ''));
  const [code] = codes;
  return codes.size === 1 && code !== undefined && code !== '' ? Number(code) : null;
}

/** The id under which the server keeps the mail, where its reply has the form of a known server. */
export function serverIdOf(reply: string): string | null {
  for (const form of ID_FORMS) {
    const id = form.exec(reply)?.[1];
    if (id !== undefined) return id;
  }
  return null;
}

const LONGEST_KEPT = 300;
const NOISE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** Whatever looks like one, also where it is no address by the rules. */
const ADDRESS = /<?[^\s<>@"':;,()]{1,100}@[^\s<>@"':;,()]{1,190}>?/g;
const ID_FORMS = [
  /\bqueued as ([A-Za-z0-9.-]{4,80})\b/, // Postfix
  /\bOK id=([A-Za-z0-9-]{6,80})\b/, // Exim
  /^250 2\.0\.0 OK (<[^<>\s]{4,200}>)/i, // Microsoft 365
  /^250 2\.0\.0 OK +\d+ (\S{8,80}) - gsmtp/i, // Google
  /^250 Ok ([0-9a-f]+(?:-[0-9a-f]+)+)$/i, // Amazon SES
];
