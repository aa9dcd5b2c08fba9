/** How a contact ended, as staff choose it and read it in the file. */
export const contactWords: Readonly<Record<string, string>> = {
  reached: 'Reached',
  'left-message': 'Left a message',
  'no-answer': 'No answer',
  'wrong-number': 'Wrong number',
  'note-promised': 'A note was promised',
  refused: 'Did not wish to talk',
};
