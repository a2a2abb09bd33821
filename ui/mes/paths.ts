import type { OperationCommandName } from '#contracts/mes';

const ROOT = '/api/internal/v1/mes';
const id = encodeURIComponent;

export const paths = {
  queue: `${ROOT}/queue`,
  waiting: `${ROOT}/waiting`,
  myWork: `${ROOT}/my-work`,
  workCentres: `${ROOT}/work-centres`,
  board: `${ROOT}/board`,
  operators: `${ROOT}/operators`,
  pay: `${ROOT}/pay`,
  packing: `${ROOT}/packing`,
  lookup: (code: string) => `${ROOT}/orders/lookup?code=${id(code)}`,
  order: (orderId: string) => `${ROOT}/orders/${id(orderId)}`,
  orderVerb: (orderId: string, verb: 'pack' | 'ship') => `${ROOT}/orders/${id(orderId)}/${verb}`,
  operation: (operationId: string) => `${ROOT}/operations/${id(operationId)}`,
  verb: (operationId: string, verb: OperationCommandName) => `${ROOT}/operations/${id(operationId)}/${verb}`,
  traveller: (operationId: string, language: string) =>
    `${ROOT}/operations/${id(operationId)}/traveller.pdf?language=${language}`,
  label: (parcelId: string, language: string) => `${ROOT}/parcels/${id(parcelId)}/label.pdf?language=${language}`,
  payExport: (period: string) => `${ROOT}/pay/export.csv?period=${period}`,
  live: (scope: 'floor' | 'packing') => `${ROOT}/live?scope=${scope}`,
  catalogue: '/api/internal/v1/pricing/catalogue?currency=RUB',
  shape: (sha256: string) => `/api/internal/v1/pricing/files/${id(sha256)}/shape`,
};
