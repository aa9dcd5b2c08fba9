import { z } from 'zod';
import { isListenAddress, type ListenAddress, listenAddress } from './listen-address.ts';

/** How Rollcall is watched, and when it says by itself that something is wrong. */
export const healthSchema = z.strictObject({
  listen: z
    .string()
    .refine(isListenAddress, { error: 'an address and a port such as "127.0.0.1:8081"' })
    .optional()
    .describe(
      'Where `/live`, `/ready` and `/metrics` are served, in plain HTTP and without sign-in. They name nobody; still, best on this machine only. Not set: nowhere.',
    ),
  nightHours: z
    .int()
    .min(1)
    .max(20)
    .default(5)
    .describe('Hours after the time of `schedule.sync` by which a night must have ended well.'),
  backupHours: z
    .int()
    .min(1)
    .max(2_400)
    .default(30)
    .describe('Age of the newest backup, in hours, above which it is too old. Counts once `backup` is set.'),
  drillDays: z
    .int()
    .min(1)
    .max(1_000)
    .default(40)
    .describe(
      'Days since a drill has last shown a backup to be good above which that is too long ago. Counts once `backup` is set.',
    ),
  leastDiskMegabytes: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1_000)
    .describe(
      'Free space on the disk of the data folder, or of `backup.folder`, below which the disk is nearly full.',
    ),
  stuckMinutes: z
    .int()
    .min(5)
    .max(1_440)
    .default(30)
    .describe(
      'Minutes for which jobs may wait while none is done, and a mail while no mail server is reached.',
    ),
  stallSeconds: z
    .int()
    .min(1)
    .max(600)
    .default(10)
    .describe('Seconds for which a process may do nothing else than one thing.'),
  stoppedHours: z
    .int()
    .min(1)
    .max(240)
    .default(4)
    .describe(
      'Hours for which letters may be stopped, by a person, by the brakes or after a restore, before the IT contact is told and the night counts as a bad one.',
    ),
});

/** How the service runs. */
export const serviceSchema = z.strictObject({
  stopSeconds: z
    .int()
    .min(1)
    .max(600)
    .default(25)
    .describe(
      'Seconds that running work has to end when the service is stopped; what waits for the mail server then is cut off.',
    ),
});

export type HealthConfig = Omit<z.output<typeof healthSchema>, 'listen'> & {
  /** null: served nowhere. */
  readonly listen: ListenAddress | null;
};

export type ServiceConfig = z.output<typeof serviceSchema>;

export function healthOf({ listen, ...rest }: z.output<typeof healthSchema>): HealthConfig {
  return { ...rest, listen: listen === undefined ? null : listenAddress(listen) };
}
