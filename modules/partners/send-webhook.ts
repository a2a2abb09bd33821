import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Webhook } from 'standardwebhooks';
import type { AddressGuard } from './address-guard.ts';
import type { AttemptResult, Leased } from './store-webhooks.ts';

/** Of an endpoint's answer this much is read and kept for the log. */
const MOST_ANSWER_BYTES = 1024;

/** Where an attempt may go, and when it ends. */
interface Bounds {
  addresses: AddressGuard;
  stopping: AbortSignal;
  timeoutMs: number;
}

/** One attempt. Never rejects: whatever goes wrong is the result. Redirects are not followed. */
export async function sendWebhook(
  { eventId, payload, url, secret }: Pick<Leased, 'eventId' | 'payload' | 'url' | 'secret'>,
  { addresses, stopping, timeoutMs }: Bounds,
): Promise<AttemptResult> {
  const startedAt = performance.now();
  const result = (rest: Omit<AttemptResult, 'milliseconds'>): AttemptResult => ({
    milliseconds: Math.round(performance.now() - startedAt),
    ...rest,
  });
  const checked = addresses.check(url);
  if ('refused' in checked) return result({ status: null, error: checked.refused, answer: '' });
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
  try {
    const { status, answer } = await post(checked.url, headersOf(eventId, payload, secret), payload, addresses, signal);
    const error = status >= 200 && status < 300 ? null : `The endpoint answered ${status}`;
    return result({ status, error, answer });
  } catch (error) {
    return result({ status: null, error: reasonOf(error, stopping, timeoutMs), answer: '' });
  }
}

function headersOf(eventId: string, payload: string, secret: string): Record<string, string> {
  const now = new Date();
  return {
    'content-type': 'application/json',
    'user-agent': 'Forgeline-Webhooks/1',
    'content-length': String(Buffer.byteLength(payload)),
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(eventId, now, payload),
  };
}

function post(
  url: URL,
  headers: Record<string, string>,
  payload: string,
  { lookup }: AddressGuard,
  signal: AbortSignal,
): Promise<{ status: number; answer: string }> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // A connection per attempt: one kept open could outlive the check of its address.
    const request = send(url, { method: 'POST', headers, lookup, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const done = () => {
        const answer = Buffer.concat(chunks).subarray(0, MOST_ANSWER_BYTES).toString().replaceAll('\0', '');
        resolve({ status: response.statusCode!, answer });
      };
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes < MOST_ANSWER_BYTES) return;
        done();
        request.destroy();
      });
      response.on('end', done);
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(payload);
  });
}

function reasonOf(error: unknown, stopping: AbortSignal, timeoutMs: number): string {
  if (stopping.aborted) return 'The sending process stopped';
  if (error instanceof Error && error.name === 'TimeoutError') return `No answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error && error.name === 'AbortError' ? error.cause : error;
  if (cause instanceof Error && cause.name === 'TimeoutError') return `No answer within ${timeoutMs / 1000} s`;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
