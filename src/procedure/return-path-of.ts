import { verpAddress } from '../mail/message-id.ts';
import { sealedReference } from '../mail/return-path.ts';
import type { Letterbox } from './letterbox.ts';

/** Where mail servers send back a mail: with a return path configured, an address of the mail's own. */
export function returnPathOf({ config, secretKey }: Letterbox, ref: string): string {
  const { from, returnPath } = config.mail;
  return returnPath === null ? from.address : verpAddress(returnPath, sealedReference(secretKey, ref));
}
