import { isIP } from 'node:net';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export function isListenAddress(value: string): boolean {
  const parts = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)|localhost):(\d{1,5})$/i.exec(value);
  if (parts === null) return false;
  const [, v6, v4, port] = parts;
  const address = v6 ?? v4;
  return (address === undefined || isIP(address) !== 0) && Number(port) <= 65_535;
}

/** `127.0.0.1:8080` or `[::1]:8080`. */
export function listenAddress(text: string): ListenAddress {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}
