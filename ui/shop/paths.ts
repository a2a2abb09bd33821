const PRICING = '/api/internal/v1/pricing';
const ORDERS = '/api/internal/v1/orders';
const SHOP = '/api/internal/v1/shop';

/** Every route that this face calls. */
export const paths = {
  catalogue: (currency: string) => `${PRICING}/catalogue?currency=${currency}`,
  quotes: `${PRICING}/quotes`,
  quote: (quoteId: string) => `${PRICING}/quotes/${quoteId}`,
  upload: (fileName: string) => `${PRICING}/models?${new URLSearchParams({ fileName })}`,
  modelFile: (modelId: string) => `${PRICING}/models/${modelId}/file`,
  placeOrder: ORDERS,
  order: (orderId: string) => `${ORDERS}/${orderId}`,
  history: (orderId: string) => `${ORDERS}/${orderId}/history`,
  cancel: (orderId: string) => `${ORDERS}/${orderId}/cancel`,
  accept: (orderId: string) => `${ORDERS}/${orderId}/accept`,
  myOrders: `${SHOP}/orders`,
  myOrdersLive: `${SHOP}/orders/live`,
} as const;
