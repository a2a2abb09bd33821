/**
 * Who may call what. A route that is registered without a row here fails the test, and so does a row without its route.
 *
 * `may`: these roles are let in. `hidden`: these roles may do it with what is their own, and are told 404 about what is
 * somebody else's. Everybody else is told 403, and 401 without a token. `anyone`: no token is asked for.
 */
export interface Row {
  may?: string;
  hidden?: string;
  anyone?: true;
  /** An API key instead of a token: the scope it needs. */
  scope?: string;
}

const SALES = 'seller lead_seller';
const CRM = { may: 'seller lead_seller admin' };
const MAKERS = { may: 'operator quality foreman admin' };
const FLOOR = { may: 'operator quality packer foreman admin' };
const PACKERS = { may: 'packer foreman admin' };
const FOREMEN = { may: 'foreman admin' };
const FOREMEN_AND_OPERATOR = { may: 'operator foreman admin' };
const ADMIN = { may: 'admin' };
const OPS = { may: 'ops admin' };
const LEADS = { may: 'lead_seller admin' };
const ANYONE = { anyone: true } as const;
const SELF = { may: 'customer seller lead_seller operator quality packer foreman partner admin ops' };
const BUYERS = 'customer partner';
const CUSTOMER = { may: 'customer' };
const OWN_ADDRESS = { hidden: 'customer' };
/** Without a right to any quote, somebody else's is simply not there. */
const QUOTES = {
  may: 'seller lead_seller admin',
  hidden: 'customer partner operator quality packer foreman ops',
};
const STAFF_OF_MODELS = 'seller lead_seller operator quality packer foreman admin';

const I = '/api/internal/v1';
const E = '/api/external/v1';

/** Of every room that hears events. */
const DEAD_LETTERS = Object.fromEntries(
  ['orders', 'pricing', 'shop', 'crm', 'mes', 'partners'].flatMap((room) =>
    ['GET', 'POST open', 'POST replay', 'POST discard', 'GET audit'].map((route): [string, Row] => {
      const [method, verb] = route.split(' ');
      return [`${method} ${I}/${room}/dead-letters${verb ? `/${verb}` : ''}`, { may: 'admin ops' }];
    }),
  ),
);

export const ROUTES: Record<string, Row> = {
  ...DEAD_LETTERS,
  'GET /health/live': ANYONE,
  'GET /health/ready': ANYONE,
  'GET /metrics': ANYONE,
  [`GET ${I}/openapi.json`]: ANYONE,
  [`GET ${E}/openapi.json`]: ANYONE,
  'GET /*': ANYONE,

  [`GET ${I}/identity/session`]: ANYONE,
  [`POST ${I}/identity/guests`]: ANYONE,
  [`POST ${I}/identity/people`]: ANYONE,
  [`POST ${I}/identity/sessions`]: ANYONE,
  [`DELETE ${I}/identity/sessions/current`]: ANYONE,
  [`POST ${I}/identity/token`]: ANYONE,
  [`POST ${I}/identity/email-confirmations`]: ANYONE,
  [`POST ${I}/identity/password-resets`]: ANYONE,
  [`POST ${I}/identity/password-resets/complete`]: ANYONE,
  [`PUT ${I}/identity/password`]: SELF,
  [`POST ${I}/identity/invitations/accept`]: ANYONE,
  [`POST ${I}/identity/first-admin`]: ANYONE,
  [`GET ${I}/identity/jwks`]: ANYONE,
  [`GET ${I}/identity/revocations`]: ANYONE,
  [`POST ${I}/identity/key-token`]: ANYONE,
  [`POST ${I}/identity/room-token`]: ANYONE,
  [`GET ${I}/identity/people`]: ADMIN,
  [`GET ${I}/identity/audit`]: ADMIN,
  [`GET ${I}/identity/staff`]: { may: 'seller lead_seller foreman admin' },
  [`POST ${I}/identity/invitations`]: ADMIN,
  [`PUT ${I}/identity/people/:personId/roles`]: ADMIN,
  [`POST ${I}/identity/people/:personId/deactivate`]: ADMIN,
  [`POST ${I}/identity/people/:personId/activate`]: ADMIN,
  [`POST ${I}/identity/customers`]: CRM,
  [`POST ${I}/identity/signing-keys/rotate`]: ADMIN,
  [`GET ${I}/identity/keys`]: { may: 'partner admin' },
  [`POST ${I}/identity/keys`]: { may: 'partner admin' },
  [`POST ${I}/identity/keys/:keyId/rotate`]: { may: 'admin', hidden: 'partner' },
  [`DELETE ${I}/identity/keys/:keyId`]: { may: 'admin', hidden: 'partner' },

  [`POST ${I}/orders`]: { may: `${BUYERS} ${SALES}` },
  [`GET ${I}/orders`]: OPS,
  [`GET ${I}/orders/digests`]: OPS,
  [`GET ${I}/orders/digests/buckets`]: OPS,
  [`GET ${I}/orders/replay`]: OPS,
  ...Object.fromEntries(
    ['crm', 'shop', 'partners', 'mes'].flatMap((room) => [
      [`GET ${I}/${room}/read-model`, OPS],
      [`POST ${I}/${room}/read-model/check`, OPS],
      // Partners are told of every event: what keeps their copy may never be passed by.
      ...(room === 'partners' ? [] : [[`POST ${I}/${room}/read-model/rebuild`, OPS]]),
    ]),
  ),
  [`GET ${I}/orders/:orderId`]: { may: `${SALES} quality packer foreman admin ops`, hidden: BUYERS },
  [`GET ${I}/orders/:orderId/history`]: { may: `${SALES} quality packer foreman admin ops`, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/quote-by-hand`]: { may: SALES, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/change-specification`]: { may: SALES, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/accept`]: { hidden: BUYERS },
  [`POST ${I}/orders/:orderId/record-payment`]: { may: SALES, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/approve`]: { may: SALES, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/hold`]: { may: `${SALES} quality foreman`, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/release`]: { may: `${SALES} quality foreman`, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/rework`]: { may: 'quality foreman', hidden: BUYERS },
  [`POST ${I}/orders/:orderId/pack`]: { may: 'packer', hidden: BUYERS },
  [`POST ${I}/orders/:orderId/ship`]: { may: 'packer', hidden: BUYERS },
  [`POST ${I}/orders/:orderId/close`]: { may: SALES, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/cancel`]: { may: SALES, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/reject`]: { may: SALES, hidden: BUYERS },
  [`POST ${I}/orders/:orderId/resolve-conflict`]: { may: `${SALES} foreman`, hidden: BUYERS },

  [`POST ${I}/pricing/models`]: { may: `${BUYERS} ${SALES}` },
  [`GET ${I}/pricing/models/:id`]: { may: STAFF_OF_MODELS, hidden: `${BUYERS} ops` },
  [`GET ${I}/pricing/models/:id/file`]: { may: STAFF_OF_MODELS, hidden: `${BUYERS} ops` },
  [`GET ${I}/pricing/models/:id/shape`]: { may: STAFF_OF_MODELS, hidden: `${BUYERS} ops` },
  [`GET ${I}/pricing/models/:id/heat`]: { may: STAFF_OF_MODELS, hidden: `${BUYERS} ops` },
  [`GET ${I}/pricing/models/:id/similar`]: { may: STAFF_OF_MODELS, hidden: `${BUYERS} ops` },
  [`GET ${I}/pricing/files/:sha256`]: { may: STAFF_OF_MODELS },
  [`GET ${I}/pricing/files/:sha256/shape`]: { may: STAFF_OF_MODELS },
  [`GET ${I}/pricing/files/:sha256/heat`]: { may: STAFF_OF_MODELS },
  [`POST ${I}/pricing/quotes`]: { may: `${BUYERS} ${SALES}` },
  [`GET ${I}/pricing/quotes/:id`]: QUOTES,
  [`GET ${I}/pricing/quotes/:id/events`]: QUOTES,
  [`GET ${I}/pricing/quotes/:id/items/:itemId/picture`]: QUOTES,
  [`DELETE ${I}/pricing/quotes/:id`]: QUOTES,
  [`GET ${I}/pricing/catalogue`]: ANYONE,
  [`GET ${I}/pricing/price-lists`]: CRM,
  [`GET ${I}/pricing/price-lists/:version`]: CRM,
  [`POST ${I}/pricing/price-lists/metal-fix`]: ADMIN,
  [`GET ${I}/pricing/price-audit`]: LEADS,
  [`GET ${I}/pricing/price-drafts`]: CRM,
  [`POST ${I}/pricing/price-drafts`]: ADMIN,
  [`GET ${I}/pricing/price-drafts/:draftId`]: CRM,
  [`PUT ${I}/pricing/price-drafts/:draftId`]: ADMIN,
  [`DELETE ${I}/pricing/price-drafts/:draftId`]: ADMIN,
  [`POST ${I}/pricing/price-drafts/:draftId/what-if`]: LEADS,
  [`POST ${I}/pricing/price-drafts/:draftId/publish`]: ADMIN,
  [`POST ${I}/pricing/price-rechecks`]: ADMIN,

  [`GET ${I}/shop/orders`]: CUSTOMER,
  [`GET ${I}/shop/orders/live`]: CUSTOMER,
  [`GET ${I}/shop/orders/:orderId`]: { hidden: 'customer' },
  [`POST ${I}/shop/orders`]: { hidden: 'customer' },
  [`POST ${I}/shop/orders/:orderId/reorder`]: { hidden: 'customer' },
  [`GET ${I}/shop/carts`]: SELF,
  [`GET ${I}/shop/carts/:cartId`]: { hidden: SELF.may },
  [`PUT ${I}/shop/carts/:cartId`]: { hidden: SELF.may },
  [`DELETE ${I}/shop/carts/:cartId`]: { hidden: SELF.may },
  [`GET ${I}/shop/addresses`]: CUSTOMER,
  [`PUT ${I}/shop/addresses/:addressId`]: OWN_ADDRESS,
  [`DELETE ${I}/shop/addresses/:addressId`]: OWN_ADDRESS,

  [`GET ${I}/crm/orders`]: CRM,
  [`GET ${I}/crm/orders/counts`]: CRM,
  [`GET ${I}/crm/orders.csv`]: CRM,
  [`GET ${I}/crm/live`]: CRM,
  [`GET ${I}/crm/problems`]: CRM,
  [`GET ${I}/crm/orders/:orderId`]: CRM,
  [`POST ${I}/crm/orders/:orderId/comments`]: CRM,
  [`PUT ${I}/crm/orders/:orderId/assignee`]: CRM,
  [`GET ${I}/crm/orders/:orderId/pro-forma`]: CRM,
  [`POST ${I}/crm/orders`]: CRM,
  [`GET ${I}/crm/customers`]: CRM,
  [`GET ${I}/crm/views`]: CRM,
  [`PUT ${I}/crm/views/:viewId`]: CRM,
  [`DELETE ${I}/crm/views/:viewId`]: CRM,

  ...Object.fromEntries(
    ['release', 'start', 'pause', 'finish', 'scrap', 'rework', 'split'].map((verb) => [
      `POST ${I}/mes/operations/:operationId/${verb}`,
      MAKERS,
    ]),
  ),
  // The operation is one for makers: quality may claim inspections, not this.
  [`POST ${I}/mes/operations/:operationId/claim`]: FOREMEN_AND_OPERATOR,
  [`POST ${I}/mes/operations/:operationId/reassign`]: FOREMEN,
  [`GET ${I}/mes/operations/:operationId`]: FLOOR,
  [`GET ${I}/mes/operations/:operationId/traveller.pdf`]: FLOOR,
  [`GET ${I}/mes/queue`]: MAKERS,
  [`GET ${I}/mes/waiting`]: MAKERS,
  [`GET ${I}/mes/my-work`]: MAKERS,
  [`GET ${I}/mes/work-centres`]: FLOOR,
  [`GET ${I}/mes/board`]: MAKERS,
  [`GET ${I}/mes/live`]: FLOOR,
  [`GET ${I}/mes/packing`]: PACKERS,
  [`GET ${I}/mes/orders/lookup`]: PACKERS,
  [`GET ${I}/mes/orders/:orderId`]: PACKERS,
  // Who packs is decided by orders, whose answer is passed on: the foreman and the admin see the list, the packer acts.
  [`POST ${I}/mes/orders/:orderId/pack`]: { may: 'packer' },
  [`POST ${I}/mes/orders/:orderId/ship`]: { may: 'packer' },
  [`GET ${I}/mes/parcels/:parcelId/label.pdf`]: PACKERS,
  [`GET ${I}/mes/pay`]: MAKERS,
  [`GET ${I}/mes/pay/export.csv`]: FOREMEN,
  [`POST ${I}/mes/pay/:entryId/reverse`]: FOREMEN,
  [`GET ${I}/mes/operators`]: FOREMEN,
  [`PUT ${I}/mes/operators/:personId`]: FOREMEN,
  [`GET ${I}/mes/rates`]: FOREMEN,
  [`PUT ${I}/mes/rates/:operation`]: FOREMEN,

  [`POST ${E}/models`]: { scope: 'models:write' },
  [`GET ${E}/models/:id`]: { scope: 'read' },
  [`POST ${E}/quotes`]: { scope: 'quotes:write' },
  [`GET ${E}/quotes/:id`]: { scope: 'read' },
  [`POST ${E}/orders`]: { scope: 'orders:write' },
  [`GET ${E}/orders`]: { scope: 'read' },
  [`GET ${E}/orders/:id`]: { scope: 'read' },
  [`POST ${E}/orders/:id/accept`]: { scope: 'orders:write' },
  [`POST ${E}/orders/:id/cancel`]: { scope: 'orders:write' },
  [`POST ${E}/orders/:id/change-specification`]: { scope: 'orders:write' },
  [`GET ${E}/events`]: { scope: 'read' },
  [`GET ${E}/catalogue`]: { scope: 'read' },
  [`GET ${E}/usage`]: { scope: 'read' },

  [`POST ${I}/partners/clients`]: ADMIN,
  [`GET ${I}/partners/clients`]: ADMIN,
  [`GET ${I}/partners/clients/:clientId`]: { may: 'admin ops seller lead_seller', hidden: 'partner' },
  [`PATCH ${I}/partners/clients/:clientId`]: ADMIN,
  [`GET ${I}/partners/clients/:clientId/usage`]: { may: 'admin ops seller lead_seller', hidden: 'partner' },
  [`GET ${I}/partners/clients/:clientId/endpoints`]: { may: 'admin', hidden: 'partner' },
  [`POST ${I}/partners/clients/:clientId/endpoints`]: { may: 'admin', hidden: 'partner' },
  [`PATCH ${I}/partners/clients/:clientId/endpoints/:endpointId`]: { may: 'admin', hidden: 'partner' },
  [`DELETE ${I}/partners/clients/:clientId/endpoints/:endpointId`]: { may: 'admin', hidden: 'partner' },
  [`POST ${I}/partners/clients/:clientId/endpoints/:endpointId/test`]: { may: 'admin', hidden: 'partner' },
  [`GET ${I}/partners/clients/:clientId/deliveries`]: { may: 'admin ops seller lead_seller', hidden: 'partner' },
  [`GET ${I}/partners/clients/:clientId/deliveries/:deliveryId`]: {
    may: 'admin ops seller lead_seller',
    hidden: 'partner',
  },
  [`POST ${I}/partners/clients/:clientId/deliveries/:deliveryId/resend`]: { may: 'admin', hidden: 'partner' },
};
