/** What tasks ask of somebody who answers on a page: the same as for the command line, without its commands. */
export const asksOnPages: Readonly<Record<string, string>> = {
  'agree-contract':
    'Agree with the family how many days may still be missed and until when, and record it; also that the family refused.',
  'contract-violated':
    'More days were missed than it allows, and the time for a note is over. The file shows the days. What the procedure asks for then goes on by itself',
  'print-letters':
    'Print the run, check it against its control sheet, post it, and confirm it as posted. The page of the run has the file, and tells what must be pulled',
  approval: 'Nothing is sent before you say yes',
  'approve-batch': 'None of them is sent before you say yes. The page shows each letter by school and step',
  'sending-stopped':
    'No letter is handed to the mail server before a person says go on. Find out why they failed, then let them leave again; the page says who may',
  'kill-switch':
    'No letter and no packet leaves; counting goes on. Find out whether the reason still holds; where it does not, the page ends the stop',
  'resolve-letter':
    'The mail server may or may not have it. Find out, for example from its log, and record what you found; nothing is sent again before',
  'count-corrected':
    'The absences of this student were corrected, and what was sent is marked as superseded. Please tell the family that the count was corrected; the IT contact can write them a letter of correction',
  'contract-kept':
    'The student has kept it to its end. Please tell the family so. The letter is ready, to print or to send',
  'contract-ends':
    'Decide with the family whether it goes on. The page of the contract drafts the next one with the same terms',
  'officer-question': 'Please answer it on this page; the officer sees the answer',
  'mailbox-trouble': 'Bounces and replies wait in it until it can. Please tell the IT contact',
  'hold-flag-gone':
    'The hold stays until a person ends it. Find out what is true; the page of the student has the hold',
  'hold-flag-unread':
    'Nothing is sent about this student until it can be. Find out what is true and correct the field in the SIS',
  'letter-held':
    'It does not leave by itself. Please tell the IT contact, who can issue it once more, or send it by hand and record it as sent',
  'pull-letter':
    'It must not be posted. Take it out of its print run and record it as pulled; if it is in the post already, as already posted',
  'fix-postal-address':
    'Please find out the address and correct it in the SIS; until then nothing is sent there. Record it as corrected, or that the address was right',
};
