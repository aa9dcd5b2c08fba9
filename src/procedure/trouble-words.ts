import type { Cause, HealthTrouble } from '../domain/health.ts';

/** What is wrong, what it means, and what to do about it. */
export interface TroubleWords {
  /** Goes on from “Rollcall needs attention: ”. */
  readonly what: string;
  readonly detail: string;
  readonly advice: string;
}

/** In the words of the mail to the IT contact and of `rollcall status`. */
export function troubleWords({ cause, figures }: HealthTrouble): TroubleWords {
  return WORDS[cause]((name) => String(figures[name] ?? 0));
}

type Figure = (name: string) => string;

const WORDS: Readonly<Record<Cause, (figure: Figure) => TroubleWords>> = {
  'scheduler-missing': () => ({
    what: 'no process wakes the schedule',
    detail: 'Nothing begins by itself any more: no read of the SIS, no digest, no letter.',
    advice:
      'Start “rollcall start” with the role scheduler, or without --roles, and look into its log for why the last one ended.',
  }),
  'worker-missing': () => ({
    what: 'no worker is running',
    detail: 'What is due is kept and waits: nobody is decided about and no mail leaves.',
    advice:
      'Start “rollcall start” with the role worker, or without --roles, and look into its log for why the last one ended.',
  }),
  'night-unfinished': (figure) => ({
    what: 'last night did not end well',
    detail: `${figure('hours')} hours after its time the read of the SIS is not in force, or not every student whom it concerns was decided about. Until then what was known before stays in force.`,
    advice:
      '“rollcall status” says how the last read ended, “rollcall runs” lists the reads. “rollcall check” tries the SIS step by step; “rollcall sync” reads again at once.',
  }),
  'students-given-up': (figure) => ({
    what: 'students could not be decided about',
    detail: `For ${countOf(figure('students'), 'student')} each attempt has failed, and no further one follows: no step is taken for them. A task of yours names each of them.`,
    advice:
      'Look into the log for “evaluation-failed”: it names the error and its place. The next change of their records tries them again; a restart does not.',
  }),
  'sending-stopped': (figure) => ({
    what: 'letters are stopped',
    detail: `For ${countOf(figure('hours'), 'hour')} no letter has left. ${stopWords(figure)} What is owed is kept, and waits.`,
    advice: stopAdvice(figure),
  }),
  'queue-stuck': (figure) => ({
    what: 'the queue stands still',
    detail: `${
      figure('waiting') === '0'
        ? `Its server has not answered for ${figure('minutes')} minutes.`
        : `${figure('waiting')} jobs wait, and none was done for ${figure('minutes')} minutes.`
    } Nothing is lost: what is due stands in the database.`,
    advice:
      'Restart “rollcall start”. If that does not help, see whether the server of the queue (REDIS_URL, or else PostgreSQL) answers: “rollcall check” tries it.',
  }),
  'queue-evicts': () => ({
    what: 'the queue may lose jobs',
    detail:
      'The maxmemory-policy of Redis is not noeviction: when its memory is full it drops what waits. What is due stands in the database and comes again, but later.',
    advice:
      'Set maxmemory-policy to noeviction in redis.conf and in the running server. Until then “rollcall start” refuses to start anew.',
  }),
  'mail-unsendable': (figure) => ({
    what: 'mails cannot be sent',
    detail: `${figure('mails')} mails wait that the mail server did not take; the oldest was first tried ${figure('minutes')} minutes ago. They are tried again by themselves, later each time.`,
    advice:
      'Run “rollcall check”: it signs in to the mail server and says what is wrong. Look at SMTP_URL, its password or token, and whether this machine may connect there.',
  }),
  'mailbox-unreadable': (figure) => ({
    what: 'the mailbox cannot be read',
    detail: `For ${figure('minutes')} minutes bounces and replies have not been read. Letters that come back stay “sent” meanwhile.`,
    advice: 'Run “rollcall check”: it signs in to the mailbox and says what is wrong.',
  }),
  'configuration-refused': (figure) => ({
    what: 'a changed configuration was refused',
    detail: `The files were read again and have ${figure('problems')} problems, so that what was in force before stays in force. A restart would fail.`,
    advice:
      '“rollcall status” names the file and the place, and so does every command. Correct it and send SIGHUP again; what needs a restart is taken up by a restart only.',
  }),
  'event-loop-stalls': (figure) => ({
    what: 'a process stands still at times',
    detail: `For ${figure('seconds')} seconds it could do nothing else than one thing. Locks may run out meanwhile, and pages do not answer.`,
    advice:
      'See whether the machine is short of processor time or memory. If it is not, the log around that time names the jobs that ran.',
  }),
  'disk-nearly-full': (figure) => ({
    what: 'the disk is nearly full',
    detail: `The disk of the data folder has ${figure('megabytes')} MB left. When it is full nothing can be kept any more, and Rollcall stops.`,
    advice: 'Make room, or move the data folder to a larger disk. Never delete files in “postgres”.',
  }),
  'backup-too-old': (figure) => ({
    what: 'the last backup is too old',
    detail:
      figure('hours') === '0'
        ? 'No backup was ever made.'
        : `The newest backup is ${figure('hours')} hours old.`,
    advice:
      'Run “rollcall backup”, and see why the one that was due did not come: “rollcall status” says how the last one ended.',
  }),
  'database-away': (figure) => ({
    what: 'the database cannot be reached',
    detail: `For ${countOf(figure('minutes'), 'minute')} PostgreSQL has not answered. Nothing is read, decided or sent, and nothing is lost.`,
    advice:
      'See whether PostgreSQL runs, whether this machine may connect to it, and whether its disk is full. Rollcall goes on by itself once it answers; no restart is needed.',
  }),
  'looks-fail': (figure) => ({
    what: 'the service cannot be watched',
    detail: `PostgreSQL answers, but for ${countOf(figure('minutes'), 'minute')} each look at how the service is has failed. Whatever else is wrong is not told meanwhile.`,
    advice: 'Look into the log for “look-failed”: it names the error and its place.',
  }),
  'backup-disk-nearly-full': (figure) => ({
    what: 'the disk of the backups is nearly full',
    detail: `The disk of “backup.folder” has ${figure('megabytes')} MB left. The next backups may not fit on it.`,
    advice: 'Make room there, lower “backup.keep” in district.yaml, or name a folder on a larger disk.',
  }),
  'drill-too-old': (figure) => ({
    what: 'no backup was tried for too long',
    detail: `For ${figure('days')} days no drill has shown that a backup can be restored.`,
    advice:
      'Run “rollcall drill”, and see why the one that was due did not come: the log around the time of “backup.drill” says how it ended.',
  }),
  'drill-failed': () => ({
    what: 'the last drill found a backup that is no good',
    detail: 'A backup was restored into a database of its own, and not everything was there and right.',
    advice:
      'Run “rollcall backup”, then “rollcall drill”: it says what is wrong. While no drill is good, do not count on the backups.',
  }),
};

function countOf(number: string, thing: string): string {
  return `${number} ${thing}${number === '1' ? '' : 's'}`;
}

function stopWords(figure: Figure): string {
  return [
    figure('safeMode') !== '0' &&
      'The database is older than what has left, so that nothing leaves before that is settled.',
    figure('person') !== '0' && 'A person has stopped all letters.',
    figure('brakes') !== '0' && 'The brakes have stopped sending by themselves.',
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}

function stopAdvice(figure: Figure): string {
  return [
    figure('safeMode') !== '0' && '“rollcall restore settle” says what to do about the older database.',
    figure('person') !== '0' &&
      '“rollcall status” says who has stopped the letters and why; “rollcall letters resume” ends it.',
    figure('brakes') !== '0' && '“rollcall brakes” says what the brakes have seen, and how to end it.',
    Number(figure('safeMode')) + Number(figure('person')) + Number(figure('brakes')) === 0 &&
      '“rollcall status” says why.',
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}
