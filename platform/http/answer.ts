import type { FastifySerializerCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { COMMON_ERRORS } from '#contracts/errors';
import { Fault } from './fault.ts';
import { fieldErrors } from './validation.ts';

/**
 * An answer is what its schema says or it is not sent: a field too many could be somebody else's data. The log names
 * the field, the caller reads `internal.error`.
 */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema, method, url }) => {
  const check = Compile(schema);
  return (answer: unknown) => {
    if (!check.Check(answer)) {
      const wrong = fieldErrors(check.Errors(answer)).map(({ field, message }) => `${field || '/'} ${message}`);
      throw new Fault(COMMON_ERRORS['internal.error'], {
        internal: `The answer of ${method} ${url} is not what its schema says: ${wrong.join('; ')}`,
      });
    }
    return JSON.stringify(answer);
  };
};
