import { LONGEST_BASE } from '../mail/return-path.ts';
import { isLoopback } from '../mail/smtp-url.ts';
import type { ConfigProblem, Place } from './config-error.ts';
import type { Environment } from './config-types.ts';
import type { DistrictFile } from './district-schema.ts';
import { clockGaps, scheduleProblem } from './schedule-problem.ts';

/** What has to fit together for the mailbox to be read: host and TLS, schedule, folders, and the environment. */
export function checkMailbox(
  { mailbox, mail, district }: Partial<DistrictFile>,
  environment: Pick<Environment, 'mailboxPassword' | 'mailboxToken'>,
  at: Place,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const returnPath = mail?.returnPath;
  if (returnPath !== undefined && returnPath.indexOf('@') > LONGEST_BASE) {
    const expected = `expected at most ${LONGEST_BASE} characters before the @, since a mark of each mail is added`;
    problems.push(at(['mail', 'returnPath'], `found ${returnPath.indexOf('@')} characters, ${expected}`));
  }
  if (mailbox === undefined) return problems;
  if (mailbox.tls === 'none' && !isLoopback(mailbox.host)) {
    const expected = 'expected `implicit` or `starttls`: without TLS a mailbox is read on this machine only';
    problems.push(at(['mailbox', 'tls'], `found "none" for ${mailbox.host}, ${expected}`));
  }
  if (mailbox.processedFolder === mailbox.folder) {
    problems.push(
      at(
        ['mailbox', 'processedFolder'],
        `found "${mailbox.folder}", expected another folder than the one that is read`,
      ),
    );
  }
  const cronProblem =
    district === undefined ? null : scheduleProblem(mailbox.poll, clockGaps(district.timeZone));
  if (cronProblem !== null) problems.push(at(['mailbox', 'poll'], `found "${mailbox.poll}", ${cronProblem}`));
  return [...problems, ...checkSignIn(environment, mail?.oauth2 !== undefined, at)];
}

function checkSignIn(
  { mailboxPassword, mailboxToken }: Pick<Environment, 'mailboxPassword' | 'mailboxToken'>,
  fetchesTokens: boolean,
  at: Place,
): ConfigProblem[] {
  if ((mailboxPassword === null) !== (mailboxToken === null)) return [];
  if (mailboxPassword === null && fetchesTokens) return [];
  const found = mailboxPassword === null ? 'nothing to sign in with' : 'a password and a token';
  return [
    at(
      ['mailbox', 'user'],
      `found ${found} in the environment, expected ROLLCALL_MAILBOX_PASSWORD or ROLLCALL_MAILBOX_TOKEN, or \`mail.oauth2\``,
    ),
  ];
}
