export type SisErrorKind =
  /** No connection, or it broke or dried up. */
  | 'unreachable'
  /** The token endpoint gives no token: credentials, a scope, or its address. */
  | 'sign-in'
  /** 401 or 403: the token or a scope is not enough. */
  | 'refused'
  /** 404, 405 or 501: this server has no such thing. */
  | 'missing'
  /** 429 until the patience ended. */
  | 'busy'
  /** 5xx until the patience ended. */
  | 'server-error'
  /** The answer ended in the middle. */
  | 'cut-off'
  /** The answer is not what the protocol says. */
  | 'protocol'
  /** Pages and totals do not agree. */
  | 'incomplete'
  /** The server cannot tell what has changed, or no longer: everything has to be read. */
  | 'no-changes';

/** Something the SIS did. The message is for people: what was asked, what came, what is expected; never a payload. */
export class SisError extends Error {
  override readonly name = 'SisError';
  readonly kind: SisErrorKind;
  readonly status: number | null;

  constructor(kind: SisErrorKind, message: string, status: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}
