import { hostname, userInfo } from 'node:os';

/** Who says to ask, for the audit: nobody has proved it. */
export function caller(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A user without an entry in the password file, as in many containers.
    return `uid ${String(process.getuid?.() ?? 'unknown')}@${hostname()}`;
  }
}
