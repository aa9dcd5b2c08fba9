import { z } from 'zod';

/** Mail has workers of its own: a slow mail server must not keep students from being counted. */
export type Lane = 'work' | 'mail';
export const LANES: readonly Lane[] = ['work', 'mail'];

/** Which run of a job this is. */
export interface Attempt {
  /** An error now gives the job up. */
  readonly last: boolean;
}

export interface JobDefinition<Schema extends z.ZodObject, Deps> {
  readonly name: string;
  readonly lane: Lane;
  readonly payload: Schema;
  /** How often an unexpected error is tried, the first run included. */
  readonly attempts: number;
  /** Wait before the second attempt; it doubles with each one. 0 = at once. */
  readonly retryAfterMs: number;
  readonly key: (payload: z.output<Schema>) => string;
  readonly run: (payload: z.output<Schema>, deps: Deps, attempt: Attempt) => Promise<unknown>;
}

interface JobSpecification<Schema extends z.ZodObject, Deps> {
  readonly name: string;
  readonly lane: Lane;
  /** A strict object of identifiers: the queue never holds personal data. */
  readonly payload: Schema;
  readonly attempts: number;
  /** Default 2,000. */
  readonly retryAfterMs?: number;
  /** Two payloads with the same key are the same job. Default: all values of the payload. */
  readonly key?: (payload: z.output<Schema>) => string;
  readonly run: (payload: z.output<Schema>, deps: Deps, attempt: Attempt) => Promise<unknown>;
}

/** Declares a job: what it is called, what it carries, what it needs, what it does. */
export function defineJob<Schema extends z.ZodObject, Deps>(
  specification: JobSpecification<Schema, Deps>,
): JobDefinition<Schema, Deps> {
  return { retryAfterMs: 2_000, key: valuesInOrder, ...specification };
}

/** Any job, where only the list cares what it carries and needs. */
export interface AnyJob {
  readonly name: string;
  readonly lane: Lane;
  readonly payload: z.ZodType;
  readonly attempts: number;
  readonly retryAfterMs: number;
  readonly key: (payload: never) => string;
  readonly run: (payload: never, deps: never, attempt: Attempt) => Promise<unknown>;
}

/** One thing to do, for `Queue.enqueue`. */
export interface JobItem {
  readonly job: AnyJob;
  readonly payload: unknown;
}

/** Pairs a job with a payload of its own type. */
export function jobItem<Schema extends z.ZodObject>(
  job: JobDefinition<Schema, never>,
  payload: z.output<Schema>,
): JobItem {
  return { job, payload };
}

/** All jobs of a process; `Deps` is everything that they need together. */
export interface JobList<Deps> {
  readonly jobs: ReadonlyMap<string, AnyJob>;
  /** Never set: carries the type. */
  readonly accepts?: (deps: Deps) => void;
}

/**
 * The list of jobs that the workers serve.
 * @param expectedNames when given, exactly these names must be listed
 * @throws RangeError that names every job that is wrong and why
 */
export function listJobs<const Jobs extends readonly AnyJob[]>(
  jobs: Jobs,
  expectedNames?: readonly string[],
): JobList<DepsOf<Jobs[number]>> {
  const complaints = [
    ...jobs.flatMap((job, index) =>
      complaintsAbout(job, `job ${index + 1} (${job.name || 'without a name'})`),
    ),
    ...repeated(jobs.map((job) => job.name)).map((name) => `"${name}" is listed twice`),
    ...(expectedNames ?? [])
      .filter((name) => !jobs.some((job) => job.name === name))
      .map((name) => `"${name}" is missing`),
    ...jobs
      .filter((job) => expectedNames !== undefined && !expectedNames.includes(job.name))
      .map((job) => `"${job.name}" is not expected`),
  ];
  if (complaints.length > 0) throw new RangeError(`The job list cannot be used: ${complaints.join('; ')}.`);
  return { jobs: new Map(jobs.map((job) => [job.name, job])) };
}

type DepsOf<Job> = (
  Job extends { readonly run: (payload: never, deps: infer Deps, attempt: never) => unknown }
    ? (deps: Deps) => void
    : never
) extends (deps: infer All) => void
  ? All
  : never;

/** Names become parts of keys in the queue, so they stay plain words. */
const NAME = /^[a-z]+(-[a-z0-9]+)*$/;

function complaintsAbout(job: AnyJob, which: string): string[] {
  const complaints: string[] = [];
  if (!NAME.test(job.name)) complaints.push(`${which} needs a name of lower-case words joined by hyphens`);
  if (typeof job.run !== 'function') complaints.push(`${which} has no handler`);
  if (!LANES.includes(job.lane)) complaints.push(`${which} names no known lane (${LANES.join(', ')})`);
  if (!(Number.isInteger(job.attempts) && job.attempts >= 1))
    complaints.push(`${which} needs attempts of 1 or more`);
  if (!(job.retryAfterMs >= 0)) complaints.push(`${which} has a negative wait between attempts`);
  return [...complaints, ...complaintsAboutPayload(job.payload, which)];
}

function complaintsAboutPayload(payload: unknown, which: string): string[] {
  if (!(payload instanceof z.ZodObject) || !(payload.def.catchall instanceof z.ZodNever))
    return [`${which} needs a payload made with z.strictObject`];
  return Object.entries(payload.def.shape)
    .filter(([, field]) => !isIdentifierField(field))
    .map(
      ([name]) =>
        `${which} carries "${name}", which is no identifier (a bounded string, number or choice, or a bounded list of them)`,
    );
}

function isIdentifierField(field: unknown): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable)
    return isIdentifierField(field.unwrap());
  if (field instanceof z.ZodStringFormat) return true;
  if (field instanceof z.ZodArray) return isBounded(field) && isIdentifierField(field.element);
  if (field instanceof z.ZodString) return (field.def.checks ?? []).length > 0;
  return [z.ZodNumber, z.ZodBoolean, z.ZodEnum, z.ZodLiteral].some((kind) => field instanceof kind);
}

function isBounded(list: z.ZodArray): boolean {
  return (list.def.checks ?? []).some((check) => check._zod.def.check === 'max_length');
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function valuesInOrder(payload: Record<string, unknown>): string {
  return Object.entries(payload)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => String(value))
    .join('.');
}
