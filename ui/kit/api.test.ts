import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONSISTENCY_HEADER } from '#contracts/consistency';
import { ApiProblem, createApi } from './api.ts';
import { consistencyInMemory } from './consistency.ts';

interface Sent {
  authorization: string | undefined;
  body: unknown;
}

/** A server that gives the listed answers in turn and remembers what it was sent. */
function server(...answers: (() => Response)[]): { sent: Sent[]; send: typeof fetch } {
  const sent: Sent[] = [];
  const send = (async (_path, init) => {
    const headers = init?.headers as Record<string, string>;
    sent.push({ authorization: headers['authorization'], body: init?.body });
    const answer = answers[sent.length - 1];
    if (!answer) throw new TypeError('fetch failed');
    return answer();
  }) as typeof fetch;
  return { sent, send };
}

const problem =
  (status: number, code: string, members: object = {}) =>
  () =>
    new Response(JSON.stringify({ status, code, title: code, ...members }), {
      status,
      headers: { 'retry-after': '0' },
    });
const ok = (body: unknown) => () => new Response(JSON.stringify(body));

test('an expired token is renewed once, and the call goes through', async () => {
  const { sent, send } = server(problem(401, 'auth.expired'), ok({ yes: true }));
  const api = createApi(async (fresh) => (fresh ? 'new' : 'old'), send);
  assert.deepEqual(await api.get('/x'), { yes: true });
  assert.deepEqual(
    sent.map((call) => call.authorization),
    ['Bearer old', 'Bearer new'],
  );
});

test('a command is repeated with the same body while the room is away', async () => {
  const { sent, send } = server(problem(503, 'room.unavailable'), problem(503, 'room.unavailable'), ok({ version: 2 }));
  const api = createApi(async () => 't', send);
  assert.deepEqual(await api.command('/x', { commandId: 'a' }), { version: 2 });
  assert.equal(new Set(sent.map((call) => call.body)).size, 1);
});

test('a refusal is not repeated and keeps what the server said', async () => {
  const { sent, send } = server(problem(409, 'order.stale_version', { possible: ['cancel'] }));
  const api = createApi(async () => 't', send);
  await assert.rejects(api.command('/x', {}), (error) => {
    assert.ok(error instanceof ApiProblem);
    assert.equal(error.code, 'order.stale_version');
    assert.deepEqual(error.members['possible'], ['cancel']);
    return true;
  });
  assert.equal(sent.length, 1);
});

test('an ordinary POST is never sent twice by itself', async () => {
  const { sent, send } = server(problem(503, 'room.unavailable'), ok({}));
  await assert.rejects(createApi(async () => 't', send).call({ method: 'POST', path: '/x', body: {} }));
  assert.equal(sent.length, 1);
});

test('what the browser kept is as current as the server has just said', async () => {
  const kept = { items: [1], asOf: '2026-03-01T10:00:00.000Z' };
  const now = '2026-03-01T10:05:00.000Z';
  const { send } = server(() => new Response(JSON.stringify(kept), { headers: { 'as-of': now } }), ok(kept), ok([1]));
  const api = createApi(async () => 't', send);
  assert.deepEqual(await api.get('/x'), { ...kept, asOf: now });
  assert.deepEqual(await api.get('/x'), kept);
  assert.deepEqual(await api.get('/x'), [1]);
});

test('what an answer told of the databases is shown with every later request, the farthest of each', async () => {
  const token = (server: number, lsn: number) =>
    `v1.${server}.00000001.000000000000000${lsn}.1800000000.${'m'.repeat(22)}`;
  const shown: (string | undefined)[] = [];
  const told = [`${token(1, 5)},${token(2, 1)}`, token(1, 3), null];
  const send = (async (_path, init) => {
    shown.push((init!.headers as Record<string, string>)[CONSISTENCY_HEADER]);
    const tokens = told[shown.length - 1] ?? null;
    return new Response('{}', tokens ? { headers: { [CONSISTENCY_HEADER]: tokens } } : {});
  }) as typeof fetch;
  let now = 0;
  const consistency = consistencyInMemory(() => now);
  const apis = [createApi(async () => 't', send, consistency), createApi(async () => 't', send, consistency)];
  await apis[0]!.command('/a', {});
  await apis[1]!.command('/b', {});
  await apis[0]!.get('/a');
  now = 60_000;
  await apis[1]!.get('/b');
  assert.equal(shown[0], undefined);
  assert.equal(shown[3], undefined, 'no room takes a token that is older than a minute');
  assert.deepEqual(
    shown.slice(1, 3).map((tokens) => tokens?.split(',').sort()),
    [
      [token(1, 5), token(2, 1)],
      [token(1, 5), token(2, 1)],
    ],
  );
});
