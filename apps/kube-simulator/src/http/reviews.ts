import { z } from 'zod';
import { type JsonObject, type JsonValue } from '#core/json';
import { badRequest } from '../api-error.js';
import { type AccessTable, type SimulatedUser } from './access.js';

/** Resources that store nothing: posted, they come back with the answer in their status. */
export const reviews = [
  { group: 'authentication.k8s.io', plural: 'tokenreviews', singular: 'tokenreview', kind: 'TokenReview' },
  {
    group: 'authorization.k8s.io',
    plural: 'subjectaccessreviews',
    singular: 'subjectaccessreview',
    kind: 'SubjectAccessReview',
  },
  {
    group: 'authorization.k8s.io',
    plural: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    kind: 'SelfSubjectAccessReview',
  },
] as const;

export type Review = (typeof reviews)[number];

const tokenReview = z.object({
  spec: z.object({ token: z.string().default(''), audiences: z.array(z.string()).optional() }),
});

const accessReview = z.object({
  spec: z.object({
    user: z.string().optional(),
    groups: z.array(z.string()).optional(),
    resourceAttributes: z
      .object({
        namespace: z.string().default(''),
        verb: z.string().default(''),
        group: z.string().default(''),
        resource: z.string().default(''),
        subresource: z.string().default(''),
      })
      .optional(),
    nonResourceAttributes: z.object({ path: z.string(), verb: z.string() }).optional(),
  }),
});

/** @throws ApiError 400 */
export function answerReview(
  review: Review,
  body: JsonValue,
  table: AccessTable,
  caller: Omit<SimulatedUser, 'token'>,
): JsonObject {
  switch (review.kind) {
    case 'TokenReview': {
      const { spec } = parse(tokenReview, body);
      return answer(review, { token: spec.token }, tokenStatus(table.byToken(spec.token), spec.audiences));
    }
    case 'SubjectAccessReview':
    case 'SelfSubjectAccessReview': {
      const { spec } = parse(accessReview, body);
      const self = review.kind === 'SelfSubjectAccessReview';
      const user = (self ? caller.username : spec.user) ?? '';
      const groups = (self ? caller.groups : spec.groups) ?? [];
      if (user === '' && groups.length === 0) throw badRequest('at least one of user or group must be specified');
      const { resourceAttributes: access } = spec;
      const allowed = access !== undefined && table.allows(user, groups, access);
      return answer(
        review,
        { user, groups: [...groups], ...(access === undefined ? {} : { resourceAttributes: access }) },
        {
          allowed,
        },
      );
    }
  }
}

function tokenStatus(user: SimulatedUser | undefined, audiences: readonly string[] | undefined): JsonObject {
  if (user === undefined) return { user: {}, error: 'invalid bearer token' };
  const { username, uid = '', groups = [] } = user;
  return {
    authenticated: true,
    user: { username, ...(uid === '' ? {} : { uid }), groups: [...groups, 'system:authenticated'] },
    ...(audiences === undefined ? {} : { audiences: [...audiences] }),
  };
}

function answer({ group, kind }: Review, spec: JsonObject, status: JsonObject): JsonObject {
  return { kind, apiVersion: `${group}/v1`, metadata: {}, spec, status };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: JsonValue): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error));
  return parsed.data;
}
