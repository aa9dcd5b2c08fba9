/**
 * Whether a text is exactly one plain address (`local@domain`), safe to stand in an SMTP command or a header. Stricter
 * than RFC 5321: ASCII only, a dot-atom before the @ and a host name with a dot, or `localhost`, after it. Quoted local
 * parts, comments, literals and lists, which parsers read in different ways, are out.
 */
export function isPlainAddress(text: string): boolean {
  if (text.length > 254) return false;
  const at = text.indexOf('@');
  const domain = text.slice(at + 1);
  return (
    at > 0 &&
    at <= 64 &&
    DOT_ATOM.test(text.slice(0, at)) &&
    HOST_NAME.test(domain) &&
    (domain.includes('.') || domain === 'localhost')
  );
}

/** The reason why an envelope must not reach a server, or null when it may. */
export function envelopeFault(envelope: { readonly from: string; readonly to: string }): string | null {
  if (!isPlainAddress(envelope.from)) return 'bad-return-path';
  if (!isPlainAddress(envelope.to)) return 'bad-recipient';
  return null;
}

const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const HOST_NAME =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
