import type { Config } from './config/config-types.ts';
import { readSecretFile } from './config/secret-file.ts';
import { openImapInbox } from './mail/inbound/imap-inbox.ts';
import type { Inbox } from './mail/inbound/inbox.ts';

/** The mailbox that the configuration names; null where it names none. */
export function openInbox({ mailbox, environment }: Config): Inbox | null {
  if (mailbox === null) return null;
  return openImapInbox({
    ...mailbox,
    secret() {
      const { mailboxPassword, mailboxToken, mailboxTokenFile } = environment;
      if (mailboxPassword !== null) return { kind: 'password', value: mailboxPassword };
      // Whoever renews the token writes it into the same file.
      const renewed = mailboxTokenFile === null ? null : readSecretFile(mailboxTokenFile);
      return { kind: 'token', value: renewed?.kind === 'read' ? renewed.secret : (mailboxToken ?? '') };
    },
  });
}
