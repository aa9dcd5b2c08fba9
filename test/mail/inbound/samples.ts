/** The mail of ours that an inbound mail is about. */
export interface About {
  /** With angle brackets. */
  readonly messageId: string;
  /** Where the notice goes: our return path. */
  readonly returnPath: string;
  /** To whom ours went. */
  readonly recipient: string;
}

const RETURNED = ({ messageId, recipient }: About) =>
  `From: Riverbend Attendance <attendance@district.example.org>
To: ${recipient}
Message-ID: ${messageId}
Subject: A message about attendance
X-Rollcall-Kind: letter`;

const POSTFIX = (about: About, fields: string) => `Return-Path: <>
Delivered-To: ${about.returnPath}
Date: Tue, 22 Sep 2026 14:31:02 +0000 (UTC)
From: MAILER-DAEMON@relay.district.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ${about.returnPath}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4XyZ12abcd.1790087462/relay.district.example.org"
Message-Id: <20260922143102.4XyZ12abcd@relay.district.example.org>

This is a MIME-encapsulated message.

--4XyZ12abcd.1790087462/relay.district.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4XyZ12abcd.1790087462/relay.district.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.district.example.org
X-Postfix-Queue-ID: 4XyZ12abcd
Arrival-Date: Tue, 22 Sep 2026 14:31:01 +0000 (UTC)

${fields}

--4XyZ12abcd.1790087462/relay.district.example.org
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

${RETURNED(about)}

--4XyZ12abcd.1790087462/relay.district.example.org--
`;

const EXCHANGE = (about: About) => `From: <postmaster@school365.example.com>
To: ${about.returnPath}
Date: Tue, 22 Sep 2026 14:31:02 +0000
Content-Type: multipart/report; report-type=delivery-status;
	boundary="3f1c2b8e-1d0d-4f3b-9a41-aa51c9e7d1aa"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Message-ID: <f00dcafe-0001@SN1PR00.prod.outlook.example.com>
In-Reply-To: ${about.messageId}
References: ${about.messageId}
Subject: Undeliverable: A message about attendance
Auto-Submitted: auto-replied
MIME-Version: 1.0

--3f1c2b8e-1d0d-4f3b-9a41-aa51c9e7d1aa
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="inner-8e1d"

--inner-8e1d
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message couldn't be delivered.

--inner-8e1d
Content-Type: text/html; charset="us-ascii"

<html><body><p>Your message couldn't be delivered.</p></body></html>

--inner-8e1d--

--3f1c2b8e-1d0d-4f3b-9a41-aa51c9e7d1aa
Content-Type: message/delivery-status

Reporting-MTA: dns;SN1PR00.prod.outlook.example.com
Received-From-MTA: dns;relay.district.example.org
Arrival-Date: Tue, 22 Sep 2026 14:31:01 +0000

Final-Recipient: rfc822;${about.recipient}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${about.recipient} not found by SMTP address lookup

--3f1c2b8e-1d0d-4f3b-9a41-aa51c9e7d1aa
Content-Type: message/rfc822

${RETURNED(about)}
Content-Type: text/plain

The letter.

--3f1c2b8e-1d0d-4f3b-9a41-aa51c9e7d1aa--
`;

const GMAIL = (about: About) => `Delivered-To: ${about.returnPath}
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example.com>
To: ${about.returnPath}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: ${about.messageId}
In-Reply-To: ${about.messageId}
X-Failed-Recipients: ${about.recipient}
Message-ID: <6512a0.bounce@mx.googlemail.example.com>
Date: Tue, 22 Sep 2026 07:31:03 -0700 (PDT)
Content-Type: multipart/report; boundary="0000000000009e1c2d05d0"; report-type=delivery-status

--0000000000009e1c2d05d0
Content-Type: multipart/related; boundary="0000000000009e234b05d3"

--0000000000009e234b05d3
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--0000000000009e234b05d3--
--0000000000009e1c2d05d0
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example.com
Arrival-Date: Tue, 22 Sep 2026 07:31:02 -0700 (PDT)

Final-Recipient: rfc822; ${about.recipient}
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.example.com. (142.251.0.27, the server for the domain family.example.org.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos.
 550 5.1.1 https://support.example.com/mail/?p=NoSuchUser a1-20020a17 - gsmtp

--0000000000009e1c2d05d0
Content-Type: message/rfc822

${RETURNED(about)}

The letter.

--0000000000009e1c2d05d0--
`;

/** Exim without a machine-readable part, as many servers still send it. */
const EXIM = (about: About) => `Return-path: <>
Envelope-to: ${about.returnPath}
X-Failed-Recipients: ${about.recipient}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.family.example.org>
To: ${about.returnPath}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1qjXYZ-0001@mx.family.example.org>
Date: Tue, 22 Sep 2026 14:31:02 +0000

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ${about.recipient}
    host mx2.family.example.org [203.0.113.9]
    SMTP error from remote mail server after RCPT TO:<${about.recipient}>:
    550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

Return-path: <${about.returnPath}>
${RETURNED(about)}

The letter.
`;

/** What mail systems write, about a mail of ours. */
export const notices = {
  postfix: (about: About) =>
    POSTFIX(
      about,
      `Final-Recipient: rfc822; ${about.recipient}
Original-Recipient: rfc822;${about.recipient}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.family.example.org
Diagnostic-Code: smtp; 550 5.1.1 <${about.recipient}>: Recipient address rejected:
    User unknown in virtual mailbox table`,
    ),
  exchange: EXCHANGE,
  gmail: GMAIL,
  exim: EXIM,
  /** Forwarded by the family to an address that no longer works. */
  forwarded: (about: About) =>
    POSTFIX(
      about,
      `Final-Recipient: rfc822; somebody@elsewhere.example.com
Action: failed
Status: 5.2.1
Diagnostic-Code: smtp; 550 5.2.1 mailbox disabled`,
    ),
  /** Days of trying were in vain. */
  expired: (about: About) =>
    POSTFIX(
      about,
      `Final-Recipient: rfc822; ${about.recipient}
Action: failed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.family.example.org[203.0.113.9]:25: Connection timed out`,
    ),
  delayed: (about: About) =>
    POSTFIX(
      about,
      `Final-Recipient: rfc822; ${about.recipient}
Action: delayed
Status: 4.4.1
Will-Retry-Until: Sun, 27 Sep 2026 14:31:01 +0000 (UTC)`,
    ),
  delivered: (about: About) =>
    POSTFIX(
      about,
      `Final-Recipient: rfc822; ${about.recipient}
Action: delivered
Status: 2.0.0
Diagnostic-Code: smtp; 250 2.0.0 Ok: queued as 4AbC`,
    ),
  relayed: (about: About) =>
    POSTFIX(
      about,
      `Final-Recipient: rfc822; ${about.recipient}
Action: relayed (to a system without notices)
Status: 2.0.0`,
    ),
} as const;

/** A mail by a person, or what passes for one. @param headers beyond the usual, each on a line of its own */
export function writtenBy(
  from: string,
  {
    to = 'attendance@district.example.org',
    subject = 'Re: A message about attendance',
    headers = '',
    body = 'He was ill, a note follows.',
  } = {},
): string {
  const extra = headers === '' ? '' : `${headers}\n`;
  return `Return-Path: <${from}>
From: Somebody <${from}>
To: ${to}
Subject: ${subject}
Date: Tue, 22 Sep 2026 18:00:00 -0600
Message-ID: <${from.replace('@', '.')}.${subject.length}@mail.example.net>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
${extra}
${body}
`;
}

/** As it comes from a mail server. */
export function asMail(text: string): Buffer {
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'));
}
