import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Actor } from '#contracts/identity';
import type { Model } from '#contracts/pricing';
import { type Corner, cornersOf, makePendant, makeRing, writeStl } from './geometry/model-maker.ts';
import { eventually, type PricingUnderTest, pricingUnderTest } from './pricing-under-test.ts';
import { twins } from './store-shapes.ts';

/** What a stored report is marked with: whoever shows it took it over. */
const MARK = 4711;
/** Longer than any run here takes. */
const TOOK_MS = 1_500;

let room: PricingUnderTest;
before(async () => {
  room = await pricingUnderTest();
  await room.startWorker(1);
});
after(() => room.close());

async function measured(actor: Actor, stl: Uint8Array): Promise<Model> {
  const { body } = await room.upload(actor, stl);
  return eventually(
    () => room.model(actor, body.id),
    ({ state }) => state === 'ready',
  );
}

/** Triangles in another order, each from another corner. */
function shuffled(stl: Buffer, by: number): Buffer {
  const corners = cornersOf(stl);
  const count = corners.length / 3;
  const faces = Array.from({ length: count }, (_, i): Corner[] => {
    const at = 3 * ((i * by + 1) % count);
    const turn = i % 3;
    return [0, 1, 2].map((k) => corners[at + ((k + turn) % 3)]!);
  });
  return writeStl(faces.flat());
}

async function mark({ sha256 }: Model): Promise<void> {
  await room.sql`
    update geometry set report = jsonb_set(report, '{hullVolume}', ${room.sql.json(MARK)}), milliseconds = ${TOOK_MS}
    where sha256 = ${sha256}`;
}

async function tookOf({ sha256 }: Model): Promise<number> {
  const [row] = await room.sql<[{ milliseconds: number }]>`select milliseconds from geometry where sha256 = ${sha256}`;
  return row.milliseconds;
}

describe('the same triangles in another order', () => {
  test('are not joined and looked through twice, and are priced by their own first pass', async () => {
    const anna = room.actor('customer');
    const { stl } = makeRing({ diameter: 18, width: 4, thickness: 2, segments: 97 });
    const first = await measured(anna, stl);
    await mark(first);
    const second = await measured(anna, shuffled(stl, 101));
    assert.notEqual(second.sha256, first.sha256);
    assert.equal(second.report!.hullVolume, MARK);
    assert.equal(second.report!.sha256, second.sha256);
    assert.deepEqual(second.report!.thickness, first.report!.thickness);
    assert.ok(Math.abs(second.report!.volume / first.report!.volume - 1) < 1e-8);
    assert.ok((await tookOf(second)) >= TOOK_MS, 'a stranger with these bytes waits as long as for a run');
  });

  test('of another tenant are used without a sign of it', async () => {
    const { stl } = makePendant({ diameter: 20, thickness: 2, hole: 3, petals: 7, segments: 97 });
    const first = await measured(room.actor('customer'), stl);
    await mark(first);
    const started = performance.now();
    const second = await measured(room.actor('customer'), shuffled(stl, 101));
    // Not a measure of speed: sooner would tell that somebody else has the file.
    assert.ok(performance.now() - started >= TOOK_MS - 10);
    assert.equal(second.report!.hullVolume, MARK);
    assert.ok(!JSON.stringify(second).includes(first.sha256));
    assert.equal(second.report!.milliseconds, first.report!.milliseconds);
    assert.ok((await tookOf(second)) >= TOOK_MS);
    const { status } = await room.call(room.actor('customer'), 'GET', `/models/${first.id}`);
    assert.equal(status, 404);
  });

  test('with one corner moved are measured anew', async () => {
    const anna = room.actor('customer');
    const { stl } = makeRing({ diameter: 16, width: 3, thickness: 2, segments: 97 });
    await mark(await measured(anna, stl));
    const corners = cornersOf(stl).map(([x, y, z]): Corner => [x, y, z]);
    const [moved] = corners;
    const next: Corner = [moved![0] + 1e-3, moved![1], moved![2]];
    const same = (a: Corner) => a[0] === moved![0] && a[1] === moved![1] && a[2] === moved![2];
    const other = await measured(anna, writeStl(corners.map((corner) => (same(corner) ? next : corner))));
    assert.equal(other.report!.verdict, 'closed');
    assert.notEqual(other.report!.hullVolume, MARK);
  });
});

test('the seed of the fingerprints is made once, whoever asks first', async () => {
  const seeds = await Promise.all([1, 2, 3].map(() => twins(room.sql).fingerprintSeed()));
  assert.equal(new Set(seeds).size, 1);
  assert.ok(seeds[0]! > 2n ** 64n);
});
