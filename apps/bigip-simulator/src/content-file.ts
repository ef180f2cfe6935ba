import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '#core/json';
import { type DeviceContent } from './device/factory.js';
import { iRule, otherObject } from './device/objects.js';

const path = z.string().regex(/^\/[^/]+\/.+$/, 'must be a path such as /Common/name');
const id = z.int().min(0).max(65_535);

const contentFile = z.strictObject({
  partitions: z.array(z.strictObject({ name: z.string(), defaultRouteDomain: id.default(0) })).default([]),
  routeDomains: z.array(z.strictObject({ path, id })).default([]),
  iRules: z.array(path).default([]),
  vlans: z.array(path).default([]),
});

/**
 * What stands on the device before AS3 comes, from a JSON file with `partitions`, `routeDomains`, `iRules` and `vlans`.
 * @throws Error that names the file, when it cannot be read or says something else
 */
export async function readContent(file: string): Promise<DeviceContent> {
  const { partitions, routeDomains, iRules, vlans } = parseContent(file, await readFile(file, 'utf8'));
  const objects = [
    ...iRules.map((one) => iRule(one)),
    ...vlans.map((one) => otherObject({ component: 'net vlan', path: one })),
  ];
  return { partitions, routeDomains, objects };
}

function parseContent(file: string, text: string): z.infer<typeof contentFile> {
  try {
    return contentFile.parse(parseJson(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${file}: ${reason}`, { cause: error });
  }
}
