import { firstValue, type HeaderField } from './header-fields.ts';

/** How we know that nobody wrote a mail by hand, as a code word for the count. */
export type AutomaticSign =
  | 'auto-submitted'
  | 'auto-reply'
  | 'precedence'
  | 'mailing-list'
  | 'suppresses-answers'
  | 'null-return-path'
  | 'machine-sender'
  | 'read-receipt'
  | 'complaint'
  | 'absence-subject';

/**
 * Why a mail counts as written by a machine: an out-of-office note, a list, a receipt. Headers decide; the subject only
 * where mail systems set it by themselves, in words of their own, before that of the mail.
 * @param subject decoded
 * @returns null when a person may have written it
 */
export function automaticSign(fields: readonly HeaderField[], subject: string): AutomaticSign | null {
  const value = (key: string) => firstValue(fields, key).toLowerCase();
  const has = (...keys: readonly string[]) => fields.some((field) => keys.includes(field.key));
  const contentType = value('content-type');
  if (contentType.startsWith('multipart/report')) {
    if (contentType.includes('disposition-notification')) return 'read-receipt';
    if (contentType.includes('feedback-report')) return 'complaint';
  }
  // RFC 3834: anything but `no`, also with parameters or a comment behind it.
  if (has('auto-submitted') && !/^no(?:[\s;(]|$)/.test(value('auto-submitted'))) return 'auto-submitted';
  if (has('x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply', 'x-auto-reply-from')) {
    return 'auto-reply';
  }
  if (has('x-mail-autoreply', 'x-ms-exchange-generated-message-source')) return 'auto-reply';
  if (/^(?:bulk|junk|list|auto_reply)\b/.test(value('precedence'))) return 'precedence';
  if (has('list-id', 'list-unsubscribe', 'list-post', 'feedback-id', 'x-mailing-list')) return 'mailing-list';
  if (has('x-auto-response-suppress')) return 'suppresses-answers';
  if (/^<\s*>$/.test(value('return-path'))) return 'null-return-path';
  if (MACHINES.test(value('from'))) return 'machine-sender';
  return ABSENCE.test(subject.slice(0, 200)) ? 'absence-subject' : null;
}

const MACHINES =
  /(?:^|[<\s"])(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|auto-?reply)(?:[+-][^@\s]{0,100})?@/;

/** Words that mail systems put before the subject of the mail that they answer. */
const ABSENCE = new RegExp(
  `^(?:${[
    'Automatic reply',
    'Auto-?reply',
    'Out of (?:the )?office',
    'Respuesta automática',
    'Fuera de (?:la )?oficina',
    'Réponse automatique',
    'Absence du bureau',
    'Automatische Antwort',
    'Abwesenheitsnotiz',
    'Resposta automática',
    'Ausência temporária',
    'Risposta automatica',
    'Automatisch antwoord',
    'Автоматический ответ',
    'Автоответ',
    'Автовідповідь',
    'Trả lời tự động',
    'رد تلقائي',
    '自动(?:回复|答复)',
    '自動(?:回覆|応答|返信)',
    '자동 회신',
    'Odpowiedź automatyczna',
    'Otomatik yanıt',
  ].join('|')})\\s*[:：]`,
  'iu',
);
