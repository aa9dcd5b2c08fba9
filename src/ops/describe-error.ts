import { types } from 'node:util';

/** What may be told of an error: no message, because messages quote data. */
export interface ErrorDescription {
  readonly name: string;
  readonly code?: string | number;
  /** `file.ts:line` of the nearest frame of our own code, else of the first frame. */
  readonly where?: string;
  readonly cause?: ErrorDescription;
}

/** Describes anything thrown. The codes are those of Node, PostgreSQL, Redis, SMTP and HTTP clients. */
export function describeError(error: unknown): ErrorDescription {
  return describe(error, 3);
}

function describe(error: unknown, depth: number): ErrorDescription {
  if (!isError(error)) return { name: error === null ? 'null' : typeof error };
  const code = errorCode(error);
  const where = whereThrown(error);
  const cause = depth > 0 && error.cause !== undefined ? describe(error.cause, depth - 1) : undefined;
  return {
    name: WORD.test(error.name) ? error.name : 'Error',
    ...(code !== undefined && { code }),
    ...(where !== undefined && { where }),
    ...(cause !== undefined && { cause }),
  };
}

const WORD = /^[A-Za-z0-9_.-]{1,60}$/;

/** The machine-readable code of an error, where it has one that can be shown. */
export function errorCode(error: unknown): string | number | undefined {
  if (!isError(error)) return undefined;
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  for (const candidate of [code, responseCode]) {
    if (typeof candidate === 'number' && Number.isFinite(candidate)) return candidate;
    if (typeof candidate === 'string' && WORD.test(candidate)) return candidate;
  }
  return undefined;
}

/** Also errors of another realm, such as a VM context, which are no instances of this one's Error. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Frames only: the head of a stack repeats the message, which may run over several lines. */
function whereThrown(error: Error): string | undefined {
  const stack = error.stack ?? '';
  const head = stack.indexOf(error.message);
  const frames = (head < 0 ? stack : stack.slice(head + error.message.length))
    .split('\n')
    .map((line) => FRAME.exec(line))
    .filter((match) => match !== null);
  const frame = frames.find((match) => OURS.test(match[1] ?? '')) ?? frames[0];
  if (frame === undefined) return undefined;
  return `${(frame[1] ?? '').split(/[\\/]/).at(-1)}:${frame[2]}`;
}

const FRAME = /^\s+at .*?([^\s()]+\.[cm]?[jt]s):(\d+):\d+\)?$/;
const OURS = /[\\/](src|jobs)[\\/](?!.*node_modules)/;
