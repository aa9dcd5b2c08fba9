import type { FileView } from '../../store/file-view.ts';
import type { Html } from '../html.ts';
import type { PageRequest, Site } from '../site.ts';

/** Sections of a student's page, in this order. */
export const SECTIONS = ['documents', 'meetings', 'contracts', 'referral', 'disclosures'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** A part of a student's page, its own `section` with an `h2`; `nothing` where there is none. */
export type FileSection = (file: FileView, request: PageRequest, site: Site) => Promise<Html> | Html;

const sections = new Map<SectionName, FileSection>();

/** A part that knows more of it than the file's page does shows its section itself. */
export function registerFileSection(name: SectionName, section: FileSection): void {
  sections.set(name, section);
}

/** @returns null: the file's page shows what the store knows */
export function fileSectionOf(name: SectionName): FileSection | null {
  return sections.get(name) ?? null;
}
