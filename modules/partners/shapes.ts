import type { HistoryEntry, Order, Specification } from '#contracts/orders';
import type {
  PartnerModel,
  PartnerOrder,
  PartnerOrderChange,
  PartnerOrderRow,
  PartnerQuote,
} from '#contracts/partners';
import type { Model, Quote, QuoteItem } from '#contracts/pricing';

/** What of the house's own shapes a partner gets to see. Every field is named: a new inner field never leaks by itself. */

const TOLD_REASONS: ReadonlySet<string> = new Set(['cancel', 'reject', 'quote_by_hand']);

export function partnerModel({ id, fileName, sha256, bytes, state, report, failure }: Model): PartnerModel {
  const geometry = report && {
    format: report.format,
    ...given('unit', report.unit),
    triangles: report.triangles,
    volume: report.volume,
    area: report.area,
    box: report.box,
    verdict: report.verdict,
    findings: report.findings,
    repairs: report.repairs,
    ...given('topology', report.topology),
    ...given('overhangArea', report.overhangArea),
  };
  return { id, fileName, sha256, bytes, state, geometry, failure };
}

export function partnerQuote(quote: Quote): PartnerQuote {
  return {
    id: quote.id,
    version: quote.version,
    state: quote.state,
    items: quote.items.map(partnerQuoteItem),
    currency: quote.currency,
    leadTier: quote.leadTier,
    rush: quote.rush,
    shipping: quote.shipping,
    tax: quote.tax,
    total: quote.total,
    createdAt: quote.createdAt,
    expiresAt: quote.expiresAt,
    queue: quote.queue,
  };
}

function partnerQuoteItem(item: QuoteItem): PartnerQuote['items'][number] {
  const { id, specification, state, unitPrice, total, problem } = item;
  return {
    ...wish(specification),
    id,
    state,
    unitPrice,
    total,
    problem,
    ...given('thickness', item.thickness),
    ...given('unitQuestion', item.unitQuestion),
    ...given('warnings', item.warnings),
    ...given('progress', item.progress),
  };
}

/** A member where there is a value for it: quotes of earlier versions lack some. */
function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}

export function partnerOrder(order: Order): PartnerOrder {
  return {
    id: order.id,
    number: order.number,
    version: order.version,
    status: order.status,
    reference: order.reference,
    onHold: order.hold !== null,
    currency: order.currency,
    leadTier: order.leadTier,
    rush: order.rush,
    quoteId: order.quoteId,
    quoteExpiresAt: order.quoteExpiresAt,
    total: order.total,
    placedAt: order.placedAt,
    confirmedAt: order.confirmedAt,
    dueAt: order.dueAt,
    updatedAt: order.updatedAt,
    deliveryAddress: order.deliveryAddress,
    items: order.items.map((item) => ({
      ...wish(item.specification),
      id: item.id,
      line: item.line,
      state: item.state,
      onHold: item.hold !== null,
      unitPrice: item.unitPrice,
      total: item.total,
      reviewReason: item.reviewReason,
      made: item.made,
      shipped: item.shipped,
    })),
    shipments: order.shipments.map(({ carrier, trackingNumber, at, lines }) => ({
      carrier,
      trackingNumber,
      at,
      lines,
    })),
  };
}

export function partnerChange({ version, at, name, status, actor, reason }: HistoryEntry): PartnerOrderChange {
  const byYou = actor.role === 'partner';
  return { version, at, name, status, byYou, reason: byYou || TOLD_REASONS.has(name) ? reason : '' };
}

export function partnerOrderRow(order: PartnerOrder): PartnerOrderRow {
  const { id, number, version, status, reference, total, placedAt, dueAt, updatedAt } = order;
  return { id, number, version, status, reference, total, placedAt, dueAt, updatedAt };
}

function wish({ modelId, fileName, unit, material, finish, quantity, note }: Specification) {
  return { modelId, fileName, unit, material, finish, quantity, note };
}
