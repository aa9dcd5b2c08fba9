import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { askFor, loadOf } from './http-users.ts';
const [which, secs, prof] = process.argv.slice(2);
const server = fork(join(import.meta.dirname, 'pages-server.ts'), [JSON.stringify({ home: '/tmp/rollcall-bench-keep', students: 100000, users: 20 })], { execArgv: [...process.execArgv, '--max-semi-space-size=4', ...(prof ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : [])] });
const told = async (kind: string) => { for (;;) { const [m] = await once(server, 'message') as any; if (m.kind === kind) return m; } };
const served = await told('served');
const users = served.tokens.map((t: string) => ({ cookie: `${served.cookie}=${t}` }));
const paths: any = { help: () => '/help', style: () => served.stylePath,
 file: (u: number, r: number) => `/files/${served.files[(u * 7919 + r * 104729) % served.files.length]}`,
 list: (u: number, r: number) => `/files?school=${served.schools[(u * 31 + r * 17) % served.schools.length]}` };
for (const w of (which ?? '').split(',')) {
  await askFor(served.port, 3, users, paths[w]);
  const p1 = told('cpu'); server.send('cpu'); const a = await p1;
  const c0 = process.cpuUsage();
  const l = loadOf([await askFor(served.port, Number(secs), users, paths[w])]);
  const c1 = process.cpuUsage(c0);
  const p2 = told('cpu'); server.send('cpu'); const b = await p2;
  console.log(w, l.perSecond.toFixed(0), 'p50', l.p50.toFixed(1), 'p99', l.p99.toFixed(1), 'kB', (l.bytes/1000).toFixed(1), 'node ms', ((b.serverMs - a.serverMs) / l.requests).toFixed(3), 'pg ms', ((b.databaseMs - a.databaseMs) / l.requests).toFixed(3), 'client ms', ((c1.user+c1.system)/1000/l.requests).toFixed(3));
}
const e = once(server, 'exit'); server.disconnect(); await e;
