/** What a document that somebody brings is. */
export const uploadKinds = ['medical-note', 'attendance-contract', 'meeting-notes', 'other'] as const;
export type UploadKind = (typeof uploadKinds)[number];

export const uploadKindWords: Readonly<Record<UploadKind, string>> = {
  'medical-note': 'Medical note',
  'attendance-contract': 'Attendance contract',
  'meeting-notes': 'Meeting notes',
  other: 'Other document',
};

/** What a district takes in. */
export interface UploadLimits {
  readonly maxMegabytes: number;
  readonly maxPages: number;
}

/** Where clamd listens. */
export type Scanner = { readonly socket: string } | { readonly host: string; readonly port: number };

export interface UploadRules extends UploadLimits {
  /** Where files lie while they come and are looked at. */
  readonly folder: string;
  /** The virus scanner that looks at every file; null: none. */
  readonly clamav: Scanner | null;
}

/** What can be taken in, by its content. */
export type UploadType = 'application/pdf' | 'image/jpeg' | 'image/png';

export interface UploadRefusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** What was found, where it helps: `a HEIC photo`. */
  readonly found?: string;
}

const words = {
  empty: 'The file is empty.',
  'too-large': 'The file is too large: at most {megabytes} MB are taken. Scan it with a lower resolution.',
  'wrong-type': 'The file is {found}. PDF, JPEG and PNG are taken: save it as PDF, or scan it.',
  unreadable: 'The file is damaged: it cannot be read. Scan it again, or print it to a new PDF.',
  'two-in-one': 'The file has something else behind its end. Print it to a new PDF, or scan it.',
  encrypted:
    'The PDF is protected by a password or encrypted. Save it without protection, or print and scan it.',
  script: 'The PDF has a script in it. Print it to a new PDF, or scan it.',
  launch: 'The PDF opens programs, files or addresses by itself. Print it to a new PDF, or scan it.',
  attachments: 'The PDF has other files in it. Upload these one by one, or print it to a new PDF.',
  'xfa-form': 'The PDF is a form of a kind that can change itself (XFA). Print it to a new PDF, or scan it.',
  media: 'The PDF has sound, film or 3D in it. Print it to a new PDF, or scan it.',
  'no-pages': 'The PDF has no pages.',
  'too-many-pages': 'The PDF has {found}, and at most {pages} are taken. Split it.',
  'too-many-pixels': 'The picture is too large: {found}. Make it smaller, or scan the page.',
  'too-much-work': 'The file asks for too much work to be checked. Print it to a new PDF, or scan it.',
  malware: 'The virus scanner has found something in the file. Tell the IT contact, and do not open it.',
  'scanner-away':
    'The virus scanner cannot be reached, so nothing is taken now. Try again later, or tell the IT contact.',
} as const;

export type RefusalReason = keyof typeof words;

/** Why a file is not taken, and what can be done about it. */
export function refusalInWords({ reason, found = '' }: UploadRefusal, limits: UploadLimits): string {
  return words[reason]
    .replace('{found}', found)
    .replace('{megabytes}', String(limits.maxMegabytes))
    .replace('{pages}', String(limits.maxPages));
}

/** The shortest name that still tells a file from others. */
const LONGEST_NAME = 120;
const PATHS = /^.*[/\\]/u;
/** Control characters, marks that turn the direction of text around, and what nobody sees. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu;

/** A file's name as text to show: never a path, one line, no more than 120 characters. */
export function cleanFileName(name: string): string {
  const plain = name
    .toWellFormed()
    .normalize('NFC')
    .replace(PATHS, '')
    .replace(UNSEEN, '')
    .replace(/["<>|:*?]/g, '_')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+/, '');
  return [...plain].slice(0, LONGEST_NAME).join('').trim() || 'document';
}
