const CRM = '/api/internal/v1/crm';
const ORDERS = '/api/internal/v1/orders';
const PRICING = '/api/internal/v1/pricing';
const IDENTITY = '/api/internal/v1/identity';
const PARTNERS = '/api/internal/v1/partners';

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
  people: `${IDENTITY}/people`,
  invitations: `${IDENTITY}/invitations`,
  roles: (personId: string) => `${IDENTITY}/people/${personId}/roles`,
  deactivate: (personId: string) => `${IDENTITY}/people/${personId}/deactivate`,
  activate: (personId: string) => `${IDENTITY}/people/${personId}/activate`,
  keys: `${IDENTITY}/keys`,
  key: (keyId: string) => `${IDENTITY}/keys/${keyId}`,
  clients: `${PARTNERS}/clients`,
  client: (clientId: string) => `${PARTNERS}/clients/${clientId}`,
  usage: (clientId: string) => `${PARTNERS}/clients/${clientId}/usage`,
  endpoints: (clientId: string) => `${PARTNERS}/clients/${clientId}/endpoints`,
  deliveries: (clientId: string) => `${PARTNERS}/clients/${clientId}/deliveries`,
  catalogue: (currency: string) => `${PRICING}/catalogue?currency=${currency}`,
  modelHeat: (modelId: string) => `${PRICING}/models/${modelId}/heat`,
  modelShape: (modelId: string) => `${PRICING}/models/${modelId}/shape`,
  modelFile: (modelId: string) => `${PRICING}/models/${modelId}/file`,
  upload: (fileName: string) => `${PRICING}/models?${new URLSearchParams({ fileName })}`,
  quotes: `${PRICING}/quotes`,
  quote: (quoteId: string) => `${PRICING}/quotes/${quoteId}`,
} as const;
