import type { FastifyReply, FastifySerializerCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { COMMON_ERRORS } from '#contracts/errors';
import { Fault } from './fault.ts';
import { fieldErrors } from './validation.ts';

interface Serializer {
  (answer: unknown): string;
  check(answer: unknown): void;
}

/**
 * An answer is what its schema says or it is not sent: a field too many could be somebody else's data. The log names
 * the field, the caller reads `internal.error`.
 */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema, method, url }) => {
  const compiled = Compile(schema);
  const check = (answer: unknown) => {
    if (compiled.Check(answer)) return;
    const wrong = fieldErrors(compiled.Errors(answer)).map(({ field, message }) => `${field || '/'} ${message}`);
    throw new Fault(COMMON_ERRORS['internal.error'], {
      internal: `The answer of ${method} ${url} is not what its schema says: ${wrong.join('; ')}`,
    });
  };
  const serialize = (answer: unknown) => {
    check(answer);
    return JSON.stringify(answer);
  };
  return Object.assign(serialize, { check }) satisfies Serializer;
};

/** For an answer whose text is made already: throws as its serializer would. */
export function checkAnswer(reply: FastifyReply, answer: unknown): void {
  (reply.getSerializationFunction('200') as Serializer | undefined)?.check(answer);
}
