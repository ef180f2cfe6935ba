import { createHash } from 'node:crypto';

/**
 * A remark that tells the order of a policy's rules. AS3 keeps the rules of a policy by name and does not compare their
 * order (its normalize.js and fetch.js): without something else that changes, a new order would never reach the device,
 * and a change of order by hand would never be found.
 */
export function orderRemark(names: readonly string[]): string {
  return `order ${createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 16)}`;
}

export function isOrderRemark(remark: string): boolean {
  return /^order [0-9a-f]{16}$/.test(remark);
}
