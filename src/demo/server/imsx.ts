import { jsonReply, type Reply } from './reply.ts';

const minorCodes = {
  400: 'invaliddata',
  401: 'unauthorisedrequest',
  403: 'forbidden',
  404: 'unknownobject',
  405: 'unsupported',
  501: 'unsupported',
} as const;

/** An error in the words of the 1EdTech specifications. */
export function imsxError(
  status: keyof typeof minorCodes,
  description: string,
  minor: string = minorCodes[status],
): Reply {
  return jsonReply(status, {
    imsx_codeMajor: 'failure',
    imsx_severity: 'error',
    imsx_description: description,
    imsx_CodeMinor: {
      imsx_codeMinorField: [{ imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: minor }],
    },
  });
}
