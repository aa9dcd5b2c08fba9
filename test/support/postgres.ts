import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** How the set-up tells the tests, which run in other processes, where the server is. */
export const SERVER_VARIABLE = 'ROLLCALL_TEST_DATABASE_URL';
export const TEMPLATE_VARIABLE = 'ROLLCALL_TEST_TEMPLATE';

export interface TestDatabase {
  readonly url: string;
  /** Closes what is still connected and deletes the database. */
  drop(): Promise<void>;
}

/** A database of its own for one test file or test: migrated, or `empty` with nothing in it at all. */
export async function createTestDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const template = options.empty ? 'template0' : variable(TEMPLATE_VARIABLE);
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name} template ${template} strategy file_copy`);
  return {
    url: databaseUrl(variable(SERVER_VARIABLE), name),
    async drop() {
      await onServer(`drop database if exists ${name} with (force)`);
    },
  };
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** @param url left out: a database of the server that is none of the tests' */
export async function onServer<Row extends pg.QueryResultRow = never>(
  statement: string,
  url = variable(SERVER_VARIABLE),
): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the tests through jest's globalSetup.`);
  return value;
}
