import type { FileView } from '../../store/file-view.ts';
import type { Html } from '../html.ts';
import type { PageRequest, Site } from '../site.ts';

/** Sections of a student's page, in this order. */
export const SECTIONS = ['documents', 'meetings', 'contracts', 'referral', 'disclosures'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** A part of a student's page, its own `section` with an `h2`; `nothing` where there is none. */
export type FileSection = (file: FileView, request: PageRequest, site: Site) => Promise<Html> | Html;

/** Of each site its own, as with the forms of tasks. */
const sectionsOf = new WeakMap<Site, Map<SectionName, FileSection>>();

/** A part that knows more of it than the file's page does shows its section itself. */
export function registerFileSection(site: Site, name: SectionName, section: FileSection): void {
  const sections = sectionsOf.get(site) ?? new Map<SectionName, FileSection>();
  sectionsOf.set(site, sections);
  sections.set(name, section);
}

/** @returns null: the file's page shows what the store knows */
export function fileSectionOf(site: Site, name: SectionName): FileSection | null {
  return sectionsOf.get(site)?.get(name) ?? null;
}
