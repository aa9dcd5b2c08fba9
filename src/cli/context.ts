import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config-types.ts';
import { loadConfig } from '../config/load-config.ts';
import { findUp } from '../config/project-files.ts';
import {
  clockTimeInZone,
  dateInZone,
  instantInZone,
  isSchoolDate,
  type SchoolDate,
} from '../domain/school-date.ts';
import { type App, type OpenStore, openApp, openStore } from '../main.ts';
import { createLog, type Log } from '../ops/log.ts';
import { UsageError } from './output.ts';

export interface GlobalOptions {
  readonly config?: string;
  readonly data?: string;
  readonly demo?: boolean;
}

/** What every command starts from: the configuration, checked, and the log. */
export interface Context {
  readonly config: Config;
  readonly log: Log;
}

export function openContext(command: Command): Context {
  const config = readContextConfig(command);
  // A person who asks wants the answer; the service tells its whole night.
  const quiet = process.env.LOG_LEVEL === undefined && command.name() !== 'start';
  return { config, log: createLog({ level: quiet ? 'warn' : config.environment.logLevel }) };
}

/** The configuration as it stands now. @throws ConfigError */
export function readContextConfig(command: Command): Config {
  const { configDir, dataDir } = folders(command.optsWithGlobals<GlobalOptions>());
  return loadConfig({ configDir, dataDir, env: process.env, shippedTemplatesDir: findUp('templates') });
}

export function folders(options: GlobalOptions): { configDir: string; dataDir: string } {
  const dataDir = resolve(options.data ?? process.env.ROLLCALL_DATA_DIR ?? 'data');
  if (options.demo === true)
    return { configDir: join(dataDir, 'demo', 'config'), dataDir: join(dataDir, 'demo') };
  return { configDir: resolve(options.config ?? process.env.ROLLCALL_CONFIG_DIR ?? 'config'), dataDir };
}

/** Runs a command with the database open and closes it whatever happens. */
export async function withStore<T>(context: Context, use: (store: OpenStore) => Promise<T>): Promise<T> {
  const store = await openStore(context.config, context.log);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Runs a command with everything open. `now` replaces the clock. */
export async function withApp<T>(
  context: Context,
  now: () => Date,
  use: (app: App) => Promise<T>,
  syncProgress?: (collection: string, rows: number) => void,
): Promise<T> {
  const app = await openApp({ ...context, now, ...(syncProgress && { syncProgress }) });
  try {
    return await use(app);
  } finally {
    await app.close(10_000);
  }
}

/**
 * The clock of a command: the real one, or one that stands still on a date in the hour of sending.
 * @throws UsageError when the text is not a date
 */
export function clockOf(config: Config, asOf: string | undefined): () => Date {
  if (asOf === undefined) return () => new Date();
  if (!isSchoolDate(asOf)) {
    throw new UsageError(
      `--as-of takes a date of the calendar as YYYY-MM-DD; found ${JSON.stringify(asOf)}.`,
    );
  }
  const instant = instantInZone(asOf, config.mail.sendingWindow.from, config.district.timeZone);
  return () => instant;
}

/** An instant on the district's clock, to the minute. */
export function whenIn({ district }: Config, instant: Date): string {
  return `${dateInZone(instant, district.timeZone)} ${clockTimeInZone(instant, district.timeZone)}`;
}

export function dateOf(config: Config, asOf: string | undefined): SchoolDate {
  return dateInZone(clockOf(config, asOf)(), config.district.timeZone);
}
