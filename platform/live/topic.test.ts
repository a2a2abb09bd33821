import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newId } from '#platform/clock';
import type { StreamEvent } from '#platform/http';
import type { Change } from './changes-text.ts';
import { Topic } from './topic.ts';

const change = (): Change => ({ id: newId(), version: 1 });

/** A face: it patches by changes, fetches when told, and holds what it believes to be complete up to a generation. */
function reader() {
  const face = {
    complete: -1,
    gaps: 0,
    hear({ id, event }: StreamEvent) {
      const gen = Number(id);
      if (event === 'changes' && face.complete !== -1 && gen !== face.complete + 1) face.gaps += 1;
      face.complete = gen;
    },
  };
  return face;
}

test('a generation that was skipped is a reset', () => {
  const topic = new Topic(3);
  const told: string[] = [];
  topic.join(null, ({ id, event }) => told.push(`${event} ${id}`));
  topic.hear(4, 3, [change()]);
  topic.hear(6, 5, [change()]);
  topic.hear(5, 4, [change()]);
  topic.hear(7, 6, null);
  assert.deepEqual(told, ['ready 3', 'changes 4', 'reset 6', 'reset 7']);
});

test('whatever is heard, lost, doubled or late, no reader has a gap that it was not told of', () => {
  const step = fc.record({ gen: fc.integer({ min: 1, max: 40 }), leave: fc.boolean(), tooMany: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const topic = new Topic(0);
      const face = reader();
      let leave = topic.join(null, face.hear);
      for (const { gen, leave: leaves, tooMany } of steps) {
        if (leaves) leave();
        topic.hear(gen, gen - 1, tooMany ? null : [change()]);
        if (leaves) leave = topic.join(face.complete, face.hear);
        assert.equal(face.gaps, 0);
        assert.equal(face.complete, topic.gen);
      }
    }),
  );
});

test('only so much is remembered; who missed more fetches again', () => {
  const topic = new Topic(0);
  for (let gen = 1; gen <= 300; gen++) topic.hear(gen, gen - 1, [change()]);
  const events = (after: number) => {
    const told: string[] = [];
    topic.join(after, ({ event }) => told.push(event))();
    return told;
  };
  assert.deepEqual(events(10), ['reset']);
  assert.deepEqual(events(298), ['changes', 'changes', 'ready']);
  assert.deepEqual(events(300), ['ready']);
});
