const PRICING = '/api/internal/v1/pricing';
const ORDERS = '/api/internal/v1/orders';
const SHOP = '/api/internal/v1/shop';

/** Every route that this face calls. */
export const paths = {
  catalogue: (currency: string) => `${PRICING}/catalogue?currency=${currency}`,
  quotes: `${PRICING}/quotes`,
  quoteEvents: (quoteId: string) => `${PRICING}/quotes/${quoteId}/events`,
  quote: (quoteId: string) => `${PRICING}/quotes/${quoteId}`,
  upload: (fileName: string) => `${PRICING}/models?${new URLSearchParams({ fileName })}`,
  modelHeat: (modelId: string) => `${PRICING}/models/${modelId}/heat`,
  modelShape: (modelId: string) => `${PRICING}/models/${modelId}/shape`,
  cancel: (orderId: string) => `${ORDERS}/${orderId}/cancel`,
  accept: (orderId: string) => `${ORDERS}/${orderId}/accept`,
  cart: (cartId: string) => `${SHOP}/carts/${cartId}`,
  addresses: `${SHOP}/addresses`,
  address: (addressId: string) => `${SHOP}/addresses/${addressId}`,
  orders: `${SHOP}/orders`,
  ordersLive: `${SHOP}/orders/live`,
  order: (orderId: string) => `${SHOP}/orders/${orderId}`,
  reorder: (orderId: string) => `${SHOP}/orders/${orderId}/reorder`,
} as const;
