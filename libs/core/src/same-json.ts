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
  const keys = membersOf(left);
  return (
    keys.length === membersOf(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(Reflect.get(left, key), Reflect.get(right, key)))
  );
}

function membersOf(value: object): string[] {
  const keys = Object.keys(value);
  return keys.some((key) => Reflect.get(value, key) === undefined)
    ? keys.filter((key) => Reflect.get(value, key) !== undefined)
    : keys;
}
