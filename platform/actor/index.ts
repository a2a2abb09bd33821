export { type ActorSigner, actorSigner, MAX_TOKEN_SECONDS, type SignedActor } from './sign.ts';
export { type ActorVerifier, actorVerifier, InvalidToken } from './verify.ts';
