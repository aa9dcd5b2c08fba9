import { parseSmtpUrl } from '../mail/smtp-url.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { Environment } from './config-types.ts';
import type { DistrictFile } from './district-schema.ts';

/** A signature for a domain that is not the sender's helps nobody: receivers ask for the two to agree (DMARC). */
export function checkMail({ mail }: Partial<DistrictFile>, at: Place): ConfigProblem[] {
  if (mail?.dkim === undefined) return [];
  const { domain } = mail.dkim;
  const sender = mail.from.address.split('@')[1]?.toLowerCase() ?? '';
  if (sender === domain.toLowerCase() || sender.endsWith(`.${domain.toLowerCase()}`)) return [];
  return [at(['mail', 'dkim', 'domain'], `found "${domain}", expected ${sender} or a domain above it`)];
}

/** What `mail` in district.yaml needs from the environment, and the other way round. */
export function mailSecretProblems(
  mail: DistrictFile['mail'] | undefined,
  environment: Environment,
): ConfigProblem[] {
  if (mail === undefined) return [];
  const problems: ConfigProblem[] = [];
  const complain = (key: string, message: string) =>
    problems.push({ file: 'environment', line: null, column: null, key, message });
  if (mail.dkim !== undefined && environment.dkimKey === null)
    complain('ROLLCALL_DKIM_KEY', 'is not set, expected the key for `mail.dkim` in district.yaml');
  if (mail.dkim === undefined && environment.dkimKey !== null)
    complain('ROLLCALL_DKIM_KEY', 'is set, expected `mail.dkim` in district.yaml with it');
  const byToken = signsInByToken(environment.smtpUrl);
  if (byToken === null) return problems;
  const { oauth2 } = mail;
  if (oauth2 === undefined) {
    if (byToken) complain('SMTP_URL', 'has auth=xoauth2, expected `mail.oauth2` in district.yaml with it');
    return problems;
  }
  if (!byToken)
    complain('SMTP_URL', 'has no auth=xoauth2, expected it together with `mail.oauth2` in district.yaml');
  if (environment.mailClientId === null)
    complain('ROLLCALL_MAIL_CLIENT_ID', 'is not set, expected it for `mail.oauth2` in district.yaml');
  if (oauth2.grant === 'refresh-token' && environment.mailRefreshToken === null)
    complain('ROLLCALL_MAIL_REFRESH_TOKEN', 'is not set, expected it for the grant `refresh-token`');
  return problems;
}

/** @returns null where there is no server, or none that can be read: that is told elsewhere */
function signsInByToken(smtpUrl: string | null): boolean | null {
  if (smtpUrl === null) return null;
  try {
    return parseSmtpUrl(smtpUrl).signIn?.password === null;
  } catch {
    return null;
  }
}
