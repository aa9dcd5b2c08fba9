import type { AuditActor } from '../domain/audit.ts';

/** Whoever types a command, by the name that `--by` gives. */
export function atCommandLine(name: string): AuditActor {
  return { kind: 'command-line', name, email: null };
}
