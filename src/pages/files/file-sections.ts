import type { FileView } from '../../store/file-view.ts';
import type { Html } from '../html.ts';
import type { PageRequest, Site } from '../site.ts';

/** Sections of a student's page, in this order. */
const SECTIONS = ['documents', 'meetings', 'contracts', 'referral', 'disclosures'] as const;
type SectionName = (typeof SECTIONS)[number];

/**
 * A part of a student's page, its own `section` with an `h2`; `nothing` where there is none. It shows what the file has:
 * a page is one round trip, and everything on it as of one moment.
 */
export type FileSection = (file: FileView, request: PageRequest) => Html;

/** Of each site its own, as with the forms of tasks. */
const sectionsOf = new WeakMap<Site, Map<SectionName, FileSection>>();

/** Each part shows its section itself. */
export function registerFileSection(site: Site, name: SectionName, section: FileSection): void {
  const sections = sectionsOf.get(site) ?? new Map<SectionName, FileSection>();
  sectionsOf.set(site, sections);
  sections.set(name, section);
}

/** Those that are registered, in their order. */
export function fileSectionsOf(site: Site): FileSection[] {
  const sections = sectionsOf.get(site);
  return SECTIONS.flatMap((name) => sections?.get(name) ?? []);
}
