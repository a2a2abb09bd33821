import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Progress, STAGES } from '#contracts/pricing';
import { makeRing } from './geometry/index.ts';
import { eventually, type PricingUnderTest, pricingUnderTest } from './pricing-under-test.ts';
import { retellRun, stageAt } from './retell-run.ts';

const TOOK_MS = 2_000;

let room: PricingUnderTest;
before(async () => {
  room = await pricingUnderTest();
});
after(() => room.close());

test('the same bytes of another tenant go through the stages of a run', async () => {
  const { stl } = makeRing({ diameter: 19, width: 4, thickness: 2, segments: 61 });
  await room.startWorker();
  const upload = async () => {
    const tenant = room.actor('customer');
    return { tenant, id: (await room.upload(tenant, stl)).body.id };
  };
  const measured = async ({ tenant, id }: Awaited<ReturnType<typeof upload>>) =>
    eventually(
      () => room.model(tenant, id),
      ({ report }) => report !== null,
    );
  const first = await measured(await upload());
  await room.sql`update geometry set milliseconds = ${TOOK_MS} where sha256 = ${first.sha256}`;
  const second = await upload();
  await eventually(
    () => room.model(second.tenant, second.id),
    ({ progress }) => progress?.stage === 'thickness',
  );
  assert.deepEqual((await measured(second)).report, first.report);
});

test('what is told of a reused run only goes forward, to the last stage', async () => {
  const reports = [
    { format: 'stl-binary', thickness: {} },
    { format: 'step', thickness: {} },
    { format: 'obj', thickness: null },
    null,
  ] as (Parameters<typeof stageAt>[0] & object)[];
  for (const report of reports) {
    const told = Array.from({ length: 200 }, (_, i) => stageAt(report, i / 200));
    for (const [i, { stage, share }] of told.entries()) {
      assert.ok(share >= 0 && share <= 1);
      const before = told[i - 1];
      if (before?.stage === stage) assert.ok(share >= before.share);
      else if (before) assert.equal(STAGES.indexOf(stage), STAGES.indexOf(before.stage) + 1);
    }
    assert.equal(told.at(-1)!.stage, report?.thickness ? 'pricing' : report ? 'topology' : 'reading');
  }
  const progress: Progress[] = [];
  const report = { format: 'stl-binary', thickness: {} } as NonNullable<
    Parameters<typeof retellRun>[0]['outcome']['report']
  >;
  const signal = new AbortController().signal;
  await retellRun({
    outcome: { report },
    milliseconds: 200,
    from: 0.5,
    onProgress: (news) => progress.push(news),
    signal,
  });
  assert.deepEqual(new Set(progress.map(({ stage }) => stage)), new Set(['thickness']));
});
