/**
 * Whether two values are the same as JSON: the order of members does not count, nor do members that are undefined.
 * Both have to be JSON by construction.
 */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameJson(item, right[index]));
  }
  const members = new Map<string, unknown>(Object.entries(right).filter(([, value]) => value !== undefined));
  for (const [key, value] of Object.entries(left)) {
    if (value === undefined) continue;
    if (!members.has(key) || !sameJson(value, members.get(key))) return false;
    members.delete(key);
  }
  return members.size === 0;
}
