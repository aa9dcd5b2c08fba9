import type { z } from 'zod';
import type { BrakeLimits } from '../domain/brakes.ts';
import type { CalendarFacts } from '../domain/calendar.ts';
import type { Mode } from '../domain/ladder-facts.ts';
import type { Pictures } from '../domain/picture.ts';
import type { Policy, Role } from '../domain/policy.ts';
import type { RetentionRules } from '../domain/retention.ts';
import type { UploadRules } from '../domain/uploads.ts';
import type { BackupConfig } from './backup-schema.ts';
import type { SisYear } from './calendar-facts.ts';
import type { ContactLogRules } from './contact-log-schema.ts';
import type { HealthConfig, ServiceConfig } from './health-schema.ts';
import type { MeetingsConfig } from './meetings-schema.ts';
import type { PagesConfig } from './pages-config.ts';
import type { IcsFile } from './read-calendars.ts';
import type { guardsSchema, sisSchema } from './sis-schema.ts';
import type { StaffDirectory, StaffFromSis } from './staff-directory.ts';
import type { staffMailSchema } from './staff-mail-schema.ts';

/** One validated, typed value made of `district.yaml`, `policy.yaml` and the environment. */
export interface Config {
  readonly configDir: string;
  readonly dataDir: string;
  /** Where it lies, no letter and no packet leaves. */
  readonly stopFile: string;
  readonly templatesDir: string;
  readonly environment: Environment;
  readonly district: DistrictInfo;
  /** Folders are whole paths. */
  readonly sis: SisConfig;
  readonly guards: GuardLimits;
  readonly goLive: GoLiveConfig;
  readonly schools: readonly SchoolInfo[];
  /** Those of the file, and those of the SIS as `refreshStaff` found them last. */
  readonly staff: readonly StaffMember[];
  /** null: nobody is staff because the SIS says so. */
  readonly staffFromSis: StaffFromSis | null;
  readonly staffDirectory: StaffDirectory;
  readonly truancyOfficer: TruancyOfficer;
  readonly mail: MailConfig;
  /** null: bounces and replies are not read. */
  readonly mailbox: MailboxConfig | null;
  /** null: no pages are served, and mails have no links. */
  readonly pages: PagesConfig | null;
  readonly meetings: MeetingsConfig;
  readonly staffMail: StaffMailConfig;
  readonly brakes: BrakeLimits;
  /** What is taken into attendance files. */
  readonly documents: UploadRules;
  readonly contactLog: ContactLogRules;
  readonly backup: BackupConfig;
  readonly retention: RetentionRules;
  readonly health: HealthConfig;
  readonly service: ServiceConfig;
  readonly schedule: ScheduleConfig;
  readonly policy: Policy;
  /** The policy of another file, checked against this district. @throws ConfigError with everything that is wrong */
  policyFrom(path: string): Policy;
  /** iCalendar files that calendars name. */
  readonly icsFiles: readonly IcsFile[];
  /** The calendar of a school (null: the district's) within a school year. */
  calendarFor(schoolSourcedId: string | null, schoolYear: SisYear): CalendarFacts;
  /** Logo and signature for what a school (null: the district) writes on paper. */
  picturesFor(schoolSourcedId: string | null): Pictures;
  /** Who has a role at a school; the district's people where the school has nobody. */
  staffFor(role: Role, schoolSourcedId: string | null): readonly StaffMember[];
}

/** Secrets and addresses of servers: from the environment or files it names, never from YAML. */
export interface Environment {
  /** null: the embedded PostgreSQL in the data folder. */
  readonly databaseUrl: string | null;
  /** null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null;
  /** null: mails are written into the outbox folder. */
  readonly smtpUrl: string | null;
  readonly sisClientId: string | null;
  readonly sisClientSecret: string | null;
  /** Credentials of the attendance source, where it has its own. */
  readonly attendanceClientId: string | null;
  readonly attendanceClientSecret: string | null;
  /** To sign in to the mailbox: one of the two. A token that stands in a file is read anew at each sign-in. */
  readonly mailboxPassword: string | null;
  readonly mailboxToken: string | null;
  readonly mailboxTokenFile: string | null;
  readonly mailClientId: string | null;
  readonly mailClientSecret: string | null;
  readonly mailRefreshToken: string | null;
  /** RSA, as PEM. */
  readonly dkimKey: string | null;
  readonly oidcClientSecret: string | null;
  /** null: a key is made in the data folder on first use. */
  readonly secretKey: string | null;
  /** Asked for after each night that has ended well, and after one that has not; null: nobody is told. */
  readonly pingUrl: string | null;
  readonly pingFailUrl: string | null;
  /** Opens the ZIP files in which packets are mailed. */
  readonly packetPassword: string | null;
  /** The own key before the one in use: what was signed with it is still taken. */
  readonly secretKeyBefore: string | null;
  /** null: `document.key` in the data folder, made when the first document is kept. */
  readonly documentKey: string | null;
  /** null: `backup.key` in the data folder, made when the first backup is. */
  readonly backupKey: string | null;
  /** Opens backups from before the key in use. */
  readonly backupKeyBefore: string | null;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

export interface DistrictInfo {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly phone: string;
  readonly website: string | null;
  readonly addressLines: readonly string[];
}

export type SisConfig = z.output<typeof sisSchema>;
export type GuardLimits = z.output<typeof guardsSchema>;
export type StaffMailConfig = z.output<typeof staffMailSchema>;

export interface SchoolInfo {
  /** sourcedId of the org. */
  readonly id: string;
  readonly name: string | null;
  readonly phone: string;
  readonly email: string | null;
  readonly addressLines: readonly string[];
  readonly signature: { readonly name: string; readonly title: string };
  /** What may leave for this school: its own, or the district's. */
  readonly mode: Mode;
}

export interface GoLiveConfig {
  /** Of the district, and of every school that sets none. */
  readonly mode: Mode;
  /** What becomes of steps that were reached before the first read of a school year that is under way. */
  readonly baseline: 'mark' | 'none';
}

export interface StaffMember {
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** sourcedIds, or all schools of the district. */
  readonly schools: readonly string[] | 'all';
}

export interface TruancyOfficer {
  readonly name: string;
  readonly email: string;
  readonly agency: string;
  readonly delivery: 'link' | 'mail' | 'folder';
  /** Where packets are put with `delivery: folder`. */
  readonly folder: string | null;
  readonly legalBasis: string;
  readonly attachment: 'encrypted' | 'unencrypted';
  /** Megabytes of 1,000,000 bytes. */
  readonly largestAttachmentMegabytes: number;
  /** School days. */
  readonly remindAfterDays: number;
  readonly tellSchoolAfterDays: number;
  /** The officer’s legitimate interest in the record. */
  readonly interest: string;
}

export interface MailConfig {
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo: { readonly name: string; readonly address: string } | null;
  readonly messageIdDomain: string;
  /** Base of the return paths; null: the sender's address. */
  readonly returnPath: string | null;
  readonly sendingWindow: { readonly from: string; readonly to: string };
  /** How many mails may be handed over; null: as many as there are. */
  /** The key with which mails are signed; null: they are not. */
  readonly dkim: { readonly domain: string; readonly selector: string; readonly privateKey: string } | null;
  /** How the mail server gives its access tokens; null: it takes a password, or asks for none. */
  readonly oauth2: {
    readonly tokenUrl: string;
    readonly grant: 'client-credentials' | 'refresh-token';
    readonly scope: string | null;
  } | null;
  readonly limits: { readonly perMinute: number | null; readonly perDay: number | null };
  readonly paper: {
    readonly envelopeOrder: 'name' | 'postal-code';
    /** Letters about several children share an envelope, where addressees and address are the same. */
    readonly siblingsTogether: boolean;
    /** School days. */
    readonly remindAfterDays: number;
  };
}

/** The mailbox in which bounces and replies are read, by IMAP. */
export interface MailboxConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly user: string;
  readonly folder: string;
  /** null: what was dealt with is marked as read and stays. */
  readonly processedFolder: string | null;
  /** Cron line in the district's time zone. */
  readonly poll: string;
}

/** Cron lines in the district's time zone. */
export interface ScheduleConfig {
  readonly sync: string;
  readonly fullSync: string;
  readonly digest: string;
}
