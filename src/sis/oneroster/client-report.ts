import type { OneRosterClient } from './client.ts';

/** What a person should know of the calls of one client: counts only. */
export function clientReport(client: OneRosterClient): Record<string, number> {
  const notGranted = client.scopesNotGranted().length;
  return { retries: client.retries(), ...(notGranted > 0 && { scopesNotGranted: notGranted }) };
}
