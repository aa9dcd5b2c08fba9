import { ConfigError } from '../config/config-error.ts';
import type { ListenAddress } from '../config/listen-address.ts';
import { errorCode } from '../ops/describe-error.ts';

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'where another program listens already',
  EADDRNOTAVAIL: 'which is no address of this machine',
  EACCES: 'where this account may not listen',
};

/** Why nothing can be served at an address, in the words of a wrong configuration. @returns null: it is not the address */
export function addressProblem(
  error: unknown,
  key: string,
  { host, port }: ListenAddress,
): ConfigError | null {
  const why = LISTEN_PROBLEMS[String(errorCode(error))];
  if (why === undefined) return null;
  const message = `found ${host}:${port}, ${why}; expected an address that is free`;
  return new ConfigError([{ file: 'district.yaml', line: null, column: null, key, message }]);
}
