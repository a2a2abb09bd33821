import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerTooOld, rabbitFeatures } from './rabbit-features.ts';

const unlimited = { 'x-delivery-limit': -1 };
const table: [version: string, unlimitedDeliveries: object, urgent: object][] = [
  ['3.10.8', {}, {}],
  ['3.13.7', {}, {}],
  ['4.0.5', unlimited, { priority: 5 }],
  ['4.3.1', unlimited, { priority: 5 }],
  ['10.0.0-beta.1', unlimited, { priority: 5 }],
];
for (const [version, unlimitedDeliveries, urgent] of table) {
  test(`what RabbitMQ ${version} can do`, () => {
    assert.deepEqual(rabbitFeatures(version), { unlimitedDeliveries, urgent });
  });
}

for (const version of ['3.9.29', '2.8', 'unknown']) {
  test(`RabbitMQ ${version} is refused`, () => {
    assert.throws(() => rabbitFeatures(version), BrokerTooOld);
  });
}
