import type { OrderStatus } from '#contracts/orders';

/** Between the price's acceptance and the parcel: the promised date counts. */
export const PROMISED: readonly OrderStatus[] = ['confirmed', 'approved', 'in_production', 'produced', 'packed'];

/** How long an order may stay in a status before somebody should look, in hours. Production is watched by its due date. */
export const STAGE_HOURS: Partial<Record<OrderStatus, number>> = {
  submitted: 0.25,
  needs_review: 4,
  priced: 72,
  confirmed: 24,
  approved: 48,
  produced: 24,
  packed: 48,
};
