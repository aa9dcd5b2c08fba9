import type { PDFContext, PDFRef } from '@cantoo/pdf-lib';
import { escapeXml } from './escape-xml.ts';

/**
 * Title and author of a document, and, unless pages of others are in it, for which nobody can say so, that it is PDF/UA
 * (ISO 14289-1).
 */
export function uaMetadata(
  context: PDFContext,
  about: { readonly title: string; readonly author: string; readonly created: Date },
  { conforms }: { readonly conforms: boolean },
): PDFRef {
  const date = about.created.toISOString().replace(/\.\d{3}Z$/, 'Z');
  const packet = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(about.title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>${escapeXml(about.author)}</rdf:li></rdf:Seq></dc:creator>
<xmp:CreatorTool>Rollcall</xmp:CreatorTool><xmp:CreateDate>${date}</xmp:CreateDate><xmp:ModifyDate>${date}</xmp:ModifyDate>
<pdf:Producer>Rollcall</pdf:Producer>${conforms ? '<pdfuaid:part>1</pdfuaid:part>' : ''}
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`;
  return context.register(context.stream(Buffer.from(packet, 'utf8'), { Type: 'Metadata', Subtype: 'XML' }));
}
