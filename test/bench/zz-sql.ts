import { sql } from 'kysely';
import { silentLog } from '../../src/ops/log.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/start.ts';
import { openDatabase } from '../../src/store/database.ts';
import { readFiles } from '../../src/store/file-view.ts';
import { recordAudits } from '../../src/store/audit-log.ts';
import { listFiles, countFiles } from '../../src/store/file-list.ts';
import { databaseCpuMs } from './cpu-used.ts';
const pgs = await startEmbeddedPostgres({ dataDir: '/tmp/rollcall-bench-keep', log: silentLog(), settings: {} });
const { db, close } = openDatabase({ url: pgs.url, maxConnections: 1 });
try {
const { rows } = await sql<{ ref: string }>`select s.file_ref as ref from attendance_file f join student s on s.id = f.student_id order by random()`.execute(db);
const refs = rows.map((r) => r.ref);
const at = { schoolYear: '2027', today: '2026-11-17' as never };
const pid = (await sql<any>`select pg_backend_pid() as pid`.execute(db)).rows[0].pid;
const time = async (name: string, n: number, per: number, f: (i: number) => Promise<unknown>) => {
  for (let i = 0; i < 8; i++) await f(i);
  const a = databaseCpuMs(pid) as number; const t = performance.now();
  for (let i = 0; i < n; i++) await f(i);
  const wall = performance.now() - t;
  console.log(name, 'pg cpu ms each', (((databaseCpuMs(pid) as number) - a) / n / per).toFixed(3), 'wall', (wall / n / per).toFixed(3));
};
for (const k of [1, 5, 20]) await time(`files ${k}`, Math.round(3000 / k), k, (i) => readFiles(db, Array.from({ length: k }, (_, j) => refs[(i * k + j) % refs.length] as string), at));
for (const k of [1, 5, 20]) await time(`audit ${k}`, Math.round(2000 / k), k, () => recordAudits(db, Array.from({ length: k }, () => ({ at: new Date(), actor: { kind: 'staff', name: 'x', email: 'y' }, from: '127.0.0.1', action: 'file-viewed', studentId: 5 }) as never)));
const schools = (await sql<any>`select sourced_id from school`.execute(db)).rows.map((r: any) => r.sourced_id);
const filter = (i: number) => ({ schools: [schools[i % 100]], state: 'files', step: null, grade: null, openTask: false, words: null }) as never;
await time('list', 300, 1, (i) => listFiles(db, filter(i), at, { after: null, size: 25 }));
await time('counts', 300, 1, (i) => countFiles(db, [schools[i % 100]], at));
if (process.argv[2]) {
  const { sql: text } = { sql: '' };
  const captured: any = await new Promise((resolve) => { const d2 = openDatabase({ url: pgs.url }); const q: any = (d2.pool as any); const orig = q.connect.bind(q); q.connect = (...a: any[]) => orig(...a); resolve(d2); });
  const stmts = (await sql<any>`select name, statement from pg_prepared_statements`.execute(db)).rows;
  for (const s of stmts) if (s.statement.includes('json_array_elements_text')) {
    const e = (await sql<any>`${sql.raw(`explain (analyze, timing off, buffers off, summary on, costs on) execute "${s.name}" (${process.argv[2]})`)}`.execute(db)).rows;
    console.log(e.map((r: any) => r['QUERY PLAN']).join('\n'));
  }
  await captured.close();
}
} finally { await close(); await pgs.release(); }
