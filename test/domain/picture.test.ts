import { expect, test } from '@jest/globals';
import { readPicture } from '../../src/domain/picture.ts';
import { aJpegHead, aPng } from '../support/pictures.ts';

test.each([
  ['a PNG', aPng(40, 20), { kind: 'picture', width: 40, height: 20 }],
  ['a JPEG', aJpegHead(640, 480), { kind: 'picture', width: 640, height: 480 }],
])('%s is a picture', (_, bytes, size) => {
  expect(readPicture(bytes)).toEqual(size);
});

test.each([
  ['nothing', Buffer.alloc(0), 'an empty file'],
  ['a GIF', Buffer.from('GIF89a'.padEnd(60, '\0'), 'latin1'), 'a GIF'],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'an SVG'],
  ['a PDF', Buffer.from('%PDF-1.7'.padEnd(60)), 'a PDF'],
  ['a PNG that is cut off', aPng(40, 20).subarray(0, -6), 'a picture that is cut off or broken'],
  [
    'a JPEG without a frame',
    Buffer.concat([aJpegHead(9, 9).subarray(0, 8), Buffer.alloc(20)]),
    'a picture that is cut off or broken',
  ],
  ['a script', Buffer.from('#!/bin/sh\nrm -rf something'), 'something else'],
  ['too many pixels', aJpegHead(3_001, 10), '3001 × 10 pixels'],
  ['no pixels', aJpegHead(0, 10), '0 × 10 pixels'],
])('%s is refused', (_, bytes, found) => {
  expect(readPicture(bytes)).toMatchObject({ kind: 'refused', found });
});
