import './quote.css';
import './order.css';
import './narrow.css';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { mountFace, NotFound, searchTexts } from '#ui/kit';
import { Frame } from './frame.tsx';
import { QuotePage } from './quote-page.tsx';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const quote = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: searchTexts('draft'),
  component: QuotePage,
});
const checkout = createRoute({
  getParentRoute: () => root,
  path: '/checkout',
  validateSearch: searchTexts('draft'),
  component: lazyRouteComponent(() => import('./checkout-page.tsx'), 'CheckoutPage'),
});
const placed = createRoute({
  getParentRoute: () => root,
  path: '/placed/$orderId',
  validateSearch: searchTexts('number'),
  component: lazyRouteComponent(() => import('./placed-page.tsx'), 'PlacedPage'),
});
const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  component: lazyRouteComponent(() => import('./orders-page.tsx'), 'OrdersPage'),
});
const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('./order-page.tsx'), 'OrderPage'),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: searchTexts('draft'),
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInRoute'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account/$page',
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'AccountPage'),
});

const router = createRouter({
  routeTree: root.addChildren([quote, checkout, placed, orders, order, signIn, account]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

mountFace(router);
