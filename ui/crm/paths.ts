const CRM = '/api/internal/v1/crm';
const ORDERS = '/api/internal/v1/orders';
const PRICING = '/api/internal/v1/pricing';
const IDENTITY = '/api/internal/v1/identity';

/** Every route that this face calls. */
export const paths = {
  orders: `${CRM}/orders`,
  counts: `${CRM}/orders/counts`,
  csv: `${CRM}/orders.csv`,
  live: `${CRM}/live`,
  problems: `${CRM}/problems`,
  views: `${CRM}/views`,
  view: (viewId: string) => `${CRM}/views/${viewId}`,
  customers: (q: string) => `${CRM}/customers?${new URLSearchParams({ q })}`,
  card: (orderId: string, version: number) => `${CRM}/orders/${orderId}${version > 0 ? `?version=${version}` : ''}`,
  comments: (orderId: string) => `${CRM}/orders/${orderId}/comments`,
  assignee: (orderId: string) => `${CRM}/orders/${orderId}/assignee`,
  proForma: (orderId: string, language: string) => `${CRM}/orders/${orderId}/pro-forma?language=${language}`,
  order: (orderId: string) => `${ORDERS}/${orderId}`,
  command: (orderId: string, verb: string) => `${ORDERS}/${orderId}/${verb.replaceAll('_', '-')}`,
  staff: `${IDENTITY}/staff`,
  catalogue: (currency: string) => `${PRICING}/catalogue?currency=${currency}`,
  modelFile: (modelId: string) => `${PRICING}/models/${modelId}/file`,
  upload: (fileName: string) => `${PRICING}/models?${new URLSearchParams({ fileName })}`,
  quotes: `${PRICING}/quotes`,
  quote: (quoteId: string) => `${PRICING}/quotes/${quoteId}`,
} as const;
