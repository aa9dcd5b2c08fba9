import { createHash } from 'node:crypto';
import type { KeptBytes, PacketFacts } from '../../src/documents/packet-facts.ts';
import { schoolDate } from '../../src/domain/school-date.ts';

/** What the file keeps, by the id of the document. */
const kept = new Map<string, Uint8Array>();

export function keep(bytes: Uint8Array, mediaType = 'application/pdf'): KeptBytes {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  kept.set(sha256, bytes);
  return { documentId: sha256, sha256, mediaType };
}

export async function bytesOf({ documentId }: KeptBytes): Promise<Uint8Array> {
  return kept.get(documentId) ?? Buffer.alloc(0);
}

bytesOf.sizeOf = ({ documentId }: KeptBytes) => kept.get(documentId)?.length ?? 0;

/** The smallest attendance file of a case. */
export function aFile(changes: Partial<PacketFacts> = {}): PacketFacts {
  return {
    caseNumber: 'R-AAAA-BBBB',
    date: schoolDate('2026-11-02'),
    schoolYear: '2026–27',
    district: { name: 'Riverbend District', phone: '(303) 555-0100' },
    school: { name: 'Cottonwood Elementary', phone: '(303) 555-0110' },
    officer: { name: 'Officer K. Moreno', agency: 'County Truancy Office' },
    legalBasis: 'FERPA, 34 CFR 99.31',
    student: { name: 'Ada Brontë', grade: '05', number: '100231', birthDate: null },
    guardians: [],
    summary: 'The student has been absent 11 days.',
    absences: [],
    contacts: [],
    letters: [],
    meetings: [],
    documents: [],
    contracts: [],
    timeline: [],
    unconfirmed: [],
    differences: null,
    ...changes,
  };
}

export function aDocument(
  number: number,
  { kept: bytes, own = false }: { kept: KeptBytes; own?: boolean },
): PacketFacts['documents'][number] {
  return {
    reference: `D-${String(number).padStart(4, '0')}`,
    title: 'Medical note',
    date: schoolDate('2026-10-01'),
    receivedOn: schoolDate('2026-10-02'),
    receivedBy: 'Ana Silva',
    own,
    kept: bytes,
    unbound: null,
  };
}
