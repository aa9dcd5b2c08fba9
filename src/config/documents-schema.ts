import { z } from 'zod';

/** `host:port`, or the path of a Unix socket. */
const SCANNER = /^(?:\/[^\0]+|([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\]):([0-9]{1,5}))$/;

/** What people bring into the attendance files. */
export const documentsSchema = z.strictObject({
  maxMegabytes: z.int().min(1).max(100).default(15).describe('A larger file is not taken.'),
  maxPages: z.int().min(1).max(1_000).default(200).describe('A PDF with more pages is not taken.'),
  clamav: z
    .string()
    .trim()
    .regex(SCANNER, {
      error: 'the path of a socket such as /run/clamav/clamd.ctl, or host:port such as 127.0.0.1:3310',
    })
    .optional()
    .describe(
      'Where ClamAV’s clamd listens: path of its socket, or `host:port`. It speaks no TLS: this machine, or a network of yours. It looks at every file, and while it is away none is taken. Not set: nobody looks.',
    ),
});

/** Where the virus scanner is, as `clamav` says. */
export function scannerAt(
  clamav: string | undefined,
): { readonly socket: string } | { readonly host: string; readonly port: number } | null {
  if (clamav === undefined) return null;
  const [, host, port] = SCANNER.exec(clamav) ?? [];
  if (host === undefined || port === undefined) return { socket: clamav };
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
