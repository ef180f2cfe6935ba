import { type InvalidPart } from '#report/domain/problem-details';
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { type ZodError, ZodType } from 'zod';

/** Some part of a request is not what the API takes. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';

  constructor(readonly parts: readonly InvalidPart[]) {
    super('the request is not valid');
  }
}

/** Parses what comes in with the schema that its decorator names: `@Query({ schema })`. */
@Injectable()
export class RequestPipe implements PipeTransform {
  /** @throws InvalidRequest */
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (!(schema instanceof ZodType)) return value;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new InvalidRequest(invalidParts(parsed.error, type));
  }
}

function invalidParts({ issues }: ZodError, type: ArgumentMetadata['type']): InvalidPart[] {
  const part = type === 'query' || type === 'body' ? type : 'path';
  return issues.map(({ path, message }) => ({ in: part, pointer: pointerTo(path), detail: message }));
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
