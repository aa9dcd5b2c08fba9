import type { Config } from '../config/config-types.ts';
import { readSecretFile } from '../config/secret-file.ts';
import { openImapInbox } from '../mail/inbound/imap-inbox.ts';
import type { Inbox } from '../mail/inbound/inbox.ts';
import { createMailTokens } from '../mail/oauth-token.ts';
import { mailTokenRequest } from './mail-token-request.ts';

/** The mailbox that the configuration names; null where it names none. */
export function openInbox(config: Config): Inbox | null {
  const { mailbox, environment } = config;
  if (mailbox === null) return null;
  const request = mailTokenRequest(config);
  const tokens = request === null ? null : createMailTokens(request);
  return openImapInbox({
    ...mailbox,
    async secret() {
      const { mailboxPassword, mailboxToken, mailboxTokenFile } = environment;
      if (mailboxPassword !== null) return { kind: 'password', value: mailboxPassword };
      if (mailboxToken === null && tokens !== null) return { kind: 'token', value: await tokens.get() };
      // Whoever renews the token writes it into the same file.
      const renewed = mailboxTokenFile === null ? null : readSecretFile(mailboxTokenFile);
      return { kind: 'token', value: renewed?.kind === 'read' ? renewed.secret : (mailboxToken ?? '') };
    },
  });
}
