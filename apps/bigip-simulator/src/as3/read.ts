import { type Answer, failed } from '../answer.js';
import { isTenant, tenantNamesOf, without } from './declaration.js';
import { type DeclarationStore, withLockKeys } from './store.js';

/**
 * GET /declare: what AS3 stored, with no regard to the device. The tenants in the path are shown, and Common besides
 * them when it is stored (filterTenantsInDeclaration in AS3 3.56).
 * @param subPath what follows `/declare/`, or empty
 */
export function readDeclaration(
  store: DeclarationStore,
  subPath: string,
  query: Readonly<Record<string, string>>,
): Answer {
  const wrong = wrongQueryOf(query);
  if (wrong !== null) return failed(400, wrong);
  if (query['age'] === 'list') {
    return store.history.length === 0 ? { status: 204, body: null } : { status: 200, body: store.list() };
  }
  const stored = store.get(Number(query['age'] ?? 0));
  if (!stored || tenantNamesOf(stored).length === 0) return { status: 204, body: null };
  const wanted = subPath
    .split(',')
    .map(decodeURIComponent)
    .filter((name) => name !== '');
  const missing = wanted.filter((name) => !isTenant(stored[name]));
  if (missing.length > 0) return failed(404, `specified Tenant(s) '${missing.join(',')}' not found in declaration`);
  const unwanted = tenantNamesOf(stored).filter((name) => !wanted.includes(name) && name !== 'Common');
  const shown = wanted.length === 0 ? stored : without(stored, ...unwanted);
  return { status: 200, body: query['showHash']?.toLowerCase() === 'true' ? withLockKeys(shown) : shown };
}

function wrongQueryOf(query: Readonly<Record<string, string>>): string | null {
  for (const [name, value] of Object.entries(query)) {
    switch (name) {
      case 'show':
      case 'filterClass':
        break;
      case 'showHash':
        if (!/^(true|false)$/i.test(value)) return 'showHash must be "true" or "false"';
        break;
      case 'age':
        if (value !== 'list' && !(/^\d{1,2}$/.test(value) && Number(value) <= 15)) {
          return `invalid age value "${value}" - must be a number between 0-15 or "list"`;
        }
        break;
      case 'async':
        return 'query param "async" is not allowed for method=GET or action=retrieve.';
      default:
        return `unrecognized URL query parameter "${name}"`;
    }
  }
  return null;
}
