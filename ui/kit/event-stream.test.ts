import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventParser, type StreamEvent } from './event-stream.ts';

const stream =
  'retry: 1000\n\n: alive\n\nid: 7\nevent: changed\ndata: {"id":"a"}\n\nevent: reset\ndata: null\n\nid: 8\ndata: one\ndata: two\n\n';
const whole: StreamEvent[] = [
  { id: '7', event: 'changed', data: '{"id":"a"}' },
  { id: null, event: 'reset', data: 'null' },
  { id: '8', event: 'message', data: 'one\ntwo' },
];

test('events come out the same however the network cuts the stream', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 }), (cuts) => {
      const parse = eventParser();
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const events = at.slice(1).flatMap((end, index) => parse(stream.slice(at[index], end)));
      assert.deepEqual(events, whole);
    }),
  );
});
