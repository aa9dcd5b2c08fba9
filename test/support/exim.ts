import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';
import { testCertificate } from './test-certificate.ts';

/** A mail server as districts run it, with one mailbox. */
export interface TestExim {
  /** STARTTLS is required; trust `testCertificate.cert`. */
  readonly url: string;
  /** Resolves with the next mails of the mailbox once there are so many. */
  mailbox(count: number): Promise<Buffer[]>;
  stop(): Promise<void>;
}

/** As for Redis: left out with a word where it is not installed, and an error where everything must be proved. */
export function eximAvailable(): boolean {
  const found = spawnSync('exim4', ['-bV']).status === 0;
  if (!found && process.env.CI)
    throw new Error('exim4 is not installed, but CI is set: nothing may be left out.');
  if (!found)
    process.stderr.write('Left out: tests on a real mail server, because exim4 is not installed.\n');
  return found;
}

/** Starts Debian's Exim on a free loopback port, with a folder of its own, and nothing of the machine's configuration. */
export async function startExim(box: {
  readonly localPart: string;
  readonly domain: string;
}): Promise<TestExim> {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-exim-'));
  const port = await freePort();
  for (const folder of ['spool', 'log', 'box', 'box/new', 'box/cur', 'box/tmp'])
    await mkdir(join(dir, folder));
  await writeFile(join(dir, 'cert.pem'), testCertificate.cert);
  await writeFile(join(dir, 'key.pem'), testCertificate.key);
  await writeFile(join(dir, 'exim.conf'), configuration(dir, port, box), { mode: 0o644 });
  // Started as root it goes on as an account of its own, which must get here.
  await chmod(dir, 0o711);
  const isRoot = process.getuid?.() === 0;
  if (isRoot)
    spawnSync('chown', [
      '-R',
      'Debian-exim',
      ...['spool', 'log', 'box', 'key.pem'].map((one) => join(dir, one)),
    ]);
  const server = spawn('exim4', ['-C', join(dir, 'exim.conf'), '-bdf', '-q1h'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(server, 'exit');
  await answers(port, ended);
  return {
    url: `smtp://localhost:${port}?tls=required`,
    async mailbox(count) {
      const folder = join(dir, 'box/new');
      const ended = new AbortController();
      const changes = watch(folder, { signal: ended.signal })[Symbol.asyncIterator]();
      for (;;) {
        const names = (await readdir(folder)).sort();
        if (names.length >= count) {
          ended.abort();
          return Promise.all(names.map((name) => readFile(join(folder, name))));
        }
        await changes.next();
      }
    },
    async stop() {
      server.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function configuration(
  dir: string,
  port: number,
  { localPart, domain }: { localPart: string; domain: string },
): string {
  return `
primary_hostname = mail.district.test
spool_directory = ${dir}/spool
log_file_path = ${dir}/log/%slog
daemon_smtp_ports = ${port}
local_interfaces = 127.0.0.1
domainlist local_domains = ${domain}
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
deliver_drop_privilege = true
tls_advertise_hosts = *
tls_certificate = ${dir}/cert.pem
tls_privatekey = ${dir}/key.pem
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt
begin acl
check_mail:
  deny !encrypted = *
       message = encryption is required
  accept
check_rcpt:
  require domains = +local_domains
  require verify = recipient
  accept
begin routers
box:
  driver = accept
  local_parts = ${localPart}
  domains = +local_domains
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format = true
  directory = ${dir}/box
  return_path_add = true
  envelope_to_add = true
begin retry
`;
}

/** Tries the port until the server greets, or has ended. */
async function answers(port: number, ended: Promise<unknown>): Promise<void> {
  let gone = false;
  void ended.then(() => {
    gone = true;
  });
  while (!gone) {
    const socket = connect(port, '127.0.0.1');
    const lines = createInterface({ input: socket });
    const greeting = await Promise.race([
      once(lines, 'line').then(([line]) => String(line)),
      once(lines, 'close').then(() => ''),
      once(socket, 'error').then(() => ''),
      ended.then(() => ''),
    ]).catch(() => '');
    socket.destroy();
    if (greeting.startsWith('220')) return;
    // A refused connection comes back at once: others have the machine in between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('exim4 ended before it was ready.');
}
