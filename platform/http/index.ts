export type { Access } from './access.ts';
export { decodeCursor, encodeCursor } from './cursor.ts';
export { Fault, type FaultParts, type Problem } from './fault.ts';
export type { Http, Room, RouteRow } from './http.ts';
export { currentRequestId } from './request-scope.ts';
export { type RoomAnswer, type RoomCall, type RoomClient, roomClient } from './room-client.ts';
export { type HttpServer, type HttpServerOptions, httpServer, type Readiness } from './server.ts';
export { type StreamEvent, type StreamSource, sse } from './sse.ts';
