import { syntacticAddress } from '../domain/email-address.ts';

/**
 * Whether a text is exactly one plain address, with nothing before or after it: safe to stand in an SMTP command or a
 * header as it is. Checked here once more, at the last place before a parser that can be led astray.
 */
export function isPlainAddress(text: string): boolean {
  const verdict = syntacticAddress(text);
  return verdict.kind === 'usable' && verdict.address === text;
}

/** The reason why an envelope must not reach a server, or null when it may. */
export function envelopeFault(envelope: {
  readonly from: string;
  readonly to: string;
}): 'bad-return-path' | 'bad-recipient' | null {
  if (!isPlainAddress(envelope.from)) return 'bad-return-path';
  if (!isPlainAddress(envelope.to)) return 'bad-recipient';
  return null;
}
