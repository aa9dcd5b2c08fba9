import { join } from 'node:path';
import type { JobDeps } from '../../jobs/deps.ts';
import { procedureIfAny } from '../../jobs/procedure-if-any.ts';
import { sendStaffMail } from '../../jobs/send-staff-mail.ts';
import type { Config } from '../config/config-types.ts';
import { secretKeysOf } from '../config/secret-key.ts';
import { VERSION } from '../config/version.ts';
import { loadTemplates } from '../documents/template.ts';
import { buildCalendar } from '../domain/calendar.ts';
import { sisHolds } from '../domain/hold-kinds.ts';
import type { Inbox } from '../mail/inbound/inbox.ts';
import type { MailTransport } from '../mail/mail-transport.ts';
import { openOutboxTransport } from '../mail/outbox-transport.ts';
import { openSmtpTransport } from '../mail/smtp-transport.ts';
import type { Log } from '../ops/log.ts';
import type { Meter } from '../ops/meter.ts';
import type { Trace } from '../ops/trace.ts';
import type { PageDeps } from '../pages/site.ts';
import { createCorrespondence } from '../procedure/correspondence.ts';
import { keepSendEpoch } from '../procedure/keep-send-epoch.ts';
import type { Letterbox } from '../procedure/letterbox.ts';
import type { Moment } from '../procedure/procedure.ts';
import { createProcedureBook, ifAny, procedureSettings } from '../procedure/procedure-book.ts';
import { refreshStaff } from '../procedure/staff-directory.ts';
import { type SyncOutcome, type SyncRequest, syncDistrict } from '../procedure/sync-district.ts';
import { syncStaff } from '../procedure/sync-staff.ts';
import { jobItem } from '../queue/define-job.ts';
import { latestSlot } from '../queue/latest-slot.ts';
import { openAttendanceSource, openContactSource, openRoster } from '../sis/open-sis.ts';
import type { Database } from '../store/database.ts';
import { policyInForce } from '../store/policies.ts';
import { wasFull } from '../store/sync/sync-runs.ts';
import { mailTokenRequest } from './mail-token-request.ts';
import { openInbox } from './open-inbox.ts';
import { sisOptions } from './sis-options.ts';

/** What stays as it is while the configuration changes. */
export interface Surroundings {
  readonly log: Log;
  readonly store: Database;
  readonly now: () => Date;
  readonly moment: () => Moment;
  readonly owner: () => number;
  readonly enqueue: JobDeps['enqueue'];
  readonly meter: Meter;
  readonly trace: Trace;
  readonly syncProgress?: (collection: string, rows: number) => void;
}

/** Everything that follows from one reading of the configuration. Work that began with one ends with it. */
export interface Generation {
  readonly config: Config;
  readonly mail: MailTransport;
  /** null: the district has no mailbox for bounces and replies. */
  readonly inbox: Inbox | null;
  readonly jobs: JobDeps;
  readonly letterbox: Letterbox;
  readonly pageDeps: PageDeps;
}

/** @throws when a template cannot be used */
export async function openGeneration(config: Config, around: Surroundings): Promise<Generation> {
  const { log, store, moment } = around;
  const templates = await loadTemplates(config.templatesDir, mailsOf(config));
  const mail = openMail(config);
  const inbox = openInbox(config);
  const book = createProcedureBook(store.db, procedureSettings(config));
  /** False where no school year is known yet. */
  const isSchoolDay = async () => {
    const { today } = moment();
    const procedure = await ifAny(book.on(today));
    return procedure?.calendarOf(null).isSchoolDay(today) ?? false;
  };
  const [secretKey = '', secretKeyBefore = null] = secretKeysOf(config);
  const letterbox = { db: store.db, config, templates, secretKey, secretKeyBefore };
  const correspondence = createCorrespondence(letterbox);
  const epoch = keepSendEpoch(store.db, config.dataDir, around.now);
  const jobs: JobDeps = {
    db: store.db,
    log,
    moment,
    procedure: async () => {
      await refreshStaff(store.db, config, moment());
      return book.on(moment().today);
    },
    owner: around.owner,
    window: config.mail.sendingWindow,
    limits: config.mail.limits,
    stopFile: config.stopFile,
    correspondence,
    inbox,
    submit: async (frozen, mark) => {
      const outcome = await mail.submit(frozen, async () => {
        await epoch.beforeSending();
        await mark();
      });
      around.meter.count('mails', { outcome: outcome.kind });
      return outcome;
    },
    sync: async ({ triedAgain = false, ...request } = {}) => {
      const outcome = await sync(config, around, { ...request, ...moment() });
      await refreshStaff(store.db, config, moment());
      if (request.dryRun !== true) {
        const occasion = { isSchoolDay: await isSchoolDay(), triedAgain };
        await correspondence.composeSyncAlert(outcome, moment(), occasion);
      }
      return outcome;
    },
    enqueue: around.enqueue,
    trace: around.trace,
  };
  const pageDeps: PageDeps = {
    db: store.db,
    config,
    log,
    letterbox,
    correspondence,
    moment,
    procedure: () => procedureIfAny(jobs),
    mailSoon: (mailId) => around.enqueue([jobItem(sendStaffMail, { mailId })]),
  };
  return { config, mail, inbox, jobs, letterbox, pageDeps };
}

/** Templates that are needed beyond those of every district. */
export function mailsOf({ mailbox }: Config): 'reply'[] {
  return mailbox === null ? [] : ['reply'];
}

function openMail(config: Config): MailTransport {
  const { smtpUrl } = config.environment;
  if (smtpUrl === null) return openOutboxTransport(join(config.dataDir, 'outbox'));
  const oauth2 = mailTokenRequest(config);
  return openSmtpTransport({ url: smtpUrl, ...(oauth2 !== null && { oauth2 }) });
}

async function sync(
  asRead: Config,
  { store, now, log, syncProgress, trace }: Surroundings,
  request: SyncRequest,
): Promise<SyncOutcome> {
  // Fields of the SIS that mean a hold follow the policy in force, as everything does that is decided.
  const policy = await policyInForce(store.db, asRead.policy, request.today);
  const config = { ...asRead, policy };
  const sis = sisOptions(config, now, VERSION);
  const roster = openRoster(sis);
  const outcome = await syncDistrict(
    {
      db: store.db,
      pool: store.pool,
      roster,
      attendance: openAttendanceSource(sis),
      contacts: openContactSource(sis),
      guards: config.guards,
      baseline: config.goLive.baseline,
      holds: sisHolds(config.policy.holds),
      fullDue: (last) => last === null || fullSlotSince(config, now()) > last,
      termDays(year) {
        const facts = config.calendarFor(null, year);
        return { ...facts, schoolDaysAfter: buildCalendar(facts).schoolDaysAfter };
      },
      ...(syncProgress && { progress: syncProgress }),
      trace,
      filesLeft: (error) => log.warn('files-not-put-away', { error }),
    },
    request,
  );
  // A server that is away is not asked once more.
  if (request.dryRun === true || outcome.kind === 'failed') return outcome;
  const whole = await wasFull(store.db, outcome.runId);
  const staff = await syncStaff({ db: store.db, config, roster }, { whole }, request);
  if (staff.kind === 'doubtful' || staff.kind === 'failed')
    log.warn('staff-not-taken', { outcome: staff.kind });
  return outcome;
}

const FULL_LOOK_BACK_MINUTES = 32 * 24 * 60;

/** The last time at which a full read was due; a line that is due less often than monthly is due at the first run. */
function fullSlotSince({ schedule, district }: Config, now: Date): Date {
  return latestSlot(schedule.fullSync, district.timeZone, now, FULL_LOOK_BACK_MINUTES) ?? new Date(0);
}
