import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OURSELVES } from '../domain/audit.ts';
import { errorCode } from '../ops/describe-error.ts';
import { writeWhole } from '../ops/durable-file.ts';
import type { Db } from '../store/database.ts';
import { enterSafeMode, readSafeMode } from '../store/safe-mode.ts';
import { raiseSendEpoch, readSendEpoch } from '../store/send-epoch.ts';

const MINUTE_MS = 60_000;

/**
 * The send epoch rises, in the database first and then in `send-epoch` of the data folder, before the first mail of
 * each minute leaves, and after each backup. A database that knows less than the file is an older one that somebody has
 * put back: it would send again what has left since.
 */
export interface SendEpoch {
  /** Before a mail leaves. At most one statement and one file a minute. */
  beforeSending(): Promise<void>;
  /** After a backup: what leaves from now on is not in it. */
  raise(): Promise<void>;
}

export function keepSendEpoch(db: Db, dataDir: string, now: () => Date): SendEpoch {
  let noted = Number.NEGATIVE_INFINITY;
  let raising: Promise<void> | null = null;
  const raise = async () => {
    const inFile = readEpochFile(dataDir);
    const epoch = await raiseSendEpoch(db);
    if (inFile === null || epoch > inFile) return writeEpochFile(dataDir, epoch);
    // Put back while this process was running.
    await enterSafeMode(db, putBackByOthers(now()));
    throw new Error('the database is older than what has left: nothing may be sent');
  };
  // What is found out already forbids by itself all that may not leave; the rest may.
  const raiseUnlessSafe = async (minute: number) => {
    if ((await readSafeMode(db)) !== null) return;
    await raise();
    noted = minute;
  };
  return {
    raise,
    async beforeSending() {
      const minute = Math.floor(now().getTime() / MINUTE_MS);
      if (minute === noted && raising === null) return;
      raising ??= raiseUnlessSafe(minute).finally(() => {
        raising = null;
      });
      await raising;
    },
  };
}

/**
 * Before anything is done: a database that is older than the file of this data folder goes into safe mode.
 * @returns whether it did so now
 */
export async function compareSendEpoch(db: Db, dataDir: string, now: Date): Promise<boolean> {
  const inFile = readEpochFile(dataDir);
  if (inFile === null || (await readSendEpoch(db)) >= inFile) return false;
  if ((await readSafeMode(db)) !== null) return false;
  await enterSafeMode(db, putBackByOthers(now));
  return true;
}

function putBackByOthers(now: Date) {
  return { why: 'older-than-file', knowsUntil: null, since: now, by: OURSELVES, auditSeq: null } as const;
}

/** @returns null: there is none yet */
export function readEpochFile(dataDir: string): number | null {
  try {
    const text = readFileSync(epochFile(dataDir), 'utf8').trim();
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new Error(
      `${epochFile(dataDir)} is damaged: expected a number. Put it back, or delete it once you know that the database is not an old one.`,
    );
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all, and on the disk before anything leaves. */
export async function writeEpochFile(dataDir: string, epoch: number): Promise<void> {
  const path = epochFile(dataDir);
  mkdirSync(dirname(path), { recursive: true });
  await writeWhole(path, `${epoch}\n`);
}

function epochFile(dataDir: string): string {
  return join(dataDir, 'send-epoch');
}
