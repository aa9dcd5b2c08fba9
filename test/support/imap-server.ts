import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { testCertificate } from './test-certificate.ts';

interface StoredMail {
  readonly uid: number;
  readonly raw: Buffer;
  readonly flags: Set<string>;
}

interface Folder {
  uidValidity: number;
  nextUid: number;
  mails: StoredMail[];
}

/** `no`: the server refuses. `drop`: the connection ends before the answer. `silent`: no answer ever comes. */
export type ImapFault = 'no' | 'drop' | 'silent' | 'drop-after';

export interface ImapServer {
  readonly port: number;
  /** Every command that came, without tags and arguments, for example `UID MOVE`. */
  readonly commands: string[];
  /** Decides about each command; may be exchanged at any time. */
  fault: ((command: string) => ImapFault | null) | null;
  deliver(raw: string | Buffer, folder?: string): number;
  /** UIDs, oldest first; null where there is no such folder. */
  uids(folder?: string): number[] | null;
  flagsOf(uid: number, folder?: string): string[];
  /** The folder is made anew, as after a restored backup: every mail has another number. */
  renumber(folder?: string): void;
  stop(): Promise<void>;
}

export interface ImapServerOptions {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly tls?: 'implicit' | 'starttls' | 'none';
  /** Beyond IMAP4rev1. Default: MOVE and UIDPLUS. */
  readonly extensions?: readonly string[];
  /** Whether clients may make folders. */
  readonly mayCreate?: boolean;
}

/** As much of a real IMAP server (RFC 3501, 4315, 6851) as a client needs to read one folder, on loopback. */
export async function startImapServer(options: ImapServerOptions = {}): Promise<ImapServer> {
  const { tls = 'none' } = options;
  const folders = new Map<string, Folder>([['INBOX', newFolder(1)]]);
  const sockets = new Set<Socket>();
  const state: ServerState = { options, folders, commands: [], fault: null };
  const greet = (socket: Socket, secure: boolean) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.setNoDelay(true);
    socket.write('* OK ready\r\n');
    converse(socket, state, secure, sockets);
  };
  const server =
    tls === 'implicit'
      ? createTlsServer(testCertificate, (socket) => greet(socket, true))
      : createServer((socket) => greet(socket, false));
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const inFolder = (name = 'INBOX') => folders.get(name);
  return {
    port: (server.address() as AddressInfo).port,
    commands: state.commands,
    get fault() {
      return state.fault;
    },
    set fault(decide) {
      state.fault = decide;
    },
    deliver(raw, name = 'INBOX') {
      const folder = inFolder(name);
      if (folder === undefined) throw new Error(`the server has no folder ${name}`);
      return append(folder, Buffer.from(raw), new Set());
    },
    uids: (name) => inFolder(name)?.mails.map(({ uid }) => uid) ?? null,
    flagsOf: (uid, name) => [...(inFolder(name)?.mails.find((mail) => mail.uid === uid)?.flags ?? [])],
    renumber(name = 'INBOX') {
      const old = inFolder(name);
      if (old === undefined) return;
      const fresh = newFolder(old.uidValidity + 1);
      fresh.nextUid = 100;
      for (const { raw, flags } of old.mails) append(fresh, raw, flags);
      folders.set(name, fresh);
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface ServerState {
  readonly options: ImapServerOptions;
  readonly folders: Map<string, Folder>;
  readonly commands: string[];
  fault: ImapServer['fault'];
}

function newFolder(uidValidity: number): Folder {
  return { uidValidity, nextUid: 1, mails: [] };
}

function append(folder: Folder, raw: Buffer, flags: Set<string>): number {
  const uid = folder.nextUid;
  folder.nextUid += 1;
  folder.mails.push({ uid, raw, flags: new Set(flags) });
  return uid;
}

/** Takes one command after the other; a sign-in takes two lines. */
function converse(socket: Socket, state: ServerState, secure: boolean, sockets: Set<Socket>): void {
  const session: Session = { ...state, selected: null, signedIn: false, secure };
  let buffered = '';
  let line = '';
  socket.on('data', (chunk: Buffer) => {
    buffered += chunk.toString('latin1');
    for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
      line += buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      if (/ AUTHENTICATE [A-Z]+$/i.test(line)) {
        line += ' ';
        socket.write('+ \r\n');
        continue;
      }
      const command = line;
      line = '';
      if (answer(socket, session, state, command)) continue;
      // STARTTLS: what follows is spoken over TLS.
      socket.removeAllListeners('data');
      const safe = new TLSSocket(socket, { isServer: true, ...testCertificate });
      safe.on('error', () => {});
      sockets.add(safe);
      converse(safe, state, true, sockets);
      return;
    }
  });
}

interface Session extends Omit<ServerState, 'fault'> {
  selected: string | null;
  signedIn: boolean;
  readonly secure: boolean;
}

/** @returns false when the conversation goes on over TLS */
function answer(socket: Socket, session: Session, state: ServerState, line: string): boolean {
  const [tag = '', ...words] = line.split(' ');
  const first = (words[0] ?? '').toUpperCase();
  const command = first === 'UID' ? `UID ${(words[1] ?? '').toUpperCase()}` : first;
  const rest = words.slice(first === 'UID' ? 2 : 1).join(' ');
  state.commands.push(command);
  const fault = state.fault?.(command) ?? null;
  if (fault === 'silent') return true;
  if (fault === 'drop') {
    socket.destroy();
    return true;
  }
  if (fault === 'no') {
    socket.write(`${tag} NO not now\r\n`);
    return true;
  }
  const write = (text: string | Buffer) => {
    if (fault !== 'drop-after') socket.write(text);
  };
  const done = handlers[command]?.(session, rest, write) ?? 'BAD unknown';
  write(`${tag} ${done}\r\n`);
  if (fault === 'drop-after') socket.destroy();
  if (command === 'LOGOUT') socket.end();
  return !(command === 'STARTTLS' && done.startsWith('OK'));
}

type Handler = (session: Session, rest: string, write: (text: string | Buffer) => void) => string;

const handlers: Record<string, Handler> = {
  CAPABILITY(session, _rest, write) {
    const { tls = 'none', extensions = ['MOVE', 'UIDPLUS'] } = session.options;
    const offered =
      tls === 'starttls' && !session.secure
        ? ['STARTTLS', 'LOGINDISABLED']
        : ['AUTH=PLAIN', 'AUTH=XOAUTH2', 'SASL-IR'];
    write(`* CAPABILITY IMAP4rev1 ${[...offered, ...extensions].join(' ')}\r\n`);
    return 'OK done';
  },
  STARTTLS: () => 'OK go on',
  NOOP: () => 'OK done',
  LOGOUT(_session, _rest, write) {
    write('* BYE bye\r\n');
    return 'OK done';
  },
  LOGIN(session, rest) {
    const [user, password] = rest.split(' ').map(unquoted);
    return signIn(session, user === session.options.user && password === session.options.password);
  },
  AUTHENTICATE(session, rest) {
    const [mechanism = '', initial = ''] = rest.split(' ');
    const said = Buffer.from(initial, 'base64').toString();
    const { user, password, token } = session.options;
    return signIn(
      session,
      mechanism.toUpperCase() === 'PLAIN'
        ? said === `\0${user}\0${password}`
        : token !== undefined && said === `user=${user}\x01auth=Bearer ${token}\x01\x01`,
    );
  },
  LIST(session, rest, write) {
    const [, name = ''] = rest.split(' ').map(unquoted);
    for (const folder of session.folders.keys()) {
      if (name === '*' || name === folder) write(`* LIST () "/" "${folder}"\r\n`);
    }
    return 'OK done';
  },
  LSUB: () => 'OK done',
  STATUS(session, rest, write) {
    const name = unquoted(rest.split(' ')[0] ?? '');
    const folder = session.folders.get(name);
    if (folder === undefined) return 'NO [NONEXISTENT] no such folder';
    write(`* STATUS "${name}" (MESSAGES ${folder.mails.length})\r\n`);
    return 'OK done';
  },
  CREATE(session, rest) {
    if (session.options.mayCreate === false) return 'NO [CANNOT] not allowed';
    session.folders.set(unquoted(rest), newFolder(1));
    return 'OK done';
  },
  SELECT(session, rest, write) {
    const name = unquoted(rest.split(' ')[0] ?? '');
    const folder = session.folders.get(name);
    if (folder === undefined) return 'NO [NONEXISTENT] no such folder';
    session.selected = name;
    write('* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok\r\n');
    write(`* ${folder.mails.length} EXISTS\r\n* 0 RECENT\r\n`);
    write(`* OK [UIDVALIDITY ${folder.uidValidity}] ok\r\n* OK [UIDNEXT ${folder.nextUid}] ok\r\n`);
    return 'OK [READ-WRITE] done';
  },
  'UID SEARCH'(session, rest, write) {
    const [, from = '1'] = /UID (\d+):\*/.exec(rest) ?? [];
    const all = selected(session).mails.map(({ uid }) => uid);
    // RFC 3501: in a range with `*` the newest mail is always one.
    const found = all.filter((uid) => uid >= Number(from) || uid === all.at(-1));
    write(`* SEARCH${found.map((uid) => ` ${uid}`).join('')}\r\n`);
    return 'OK done';
  },
  'UID FETCH'(session, rest, write) {
    const [set = '', ...items] = rest.split(' ');
    const wanted = items.join(' ').toUpperCase();
    for (const [index, { uid, raw }] of selected(session).mails.entries()) {
      if (!inSet(set, uid)) continue;
      const parts = [`UID ${uid}`];
      if (wanted.includes('RFC822.SIZE')) parts.push(`RFC822.SIZE ${raw.length}`);
      const body = /BODY\.PEEK\[(HEADER)?\]/.exec(wanted);
      const bytes = body?.[1] === undefined ? raw : raw.subarray(0, raw.indexOf('\r\n\r\n') + 4);
      if (body !== null) parts.push(`BODY[${body[1] ?? ''}] {${bytes.length}}\r\n`);
      write(`* ${index + 1} FETCH (${parts.join(' ')}`);
      if (body !== null) write(bytes);
      write(')\r\n');
    }
    return 'OK done';
  },
  'UID STORE'(session, rest) {
    const set = rest.split(' ')[0] ?? '';
    const flags = /\(([^)]*)\)/.exec(rest)?.[1]?.split(' ') ?? [];
    for (const mail of selected(session).mails.filter(({ uid }) => inSet(set, uid))) {
      for (const flag of flags) mail.flags.add(flag);
    }
    return 'OK done';
  },
  'UID MOVE'(session, rest, write) {
    const moved = copy(session, rest);
    if (moved === null) return 'NO [TRYCREATE] no such folder';
    expunge(session, moved, write);
    return 'OK done';
  },
  'UID COPY': (session, rest) => (copy(session, rest) === null ? 'NO [TRYCREATE] no such folder' : 'OK done'),
  'UID EXPUNGE'(session, rest, write) {
    const gone = selected(session).mails.filter(
      ({ uid, flags }) => inSet(rest, uid) && flags.has('\\Deleted'),
    );
    expunge(session, gone, write);
    return 'OK done';
  },
  EXPUNGE(session, _rest, write) {
    expunge(
      session,
      selected(session).mails.filter(({ flags }) => flags.has('\\Deleted')),
      write,
    );
    return 'OK done';
  },
};

function signIn(session: Session, known: boolean): string {
  if (!known) return 'NO [AUTHENTICATIONFAILED] no';
  session.signedIn = true;
  return 'OK done';
}

function selected(session: Session): Folder {
  const folder = session.selected === null ? undefined : session.folders.get(session.selected);
  if (folder === undefined || !session.signedIn) throw new Error('no folder is selected');
  return folder;
}

function copy(session: Session, rest: string): StoredMail[] | null {
  const [set = '', name = ''] = rest.split(' ');
  const target = session.folders.get(unquoted(name));
  if (target === undefined) return null;
  const chosen = selected(session).mails.filter(({ uid }) => inSet(set, uid));
  for (const { raw, flags } of chosen) append(target, raw, flags);
  return chosen;
}

function expunge(session: Session, gone: readonly StoredMail[], write: (text: string) => void): void {
  const folder = selected(session);
  for (const mail of gone) {
    write(`* ${folder.mails.indexOf(mail) + 1} EXPUNGE\r\n`);
    folder.mails = folder.mails.filter((one) => one !== mail);
  }
}

function inSet(set: string, uid: number): boolean {
  return set.split(',').some((part) => {
    const [from = '', to = from] = part.split(':');
    return uid >= Number(from) && (to === '*' || uid <= Number(to));
  });
}

function unquoted(word: string): string {
  return word.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1');
}
