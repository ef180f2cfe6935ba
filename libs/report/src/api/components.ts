import { z } from 'zod';

/** The schemas that have a name in the OpenAPI document. */
export const components = z.registry<{ id: string }>();
