import { silentLog } from '../../src/ops/log.ts';
import { createAuditViews } from '../../src/pages/audit-views.ts';
import { openDatabase } from '../../src/store/database.ts';

/** Puts looks on record and dies at the moment at which the first answers could be sent. */
const [url = '', looks = '0'] = process.argv.slice(2);
const { db } = openDatabase({ url });
const views = createAuditViews(db, silentLog());
for (let student = 1; student <= Number(looks); student += 1)
  void views
    .record({
      at: new Date('2026-10-01T15:00:00Z'),
      actor: { kind: 'staff', name: 'Clara Clerk', email: 'clara@example.org' },
      from: '192.0.2.7',
      action: 'file-viewed',
      studentId: student,
    })
    .then(() => process.kill(process.pid, 'SIGKILL'));
