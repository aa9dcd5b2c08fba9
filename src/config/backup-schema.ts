import { resolve } from 'node:path';
import { z } from 'zod';
import { cron, text } from './fields.ts';

/** Backups that Rollcall makes by itself. */
export const backupSchema = z.strictObject({
  schedule: cron
    .default('30 2 * * *')
    .describe('When a backup is made, as a cron line in the district’s time zone.'),
  drill: z
    .union([z.literal('never'), cron], {
      error: '`never`, or a cron line of five fields (minute hour day month weekday)',
    })
    .default('0 4 1 * *')
    .describe(
      'When the newest backup is proved by a drill, as a cron line; `never`: only `rollcall drill` does. It needs room for the database once more.',
    ),
  folder: text
    .optional()
    .describe(
      'Where it is put, as seen from this file: best another disk or machine. Not set: `backups` in the data folder.',
    ),
  keep: z
    .int()
    .min(1)
    .max(1_000)
    .default(14)
    .describe('How many stay; of the backups in the folder the older ones are deleted.'),
});

export interface BackupConfig {
  /** null: only `rollcall backup` makes one. */
  readonly schedule: string | null;
  /** null: only `rollcall drill` proves one. */
  readonly drill: string | null;
  readonly folder: string;
  readonly keep: number;
}

export function backupOf(
  backup: z.output<typeof backupSchema> | undefined,
  { configDir, dataDir }: { readonly configDir: string; readonly dataDir: string },
): BackupConfig {
  return {
    schedule: backup?.schedule ?? null,
    drill: backup === undefined || backup.drill === 'never' ? null : backup.drill,
    folder: backup?.folder === undefined ? resolve(dataDir, 'backups') : resolve(configDir, backup.folder),
    keep: backup?.keep ?? 14,
  };
}
