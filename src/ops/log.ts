import { pino } from 'pino';
import { describeError } from './describe-error.ts';
import { humanLine } from './human-lines.ts';

/** What may be said about an event. A key that is not listed here never reaches a log. */
export interface LogFields {
  readonly job?: string;
  readonly lane?: string;
  readonly step?: string;
  readonly state?: string;
  readonly outcome?: string;
  readonly slot?: string;
  readonly command?: string;
  readonly collection?: string;
  readonly backend?: string;
  readonly host?: string;
  readonly version?: string;
  readonly code?: string | number;
  readonly status?: number;
  readonly letterId?: string;
  readonly studentId?: string;
  readonly guardianId?: string;
  readonly schoolId?: string;
  readonly referralId?: string;
  readonly taskId?: string;
  readonly runId?: string;
  readonly ref?: string;
  readonly count?: number;
  readonly total?: number;
  readonly waiting?: number;
  readonly active?: number;
  readonly delayed?: number;
  readonly failed?: number;
  readonly attempt?: number;
  readonly milliseconds?: number;
  readonly on?: string;
  readonly file?: string;
  /** Of a configuration: `staff.3.email`. */
  readonly key?: string;
  readonly line?: number;
  readonly cause?: string;
  readonly dueAt?: Date;
  /** Mapped to name, code and place; its message is never logged. */
  readonly error?: unknown;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** `event` is a fixed kebab-case name, never text put together from data. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Where the JSON lines go. Default: standard error, because standard output belongs to the commands. */
  readonly destination?: { write(line: string): void };
}

/** JSON lines through an allow-list: what is not known to be harmless is left out and only counted. */
export function createLog(options: LogOptions): Log {
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? standardError(),
  );
  const logWith = (context: LogFields): Log => {
    const line = (level: 'debug' | 'info' | 'warn' | 'error') => (event: string, fields?: LogFields) => {
      if (!logger.isLevelEnabled(level)) return;
      logger[level](onlyAllowed({ ...context, ...fields }), EVENT.test(event) ? event : 'unnamed-event');
    };
    return {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: (fields) => logWith({ ...context, ...fields }),
    };
  };
  return logWith({});
}

/** JSON for whatever gathers the lines; for a person at a terminal one that can be read. */
function standardError(): { write(line: string): void } {
  if (process.stderr.isTTY !== true) return pino.destination({ dest: 2, sync: true });
  return { write: (line) => void process.stderr.write(humanLine(line)) };
}

/** A log that says nothing. */
export function silentLog(): Log {
  return createLog({ level: 'silent', destination: { write: () => {} } });
}

const EVENT = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** No space, no @ and ASCII only: a person's full name or address does not fit into an identifier. */
const IDENTIFIER = /^[A-Za-z0-9_.:/|+-]{1,120}$/;

type Check = (value: unknown) => unknown;

const identifier: Check = (value) =>
  typeof value === 'string' && IDENTIFIER.test(value) ? value : number(value);
const number: Check = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const instant: Check = (value) => (value instanceof Date ? value.toISOString() : undefined);

const ALLOWED: { readonly [Key in keyof LogFields]-?: Check } = {
  job: identifier,
  lane: identifier,
  step: identifier,
  state: identifier,
  outcome: identifier,
  slot: identifier,
  command: identifier,
  collection: identifier,
  backend: identifier,
  host: identifier,
  version: identifier,
  code: identifier,
  status: number,
  letterId: identifier,
  studentId: identifier,
  guardianId: identifier,
  schoolId: identifier,
  referralId: identifier,
  taskId: identifier,
  runId: identifier,
  ref: identifier,
  count: number,
  total: number,
  waiting: number,
  active: number,
  delayed: number,
  failed: number,
  attempt: number,
  milliseconds: number,
  on: identifier,
  file: identifier,
  key: identifier,
  line: number,
  cause: identifier,
  dueAt: instant,
  error: describeError,
};

const CHECKS = new Map<string, Check>(Object.entries(ALLOWED));

/** What may be said of these fields; how many may not is in `dropped`. */
export function onlyAllowed(fields: LogFields): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  let dropped = 0;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const shown = CHECKS.get(key)?.(value);
    if (shown === undefined) dropped += 1;
    else line[key] = shown;
  }
  if (dropped > 0) line.dropped = dropped;
  return line;
}
