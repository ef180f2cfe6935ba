import { problem } from '#report/api/answers';
import { components } from '#report/api/components';
import { basePath, type Operation, operations } from '#report/api/operations';
import { z } from 'zod';

/** The API as OpenAPI 3.1 tells it, made from the schemas that judge requests and answers. */
export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Container Egress Services',
      version: 'v1',
      description:
        'Reads what the projections hold, and takes commands. Answers on loopback only. Errors are problem details ' +
        '(RFC 9457). Lists come in pages: ask again with `after`, the `next` of the page before, until it is null.',
    },
    servers: [{ url: basePath }],
    paths: paths(),
    components: { schemas: componentSchemas() },
  };
}

function paths(): object {
  const found: Record<string, object> = {};
  for (const [id, operation] of Object.entries(operations) as [string, Operation][]) {
    const { path, method } = operation;
    found[path] = { ...found[path], [method.toLowerCase()]: describe(id, operation) };
  }
  return found;
}

function describe(id: string, operation: Operation): object {
  const { summary, pathParameters, query, body, answer, status, live } = operation;
  const parameters = [...parametersOf(pathParameters, 'path'), ...parametersOf(query, 'query')];
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(jsonSchema(body)) } }),
    responses: {
      [status]: {
        description: status === 202 ? 'Accepted' : 'Done',
        content: content(reference(answer), live === true ? 'text/event-stream' : undefined),
      },
      default: {
        description: 'A problem',
        content: content(reference(problem), 'application/problem+json'),
      },
    },
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query'): object[] {
  if (schema === undefined) return [];
  const { properties = {} } = z.toJSONSchema(schema, options);
  return Object.entries(properties).map(([name, part]) => {
    const { description, ...rest } = typeof part === 'object' ? part : {};
    return {
      name,
      in: place,
      ...(place === 'path' ? { required: true } : {}),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function content(schema: object, mediaType = 'application/json'): object {
  return { [mediaType]: { schema } };
}

function reference(schema: z.ZodType): object {
  const name = components.get(schema)?.id;
  if (name === undefined) throw new Error('every answer needs a name: register its schema in components');
  return { $ref: uriOf(name) };
}

function componentSchemas(): object {
  const { schemas } = z.toJSONSchema(components, { ...options, uri: uriOf });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, embedded(schema)]));
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  return embedded(z.toJSONSchema(schema, options));
}

/** In OpenAPI 3.1 the document as a whole says which JSON Schema it means, and where a schema stands. */
function embedded({ $schema: _, $id: __, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}

function uriOf(name: string): string {
  return `#/components/schemas/${name}`;
}

const options: Omit<Parameters<typeof z.toJSONSchema>[1] & object, 'uri'> = {
  // What goes over the wire: before our parsers turn texts into times.
  io: 'input',
  unrepresentable: 'any',
  override: ({ jsonSchema: schema }) => {
    if (schema.format === 'date-time') delete schema.pattern;
    if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
    if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  },
};
