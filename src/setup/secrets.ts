import { readEnvironment } from '../config/environment.ts';
import type { Answers } from './questions.ts';

export interface SecretQuestion {
  /** The variable, which is also where an answer is taken from. */
  readonly variable: string;
  /** The file that it is written into, below `secrets/`. */
  readonly file: string;
  readonly words: string;
  /** What holds where it is not set. */
  readonly without: string;
  readonly when?: (answers: Answers) => boolean;
  /** Not asked for: a person who wants it knows of it. */
  readonly unasked?: true;
}

const withEdFi = ({ source }: Answers) => source === 'ed-fi';
const withoutPages = ({ pagesUrl }: Answers) => pagesUrl === undefined || pagesUrl === '';

/** None of these is an option, since other accounts of a machine can read a command line. */
export const secretQuestions: readonly SecretQuestion[] = [
  {
    variable: 'ROLLCALL_SIS_CLIENT_ID',
    file: 'sis-client-id',
    words: 'Client id of the OneRoster connection',
    without: 'the SIS cannot be read',
  },
  {
    variable: 'ROLLCALL_SIS_CLIENT_SECRET',
    file: 'sis-client-secret',
    words: 'Client secret of the OneRoster connection',
    without: 'the SIS cannot be read',
  },
  {
    variable: 'ROLLCALL_ATTENDANCE_CLIENT_ID',
    file: 'attendance-client-id',
    words: 'Key of the Ed-Fi host',
    without: 'the absences cannot be read',
    when: withEdFi,
  },
  {
    variable: 'ROLLCALL_ATTENDANCE_CLIENT_SECRET',
    file: 'attendance-client-secret',
    words: 'Secret of the Ed-Fi host',
    without: 'the absences cannot be read',
    when: withEdFi,
  },
  {
    variable: 'SMTP_URL',
    file: 'smtp-url',
    words: 'Mail server, as smtp://user:password@host:587',
    without: 'mails are written into the folder outbox of the data folder',
  },
  {
    variable: 'DATABASE_URL',
    file: 'database-url',
    words: 'PostgreSQL, as postgres://user:password@host/name',
    without: 'PostgreSQL runs in the data folder',
  },
  {
    variable: 'REDIS_URL',
    file: 'redis-url',
    words: 'Redis or Valkey, as redis://host:6379',
    without: 'the queue is kept in PostgreSQL',
    unasked: true,
  },
  {
    variable: 'ROLLCALL_PACKET_PASSWORD',
    file: 'packet-password',
    words: 'Password that opens packets, agreed with the officer by phone; at least 12 characters',
    without: 'packets wait, since they are mailed only encrypted',
    when: withoutPages,
  },
];

/** @returns what is wrong with a value by itself, without the value */
export function secretProblem(variable: string, value: string): string | null {
  const { problems } = readEnvironment({ [variable]: value });
  return problems.find(({ key }) => key === variable)?.message ?? null;
}
