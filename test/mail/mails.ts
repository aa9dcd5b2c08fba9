import { buildMessage, type MessageParts } from '../../src/mail/message.ts';

export function aMessage(changes: Partial<MessageParts> = {}): MessageParts {
  return {
    kind: 'letter',
    ref: 'L-7F3K-2Q9M',
    step: 'first-letter',
    messageId: '<0123456789abcdef@mail.example.org>',
    date: new Date('2026-10-05T13:00:00Z'),
    from: { name: 'Lincoln Elementary School', address: 'attendance@example.org' },
    to: { name: 'Ana Pérez', address: 'ana@families.test' },
    replyTo: null,
    subject: 'A letter from the school',
    text: 'Dear family,\n\n.a line that starts with a dot\n',
    html: '<p>Dear family,</p>',
    language: 'en',
    attachments: [],
    ...changes,
  };
}

export async function aMail(to = 'ana@families.test', changes: Partial<MessageParts> = {}) {
  return {
    raw: await buildMessage(aMessage({ to: { name: '', address: to }, ...changes })),
    envelope: { from: 'bounces+L-7F3K-2Q9M@example.org', to },
  };
}
