import type { ImapFlow, ImapFlowError, ImapFlowOptions } from 'imapflow';
import {
  type FetchedMail,
  type Inbox,
  InboxError,
  type InboxTrouble,
  LARGEST_MAIL,
  type OpenInbox,
} from './inbox.ts';

export interface ImapSecret {
  readonly kind: 'password' | 'token';
  readonly value: string;
}

export interface ImapAccount {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly user: string;
  /** Asked for at each sign-in: a token does not live long. */
  readonly secret: () => ImapSecret | Promise<ImapSecret>;
  readonly folder: string;
  readonly processedFolder: string | null;
  /** Certificates to trust instead of the system's, as PEM. */
  readonly ca?: string;
  /** For each wait: connection, greeting, silence. Default: one minute. */
  readonly waitMs?: number;
}

export function openImapInbox(account: ImapAccount): Inbox {
  const description = `mailbox ${account.user} on ${account.host}:${account.port}, folder ${account.folder}`;
  return {
    description,
    key: `${account.user}@${account.host}:${account.port}/${account.folder}`,
    open: () => open(account),
    async verify() {
      try {
        const inbox = await open(account);
        await inbox.close();
        return { ok: true };
      } catch (error) {
        return { ok: false, finding: `${description}: ${findings[asInboxError(error).code]}` };
      }
    },
  };
}

async function open(account: ImapAccount): Promise<OpenInbox> {
  const imapflow = await import('imapflow');
  const client = new imapflow.ImapFlow(await optionsOf(account));
  // Why a connection broke is told by an event; the command under way only learns that it did.
  let broken: Error | null = null;
  client.on('error', (error: Error) => {
    broken ??= error;
  });
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw asInboxError(error instanceof InboxError ? error : (broken ?? error));
    }
  };
  // A server that drips is never silent.
  const deadline = setTimeout(() => client.close(), LONGEST_SESSION_MS).unref();
  client.on('close', () => clearTimeout(deadline));
  try {
    await client.connect();
    if (account.tls !== 'none' && !client.secureConnection) throw new InboxError('tls');
    const processed = account.processedFolder;
    if (processed !== null && !(await hasFolder(client, processed))) await makeFolder(client, processed);
    return await select(client, account, guarded);
  } catch (error) {
    client.close();
    throw asInboxError(error instanceof InboxError ? error : (broken ?? error));
  }
}

const LONGEST_SESSION_MS = 10 * 60_000;

type Guarded = <T>(act: () => Promise<T>) => Promise<T>;

async function select(client: ImapFlow, account: ImapAccount, guarded: Guarded): Promise<OpenInbox> {
  const folder = await client.mailboxOpen(account.folder).catch((error: unknown) => {
    throw isRefusal(error) ? new InboxError('folder-missing', { cause: error }) : error;
  });
  return {
    uidValidity: folder.uidValidity.toString(),
    listAfter: (uid, since) =>
      guarded(async () => {
        const found = await client.search(
          { uid: `${uid + 1}:*`, ...(since !== null && { since }) },
          { uid: true },
        );
        if (!Array.isArray(found)) throw new InboxError(client.usable ? 'protocol' : 'connection');
        // `*` is the newest mail, also where it lies before the beginning of the range.
        return found.filter((one) => one > uid).sort((a, b) => a - b);
      }),
    fetch: (uid) => guarded(() => fetchMail(client, uid)),
    fileAway: (uids) => guarded(() => fileAway(client, account.processedFolder, uids)),
    async close() {
      await client.logout().catch(() => client.close());
    },
  };
}

async function fetchMail(client: ImapFlow, uid: number): Promise<FetchedMail | null> {
  const known = await client.fetchOne(String(uid), { uid: true, size: true }, { uid: true });
  if (known === false || known === undefined) return goneFrom(client);
  const whole = (known.size ?? 0) <= LARGEST_MAIL;
  const got = await client.fetchOne(String(uid), whole ? { source: true } : { headers: true }, { uid: true });
  const raw = got === false || got === undefined ? undefined : whole ? got.source : got.headers;
  return raw === undefined ? goneFrom(client) : { raw: Buffer.from(raw), whole };
}

/** Nothing came: the mail is gone, unless it is the connection that is. */
function goneFrom(client: ImapFlow): null {
  if (!client.usable) throw new InboxError('connection');
  return null;
}

/** Without MOVE or UIDPLUS a move would expunge what other people have marked as deleted: then nothing is moved. */
async function fileAway(
  client: ImapFlow,
  processed: string | null,
  uids: readonly number[],
): Promise<boolean> {
  if (uids.length === 0) return true;
  const range = [...uids].sort((a, b) => a - b).join(',');
  const mayMove = client.capabilities.has('MOVE') || client.capabilities.has('UIDPLUS');
  const marked = await client.messageFlagsAdd(range, ['\\Seen'], { uid: true });
  if (processed === null || !mayMove) return marked;
  return (await client.messageMove(range, processed, { uid: true })) !== false;
}

async function hasFolder(client: ImapFlow, path: string): Promise<boolean> {
  return (
    (await client.status(path, { messages: true }).catch((error: unknown) => {
      if (isRefusal(error)) return false;
      throw error;
    })) !== false
  );
}

async function makeFolder(client: ImapFlow, path: string): Promise<void> {
  await client.mailboxCreate(path).catch((error: unknown) => {
    throw isRefusal(error) ? new InboxError('processed-folder-missing', { cause: error }) : error;
  });
}

async function optionsOf(account: ImapAccount): Promise<ImapFlowOptions> {
  const { host, port, tls, user, secret, ca, waitMs = 60_000 } = account;
  const { kind, value } = await secret();
  return {
    host,
    port,
    secure: tls === 'implicit',
    doSTARTTLS: tls === 'starttls',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
    auth: kind === 'password' ? { user, pass: value } : { user, accessToken: value },
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    clientInfo: { name: 'Rollcall' },
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
    maxLineLength: 1024 * 1024,
    maxLiteralSize: LARGEST_MAIL + 1024,
    maxResponseSize: LARGEST_MAIL + 2 * 1024 * 1024,
    maxResponseTokens: 200_000,
  };
}

/** The server has answered NO or BAD: the connection is well, and it will not do it. */
function isRefusal(error: unknown): boolean {
  const { responseStatus, code } = error as { responseStatus?: unknown; code?: unknown };
  return responseStatus === 'NO' || responseStatus === 'BAD' || code === 'NotFound';
}

function asInboxError(error: unknown): InboxError {
  if (error instanceof InboxError) return error;
  const { code, authenticationFailed, tlsFailed } = error as Partial<ImapFlowError>;
  if (tlsFailed === true) return new InboxError('tls', { cause: error });
  if (authenticationFailed === true) return new InboxError('sign-in', { cause: error });
  return new InboxError(typeof code === 'string' ? troubleOf(code) : 'protocol', { cause: error });
}

function troubleOf(code: string): InboxTrouble {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name-lookup';
  if (/TIMEOUT|TIMEDOUT|LockTimeout/i.test(code)) return 'timed-out';
  if (/TLS|CERT|SSL|SELF_SIGNED|UNABLE_TO|EPROTO/.test(code)) return 'tls';
  if (/^(?:NoConnection|EConnectionClosed|ClosedAfterConnectText|StateLogout)$/.test(code))
    return 'connection';
  return /^E[A-Z]+$/.test(code) ? 'connection' : 'protocol';
}

const findings: Readonly<Record<InboxTrouble, string>> = {
  'name-lookup': 'its name cannot be resolved',
  connection: 'no usable connection',
  'timed-out': 'it does not answer in time',
  tls: 'no secure connection',
  'sign-in': 'it does not sign us in',
  'folder-missing': 'it has no such folder, or we may not open it',
  'processed-folder-missing': 'the folder for mails that were dealt with is missing and cannot be made',
  protocol: 'it does not speak IMAP as expected',
};
